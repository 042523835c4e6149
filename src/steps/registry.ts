/**
 * All steps. A step of a pipeline is a folder here and a line in the list; the server, the bundle
 * for Triton and `riva-deploy` know them from it.
 */
import { ToolError } from "../errors/tool-error.ts";
import { audioWindow } from "./audio-window/step.ts";
import { ctcBeamDecoder } from "./ctc-beam-decoder/step.ts";
import { ctcEndpointing } from "./ctc-endpointing/step.ts";
import { ctcGreedyDecoder } from "./ctc-greedy-decoder/step.ts";
import { detokenizer } from "./detokenizer/step.ts";
import { labelIntentSlots, labelText, labelTokens } from "./label-tokens/step.ts";
import { punctuationPostprocessor } from "./punctuation-postprocessor/step.ts";
import { qaPostprocessor } from "./qa-postprocessor/step.ts";
import { qaTokenizer } from "./qa-tokenizer/step.ts";
import { spectrogramChunker } from "./spectrogram-chunker/step.ts";
import type { StepDefinition } from "./step.ts";
import { textTokenizer } from "./text-tokenizer/step.ts";
import { ttsPostprocessor } from "./tts-postprocessor/step.ts";
import { ttsPreprocessor } from "./tts-preprocessor/step.ts";

export const STEPS: readonly StepDefinition[] = [
  audioWindow,
  ctcEndpointing,
  ctcGreedyDecoder,
  ctcBeamDecoder,
  ttsPreprocessor,
  spectrogramChunker,
  ttsPostprocessor,
  textTokenizer,
  labelTokens,
  labelText,
  labelIntentSlots,
  detokenizer,
  punctuationPostprocessor,
  qaTokenizer,
  qaPostprocessor,
];

/** @throws ToolError UNSUPPORTED for a name that is not in the list. */
export function findStep(name: string): StepDefinition {
  const found = STEPS.find((step) => step.name === name);
  if (found !== undefined) return found;
  throw new ToolError("UNSUPPORTED", `no step is called '${name}'`, {
    hint: `known steps: ${STEPS.map((step) => step.name).join(", ")}; a newer version wrote this repository, or it is not ours`,
  });
}
