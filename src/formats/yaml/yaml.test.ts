import assert from "node:assert/strict";
import { test } from "node:test";
import { isToolError } from "../../errors/tool-error.ts";
import { resolveInterpolations } from "./interpolate.ts";
import { parseYaml } from "./read.ts";
import { toPlainObject, type ConfigValue } from "./value.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const parse = (text: string): ConfigValue => parseYaml(bytes(text));

/** As OmegaConf's loader reads them (observed: PyYAML 1.1 rules with its float forms, no dates). */
const scalars: readonly (readonly [string, ConfigValue])[] = [
  ["1e-05", 0.00001],
  ["1e5", 100000],
  ["-2.5E+3", -2500],
  [".5", 0.5],
  ["1.", 1],
  ["-.inf", -Infinity],
  ["1_000", 1000],
  ["012", 10],
  ["0x1F", 31],
  ["+3", 3],
  ["yes", true],
  ["off", false],
  ["y", "y"],
  ["n", "n"],
  ["null", null],
  ["~", null],
  ["", null],
  ["???", "???"],
  ["'512'", "512"],
  ["2020-01-01", "2020-01-01"],
  ["1e-05x", "1e-05x"],
  ["nemo:abc_vocab.txt", "nemo:abc_vocab.txt"],
];
for (const [text, value] of scalars) {
  test(`scalar ${JSON.stringify(text)}`, () => {
    assert.deepEqual(toPlainObject(parse(`a: ${text}`)), { a: value });
  });
}

test("order, merge keys, aliases, keys of other types and hostile keys", () => {
  const value = parse("b: &x {k: 1}\na: *x\n10: ten\nc: {<<: *x, z: 2}\n__proto__: {evil: 1}\n");
  assert.ok(value instanceof Map);
  assert.deepEqual([...value.keys()], ["b", "a", "10", "c", "__proto__"]);
  assert.deepEqual(toPlainObject(value.get("c") as ConfigValue), { k: 1, z: 2 });
  assert.equal(({} as { evil?: number }).evil, undefined);
});

const bomb = (levels: number): string =>
  `a0: &a0 [x]\n${Array.from({ length: levels }, (_, i) => `a${i + 1}: &a${i + 1} [${Array(10).fill(`*a${i}`).join(",")}]`).join("\n")}\n`;

const refused: readonly (readonly [string, string, "INVALID_FILE" | "LIMIT_EXCEEDED", RegExp])[] = [
  ["alias bomb", bomb(9), "LIMIT_EXCEEDED", /values/],
  ["alias in a circle", "a: &a [*a]", "LIMIT_EXCEEDED", /levels/],
  ["nesting", `${"[".repeat(5000)}${"]".repeat(5000)}`, "INVALID_FILE", /depth|nest/i],
  ["python object", "a: !!python/object/apply:os.system ['id']", "INVALID_FILE", /python/],
  ["python name", "a: !!python/name:os.system", "INVALID_FILE", /python/],
  ["local tag", "a: !env HOME", "INVALID_FILE", /tag/],
  ["same key twice", "a: 1\na: 2", "INVALID_FILE", /duplicat/],
  ["two documents", "a: 1\n---\nb: 2", "INVALID_FILE", /YAML/],
  ["broken", "a: [1, 2", "INVALID_FILE", /YAML/],
  ["empty", "", "INVALID_FILE", /YAML/],
  ["map as key", "? {a: 1}\n: 2", "INVALID_FILE", /key/],
];
for (const [what, text, code, says] of refused) {
  test(`refused: ${what}`, () => {
    assert.throws(
      () => parse(text),
      (e) => isToolError(e, code) && says.test(e.message) && !e.message.includes("\n"),
    );
  });
}

test("refused: bytes that are not UTF-8", () => {
  assert.throws(
    () => parseYaml(Uint8Array.of(0x61, 0x3a, 0x20, 0xff)),
    (e) => isToolError(e, "INVALID_FILE"),
  );
});

const resolved: readonly (readonly [string, string, unknown])[] = [
  ["absolute", "a: {b: 5}\nc: ${a.b}", { a: { b: 5 }, c: 5 }],
  ["of the training configuration", "enc: {d: 8}\nx: ${model.enc.d}", { enc: { d: 8 }, x: 8 }],
  ["relative", "m: {a: 1, b: '${.a}', n: {c: '${..a}'}}", { m: { a: 1, b: 1, n: { c: 1 } } }],
  ["inside text", "a: 4\nb: x${a}-${a}", { a: 4, b: "x4-4" }],
  ["a whole map", "a: {k: 1}\nb: ${a}", { a: { k: 1 }, b: { k: 1 } }],
  ["through another", "a: ${b}\nb: ${c}\nc: 3", { a: 3, b: 3, c: 3 }],
  ["null", "a: null\nb: ${a}", { a: null, b: null }],
  ["list element", "a: [7, 8]\nb: ${a.1}", { a: [7, 8], b: 8 }],
  ["nowhere stays", "b: ${q.r}", { b: "${q.r}" }],
  ["the environment is not read", "b: ${oc.env:HOME}", { b: "${oc.env:HOME}" }],
];
for (const [what, text, expected] of resolved) {
  test(`interpolation: ${what}`, () => {
    assert.deepEqual(toPlainObject(resolveInterpolations(parse(text))), expected);
  });
}

test("interpolation in a circle ends; one that multiplies is refused", () => {
  assert.doesNotThrow(() => resolveInterpolations(parse("a: ${b}\nb: ${a}")));
  const levels = Array.from(
    { length: 9 },
    (_, i) => `a${i + 1}: [${Array(10).fill(`"\${a${i}}"`).join(",")}]`,
  );
  assert.throws(
    () => resolveInterpolations(parse(`a0: x\n${levels.join("\n")}`)),
    (e) => isToolError(e, "LIMIT_EXCEEDED"),
  );
  assert.throws(
    () => resolveInterpolations(parse("a: {b: '${a}', c: '${a}'}")),
    (e) => isToolError(e, "LIMIT_EXCEEDED"),
  );
});
