/**
 * Which token fills shorter rows. No file says so: NeMo's tokenizers put `<pad>` before `<oov>`
 * at the end of their list, with or without a `<blank>` beside it, and the pad's vector is zero.
 */
import { ToolError } from "../../errors/tool-error.ts";
import type { ConfigNode } from "../../formats/nemo/config-node.ts";
import { readFloat32 } from "../../tensor/read-tensor.ts";
import type { TensorView } from "../../tensor/tensor-view.ts";

/**
 * Reads one row of the table.
 * @throws ToolError UNSUPPORTED_ARCHITECTURE for a model without `text_tokenizer`, INVALID_CONFIG
 * if the vector is not zero.
 */
export async function findPadToken(model: ConfigNode, embedding: TensorView): Promise<number> {
  const tokenizer = model.get("text_tokenizer");
  if (!tokenizer.isPresent) throw withoutTokenizer();
  const [tokenCount = 0, size = 0] = embedding.shape;
  const padToken = tokenCount - (tokenizer.get("add_blank_at").isPresent ? 3 : 2);
  if (padToken < 0) throw notZero(`there are only ${tokenCount} tokens`);
  const offset = embedding.offset + padToken * (embedding.strides[0] ?? 0);
  const row = await readFloat32({
    ...embedding,
    shape: [size],
    strides: [embedding.strides[1] ?? 1],
    offset,
  });
  if (row.some((value) => value !== 0)) throw notZero(`the vector of token ${padToken} is not`);
  return padToken;
}

function withoutTokenizer(): ToolError {
  return new ToolError(
    "UNSUPPORTED_ARCHITECTURE",
    "text_tokenizer: a FastPitch model without it, as NeMo saved them before 1.8, is not supported",
    {
      at: "model_config.yaml",
      hint: "restore and save the model with a current NeMo and a text_tokenizer section",
    },
  );
}

function notZero(found: string): ToolError {
  return new ToolError(
    "INVALID_CONFIG",
    `the vector of the pad token, before <oov>, must be zero, but ${found}`,
    {
      at: "fastpitch.encoder.word_emb.weight",
      hint: "add_blank_at in text_tokenizer must be what the model was trained with",
    },
  );
}
