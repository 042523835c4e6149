/**
 * The checks of nemo2riva's `--validate`: what an archive of a class must have. The built-in
 * schemas hold the requirements of nemo2riva's own files; export settings, which those files list
 * among the properties although no archive stores them, are no requirement here.
 */
import { ToolError, withPlace } from "../../errors/tool-error.ts";
import { openFile } from "../../io/file-source.ts";
import { readAll } from "../../io/byte-source.ts";
import { type EffValue, showEffValue } from "../eff/value.ts";
import { ConfigNode } from "../nemo/config-node.ts";
import { parseYaml, MAX_YAML_BYTES } from "../yaml/read.ts";
import { isConfigList, isConfigMap, type ConfigValue } from "../yaml/value.ts";
import { readArtifactText, type RivaArchive } from "./read.ts";

export interface RivaSchema {
  /** Metadata that must be there, with the value it must have. */
  readonly metadata: Readonly<Record<string, ConfigValue>>;
  /** Artifacts that must be there, with properties. */
  readonly artifacts: Readonly<Record<string, Readonly<Record<string, ConfigValue>>>>;
  /** Dotted paths that must be in a YAML artifact. */
  readonly content: Readonly<Record<string, readonly string[]>>;
  /** Those of them whose value, where there is one, is the name of another artifact. */
  readonly files: Readonly<Record<string, readonly string[]>>;
}

const GRAPH_IS_ONNX = { "model_graph.onnx": { onnx: true } };

/** Parts of BERT models: files, and settings beside them. */
const ENCODER_FILES = ["tokenizer.vocab_file", "language_model.config_file"];
const ENCODER_SETTINGS = ["language_model.pretrained_model_name", "language_model.lm_checkpoint"];

/** A language model on BERT, with files of labels. */
function languageModelSchema(className: string, files: readonly string[]): RivaSchema {
  const named = [...files, ...ENCODER_FILES];
  return {
    metadata: { obj_cls: `nemo.collections.nlp.models.${className}`, min_nemo_version: 1.1 },
    artifacts: GRAPH_IS_ONNX,
    content: { "model_config.yaml": [...named, ...ENCODER_SETTINGS] },
    files: { "model_config.yaml": named },
  };
}

/** A model of speech synthesis, which the original encrypts. */
function speechSynthesisSchema(className: string): RivaSchema {
  return {
    metadata: { obj_cls: `nemo.collections.tts.models.${className}`, min_nemo_version: 1.1 },
    artifacts: { "model_graph.onnx": { onnx: true, encryption: true } },
    content: {},
    files: {},
  };
}

/** Built-in schemas by class name. */
const SCHEMAS: Readonly<Record<string, RivaSchema>> = {
  EncDecCTCModel: {
    metadata: { obj_cls: "nemo.collections.asr.models.EncDecCTCModel" },
    artifacts: GRAPH_IS_ONNX,
    content: { "model_config.yaml": ["decoder.vocabulary"] },
    files: {},
  },
  EncDecCTCModelBPE: {
    metadata: { obj_cls: "nemo.collections.asr.models.EncDecCTCModelBPE" },
    artifacts: GRAPH_IS_ONNX,
    content: {},
    files: {},
  },
  IntentSlotClassificationModel: languageModelSchema("IntentSlotClassificationModel", [
    "class_labels.intent_labels_file",
    "class_labels.slot_labels_file",
  ]),
  PunctuationCapitalizationModel: languageModelSchema("PunctuationCapitalizationModel", [
    "class_labels.punct_labels_file",
    "class_labels.capit_labels_file",
  ]),
  QAModel: languageModelSchema("QAModel", []),
  TextClassificationModel: languageModelSchema("TextClassificationModel", [
    "class_labels.class_labels_file",
  ]),
  MTEncDecModel: {
    metadata: { obj_cls: "nemo.collections.nlp.models.MTEncDecModel" },
    artifacts: {
      "encoder_model_graph.onnx": { onnx: true },
      "decoder_model_graph.onnx": { onnx: true },
      "log_softmax_model_graph.onnx": { onnx: true },
      "encoder_tokenizer.model": {},
      "decoder_tokenizer.model": {},
    },
    content: {
      "model_config.yaml": [
        "multilingual",
        "src_language",
        "tgt_language",
        "encoder.hidden_size",
        ...["encoder", "decoder"].flatMap((side) => [
          `${side}.num_layers`,
          `${side}.pre_ln`,
          `${side}_tokenizer.library`,
        ]),
      ],
    },
    files: {},
  },
  TokenClassificationModel: languageModelSchema("TokenClassificationModel", [
    "class_labels.class_labels_file",
  ]),
  FastPitchModel: speechSynthesisSchema("FastPitchModel"),
  HifiGanModel: speechSynthesisSchema("HifiGanModel"),
};

/** The built-in schema of a class, or undefined. */
export function schemaOfClass(className: string): RivaSchema | undefined {
  return SCHEMAS[className];
}

/** True for a class whose graphs nemo2riva stores encrypted (and refuses to store otherwise). */
export function isEncryptedByOriginal(className: string): boolean {
  const { artifacts = {} } = SCHEMAS[className] ?? {};
  return Object.values(artifacts).some(({ encryption }) => encryption === true);
}

