import assert from "node:assert/strict";
import { test } from "node:test";
import { isToolError } from "../../errors/tool-error.ts";
import { parseYaml } from "../yaml/read.ts";
import { ConfigNode } from "./config-node.ts";

const config = new ConfigNode(
  parseYaml(
    Buffer.from(
      "encoder: {d_model: '512', heads: 4, ratio: 0.5, flag: true, kind: rel_pos, none: null, text_none: None, open: '???', ref: '${a.b}', list: [1, 2], names: [a, b], mixed: [a, 1], big: 1e300}\n",
    ),
  ),
);
const encoder = config.get("encoder");

test("values of the right type", () => {
  assert.equal(config.get("encoder.heads").positiveInteger(), 4);
  assert.equal(encoder.get("ratio").number(), 0.5);
  assert.equal(encoder.get("flag").boolean(), true);
  assert.equal(encoder.get("kind").oneOf(["abs_pos", "rel_pos"]), "rel_pos");
  assert.deepEqual(encoder.get("list").integers({ min: 0, max: 2 }), [1, 2]);
  assert.deepEqual(encoder.get("names").strings(), ["a", "b"]);
  assert.deepEqual(encoder.get("list.1").integer(), 2);
  assert.deepEqual(
    encoder
      .entries()
      .map(([key]) => key)
      .slice(0, 2),
    ["d_model", "heads"],
  );
});

test("absent, null and open values", () => {
  assert.equal(encoder.get("absent").integer({}, 7), 7);
  assert.equal(encoder.get("absent.deeper").string("x"), "x");
  assert.equal(encoder.get("open").integer({}, 7), 7);
  for (const key of ["absent", "none", "text_none", "open"])
    assert.equal(encoder.get(key).optional(), undefined);
  assert.equal(encoder.get("heads").optional()?.integer(), 4);
});

const wrong: readonly (readonly [string, () => unknown, string])[] = [
  [
    "text for a number",
    () => encoder.get("d_model").positiveInteger(),
    'encoder.d_model: expected a positive integer, got "512"',
  ],
  [
    "out of range",
    () => encoder.get("heads").integer({ min: 5, max: 9 }),
    "encoder.heads: expected an integer from 5 to 9, got 4",
  ],
  ["fraction", () => encoder.get("ratio").integer(), "encoder.ratio: expected an integer, got 0.5"],
  [
    "too large",
    () => encoder.get("big").integer({ min: 0 }),
    "encoder.big: expected an integer of at least 0, got 1e+300",
  ],
  ["missing", () => encoder.get("x.y").string(), "encoder.x.y: expected text, but it is missing"],
  [
    "open",
    () => encoder.get("open").string(),
    "encoder.open: expected text, but it was left open (???)",
  ],
  [
    "null has no fallback",
    () => encoder.get("none").integer({}, 3),
    "encoder.none: expected an integer, got null",
  ],
  [
    "unresolved",
    () => encoder.get("ref").string(),
    "encoder.ref: expected text, got the unresolved reference ${a.b}",
  ],
  [
    "not a choice",
    () => encoder.get("kind").oneOf(["a", "b"]),
    'encoder.kind: expected one of a, b, got "rel_pos"',
  ],
  ["mixed list", () => encoder.get("mixed").strings(), "encoder.mixed.1: expected text, got 1"],
  [
    "list for a map",
    () => encoder.get("list").entries(),
    "encoder.list: expected a map, got a list of 2",
  ],
  ["map for a list", () => encoder.items(), "encoder: expected a list, got a map"],
];
for (const [what, read, message] of wrong) {
  test(`refused: ${what}`, () => {
    assert.throws(
      read,
      (e) =>
        isToolError(e, "INVALID_CONFIG") &&
        e.message === message &&
        e.at[0] === "model_config.yaml",
    );
  });
}
