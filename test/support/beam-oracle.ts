/** Asks pyctcdecode and flashlight-text, in a Python environment of their own. */
import { spawnSync } from "node:child_process";
import path from "node:path";
import type { BeamRequest, OracleResult } from "./beam-cases.ts";
import { projectRoot } from "./paths.ts";
import { pythonEnvironment, type PythonEnvironment } from "./python-env.ts";

export function beamSearchEnvironment(): PythonEnvironment {
  return pythonEnvironment({
    name: "beam-search",
    requirements: "test/conformance/requirements-beam-search.txt",
    interpreters: ["python3.11", "python3"],
  });
}

/** What the originals answer, case by case. */
export function askOriginals(python: string, request: BeamRequest): readonly OracleResult[] {
  const script = path.join(projectRoot, "test/conformance/beam_search_oracle.py");
  const { status, stdout, stderr } = spawnSync(python, [script, "decode"], {
    input: JSON.stringify(request),
    encoding: "utf8",
    maxBuffer: 1 << 28,
  });
  if (status !== 0) throw new Error(`the oracle failed: ${stderr.slice(-2000)}`);
  // KenLM itself prints in front of the answer.
  return JSON.parse(stdout.slice(stdout.lastIndexOf("\n[") + 1)) as readonly OracleResult[];
}
