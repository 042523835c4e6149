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
  return ask(python, ["decode"], JSON.stringify(request)) as readonly OracleResult[];
}

export interface WordScores {
  readonly seconds: number;
  /** log10 of each word and of the end, by sentence. */
  readonly scores: readonly (readonly number[])[];
}

/** What KenLM gives for each word of the sentences. */
export function askKenlm(python: string, model: string, sentences: readonly string[]): WordScores {
  return ask(python, ["words", model], sentences.join("\n")) as WordScores;
}

function ask(python: string, args: readonly string[], input: string): unknown {
  const script = path.join(projectRoot, "test/conformance/beam_search_oracle.py");
  const { status, stdout, stderr } = spawnSync(python, [script, ...args], {
    input,
    encoding: "utf8",
    maxBuffer: 1 << 28,
  });
  if (status !== 0) throw new Error(`the oracle failed: ${stderr.slice(-2000)}`);
  return JSON.parse(stdout);
}
