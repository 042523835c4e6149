import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { countingSource } from "../../../test/support/counting-source.ts";
import { scratchFolder } from "../../../test/support/scratch.ts";
import { isToolError } from "../../errors/tool-error.ts";
import { MemorySink } from "../../io/byte-sink.ts";
import { bytesSource } from "../../io/byte-source.ts";
import { makeTarHeader } from "./header.ts";
import { openTar } from "./open.ts";
import { makePax } from "./pax.ts";
import { readTar, TAR_LIMITS } from "./read.ts";
import { finishTar, writeTarMember } from "./write.ts";

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const END = new Uint8Array(1024);

/** A block padded to 512 bytes. */
function padded(bytes: Uint8Array): Uint8Array {
  const block = new Uint8Array(Math.ceil(bytes.byteLength / 512) * 512);
  block.set(bytes);
  return block;
}

/** One member as raw bytes, with whatever type and name. */
function rawMember(name: string, type = "0", content = ""): Uint8Array {
  const header = makeTarHeader({ name, type, sizeBytes: content.length, mode: 0o644 });
  return Buffer.concat([header, padded(utf8(content))]);
}

/** Changes one header's bytes and mends its checksum. */
function patched(member: Uint8Array, at: number, value: string | Uint8Array): Uint8Array {
  const bytes = Uint8Array.from(member);
  bytes.set(typeof value === "string" ? utf8(value) : value, at);
  bytes.fill(0x20, 148, 156);
  const sum = bytes.subarray(0, 512).reduce((total, byte) => total + byte, 0);
  bytes.set(utf8(`${sum.toString(8).padStart(6, "0")}\0 `), 148);
  return bytes;
}

const paxBefore = (records: [string, string][], member: Uint8Array, type = "x"): Uint8Array => {
  const body = makePax(records);
  return Buffer.concat([
    makeTarHeader({ name: "pax", type, sizeBytes: body.byteLength, mode: 0 }),
    padded(body),
    member,
  ]);
};
const read = (...parts: Uint8Array[]): ReturnType<typeof readTar> =>
  readTar(bytesSource(Buffer.concat([...parts, END]), "x.nemo"));

const entries: [string, string][] = [
  ["model_config.yaml", "a: 1\n"],
  ["empty", ""],
  [`${"folder/".repeat(30)}file`, "deep"],
  ["wörter.txt", "ä".repeat(700)],
  ["block", "x".repeat(512)],
];

async function writeSample(): Promise<Uint8Array> {
  const sink = new MemorySink();
  for (const [name, text] of entries) {
    const bytes = utf8(text);
    const halves = [bytes.subarray(0, 3), bytes.subarray(3)];
    await writeTarMember(sink, { name, sizeBytes: bytes.byteLength, content: halves });
  }
  await finishTar(sink);
  return sink.bytes();
}

test("what we write, we read, in place", async () => {
  const source = countingSource(bytesSource(await writeSample(), "x.tar"));
  const members = await readTar(source);
  assert.ok(source.bytesRead < 10_000);
  const found = await Promise.all(
    members.map(async (m) => [m.name, Buffer.from(await m.source.read(0, m.sizeBytes)).toString()]),
  );
  assert.deepEqual(found, entries);
});

test("the same input gives the same bytes", async () => {
  assert.deepEqual(await writeSample(), await writeSample());
});

