/**
 * `mapping.txt` for a FastPitch archive, as nemo2riva adds it: which token has which id. Without
 * it the graph is still right, so a tokenizer that we do not know gives a warning, as nemo2riva's.
 */
import { isToolError, ToolError } from "../../errors/tool-error.ts";
import type { ConfigNode } from "../../formats/nemo/config-node.ts";
import { toPlainObject } from "../../formats/yaml/value.ts";
import { speechMapping } from "../../speech-mapping/mapping-of-config.ts";
import type { Checkpoint } from "../architecture.ts";
import { readArtifact } from "../artifacts.ts";

export const MAPPING_NAME = "mapping.txt";
/** Published pronunciation dictionaries have up to 30 MB. */
const MAX_DICTIONARY_BYTES = 64 << 20;

/** The text of the file, or why there is none. */
export type MappingResult = { readonly text: string } | { readonly warning: string };

/** `tokenCount`: rows of the table of the tokens' vectors, which the list must fit. */
export async function findMapping(
  model: ConfigNode,
  checkpoint: Checkpoint,
  tokenCount: number,
): Promise<MappingResult> {
  try {
    const { tokens, text } = await speechMapping(
      toPlainObject(model.get("text_tokenizer").value ?? null),
      () => readDictionary(model.get("text_tokenizer.g2p.phoneme_dict"), checkpoint),
    );
    if (tokens.length === tokenCount) return { text };
    return withoutMapping(
      `text_tokenizer describes ${tokens.length} tokens, the network has ${tokenCount}`,
    );
  } catch (error) {
    if (isToolError(error)) return withoutMapping(error.message);
    throw error;
  }
}

function withoutMapping(reason: string): MappingResult {
  return { warning: `the archive gets no ${MAPPING_NAME}: ${reason}` };
}

async function readDictionary(node: ConfigNode, checkpoint: Checkpoint): Promise<Uint8Array> {
  const file = await readArtifact(checkpoint, node, MAX_DICTIONARY_BYTES);
  if (file !== undefined) return file.bytes;
  throw new ToolError("INVALID_FILE", `${node.path}: the checkpoint has no such file`, {
    at: "model_config.yaml",
    hint: "save the model again with NeMo's save_to(), which packs the dictionary too",
  });
}
