/** Files, folders and spools: one suite for every ByteSource that `io` makes. */
import assert from "node:assert/strict";
import { chmodSync, mkdirSync, readdirSync, truncateSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test, type TestContext } from "node:test";
import { countingSource } from "../../test/support/counting-source.ts";
import { scratchFolder } from "../../test/support/scratch.ts";
import { isToolError } from "../errors/tool-error.ts";
import { MemorySink } from "./byte-sink.ts";
import { bytesSource, sliceSource, type ByteSource } from "./byte-source.ts";
import { openFile } from "./file-source.ts";
import { entryKind, listFolder, readTextFile } from "./folder.ts";
import { createSpool } from "./spool.ts";

const content = Uint8Array.from({ length: 1000 }, (_, i) => i % 251);

async function spooled(t: TestContext, memoryBytes: number): Promise<ByteSource> {
  const folder = scratchFolder(t);
  const spool = createSpool({ name: "spool", memoryBytes, folder });
  for (let i = 0; i < 1000; i += 100) await spool.write(content.subarray(i, i + 100));
  assert.equal(spool.sizeBytes, 1000);
  assert.deepEqual(readdirSync(folder), [], "the temporary file is unlinked");
  const source = await spool.finish();
  t.after(() => source.close());
  return source;
}

const sources: Record<string, (t: TestContext) => Promise<ByteSource>> = {
  file: async (t) => {
    const file = path.join(scratchFolder(t), "x");
    writeFileSync(file, content);
    const source = await openFile(file);
    t.after(() => source.close());
    return source;
  },
  bytes: async () => bytesSource(content),
  slice: async () =>
    sliceSource(bytesSource(Buffer.concat([content, content])), 1000, 2000, "slice"),
  "spool in memory": (t) => spooled(t, 1000),
  "spool on disk": (t) => spooled(t, 250),
  counting: async () => countingSource(bytesSource(content)),
};

for (const [name, open] of Object.entries(sources)) {
  test(`${name}: ranges, at any time and in any order`, async (t) => {
    const source = await open(t);
    assert.equal(source.sizeBytes, 1000);
    const ranges: [number, number][] = [
      [0, 1000],
      [999, 1000],
      [5, 5],
      [100, 900],
      [1000, 1000],
    ];
    const parts = await Promise.all(ranges.map(([start, end]) => source.read(start, end)));
    parts.forEach((part, i) => {
      assert.deepEqual(
        Buffer.from(part),
        Buffer.from(content.subarray(...(ranges[i] as [number, number]))),
      );
    });
    for (const [start, end] of [
      [-1, 5],
      [5, 4],
      [0, 1001],
      [1001, 1001],
    ] as const) {
      await assert.rejects(source.read(start, end), (e) => isToolError(e, "INVALID_FILE"));
    }
  });
}

test("what is written may be reused by the writer, also if it is a Buffer", async () => {
  for (const sink of [new MemorySink(), createSpool({ name: "spool" })]) {
    const bytes = Buffer.from("abc");
    await sink.write(bytes);
    bytes.fill(0);
    const found = "finish" in sink ? await (await sink.finish()).read(0, 3) : sink.bytes();
    assert.equal(Buffer.from(found).toString(), "abc");
  }
});

test("what is not a readable file is said plainly", async (t) => {
  const folder = scratchFolder(t);
  mkdirSync(path.join(folder, "dir"));
  writeFileSync(path.join(folder, "file"), "abc");
  await assert.rejects(
    openFile(path.join(folder, "none")),
    (e) => isToolError(e, "NOT_FOUND") && e.hint !== "",
  );
  await assert.rejects(openFile(path.join(folder, "file/x")), (e) => isToolError(e, "NOT_FOUND"));
  await assert.rejects(
    openFile(path.join(folder, "dir")),
    (e) => isToolError(e, "INVALID_FILE") && /folder/.test(e.message),
  );
  await assert.rejects(openFile("/dev/zero"), (e) => isToolError(e, "INVALID_FILE"));
  assert.equal(await entryKind(path.join(folder, "dir")), "folder");
  assert.equal(await entryKind(path.join(folder, "file")), "file");
  assert.equal(await entryKind(path.join(folder, "file/x")), undefined);
  assert.deepEqual(await listFolder(folder), ["dir", "file"]);
  assert.equal(await readTextFile(path.join(folder, "file"), 3), "abc");
  await assert.rejects(readTextFile(path.join(folder, "file"), 2), (e) =>
    isToolError(e, "LIMIT_EXCEEDED"),
  );
});

test("a file that shrinks while it is read is an error, not a hang", async (t) => {
  const file = path.join(scratchFolder(t), "x");
  writeFileSync(file, content);
  const source = await openFile(file);
  t.after(() => source.close());
  truncateSync(file, 10);
  await assert.rejects(
    source.read(0, 1000),
    (e) => isToolError(e, "INVALID_FILE") && /byte 10/.test(e.message),
  );
});

test(
  "a file without permission",
  { skip: process.getuid?.() === 0 ? "root may read all" : false },
  async (t) => {
    const file = path.join(scratchFolder(t), "x");
    writeFileSync(file, "");
    chmodSync(file, 0);
    await assert.rejects(openFile(file), (e) => isToolError(e, "NO_PERMISSION"));
  },
);
