/** The example that speaks and listens, as a user runs it: what was said is what is heard. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { createWavReader } from "../../src/audio/wav.ts";
import { projectRoot } from "../support/paths.ts";
import { scratchFolder } from "../support/scratch.ts";

test("examples/speak.mjs: from three checkpoints to speech and back to text", (context) => {
  const cwd = scratchFolder(context);
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [path.join(projectRoot, "examples/speak.mjs")],
    { cwd, encoding: "utf8" },
  );
  assert.equal(status, 0, stderr);
  const heard = [...stdout.matchAll(/^speech-\d\.wav: ([a-z ]+)$/gm)].map(([, text]) => text);
  assert.deepEqual(heard, ["three", "nine", "please enter your password"]);
  assert.equal(stdout.match(/first audio after \d+ ms, all after \d+ ms/g)?.length, 3);
  assert.equal(stdout.match(/real-time factor 0\.\d+/g)?.length, 3);
  const samples = createWavReader().push(readFileSync(path.join(cwd, "speech-3.wav")));
  const loudest = samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0);
  assert.ok(samples.length > 22050 && loudest > 0.1 && loudest <= 1, `${loudest}`);
});
