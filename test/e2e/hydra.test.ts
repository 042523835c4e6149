/** The newer notation of riva-build, which also takes a checkpoint and converts it on the way. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { runBin, runBinOk } from "../support/bins.ts";
import { demoModelPath } from "../support/demo-pipeline.ts";
import { scratchFolder } from "../support/scratch.ts";

const HYDRA = ["--config-path=pkg://servicemaker.configs.asr", "--config-name=offline"] as const;

test("a checkpoint among the sources gives what converting and building it gives", (t) => {
  const folder = scratchFolder(t);
  const [riva, classic, hydra] = ["m.riva", "classic.rmir", "hydra.rmir"].map((name) =>
    path.join(folder, name),
  ) as [string, string, string];
  const source = demoModelPath("quartznet");
  runBinOk("nemo2riva", ["--out", riva, source]);
  runBinOk("riva-build", ["speech_recognition", classic, riva, "--name=h", "--offline"]);
  const sources = `source_path=[{path: ${source}, nemo2riva: {format: onnx, onnx_opset: 17}}]`;
  runBinOk("riva-build", [...HYDRA, `output_path=${hydra}`, sources, "name=h"]);
  assert.ok(readFileSync(hydra).equals(readFileSync(classic)));
});

test("its mistakes are explained in its own notation", () => {
  const missing = runBin("riva-build", [...HYDRA, "output_path=x.rmir"]);
  assert.equal(missing.status, 64);
  assert.match(missing.stderr, /missing source_path/);
  const classicFlag = runBin("riva-build", [
    ...HYDRA,
    "output_path=x.rmir",
    "source_path=[a.riva]",
    "-f",
  ]);
  assert.equal(classicFlag.status, 64);
  assert.match(classicFlag.stderr, /force=true/);
});
