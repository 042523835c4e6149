/** The shell blocks of the README work as printed, one after the other, in an empty folder. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import path from "node:path";
import { test } from "node:test";
import { binPath } from "./support/bins.ts";
import { projectRoot } from "./support/paths.ts";
import { scratchFolder } from "./support/scratch.ts";

const readme = readFileSync(path.join(projectRoot, "README.md"), "utf8");
const blocks = [...readme.matchAll(/```sh\n([^]*?)```/g)].map((match) => match[1] as string);

/** `npm test` is this very run; `npm run demo` is run as the script that it starts. */
const commands = blocks
  .filter((block) => block !== "npm test\n")
  .map((block) => (block === "npm run demo\n" ? "node examples/demo.mjs\n" : block));

/** The default address of the server must be free, because the README does not name another. */
async function isFree(port: number): Promise<boolean> {
  const probe = createServer();
  probe.listen(port, "127.0.0.1");
  return Promise.race([
    once(probe, "listening").then(
      () => new Promise<boolean>((resolve) => probe.close(() => resolve(true))),
    ),
    once(probe, "error").then(() => false),
  ]);
}

test("every block runs", async (t) => {
  if (!(await isFree(50051)) || !(await isFree(8000))) {
    t.skip("the server's default ports are in use");
    return;
  }
  assert.equal(commands.length, 3);
  const folder = scratchFolder(t);
  symlinkSync(path.join(projectRoot, "examples"), path.join(folder, "examples"));
  const bin = path.join(folder, "bin");
  mkdirSync(bin);
  for (const name of ["nemo2riva", "riva-build", "riva-deploy", "riva-server", "servicemaker"]) {
    writeFileSync(
      path.join(bin, name),
      `#!/bin/sh\nexec "${process.execPath}" "${binPath(name)}" "$@"\n`,
    );
    chmodSync(path.join(bin, name), 0o755);
  }
  // what a reader does by eye: wait until the server is ready, and stop it at the end
  const script = ["set -e", ...commands, "kill %1", "wait"]
    .join("\n")
    .replace(
      "models &\n",
      "models > server.log & while ! grep -q listening server.log; do sleep 0.1; done\n",
    );
  const child = spawn("bash", ["-c", script], {
    cwd: folder,
    env: { ...process.env, PATH: `${bin}:${process.env["PATH"]}` },
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.on("data", (piece: Buffer) => (output += piece.toString()));
  const [status] = (await once(child, "close")) as [number];
  assert.equal(status, 0, output);
  assert.match(output, /digits-2\.wav: \w+/);
});
