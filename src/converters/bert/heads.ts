/**
 * The heads that NeMo puts on a BERT, by model class. How large a head is its weights say; what
 * the configuration says about it is a claim to compare. Source of names and keys: NeMo 1.23,
 * nlp/models and nlp/modules/common.
 */
import type { ConfigNode } from "../../formats/nemo/config-node.ts";
import type { Activation } from "../../nn/activation.ts";
import type { Checkpoint } from "../architecture.ts";
import { countLabels } from "../artifacts.ts";
import { className, flag, variant } from "../config-values.ts";

/** A number that the configuration gives, and where. */
export interface Claim {
  readonly path: string;
  readonly count: number;
}

export interface HeadConfig {
  /** Prefix of the weights. */
  readonly path: string;
  /** Name of the graph's output. */
  readonly output: string;
  /** Every token is classified, or the text, by its first token. */
  readonly input: "tokens" | "text";
  readonly activation: Activation;
  readonly logSoftmax: boolean;
  /** One number a text: the axis of the classes is dropped. */
  readonly isRegression: boolean;
  readonly layerClaims: readonly Claim[];
  readonly classClaims: readonly Claim[];
}

/** How a head is found in the configuration; all paths may be absent there. */
interface HeadSpec extends Pick<HeadConfig, "path" | "output" | "input"> {
  readonly layers: readonly string[];
  /** Undefined: always relu. */
  readonly activation?: string;
  /** Numbers of classes, and lists or maps of labels. */
  readonly classes: readonly string[];
  readonly labelFile?: string;
  /** Log-probabilities, named so, if this is true; undefined: never. */
  readonly logSoftmax?: string;
  /** One number instead of classes if `task_name` is this. */
  readonly regressionTask?: string;
}

const SPECS: Readonly<Record<string, readonly HeadSpec[]>> = {
  PunctuationCapitalizationModel: ["punct", "capit"].map((name) => ({
    path: `${name}_classifier.mlp`,
    output: `${name}_logits`,
    input: "tokens",
    // the second form is that of 1.0
    layers: [`${name}_head.num_fc_layers`, `${name}_head.${name}_num_fc_layers`],
    activation: `${name}_head.activation`,
    classes: [`common_dataset_parameters.${name}_label_ids`, `${name}_label_ids`],
    labelFile: `class_labels.${name}_labels_file`,
  })),
  IntentSlotClassificationModel: (["intent", "slot"] as const).map((name) => ({
    path: `classifier.${name}_mlp`,
    output: `${name}_logits`,
    input: name === "intent" ? "text" : "tokens",
    layers: ["head.num_output_layers"],
    classes: [`data_desc.${name}_labels`],
    labelFile: `class_labels.${name}_labels_file`,
  })),
  TokenClassificationModel: [
    {
      path: "classifier.mlp",
      output: "logits",
      input: "tokens",
      layers: ["head.num_fc_layers"],
      activation: "head.activation",
      classes: ["label_ids"],
      labelFile: "class_labels.class_labels_file",
    },
  ],
  TextClassificationModel: [
    {
      path: "classifier.mlp",
      output: "logits",
      input: "text",
      layers: ["classifier_head.num_output_layers"],
      classes: ["dataset.num_classes"],
      labelFile: "class_labels.class_labels_file",
    },
  ],
  QAModel: [questionHead()],
  BERTQAModel: [questionHead()],
  GLUEModel: [
    {
      path: "pooler.mlp",
      output: "logits",
      input: "text",
      layers: [],
      classes: [],
      regressionTask: "sts-b",
    },
  ],
};

/** Start and end of the answer. */
function questionHead(): HeadSpec {
  return {
    path: "classifier.mlp",
    output: "logits",
    input: "tokens",
    layers: ["token_classifier.num_layers"],
    activation: "token_classifier.activation",
    classes: ["token_classifier.num_classes"],
    logSoftmax: "token_classifier.log_softmax",
  };
}

/** Classes of models that are a BERT with heads. */
export const BERT_CLASSES: readonly string[] = Object.keys(SPECS);

/** Activations of heads, by their names in torch. */
const HEAD_ACTIVATIONS = ["relu", "tanh", "sigmoid"] as const;

/** The heads of a model. @throws ToolError INVALID_CONFIG, UNSUPPORTED_ARCHITECTURE */
export async function readHeads(model: ConfigNode, checkpoint: Checkpoint): Promise<HeadConfig[]> {
  const specs = SPECS[className(checkpoint.target)] ?? [];
  return Promise.all(specs.map((spec) => readHead(spec, model, checkpoint)));
}

async function readHead(
  spec: HeadSpec,
  model: ConfigNode,
  checkpoint: Checkpoint,
): Promise<HeadConfig> {
  const { path, input, activation, regressionTask } = spec;
  const isRegression =
    regressionTask !== undefined && model.get("task_name").value === regressionTask;
  const logSoftmax = spec.logSoftmax !== undefined && flag(model.get(spec.logSoftmax), false);
  return {
    path,
    output: isRegression ? "preds" : logSoftmax ? "log_probs" : spec.output,
    input,
    activation:
      activation === undefined ? "relu" : variant(model.get(activation), HEAD_ACTIVATIONS, "relu"),
    logSoftmax,
    isRegression,
    layerClaims: spec.layers.flatMap((place) => claimAt(model.get(place))),
    classClaims: [
      ...spec.classes.flatMap((place) => claimAt(model.get(place))),
      ...(await fileClaim(model, checkpoint, spec.labelFile)),
    ],
  };
}

/** What a number, a list of labels or a map of labels says about how many there are. */
function claimAt(node: ConfigNode): Claim[] {
  if (!node.isPresent) return [];
  const { value, path } = node;
  if (typeof value !== "object") return [{ path, count: node.positiveInteger() }];
  return [{ path, count: Array.isArray(value) ? value.length : node.entries().length }];
}

async function fileClaim(
  model: ConfigNode,
  checkpoint: Checkpoint,
  labelFile: string | undefined,
): Promise<Claim[]> {
  if (labelFile === undefined) return [];
  const count = await countLabels(checkpoint, model.get(labelFile));
  return count === undefined ? [] : [{ path: labelFile, count }];
}
