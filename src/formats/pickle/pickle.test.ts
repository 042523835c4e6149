import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import * as p from "../../../test/support/pickle-writer.ts";
import { isToolError, ToolError } from "../../errors/tool-error.ts";
import { tryUnpickle, unpickle, type GlobalRule, type PickleContext } from "./machine.ts";
import { opcodeName } from "./opcodes.ts";
import type { PickleValue } from "./value.ts";

const context: PickleContext = {
  globals: new Map<string, GlobalRule>([
    ["known thing", { call: (args) => ({ kind: "opaque", value: args.length }) }],
    ["known name", {}],
  ]),
  refuse: (name) =>
    name === "famous thing" ? new ToolError("UNSUPPORTED", name, { hint: "no" }) : undefined,
};
const read = (...parts: Uint8Array[]): PickleValue => unpickle(p.pickle(...parts), context).value;
const ops = (latin1: string): Buffer => Buffer.from(latin1, "latin1");

/** A pickle's value as JSON, to compare with Python's. */
function plain(value: PickleValue): unknown {
  if (value instanceof Uint8Array || typeof value === "bigint") return String(value);
  if (value === null || typeof value !== "object") return value;
  if (value.kind === "dict")
    return Object.fromEntries([...value.entries].map(([k, v]) => [String(k), plain(v)]));
  if (value.kind === "list" || value.kind === "tuple") return value.items.map(plain);
  return value.kind;
}

test("values", () => {
  assert.deepEqual(plain(read(p.list(p.int(-5), p.text("ü"), p.NONE, p.FALSE, p.tuple()))), [
    -5,
    "ü",
    null,
    false,
    [],
  ]);
  assert.deepEqual(plain(read(p.dict([p.text("a"), p.int(1)], [p.int(2), p.NONE]))), {
    a: 1,
    2: null,
  });
  assert.equal(read(p.long(0x1950a86a20f9469cfc6cn, 10)), 0x1950a86a20f9469cfc6cn);
  assert.equal(read(p.long(-2n, 3)), -2);
  assert.deepEqual(read(p.call(p.global("known", "thing"), p.int(1), p.int(2))), {
    kind: "opaque",
    value: 2,
  });
  // what is not on the stack twice stays one object
  assert.deepEqual(plain(read(ops("]q\u0000h\u0000\u0086"))), [[], []]);
});

test("attributes of a dictionary are dropped", () => {
  assert.deepEqual(
    plain(read(p.dict([p.text("a"), p.int(1)]), p.dict([p.text("_metadata"), p.NONE]), ops("b"))),
    { a: 1 },
  );
});

const python = spawnSync("python3", ["-c", "import pickle"]).status === 0;
test("what Python writes at protocol 2", { skip: python ? false : "needs python3" }, () => {
  const script = [
    "import pickle, json, sys, base64",
    "v = {'a': [1, 256, 70000, -1, 1.5, None, True, False, 'ä' * 300], 'deep': {'b': (1, 2, 3, 4), 'c': [], 'd': {}, 'e': ()}, 'n': list(range(2000))}",
    "v['again'] = v['deep']",
    "print(base64.b64encode(pickle.dumps(v, 2)).decode()); print(json.dumps(v))",
  ].join("\n");
  const [pickled, json] = spawnSync("python3", ["-c", script], {
    encoding: "utf8",
    maxBuffer: 1e7,
  }).stdout.split("\n");
  assert.deepEqual(
    plain(unpickle(Buffer.from(pickled as string, "base64"), context).value),
    JSON.parse(json as string),
  );
});

