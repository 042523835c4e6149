/** Checkpoints made by the real NeMo with what it computed from them; see test/fixtures/README.md. */
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import type { Checkpoint } from "../../src/converters/architecture.ts";
import { openNemo } from "../../src/formats/nemo/read.ts";
import { bytesSource } from "../../src/io/byte-source.ts";
import { dtypeFromSafetensors, type NumericDType } from "../../src/tensor/dtype.ts";
import { ARRAY_TYPES, type Tensor, type Tensors } from "../../src/tensor/tensor.ts";
import { projectRoot } from "./paths.ts";

const root = path.join(projectRoot, "test/fixtures/nemo");

interface RecordedValue {
  readonly name: string;
  readonly type: string;
  readonly shape: readonly (number | string)[];
}

interface RecordedGraph {
  readonly inputs: readonly RecordedValue[];
  readonly outputs: readonly RecordedValue[];
}

export interface FixtureMeta {
  readonly same_in_both_modes?: readonly string[];
  readonly export: {
    readonly graphs: Readonly<Record<string, RecordedGraph>>;
    /** Instead of `graphs` where a model was exported in several ways. */
    readonly variants?: Readonly<Record<string, { readonly graph: RecordedGraph }>>;
  };
}

export interface NemoFixture {
  readonly name: string;
  readonly checkpoint: Checkpoint;
  /** `<set>.<tensor>`, such as `a.features`. */
  readonly io: Tensors;
  readonly meta: FixtureMeta;
  /** What another NeMo version computed from the same file where it differs; see the README. */
  profile(version: string): Tensors | undefined;
}

export async function openNemoFixture(name: string): Promise<NemoFixture> {
  const folder = path.join(root, name);
  const file = (basename: string): Buffer => readFileSync(path.join(folder, basename));
  return {
    name,
    checkpoint: await openCheckpoint(name),
    io: readSafetensors(file("io.safetensors")),
    meta: JSON.parse(file("meta.json").toString()) as FixtureMeta,
    profile: (version) => {
      const basename = `profile-nemo${version}.safetensors`;
      return existsSync(path.join(folder, basename)) ? readSafetensors(file(basename)) : undefined;
    },
  };
}

/** The checkpoint of a fixture that has nothing else, such as the container variants. */
export async function openCheckpoint(name: string): Promise<Checkpoint> {
  const bytes = readFileSync(path.join(root, name, "model.nemo"));
  const checkpoint = await openNemo(bytesSource(bytes, "model.nemo"));
  return { ...checkpoint, weights: await checkpoint.weights() };
}

/** The recorded tensors of a fixture. */
export function readIo(name: string): Tensors {
  return readSafetensors(readFileSync(path.join(root, name, "io.safetensors")));
}

/** A small obvious reader, so that these tests do not lean on the one they share a release with. */
export function readSafetensors(bytes: Buffer): Tensors {
  const headerBytes = Number(bytes.readBigUInt64LE(0));
  const header = JSON.parse(bytes.subarray(8, 8 + headerBytes).toString()) as Record<
    string,
    { dtype: string; shape: number[]; data_offsets: [number, number] }
  >;
  const entries = Object.entries(header).filter(([name]) => name !== "__metadata__");
  return Object.fromEntries(
    entries.map(
      ([
        name,
        {
          dtype: text,
          shape,
          data_offsets: [start, end],
        },
      ]) => {
        const dtype = dtypeFromSafetensors(text) as NumericDType;
        const data = Uint8Array.from(
          bytes.subarray(8 + headerBytes + start, 8 + headerBytes + end),
        );
        return [name, { dtype, shape, data: new ARRAY_TYPES[dtype](data.buffer) } as Tensor];
      },
    ),
  );
}
