/** Sizes of an encoder of the BERT family, with their names in transformers' configurations. */
import type { Activation } from "../activation.ts";

/** Kinds of encoders, by `model_type`. */
export const BERT_KINDS = ["bert", "distilbert", "roberta", "albert"] as const;
export type BertKind = (typeof BERT_KINDS)[number];

export interface BertConfig {
  readonly kind: BertKind;
  /** `vocab_size` */
  readonly vocabularySize: number;
  /** `max_position_embeddings` */
  readonly positionCount: number;
  /** `type_vocab_size`; 0: no token types. */
  readonly typeCount: number;
  /** `hidden_size` */
  readonly modelSize: number;
  /** `embedding_size`, which only ALBERT has apart from `hidden_size`. */
  readonly embeddingSize: number;
  /** `num_hidden_layers` */
  readonly layerCount: number;
  /** `num_attention_heads`; divides the model's size. */
  readonly headCount: number;
  /** `intermediate_size` */
  readonly feedForwardSize: number;
  /** `hidden_act` */
  readonly activation: Activation;
  /** `layer_norm_eps` */
  readonly epsilon: number;
  /** `pad_token_id`, behind which the positions of RoBERTa start. */
  readonly padId: number;
  /** `num_hidden_groups`: ALBERT's layers of a group have the same weights. */
  readonly groupCount: number;
  /** `inner_group_num`: layers in a row that a group of ALBERT has. */
  readonly groupDepth: number;
}

/** What NeMo's wrappers of the encoders pass on; those of DistilBERT and RoBERTa drop the types. */
export function takesTokenTypes(kind: BertKind): boolean {
  return kind === "bert" || kind === "albert";
}
