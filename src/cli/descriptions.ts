/** What `inspect` knows of each kind of file, as plain data. */
import { createHash } from "node:crypto";
import { basename } from "node:path";
import { type EffArchive, openEff } from "../formats/eff/read.ts";
import { showEffValue } from "../formats/eff/value.ts";
import { openNemo } from "../formats/nemo/read.ts";
import { readOnnx } from "../formats/onnx/read.ts";
import { type ByteSource, readPieces } from "../io/byte-source.ts";
import { openFile } from "../io/file-source.ts";
import { readRepository } from "../repository/read.ts";
import type { ModelGraph, ValueInfo } from "../tensor/model-graph.ts";
import { countElements, formatShape } from "../tensor/shape.ts";

export interface GraphSummary {
  readonly name: string;
  readonly irVersion: number;
  readonly opset: number;
  readonly nodes: number;
  /** Elements of all initializers. */
  readonly parameters: number;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Nodes by operator, the most frequent first. */
  readonly ops: Readonly<Record<string, number>>;
}

export interface ContentItem {
  readonly name: string;
  readonly sizeBytes?: number;
  readonly note?: string;
}

export interface Description {
  readonly path: string;
  readonly kind: string;
  /** Of the whole file; undefined for a folder. */
  readonly sha256?: string;
  readonly facts: Readonly<Record<string, string>>;
  readonly contents: readonly ContentItem[];
  readonly graphs: readonly GraphSummary[];
}

/** A `.nemo` file: its class, its members and the number of its weights. */
export async function describeCheckpoint(path: string): Promise<Description> {
  const checkpoint = await openNemo(path);
  try {
    const weights = [...(await checkpoint.weights())];
    const count = weights.reduce((sum, [, view]) => sum + countElements(view.shape), 0);
    const dtypes = [...new Set(weights.map(([, view]) => view.dtype))].sort();
    return {
      path,
      kind: "NeMo checkpoint",
      sha256: await digest(path),
      facts: {
        class: checkpoint.target,
        "NeMo version": checkpoint.nemoVersion ?? "before 1.7",
        weights: `${weights.length} tensors, ${count} values, ${dtypes.join(", ")}`,
      },
      contents: checkpoint.members.map(({ name, sizeBytes }) => ({ name, sizeBytes })),
      graphs: [],
    };
  } finally {
    await checkpoint.close();
  }
}

/** A `.riva`, `.rmir` or other EFF archive: metadata, artifacts, and the graphs among them. */
export async function describeEffArchive(path: string, kind: string): Promise<Description> {
  const archive = await openEff(path);
  try {
    return {
      path,
      kind: kind === "eff" ? "EFF archive" : `${kind === "rmir" ? "RMIR" : "Riva"} archive`,
      sha256: await digest(path),
      facts: Object.fromEntries(
        [...archive.metadata].map(([key, value]) => [key, showEffValue(value)]),
      ),
      contents: archive.artifacts.map(({ name, source, encryption }) => ({
        name,
        sizeBytes: source.sizeBytes,
        ...(encryption === undefined ? {} : { note: "encrypted" }),
      })),
      graphs: await graphsOf(archive),
    };
  } finally {
    await archive.close();
  }
}

async function graphsOf({ artifacts }: EffArchive): Promise<GraphSummary[]> {
  const graphs = artifacts.filter(
    ({ name, encryption }) => name.endsWith(".onnx") && encryption === undefined,
  );
  const summaries: GraphSummary[] = [];
  for (const { name, source } of graphs) {
    // a graph over 2 GB is a tar of several files
    const [first] = await source.read(0, Math.min(1, source.sizeBytes));
    if (first === 0x08) summaries.push(summarizeGraph(await readOnnx(source), name));
  }
  return summaries;
}

export async function describeOnnxFile(path: string): Promise<Description> {
  const file = await openFile(path);
  try {
    // sizes are all that is asked of weights beside the file
    const openExternalData = async (name: string): Promise<ByteSource> => ({
      name,
      sizeBytes: Number.MAX_SAFE_INTEGER,
      read: async () => new Uint8Array(0),
    });
    const graph = await readOnnx(file, { openExternalData });
    return {
      path,
      kind: "ONNX model",
      sha256: await digest(path),
      facts: {
        producer: `${graph.producerName} ${graph.producerVersion}`.trim(),
        ...graph.metadata,
      },
      contents: [],
      graphs: [summarizeGraph(graph, basename(path))],
    };
  } finally {
    await file.close();
  }
}

/** A model repository: each model with its kind and its tensors. */
export async function describeRepository(path: string): Promise<Description> {
  const models = await readRepository(path);
  return {
    path,
    kind: "model repository",
    facts: { models: String(models.length) },
    contents: models.map(({ name, config, versions }) => {
      const kind = config.parameters["step"]?.stringValue;
      const what = kind === undefined ? config.backend || config.platform : `step ${kind}`;
      const names = (list: readonly { name: string }[]): string =>
        list.map((item) => item.name).join(", ");
      const version = versions.map((item) => item.version).join(", ");
      return {
        name,
        note: `${what}, version ${version}: ${names(config.input)} → ${names(config.output)}`,
      };
    }),
    graphs: [],
  };
}

function summarizeGraph(graph: ModelGraph, name: string): GraphSummary {
  const counts = new Map<string, number>();
  for (const { opType } of graph.nodes) counts.set(opType, (counts.get(opType) ?? 0) + 1);
  const sorted = [...counts].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1));
  return {
    name,
    irVersion: graph.irVersion,
    opset: graph.opsets[""] ?? 0,
    nodes: graph.nodes.length,
    parameters: graph.initializers.reduce((sum, { shape }) => sum + countElements(shape), 0),
    inputs: graph.inputs.map(formatValue),
    outputs: graph.outputs.map(formatValue),
    ops: Object.fromEntries(sorted),
  };
}

function formatValue({ name, dtype, shape }: ValueInfo): string {
  return `${name} ${dtype} ${shape === undefined ? "of any shape" : formatShape(shape)}`;
}

async function digest(path: string): Promise<string> {
  const file = await openFile(path);
  const hash = createHash("sha256");
  try {
    for await (const piece of readPieces(file)) hash.update(piece);
    return hash.digest("hex");
  } finally {
    await file.close();
  }
}
