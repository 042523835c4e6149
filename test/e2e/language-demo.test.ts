/** examples/understand.mjs: five checkpoints to one service that answers, by the bins. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import path from "node:path";
import { test } from "node:test";
import { projectRoot } from "../support/paths.ts";

test("examples/understand.mjs shows each language model by one command", () => {
  const script = path.join(projectRoot, "examples/understand.mjs");
  const { status, stdout, stderr } = spawnSync(process.execPath, [script], { encoding: "utf8" });
  assert.equal(status, 0, stderr);
  for (const answer of [
    "My name is Anna Keller",
    "PER: jensen huang",
    "GetWeather (assistant)",
    "HUM",
    "two sisters",
  ]) {
    assert.ok(stdout.includes(answer), `${answer} is not in\n${stdout}`);
  }
});
