/** All pipelines. `riva-build`, `riva-deploy` and the documents know them from this list. */
import { ToolError } from "../errors/tool-error.ts";
import { nearest } from "../options/nearest.ts";
import type { Pipeline } from "./define-pipeline.ts";
import { intentSlot } from "./intent-slot/pipeline.ts";
import { punctuation } from "./punctuation/pipeline.ts";
import { qa } from "./qa/pipeline.ts";
import { speechRecognition } from "./speech-recognition/pipeline.ts";
import { speechSynthesis } from "./speech-synthesis/pipeline.ts";
import { textClassification } from "./text-classification/pipeline.ts";
import { tokenClassification } from "./token-classification/pipeline.ts";

export const PIPELINES: readonly Pipeline[] = [
  speechRecognition,
  speechSynthesis,
  qa,
  tokenClassification,
  intentSlot,
  textClassification,
  punctuation,
];

/** @throws ToolError USAGE that suggests the nearest name, UNSUPPORTED for one of the original's */
export function findPipeline(name: string): Pipeline {
  const found = PIPELINES.find((pipeline) => pipeline.name === name);
  if (found !== undefined) return found;
  const names = PIPELINES.map((pipeline) => pipeline.name);
  if (ORIGINAL_PIPELINES.includes(name)) {
    throw new ToolError("UNSUPPORTED", `the pipeline ${name} is not in this version`, {
      hint: `it has: ${names.join(", ")}`,
    });
  }
  const suggestion = nearest(name, [...names, ...ORIGINAL_PIPELINES]);
  throw new ToolError("USAGE", `unknown pipeline "${name}"`, {
    hint:
      suggestion === undefined
        ? `choose one of ${names.join(", ")}`
        : `did you mean ${suggestion}?`,
  });
}

const ORIGINAL_PIPELINES: readonly string[] = ["translation"];
