/** Language models made by the real NeMo with what it computed; see test/fixtures/README.md. */
import { readFileSync } from "node:fs";
import path from "node:path";
import type { Checkpoint } from "../../src/converters/architecture.ts";
import { openNemo } from "../../src/formats/nemo/read.ts";
import { bytesSource } from "../../src/io/byte-source.ts";
import type { Tensors } from "../../src/tensor/tensor.ts";
import { readSafetensors } from "./nemo-fixtures.ts";
import { projectRoot } from "./paths.ts";

export const languageFixtures = path.join(projectRoot, "test/fixtures/nemo-nlp");

interface RecordedValue {
  readonly name: string;
  readonly type: string;
  readonly shape: readonly (number | string)[];
}

/** Inputs and outputs of a graph that NeMo exported. */
export interface RecordedGraph {
  readonly inputs: readonly RecordedValue[];
  readonly outputs: readonly RecordedValue[];
}

export interface LanguageMeta {
  /** One graph, or one by part of the model; the legacy fixture has none. */
  readonly onnx?: RecordedGraph & Readonly<Record<string, RecordedGraph>>;
}

export function readMeta(name: string): LanguageMeta {
  return JSON.parse(readFileSync(path.join(languageFixtures, name, "meta.json"), "utf8")) as never;
}

/** `set<n>.<tensor>`: 0 one row, 1 two rows of which the second is padded, 2 a short row. */
export function readLanguageIo(name: string): Tensors {
  return readSafetensors(readFileSync(path.join(languageFixtures, name, "io.safetensors")));
}

export async function openLanguageModel(name: string): Promise<Checkpoint> {
  const bytes = readFileSync(path.join(languageFixtures, name, "model.nemo"));
  const checkpoint = await openNemo(bytesSource(bytes, "model.nemo"));
  return { ...checkpoint, weights: await checkpoint.weights() };
}
