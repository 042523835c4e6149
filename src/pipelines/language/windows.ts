/** How the texts of a pipeline are cut into windows: options, what the model allows, defaults. */
import { ToolError } from "../../errors/tool-error.ts";
import type { JsonObject } from "../../formats/rmir/description.ts";
import type { OptionValues } from "../../options/option.ts";
import { networkBatch } from "./components.ts";
import type { LanguageModel } from "./language-model.ts";
import type { LanguageValues, windowOptions } from "./options.ts";

/** Rows are filled up to a multiple of so many tokens; requests of equal lengths share a batch. */
const LENGTH_MULTIPLE = 16;
/** NeMo's for punctuation. */
const DEFAULT_MARGIN = 16;

export type WindowValues = LanguageValues & OptionValues<typeof windowOptions>;

/** @throws ToolError USAGE for more than the encoder has positions for */
export function checkLength(model: LanguageModel, length: number): number {
  if (length <= model.maxTokens) return length;
  throw new ToolError(
    "USAGE",
    `--max_seq_length=${length}: the model takes ${model.maxTokens} tokens`,
    { at: model.archive.path, hint: `choose at most ${model.maxTokens}, or leave the option out` },
  );
}

/** Parameters of the tokenizer step. By default one window is as long as the model allows. */
export function windowParameters(
  model: LanguageModel,
  values: WindowValues,
  defaults: { readonly length?: number; readonly step?: number } = {},
): JsonObject {
  const usual = Math.min(defaults.length ?? model.maxTokens, model.maxTokens);
  const length = checkLength(model, values.max_seq_length ?? usual);
  const margin = values.window_margin ?? Math.min(DEFAULT_MARGIN, Math.floor((length - 2) / 4));
  const room = length - 2 - 2 * margin;
  if (margin > 0 && margin >= Math.floor((length - 2) / 2)) {
    throw new ToolError(
      "USAGE",
      `--window_margin=${margin} leaves nothing of windows of ${length} tokens`,
      { hint: `choose less than ${Math.floor((length - 2) / 2)}, or raise --max_seq_length` },
    );
  }
  const step = Math.min(values.window_step ?? defaults.step ?? room, room);
  const overlapping = Math.ceil(room / step);
  if (overlapping > networkBatch(values)) {
    throw new ToolError(
      "USAGE",
      `a token lies in ${overlapping} windows, but at most ${networkBatch(values)} are looked at together`,
      { hint: `raise --max_batch_size to ${overlapping} or more, or --window_step` },
    );
  }
  return {
    ...model.tokenizer.parameters,
    max_seq_length: length,
    window_step: step,
    window_margin: margin,
    max_windows: networkBatch(values),
    length_multiple: LENGTH_MULTIPLE,
  };
}
