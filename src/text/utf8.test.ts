import assert from "node:assert/strict";
import { test } from "node:test";
import { seededRandom } from "../../test/support/cut.ts";
import { decodeUtf8, encodeUtf8 } from "./utf8.ts";

const oracle = new TextDecoder("utf-8", { ignoreBOM: true });

test("utf-8: text comes back, long or short", () => {
  for (const text of ["", "a", "Grüße, 世界 \u{1f399}", "▁the", "é".repeat(10_000)]) {
    assert.equal(decodeUtf8(new TextEncoder().encode(text)), text);
  }
});

test("utf-8: any bytes give what TextDecoder gives", () => {
  const random = seededRandom(11);
  const interesting = [
    0x00, 0x41, 0x7f, 0x80, 0x9f, 0xa0, 0xbf, 0xc0, 0xc2, 0xdf, 0xe0, 0xe2, 0xed, 0xef, 0xf0, 0xf4,
    0xf5, 0xff,
  ];
  for (let round = 0; round < 3000; round++) {
    const bytes = Uint8Array.from({ length: 1 + Math.floor(random() * 8) }, () =>
      random() < 0.8
        ? (interesting[Math.floor(random() * interesting.length)] as number)
        : Math.floor(random() * 256),
    );
    assert.equal(decodeUtf8(bytes), oracle.decode(bytes), [...bytes].join(" "));
  }
});

test("utf-8: text becomes the bytes that TextEncoder makes", () => {
  for (const text of ["", "a", "Grüße, 世界 \u{1f399}", "▁the", "\ud800x\udc00", "\u{10ffff}߿ࠀ"]) {
    assert.deepEqual(encodeUtf8(text), new TextEncoder().encode(text));
  }
});
