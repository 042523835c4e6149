import assert from "node:assert/strict";
import { test } from "node:test";
import { gunzipSync, gzipSync } from "node:zlib";
import { isToolError } from "../../errors/tool-error.ts";
import { MemorySink } from "../../io/byte-sink.ts";
import { bytesSource, type ByteSource } from "../../io/byte-source.ts";
import { gunzip, GZIP_LIMITS, isGzip } from "./read.ts";
import { createGzipSink } from "./write.ts";

const content = Buffer.from(Array.from({ length: 300_000 }, (_, i) => `${i % 977} `).join(""));

async function inflated(bytes: Uint8Array, limits = GZIP_LIMITS): Promise<Buffer> {
  const source = await gunzip(bytesSource(bytes, "x.gz"), limits);
  const result = Buffer.from(await source.read(0, source.sizeBytes));
  await source.close();
  return result;
}

test("the magic is recognised", async () => {
  assert.equal(await isGzip(bytesSource(gzipSync("x"))), true);
  assert.equal(await isGzip(bytesSource(Uint8Array.of(0x1f))), false);
  assert.equal(await isGzip(bytesSource(new Uint8Array(10))), false);
});

test("inflates one member, several, and none", async () => {
  assert.ok((await inflated(gzipSync(content))).equals(content));
  const parts = [content.subarray(0, 1000), content.subarray(1000)].map((part) => gzipSync(part));
  assert.ok((await inflated(Buffer.concat(parts))).equals(content));
  assert.equal((await inflated(gzipSync(""))).byteLength, 0);
});

test("cut short, flipped bits: refused", async () => {
  const bytes = gzipSync(content);
  for (let i = 0; i < 20; i++) {
    const cut = bytes.subarray(0, 2 + Math.floor(((bytes.byteLength - 3) * i) / 19));
    await assert.rejects(
      inflated(cut),
      (e) => isToolError(e, "INVALID_FILE") && /gzip/.test(e.message),
      `cut ${cut.length}`,
    );
  }
  const flipped = Uint8Array.from(bytes);
  flipped[bytes.byteLength - 6] = (flipped[bytes.byteLength - 6] as number) ^ 1;
  await assert.rejects(inflated(flipped), (e) => isToolError(e, "INVALID_FILE"));
});

test("a bomb is refused before it fills the memory", async () => {
  const bomb = gzipSync(new Uint8Array(3_000_000));
  const limits = { ...GZIP_LIMITS, ratioFromBytes: 100_000 };
  await assert.rejects(inflated(bomb, limits), (e) => isToolError(e, "LIMIT_EXCEEDED"));
  await assert.rejects(inflated(bomb, { ...GZIP_LIMITS, outputBytes: 1000 }), (e) =>
    isToolError(e, "LIMIT_EXCEEDED"),
  );
  assert.equal((await inflated(bomb)).byteLength, 3_000_000);
});

test("a failing source fails the inflation", async () => {
  const bytes = gzipSync(content, { level: 0 });
  const failing: ByteSource = {
    ...bytesSource(bytes),
    read: async (start, end) => {
      if (start > 0) throw new RangeError("broken");
      return bytes.subarray(start, end);
    },
  };
  await assert.rejects(gunzip(failing), RangeError);
});

test("the sink's output inflates to what went in, at changing levels, always the same", async () => {
  const make = async (): Promise<Uint8Array> => {
    const behind = new MemorySink();
    const gzip = createGzipSink(behind);
    await gzip.write(content.subarray(0, 1000));
    gzip.setLevel(0);
    for (let at = 1000; at < content.length; at += 70_000)
      await gzip.write(content.subarray(at, at + 70_000));
    gzip.setLevel(9);
    await gzip.write(new Uint8Array(0));
    await gzip.write(content);
    await gzip.finish();
    assert.equal(gzip.sizeBytes, 2 * content.length);
    return behind.bytes();
  };
  const first = await make();
  assert.ok(gunzipSync(first).equals(Buffer.concat([content, content])));
  assert.deepEqual([...first.subarray(0, 10)], [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]);
  assert.deepEqual(first, await make());
  assert.ok(
    first.byteLength > content.length && first.byteLength < 1.5 * content.length,
    "stored, then compressed",
  );
});

test("a failing sink behind fails a later write or the end", async () => {
  const gzip = createGzipSink({
    sizeBytes: 0,
    write: async () => {
      throw new RangeError("full");
    },
  });
  gzip.setLevel(0);
  const large = new Uint8Array(8 << 20);
  await assert.rejects(gzip.write(large), RangeError);
  await assert.rejects(gzip.finish(), RangeError);
});
