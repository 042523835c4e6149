import assert from "node:assert/strict";
import { test } from "node:test";
import { bfloat16ToFloat, floatToHalf, halfToFloat } from "./half.ts";

test("every binary16 value survives the way there and back", () => {
  for (let bits = 0; bits < 0x10000; bits++) {
    const value = halfToFloat(bits);
    if (Number.isNaN(value)) assert.ok(Number.isNaN(halfToFloat(floatToHalf(value))));
    else assert.equal(floatToHalf(value), bits, `bits ${bits}`);
  }
});

test("rounding is to nearest, ties to even, and overflows to infinity", () => {
  assert.equal(halfToFloat(floatToHalf(2049)), 2048);
  assert.equal(halfToFloat(floatToHalf(2051)), 2052);
  assert.equal(halfToFloat(floatToHalf(65519.9)), 65504);
  assert.equal(halfToFloat(floatToHalf(65520)), Infinity);
  assert.equal(halfToFloat(floatToHalf(-1e9)), -Infinity);
  assert.equal(halfToFloat(floatToHalf(2 ** -25)), 0);
  assert.equal(halfToFloat(floatToHalf(1.5 * 2 ** -24)), 2 * 2 ** -24);
});

test("bfloat16 is the upper half of a float", () => {
  assert.equal(bfloat16ToFloat(0x3f80), 1);
  assert.equal(bfloat16ToFloat(0xc000), -2);
  assert.equal(bfloat16ToFloat(0x7f80), Infinity);
});
