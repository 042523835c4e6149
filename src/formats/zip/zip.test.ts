import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { scratchFolder } from "../../../test/support/scratch.ts";
import { storedZip, type StoredZipEntry } from "../../../test/support/stored-zip.ts";
import { isToolError } from "../../errors/tool-error.ts";
import { bytesSource } from "../../io/byte-source.ts";
import { readZip, readZipEntry } from "./read.ts";

const content = (text: string): Buffer => Buffer.from(text);
const entry = (name: string, text = "", rest: Partial<StoredZipEntry> = {}): StoredZipEntry => ({
  name,
  content: content(text),
  ...rest,
});

async function texts(bytes: Uint8Array): Promise<Record<string, string>> {
  const result: Record<string, string> = {};
  for (const [name, file] of await readZip(bytesSource(bytes, "x.zip"))) {
    result[name] = Buffer.from(await readZipEntry(file, 1e6)).toString();
  }
  return result;
}

const sample = [
  entry("a", "alpha"),
  entry("dir/"),
  entry("dir/b", ""),
  entry("ü", "x".repeat(1000)),
];
const expected = { a: "alpha", "dir/b": "", ü: "x".repeat(1000) };

test("stored entries with data descriptors, in place", async () => {
  assert.deepEqual(await texts(storedZip(sample)), expected);
  assert.deepEqual(
    await texts(storedZip(sample, { comment: "PK\u0005\u0006 in a comment" })),
    expected,
  );
  assert.deepEqual(await texts(storedZip([])), {});
});

test("64-bit sizes and end record", async () => {
  const large = sample.map((item) => ({ ...item, isLarge: true }));
  assert.deepEqual(await texts(storedZip(large)), expected);
  assert.deepEqual(await texts(storedZip(large, { end64: true })), expected);
});

const python = spawnSync("python3", ["-c", "import zipfile"]).status === 0;
test(
  "archives of Python's zipfile, also forced to 64 bit",
  { skip: python ? false : "needs python3" },
  async (t) => {
    const folder = scratchFolder(t);
    const script = [
      "import zipfile",
      "z = zipfile.ZipFile('x.zip', 'w')",
      "z.writestr('a', 'alpha')",
      "with z.open('big', 'w', force_zip64=True) as f: f.write(b'b' * 5000)",
      "z.close()",
    ].join("\n");
    assert.equal(spawnSync("python3", ["-c", script], { cwd: folder }).status, 0);
    assert.deepEqual(await texts(readFileSync(path.join(folder, "x.zip"))), {
      a: "alpha",
      big: "b".repeat(5000),
    });
  },
);

const twice = storedZip([entry("one", "1234567890"), entry("two", "1234567890")]);
const hostile: readonly (readonly [string, Uint8Array, "INVALID_FILE" | "UNSUPPORTED", RegExp])[] =
  [
    ["not a zip", Buffer.alloc(100), "INVALID_FILE", /end record/],
    ["parent folder", storedZip([entry("a/../../b")]), "INVALID_FILE", /out of the archive/],
    ["absolute", storedZip([entry("/b")]), "INVALID_FILE", /out of the archive/],
    ["NUL", storedZip([entry("a\0b")]), "INVALID_FILE", /out of the archive/],
    ["same name twice", storedZip([entry("a"), entry("a")]), "INVALID_FILE", /same name/],
    [
      "overlap",
      storedZip([entry("a", "x".repeat(100)), entry("b", "", { headerStart: 20 })]),
      "INVALID_FILE",
      /overlaps/,
    ],
    [
      "two entries on one place",
      storedZip([entry("a", "xy"), entry("b", "xy", { headerStart: 0 })]),
      "INVALID_FILE",
      /overlaps/,
    ],
    ["size too large", storedZip([entry("a", "xy", { sizeBytes: 3 })]), "INVALID_FILE", /overlaps/],
    [
      "sizes that differ",
      storedZip([entry("a", "xyz", { compressedBytes: 3, sizeBytes: 30 })]),
      "INVALID_FILE",
      /stored entry of 3 bytes is said to have 30/,
    ],
    [
      "huge 64-bit size",
      storedZip([entry("a", "x", { isLarge: true, sizeBytes: 2 ** 52 })]),
      "INVALID_FILE",
      /overlaps/,
    ],
    [
      "saturated without 64-bit field",
      storedZip([entry("a", "x", { sizeBytes: 0xffffffff })]),
      "INVALID_FILE",
      /64-bit/,
    ],
    ["wrong checksum", storedZip([entry("a", "x", { crc32: 1 })]), "INVALID_FILE", /checksum/],
    ["compressed", storedZip([entry("a", "x", { method: 8 })]), "UNSUPPORTED", /compressed/],
    ["encrypted", storedZip([entry("a", "x", { flags: 9 })]), "UNSUPPORTED", /encrypted/],
    [
      "no local header",
      storedZip([entry("a", "xx", { headerStart: 1, sizeBytes: 1 })]),
      "INVALID_FILE",
      /local header/,
    ],
    [
      "something before the archive",
      Buffer.concat([content("hello"), twice]),
      "INVALID_FILE",
      /does not end at/,
    ],
    [
      "something after the archive",
      Buffer.concat([twice, content("hello")]),
      "INVALID_FILE",
      /end record/,
    ],
  ];
for (const [what, bytes, code, says] of hostile) {
  test(`refused: ${what}`, async () => {
    await assert.rejects(texts(bytes), (e) => isToolError(e, code) && says.test(e.message));
  });
}

test("cut short anywhere: refused", async () => {
  for (let length = 0; length < twice.length; length += 7) {
    await assert.rejects(
      texts(twice.subarray(0, length)),
      (e) => isToolError(e, "INVALID_FILE"),
      `${length}`,
    );
  }
});