const python = spawnSync("python3", ["-c", "import tarfile"]).status === 0;
test(
  "Python's tarfile reads our archive, and we read its formats",
  { skip: python ? false : "needs python3" },
  async (t) => {
    const folder = scratchFolder(t);
    writeFileSync(path.join(folder, "ours.tar"), await writeSample());
    const listing = spawnSync(
      "python3",
      [
        "-c",
        [
          "import tarfile, json, sys, io",
          "t = tarfile.open('ours.tar')",
          "print(json.dumps([[m.name, t.extractfile(m).read().decode(), m.mode, m.uid, m.mtime] for m in t]))",
          "names = json.loads(sys.argv[1])",
          "for fmt in ('USTAR', 'GNU', 'PAX'):",
          "  with tarfile.open(fmt + '.tar', 'w:', format=getattr(tarfile, fmt + '_FORMAT')) as t:",
          "    for name, text in names:",
          "      info = tarfile.TarInfo('./' + name); data = text.encode(); info.size = len(data)",
          "      t.addfile(info, io.BytesIO(data))",
        ].join("\n"),
        JSON.stringify(entries),
      ],
      { cwd: folder, encoding: "utf8" },
    );
    assert.equal(listing.stderr, "");
    assert.deepEqual(
      JSON.parse(listing.stdout),
      entries.map(([name, text]) => [name, text, 0o644, 0, 0]),
    );
    const { openFile } = await import("../../io/file-source.ts");
    for (const format of ["USTAR", "GNU", "PAX"]) {
      const source = await openFile(path.join(folder, `${format}.tar`));
      t.after(() => source.close());
      const members = await readTar(source);
      assert.deepEqual(
        members.map((m) => [m.name, m.sizeBytes]),
        entries.map(([n, c]) => [n, utf8(c).byteLength]),
        format,
      );
    }
  },
);

test("sizes over 8 GiB: base-256 and pax", async () => {
  const size = 10 * 1024 ** 3;
  const base256 = Uint8Array.of(0x80, 0, 0, 0, 0, 0, 0, 2, 0x80, 0, 0, 0);
  const header = makeTarHeader({ name: "w", type: "0", sizeBytes: 0, mode: 0 });
  for (const start of [
    patched(header, 124, base256),
    paxBefore([["size", String(size)]], header),
  ]) {
    // a source that says it is large and has zeros after the header
    const members = await readTar({
      name: "huge.tar",
      sizeBytes: start.byteLength + size + 1024,
      read: async (from, to) => {
        const bytes = new Uint8Array(to - from);
        bytes.set(start.subarray(from, to));
        return bytes;
      },
    });
    assert.deepEqual(
      members.map((m) => m.sizeBytes),
      [size],
    );
  }
});

test("names are made plain; old headers and folders are understood", async () => {
  const members = await read(
    rawMember(".", "5"),
    rawMember("./dir/", "5"),
    rawMember("././a//b/./c", "0", "x"),
    patched(rawMember("old", "0", "y"), 257, new Uint8Array(8)),
    patched(patched(rawMember("olddir/"), 257, new Uint8Array(8)), 156, "\0"),
    paxBefore(
      [
        ["mtime", "1.5"],
        ["path", "./from-pax"],
      ],
      rawMember("short"),
    ),
    paxBefore([["comment", "all"]], rawMember("after-global"), "g"),
    Buffer.concat([
      rawMember("././@LongLink", "L", `${"n".repeat(200)}\0`),
      rawMember("nnn", "0", "z"),
    ]),
  );
  assert.deepEqual(
    members.map((m) => m.name),
    ["a/b/c", "old", "from-pax", "after-global", "n".repeat(200)],
  );
});

const hostile: Record<
  string,
  {
    parts: Uint8Array[];
    code?: "INVALID_FILE" | "UNSUPPORTED" | "LIMIT_EXCEEDED";
    at?: string;
    says: RegExp;
  }
