import assert from "node:assert/strict";
import { test } from "node:test";
import { ALAW_TABLE } from "./alaw.ts";
import { MULAW_TABLE } from "./mulaw.ts";

// Values of G.711 at 16 bit, as every telephone switch decodes them.
const MULAW: readonly (readonly [byte: number, sample: number])[] = [
  [0x00, -32124],
  [0x01, -31100],
  [0x0f, -16764],
  [0x10, -15996],
  [0x7e, -8],
  [0x7f, 0],
  [0x80, 32124],
  [0xfe, 8],
  [0xff, 0],
];
const ALAW: readonly (readonly [byte: number, sample: number])[] = [
  [0x00, -5504],
  [0x2a, -32256],
  [0x55, -8],
  [0x54, -24],
  [0xd5, 8],
  [0xaa, 32256],
  [0x80, 5504],
];

test("mu-law bytes are the samples of G.711", () => {
  for (const [byte, sample] of MULAW)
    assert.equal((MULAW_TABLE[byte] as number) * 32768 + 0, sample, `${byte}`);
});

test("A-law bytes are the samples of G.711", () => {
  for (const [byte, sample] of ALAW)
    assert.equal((ALAW_TABLE[byte] as number) * 32768, sample, `${byte}`);
});

test("both laws are odd functions of the sign bit", () => {
  for (let byte = 0; byte < 128; byte++) {
    assert.equal(MULAW_TABLE[byte], -(MULAW_TABLE[byte | 128] as number), `mu-law ${byte}`);
    assert.equal(ALAW_TABLE[byte], -(ALAW_TABLE[byte | 128] as number), `A-law ${byte}`);
  }
});
