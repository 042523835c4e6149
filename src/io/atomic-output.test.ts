import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { scratchFolder } from "../../test/support/scratch.ts";
import { isToolError, ToolError } from "../errors/tool-error.ts";
import { writeFileAtomically, writeFolderAtomically } from "./atomic-output.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const systemError = (code: string): Error => Object.assign(new Error(`${code}: write`), { code });

test("a file appears under its name only when it is whole", async (t) => {
  const folder = scratchFolder(t);
  const target = path.join(folder, "out.riva");
  const result = await writeFileAtomically(target, { force: false }, async (sink) => {
    await sink.write(bytes("one "));
    assert.ok(!readdirSync(folder).includes("out.riva"));
    await sink.write(bytes("two"));
    return sink.sizeBytes;
  });
  assert.equal(result, 7);
  assert.equal(readFileSync(target, "utf8"), "one two");
  assert.deepEqual(readdirSync(folder), ["out.riva"]);
});

test("an existing output is kept, and replaced with force", async (t) => {
  const folder = scratchFolder(t);
  const target = path.join(folder, "out");
  writeFileSync(target, "old");
  const write = (force: boolean): Promise<void> =>
    writeFileAtomically(target, { force }, (sink) => sink.write(bytes("new")));
  await assert.rejects(write(false), (e) => isToolError(e, "OUTPUT_EXISTS") && e.at[0] === target);
  assert.equal(readFileSync(target, "utf8"), "old");
  await write(true);
  assert.equal(readFileSync(target, "utf8"), "new");
});

test("a link is followed, not replaced", async (t) => {
  const folder = scratchFolder(t);
  writeFileSync(path.join(folder, "real"), "old");
  symlinkSync(path.join(folder, "real"), path.join(folder, "link"));
  await writeFileAtomically(path.join(folder, "link"), { force: true }, (s) =>
    s.write(bytes("new")),
  );
  assert.equal(readFileSync(path.join(folder, "real"), "utf8"), "new");
});

for (const code of ["ENOSPC", "EDQUOT", "EACCES", "EROFS", "EIO"]) {
  test(`${code} in the middle leaves nothing behind and keeps the old output`, async (t) => {
    const folder = scratchFolder(t);
    const target = path.join(folder, "out");
    writeFileSync(target, "old");
    const fileAttempt = writeFileAtomically(target, { force: true }, async (sink) => {
      await sink.write(bytes("half"));
      throw systemError(code);
    });
    await assert.rejects(fileAttempt, (e) => isToolError(e, "CANNOT_WRITE") && e.at[0] === target);
    const tree = path.join(folder, "tree");
    mkdirSync(tree);
    writeFileSync(path.join(tree, "kept"), "old");
    const folderAttempt = writeFolderAtomically(tree, { force: true }, async (output) => {
      await output.write("a/b", "half");
      await output.write("c", async () => {
        throw systemError(code);
      });
    });
    await assert.rejects(folderAttempt, (e) => isToolError(e, "CANNOT_WRITE"));
    assert.deepEqual(readdirSync(folder).sort(), ["out", "tree"]);
    assert.deepEqual(readdirSync(tree), ["kept"]);
    assert.equal(readFileSync(target, "utf8"), "old");
  });
}

test("a ToolError and a bug pass through unchanged", async (t) => {
  const target = path.join(scratchFolder(t), "out");
  const inner = new ToolError("INVALID_FILE", "bad", { hint: "none" });
  const attempt = (error: Error): Promise<never> =>
    writeFileAtomically(target, { force: false }, async () => {
      throw error;
    });
  await assert.rejects(attempt(inner), (e) => e === inner);
  await assert.rejects(attempt(new RangeError("bug")), RangeError);
});

const badTargets: readonly [string, string, RegExp][] = [
  ["missing folder", "nowhere/out", /does not exist/],
  ["a file as folder", "file/out", /is a file/],
  ["a folder instead of a file", "dir", /not a file/],
];
for (const [what, name, message] of badTargets) {
  test(`refused: ${what}`, async (t) => {
    const folder = scratchFolder(t);
    writeFileSync(path.join(folder, "file"), "");
    mkdirSync(path.join(folder, "dir"));
    await assert.rejects(
      writeFileAtomically(path.join(folder, name), { force: true }, async () => {}),
      (e) => isToolError(e, "CANNOT_WRITE") && message.test(e.message) && e.hint !== "",
    );
    assert.deepEqual(readdirSync(folder).sort(), ["dir", "file"]);
  });
}

test("a tree appears whole and replaces the old one entirely", async (t) => {
  const folder = scratchFolder(t);
  const target = path.join(folder, "models");
  const write = (force: boolean, name: string): Promise<void> =>
    writeFolderAtomically(target, { force }, async (output) => {
      await output.write(name, "text");
      await output.write("1/bytes", Uint8Array.of(1, 2));
      await output.write("1/stream", (sink) => sink.write(Uint8Array.of(3)));
    });
  await write(false, "first");
  await assert.rejects(write(false, "second"), (e) => isToolError(e, "OUTPUT_EXISTS"));
  await write(true, "second");
  assert.deepEqual(readdirSync(target, { recursive: true }).map(String).sort(), [
    "1",
    "1/bytes",
    "1/stream",
    "second",
  ]);
  assert.deepEqual(readdirSync(folder), ["models"]);
});

test("names that leave the folder are our bug", async (t) => {
  const target = path.join(scratchFolder(t), "x");
  for (const name of ["../y", "/y", "a//b", ".", "a/../../y"]) {
    await assert.rejects(
      writeFolderAtomically(target, { force: false }, (output) => output.write(name, "")),
      /leaves its folder/,
    );
  }
});

test("a full disk, for real", async (t) => {
  const folder = scratchFolder(t);
  const mounted =
    spawnSync("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", folder]).status === 0;
  if (!mounted) return t.skip("needs the right to mount a small file system");
  try {
    await assert.rejects(
      writeFileAtomically(path.join(folder, "out"), { force: false }, async (sink) => {
        for (let i = 0; i < 100; i++) await sink.write(new Uint8Array(4096));
      }),
      (e) => isToolError(e, "CANNOT_WRITE") && /full/.test(e.message),
    );
    assert.deepEqual(readdirSync(folder), []);
  } finally {
    spawnSync("umount", [folder]);
  }
});