> = {
  "not a tar": { parts: [Buffer.alloc(512, "text")], says: /checksum at byte 0/ },
  "parent folder": {
    parts: [rawMember("a/../../etc/passwd")],
    at: "a/../../etc/passwd",
    says: /'\.\.'/,
  },
  "parent folder as folder": { parts: [rawMember("..", "5")], at: "..", says: /'\.\.'/ },
  absolute: { parts: [rawMember("/etc/passwd")], at: "/etc/passwd", says: /absolute/ },
  "symbolic link": { parts: [rawMember("s", "2")], at: "s", says: /symbolic link/ },
  "hard link": { parts: [rawMember("h", "1")], at: "h", says: /hard link/ },
  "character device": { parts: [rawMember("d", "3")], at: "d", says: /device/ },
  "block device": { parts: [rawMember("d", "4")], at: "d", says: /device/ },
  "named pipe": { parts: [rawMember("p", "6")], at: "p", says: /pipe/ },
  "sparse, GNU": { parts: [rawMember("s", "S")], code: "UNSUPPORTED", at: "s", says: /sparse/ },
  "sparse, pax": {
    parts: [paxBefore([["GNU.sparse.major", "1"]], rawMember("s"))],
    code: "UNSUPPORTED",
    says: /sparse/,
  },
  "unknown type": { parts: [rawMember("u", "Z")], at: "u", says: /unknown type "Z"/ },
  "same name twice": { parts: [rawMember("a"), rawMember("./a")], at: "./a", says: /same name/ },
  "no name": { parts: [rawMember("./")], at: "./", says: /without a name/ },
  "NUL in a pax name": {
    parts: [paxBefore([["path", "a\0b"]], rawMember("x"))],
    at: "a\\0b",
    says: /NUL/,
  },
  "folder with content": {
    parts: [rawMember("d", "5", "x")],
    at: "d",
    says: /folder with content/,
  },
  "bad checksum later": {
    parts: [rawMember("a"), Buffer.alloc(512, 1)],
    says: /checksum at byte 512/,
  },
  "size not octal": { parts: [patched(rawMember("a"), 124, "9zz")], says: /size/ },
  "negative size": {
    parts: [patched(rawMember("a"), 124, new Uint8Array(12).fill(0xff))],
    says: /size/,
  },
  "size past the end": {
    parts: [patched(rawMember("a"), 124, "00007777777")],
    at: "a",
    says: /ends at/,
  },
  "pax size lie": {
    parts: [paxBefore([["size", "99999999"]], rawMember("a"))],
    at: "a",
    says: /ends at/,
  },
  "pax size not a number": {
    parts: [paxBefore([["size", "-1"]], rawMember("a"))],
    says: /size '-1'/,
  },
  "pax record length": { parts: [rawMember("p", "x", "99 path=a\n")], says: /record length/ },
  "pax without =": { parts: [rawMember("p", "x", "7 path\n")], says: /'='/ },
  "global path": { parts: [paxBefore([["path", "a"]], rawMember("x"), "g")], says: /all members/ },
  "huge extended header": {
    parts: [patched(rawMember("p", "x"), 124, "00007777777")],
    code: "LIMIT_EXCEEDED",
    says: /extended header/,
  },
  "huge name": {
    parts: [paxBefore([["path", "n".repeat(5000)]], rawMember("x"))],
    code: "LIMIT_EXCEEDED",
    says: /name of 5000/,
  },
};
for (const [what, { parts, code = "INVALID_FILE", at, says }] of Object.entries(hostile)) {
  test(`refused: ${what}`, async () => {
    await assert.rejects(
      read(...parts),
      (e) =>
        isToolError(e, code) &&
        says.test(e.message) &&
        e.at[0] === "x.nemo" &&
        (at === undefined || e.at[1] === at),
    );
  });
}

test("refused: more members than the limit", async () => {
  const many = Buffer.concat([...Array.from({ length: 5 }, (_, i) => rawMember(`m${i}`)), END]);
  const limits = { ...TAR_LIMITS, members: 4 };
  await assert.rejects(readTar(bytesSource(many), limits), (e) => isToolError(e, "LIMIT_EXCEEDED"));
});

test("cut short anywhere before the end mark: refused", async () => {
  const bytes = await writeSample();
  const needed = bytes.byteLength - 512; // one zero block is enough
  for (let i = 0; i < 40; i++) {
    const length = Math.floor((needed * i) / 40);
    await assert.rejects(
      readTar(bytesSource(bytes.subarray(0, length))),
      (e) => isToolError(e, "INVALID_FILE") && /ends at/.test(e.message),
      `cut at ${length}`,
    );
  }
  await assert.rejects(readTar(bytesSource(bytes.subarray(0, needed - 1))));
  assert.equal((await readTar(bytesSource(bytes.subarray(0, needed)))).length, entries.length);
});

test("one opener for plain and compressed archives", async () => {
  const plain = await writeSample();
  for (const bytes of [plain, gzipSync(plain)]) {
    const archive = await openTar(bytesSource(bytes));
    assert.equal(archive.isCompressed, bytes !== plain);
    assert.deepEqual(
      archive.members.map((m) => m.name),
      entries.map(([name]) => name),
    );
    await archive.close();
  }
});