const refused: readonly (readonly [
  string,
  Uint8Array,
  RegExp,
  ("INVALID_FILE" | "LIMIT_EXCEEDED" | "UNSUPPORTED")?,
])[] = [
  [
    "os.system",
    p.pickle(p.call(p.global("os", "system"), p.text("id"))),
    /'os system'.*GLOBAL at byte 2/,
  ],
  ["builtins.eval", p.pickle(p.call(p.global("builtins", "eval"), p.text("1"))), /'builtins eval'/],
  ["unknown class", p.pickle(p.global("my.module", "Model")), /'my\.module Model'/],
  [
    "name with a dot to climb",
    p.pickle(p.global("known", "thing.__globals__")),
    /not on the closed list/,
  ],
  ["name with control characters", p.pickle(p.global("a\u001b[2J", "b")), /'a\?\[2J b'/],
  ["a known name that is refused", p.pickle(p.global("famous", "thing")), /famous/, "UNSUPPORTED"],
  [
    "a call of what may only be named",
    p.pickle(p.call(p.global("known", "name"))),
    /cannot be called/,
  ],
  ["a call of a string", p.pickle(p.call(p.text("known thing"))), /string cannot be called/],
  [
    "arguments that are a list",
    p.pickle(p.global("known", "thing"), p.list(), p.REDUCE),
    /list, expected a tuple/,
  ],
  [
    "attributes of an object",
    p.pickle(p.call(p.global("known", "thing")), p.dict(), ops("b")),
    /attributes for opaque/,
  ],
  ["persistent id", p.pickle(p.persistent(p.text("x"))), /persistent id/],
  ["protocol 4", ops("\u0080\u0004N."), /protocol 4, expected 2/],
  ["STACK_GLOBAL", p.pickle(p.text("os"), p.text("system"), ops("\u0093")), /STACK_GLOBAL at byte/],
  ["INST", p.pickle(ops("(ios\nsystem\n")), /opcode INST at byte 3/],
  ["NEWOBJ", p.pickle(ops("\u0081")), /NEWOBJ/],
  ["EXT1", p.pickle(ops("\u0082\u0001")), /EXT1/],
  ["no opcode", p.pickle(ops("\u00ff")), /0xff at byte 2/],
  ["empty stack", p.pickle(), /stack is empty \(opcode STOP/],
  ["empty stack for a tuple", p.pickle(ops("\u0087")), /stack is empty \(opcode TUPLE3/],
  ["no mark", p.pickle(ops("t")), /no mark/],
  ["pop beyond the bottom", p.pickle(ops("0")), /no mark/],
  ["append to a number", p.pickle(p.int(1), p.int(2), ops("a")), /expected a list, got number/],
  [
    "item of a list",
    p.pickle(p.list(), p.int(1), p.int(2), ops("s")),
    /expected a dictionary, got list/,
  ],
  ["key without a value", p.pickle(ops("}(K\u0001u")), /key without a value/],
  ["list as key", p.pickle(p.dict([p.list(), p.NONE])), /key that is list/],
  ["empty memo slot", p.pickle(ops("h\u0007")), /memo slot 7/],
  [
    "long string",
    p.pickle(ops("X\u00ff\u00ff\u00ff\u007f")),
    /string of 2147483647 bytes/,
    "LIMIT_EXCEEDED",
  ],
  ["long name", p.pickle(p.global("a".repeat(2000), "b")), /name of more than/, "LIMIT_EXCEEDED"],
  ["deep nesting", p.pickle(ops("(".repeat(2000))), /nested marks/, "LIMIT_EXCEEDED"],
  ["full stack", p.pickle(ops("N".repeat(1_000_001))), /values on the stack/, "LIMIT_EXCEEDED"],
];
for (const [what, bytes, says, code = "INVALID_FILE"] of refused) {
  test(`refused: ${what}`, () => {
    assert.throws(
      () => unpickle(bytes, context),
      (e) => isToolError(e, code) && says.test(e.message),
    );
  });
}

test("cut short anywhere: no value, and an error that says where", () => {
  const whole = p.pickle(
    p.dict([p.text("abc"), p.call(p.global("known", "thing"), p.int(1), p.long(5n, 3))]),
  );
  for (let length = 0; length < whole.length; length++) {
    const cut = whole.subarray(0, length);
    assert.equal(tryUnpickle(cut, context, 0), undefined, `${length}`);
    assert.throws(
      () => unpickle(cut, context),
      (e) => isToolError(e, "INVALID_FILE") && e.message.includes(`byte ${length}`),
    );
  }
  assert.equal(
    unpickle(Buffer.concat([whole, whole]), context, whole.length).end,
    2 * whole.length,
  );
});

test("random programs end in a value or a ToolError", () => {
  let seed = 42;
  const random = (below: number): number =>
    (seed = (seed * 1103515245 + 12345) % 2147483648) % below;
  const known = Array.from({ length: 256 }, (_, code) => code).filter(
    (code) => !opcodeName(code).startsWith("0x"),
  );
  for (let i = 0; i < 5000; i++) {
    const bytes = Uint8Array.from({ length: 30 }, () =>
      random(4) === 0 ? random(8) : (known[random(known.length)] as number),
    );
    try {
      tryUnpickle(bytes, context, 0);
    } catch (error) {
      assert.ok(isToolError(error), `seed 42, program ${i}: ${String(error)}`);
    }
  }
});
