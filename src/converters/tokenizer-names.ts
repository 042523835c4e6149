/**
 * The tokenizers of a translation model: nemo2riva takes the prefix of random digits off their
 * names, so that Riva finds them.
 */
import type { NemoCheckpoint } from "../formats/nemo/read.ts";
import { className } from "./config-values.ts";

export interface TokenizerName {
  /** Where the configuration names it. */
  readonly path: string;
  /** Its name in the checkpoint. */
  readonly member: string;
  /** Its name in the archive. */
  readonly name: string;
}

/** The tokenizers that are renamed; none for other models. @throws ToolError INVALID_FILE */
export function tokenizerNames(
  checkpoint: Pick<NemoCheckpoint, "target" | "config" | "artifact">,
): TokenizerName[] {
  if (className(checkpoint.target) !== "MTEncDecModel") return [];
  return ["encoder_tokenizer", "decoder_tokenizer"].flatMap((side) => {
    const path = `${side}.tokenizer_model`;
    const member = checkpoint.artifact(checkpoint.config.get(path));
    return member === undefined ? [] : [{ path, member: member.name, name: `${side}.model` }];
  });
}