/** Reads a schema file as nemo2riva has them. @throws ToolError NOT_FOUND, INVALID_FILE, INVALID_CONFIG */
export async function readSchemaFile(path: string): Promise<RivaSchema> {
  const file = await openFile(path);
  try {
    const document = parseYaml(await readAll(file, MAX_YAML_BYTES));
    return withPlace(path, () => parseSchema(document));
  } finally {
    await file.close();
  }
}

function parseSchema(document: ConfigValue): RivaSchema {
  if (!isConfigMap(document)) throw badSchema("expected a map of sections");
  const properties = document.get("artifact_properties") ?? document.get("file_properties");
  const sections = Object.entries(
    mergeEntries(document.get("artifact_content") ?? document.get("file_content")),
  ).map(([name, value]) => [name, Object.entries(mergeEntries(value))] as const);
  return {
    metadata: mergeEntries(document.get("metadata")),
    artifacts: Object.fromEntries(
      Object.entries(mergeEntries(properties)).map(([name, value]) => [
        name,
        isConfigMap(value) ? Object.fromEntries(value) : {},
      ]),
    ),
    content: Object.fromEntries(
      sections.map(([name, entries]) => [name, entries.map(([path]) => path)]),
    ),
    files: Object.fromEntries(
      sections.map(([name, entries]) => [
        name,
        entries.filter(([, value]) => value === true).map(([path]) => path),
      ]),
    ),
  };
}

/** A list of names and of one-entry maps, as schemas write it, as one record. */
function mergeEntries(value: ConfigValue | undefined): Record<string, ConfigValue> {
  if (value === undefined || value === null) return {};
  if (isConfigMap(value)) return Object.fromEntries(value);
  if (!isConfigList(value)) throw badSchema("expected a list of names or of name: value");
  return Object.assign(
    {},
    ...value.map((item) => (typeof item === "string" ? { [item]: null } : mergeEntries(item))),
  ) as Record<string, ConfigValue>;
}

function badSchema(message: string): ToolError {
  return new ToolError("INVALID_CONFIG", message, {
    hint: "see docs/formats/riva.md for the sections of a schema",
  });
}

/** What the archive lacks, one sentence each; empty if it complies. */
export async function checkSchema(archive: RivaArchive, schema: RivaSchema): Promise<string[]> {
  const failures = [...checkMetadata(archive, schema), ...checkArtifacts(archive, schema)];
  for (const [name, paths] of Object.entries(schema.content)) {
    if (!archive.artifacts.some((artifact) => artifact.name === name)) {
      failures.push(`File \`${name}\` not found in the archive!`);
      continue;
    }
    const root = new ConfigNode(parseYaml(Buffer.from(await readArtifactText(archive, name))));
    const missing = paths.filter((path) => root.get(path).value === undefined);
    failures.push(
      ...missing.map(
        (path) => `File \`${name}\` doesn't have the required section \`${path}\` defined!`,
      ),
      ...checkFiles(
        archive,
        (schema.files[name] ?? []).map((path) => root.get(path)),
      ),
    );
  }
  return failures;
}

/** Names in a configuration have the prefix `nemo:`, artifacts have not. */
function checkFiles({ artifacts }: RivaArchive, references: readonly ConfigNode[]): string[] {
  const names = references.flatMap(({ value }) =>
    typeof value === "string" ? [value.replace(/^nemo:/, "")] : [],
  );
  return names
    .filter((name) => !artifacts.some((artifact) => artifact.name === name))
    .map((name) => `The required file \`${name}\` not present in the archive!`);
}

function checkMetadata({ metadata }: RivaArchive, schema: RivaSchema): string[] {
  return Object.entries(schema.metadata).flatMap(([key, expected]) => {
    const actual = metadata.get(key);
    if (actual === undefined) return [`Metadata doesn't have the required key \`${key}\``];
    const holds = key.startsWith("min_")
      ? versionAtLeast(actual, expected)
      : sameValue(actual, expected);
    return holds
      ? []
      : [
          `Condition for key '${key}' is not fulfilled: expected ${showEffValue(expected)}, got ${showEffValue(actual)}`,
        ];
  });
}

/** Properties that steer an export and are stored nowhere. */
const EXPORT_SETTINGS = ["autocast", "max_dim", "export_subnet", "encrypted", "encryption"];

function checkArtifacts({ artifacts }: RivaArchive, schema: RivaSchema): string[] {
  return Object.entries(schema.artifacts).flatMap(([name, properties]) => {
    const artifact = artifacts.find((candidate) => candidate.name === name);
    if (artifact === undefined) return [`File \`${name}\` not present in archive!`];
    return Object.entries(properties)
      .filter(
        ([key, expected]) =>
          !EXPORT_SETTINGS.includes(key) && !sameValue(artifact.properties.get(key), expected),
      )
      .map(([key]) => `File \`${name}\` doesn't have the required property \`${key}\``);
  });
}

function sameValue(actual: EffValue | undefined, expected: ConfigValue): boolean {
  return actual === expected || (typeof expected === "string" && showEffValue(actual) === expected);
}

/** Versions are compared by their numbers: 1.10 is newer than 1.3. */
function versionAtLeast(actual: EffValue, expected: ConfigValue): boolean {
  const numbers = (value: unknown): number[] => String(value).split(".").map(Number);
  const [have, want] = [numbers(actual), numbers(expected)];
  for (let i = 0; i < want.length; i++) {
    const difference = (have[i] ?? 0) - (want[i] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return true;
}
