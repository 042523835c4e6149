/**
 * The whole of phase 1: a `.nemo` checkpoint in, a `.riva` archive out. The archive holds the
 * checkpoint's files but its weights, and the graph, as nemo2riva's does.
 */
import { ToolError, withPlace } from "../errors/tool-error.ts";
import type { EffContent } from "../formats/eff/write.ts";
import {
  openNemo,
  type NemoCheckpoint,
  NEMO_CONFIG_NAME,
  NEMO_WEIGHTS_NAME,
} from "../formats/nemo/read.ts";
import { type ConfigValue, isConfigList, isConfigMap } from "../formats/yaml/value.ts";
import { layOutOnnx, needsExternalData } from "../formats/onnx/write.ts";
import type { RivaFormat } from "../formats/riva/metadata.ts";
import { isEncryptedByOriginal } from "../formats/riva/schema.ts";
import { baseName, GRAPH_NAME, type RivaFile, writeRiva } from "../formats/riva/write.ts";
import { finishTar, tarSizeBytes, writeTarMember } from "../formats/tar/write.ts";
import { writeFileAtomically } from "../io/atomic-output.ts";
import { cancellableSink } from "../io/cancellable-sink.ts";
import { readPieces } from "../io/byte-source.ts";
import { openFile } from "../io/file-source.ts";
import type { ModelGraph } from "../tensor/model-graph.ts";
import type { ConvertOptions } from "./architecture.ts";
import { className } from "./config-values.ts";
import { convertCheckpoint, type Conversion } from "./convert.ts";
import { featurizerFile } from "./featurizer-file.ts";
import { patchConfig } from "./patch-config.ts";
import { tokenizerNames } from "./tokenizer-names.ts";

/** What the archive carries as its model. TorchScript cannot be made without PyTorch. */
export type ExportFormat = Exclude<RivaFormat, "TS">;

export interface NemoToRivaRequest {
  readonly source: string;
  readonly out: string;
  /** Replace an existing archive. */
  readonly force: boolean;
  readonly format: ExportFormat;
  readonly convert: ConvertOptions;
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: ConversionEvent) => void;
}

/** What happens, in this order; `progress` repeats. */
export type ConversionEvent =
  | { readonly kind: "restored"; readonly target: string; readonly nemoVersion: string | undefined }
  | { readonly kind: "artifacts"; readonly names: readonly string[] }
  | {
      readonly kind: "exporting";
      readonly conversion: Conversion | undefined;
      readonly format: ExportFormat;
    }
  | { readonly kind: "warning"; readonly text: string }
  /** The original stores the graphs of this class encrypted, this one does not. */
  | { readonly kind: "unencrypted" }
  | { readonly kind: "saving" }
  | { readonly kind: "progress"; readonly writtenBytes: number };

export interface RivaSummary {
  readonly target: string;
  /** undefined if the checkpoint was passed through. */
  readonly conversion: Conversion | undefined;
}

/**
 * Converts one checkpoint. The archive appears whole or not at all.
 * @throws ToolError of reading, converting and writing
 */
export async function nemoToRiva(request: NemoToRivaRequest): Promise<RivaSummary> {
  const { source, format, onEvent = () => {} } = request;
  const checkpoint = await openNemo(source);
  try {
    const { target, nemoVersion } = checkpoint;
    checkReferences(checkpoint, checkpoint.config.value);
    onEvent({ kind: "restored", target, nemoVersion });
    const { conversion, graphs } =
      format === "ONNX"
        ? await withPlace(source, () => convert(checkpoint, request.convert))
        : { conversion: undefined, graphs: [await passThrough(checkpoint, source, format)] };
    const files = archiveFiles(checkpoint, conversion);
    const generated = (conversion?.files ?? []).filter(
      ({ name }) => !files.some((file) => file.name === name),
    );
    const names = [...files.map(({ member }) => member), ...generated.map(({ name }) => name)];
    onEvent({ kind: "artifacts", names });
    for (const text of conversion?.warnings ?? []) onEvent({ kind: "warning", text });
    onEvent({ kind: "exporting", conversion, format });
    if (format === "ONNX" && isEncryptedByOriginal(className(target))) {
      onEvent({ kind: "unencrypted" });
    }
    await writeFileAtomically(request.out, request, async (sink) => {
      onEvent({ kind: "saving" });
      const onProgress = (writtenBytes: number): void =>
        onEvent({ kind: "progress", writtenBytes });
      await writeRiva(cancellableSink(sink, { signal: request.signal, onProgress }), {
        target,
        format,
        files,
        generated,
        graphs,
      });
    });
    return { target, conversion };
  } finally {
    await checkpoint.close();
  }
}

/**
 * Every file that the configuration names must be there: who builds on the archive needs it, and
 * NeMo does not restore the checkpoint without it.
 */
function checkReferences(checkpoint: NemoCheckpoint, value: ConfigValue | undefined): void {
  if (typeof value === "string" && value.startsWith("nemo:")) checkpoint.artifact(value);
  else if (isConfigList(value)) value.forEach((item) => checkReferences(checkpoint, item));
  else if (isConfigMap(value)) value.forEach((item) => checkReferences(checkpoint, item));
}

async function convert(
  checkpoint: NemoCheckpoint,
  options: ConvertOptions,
): Promise<{ conversion: Conversion; graphs: Graphs }> {
  const weights = await checkpoint.weights();
  const built = await convertCheckpoint({ ...checkpoint, weights }, options);
  const featurizer = await featurizerFile(checkpoint.config, weights);
  const files = [...(built.files ?? []), ...(featurizer === undefined ? [] : [featurizer])];
  const conversion = { ...built, files };
  const graphs = conversion.graphs.map(({ artifactName, graph }) => ({
    name: artifactName,
    content: graphContent(graph, artifactName),
  }));
  return { conversion, graphs };
}

type NamedFile = RivaFile & { readonly name: string };

/** Files that nemo2riva leaves behind: weights and an editor's backups. */
const LEFT_BEHIND = /(\.ckpt|\.pt|\.ts|~)$/;

function archiveFiles(checkpoint: NemoCheckpoint, conversion: Conversion | undefined): NamedFile[] {
  const renamed = tokenizerNames(checkpoint);
  const files = checkpoint.members
    .filter(({ name }) => !LEFT_BEHIND.test(name))
    .flatMap(({ name: member, source }) => {
      const content =
        member === NEMO_CONFIG_NAME
          ? Buffer.from(patchConfig(checkpoint, conversion?.exportConfig))
          : source;
      const names = renamed.filter((tokenizer) => tokenizer.member === member);
      return (names.length === 0 ? [{ name: baseName(member) }] : names).map(({ name }) => ({
        member,
        name,
        content,
      }));
    });
  const names = files.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) {
    throw new ToolError("INVALID_FILE", `two files of the checkpoint are called '${twice}'`, {
      at: checkpoint.name,
      hint: "an archive has no folders; rename one of them and pack the checkpoint again",
    });
  }
  return files;
}

type Graphs = readonly { readonly name: string; readonly content: EffContent }[];

/**
 * A graph as the archive stores it. One too large for a protobuf message is a tar of the model and
 * a file of weights under the model's name, as nemo2riva does it.
 */
function graphContent(graph: ModelGraph, name: string): EffContent {
  if (!needsExternalData(graph)) {
    const layout = layOutOnnx(graph);
    return { sizeBytes: layout.modelBytes, write: layout.writeModel };
  }
  const weightsName = `${name}.data`;
  const layout = layOutOnnx(graph, weightsName);
  const members = [
    { name, sizeBytes: layout.modelBytes, content: layout.writeModel },
    { name: weightsName, sizeBytes: layout.externalBytes, content: layout.writeExternal },
  ];
  return {
    sizeBytes: tarSizeBytes(members),
    write: async (sink) => {
      for (const member of members) await writeTarMember(sink, member);
      await finishTar(sink);
    },
  };
}

async function passThrough(
  checkpoint: NemoCheckpoint,
  path: string,
  format: Exclude<ExportFormat, "ONNX">,
): Promise<Graphs[number]> {
  const name = GRAPH_NAME.replace(/onnx$/, format.toLowerCase());
  if (format === "NEMO") return { name, content: await wholeFile(path) };
  const weights = checkpoint.members.find((member) => member.name === NEMO_WEIGHTS_NAME);
  if (weights !== undefined) return { name, content: weights.source };
  throw new ToolError("INVALID_FILE", `the archive has no ${NEMO_WEIGHTS_NAME}`, {
    at: path,
    hint: "the checkpoint is incomplete; save it again with NeMo's save_to()",
  });
}

/** Opened again when it is written: the archive needs all of it, not the members. */
async function wholeFile(path: string): Promise<EffContent> {
  const file = await openFile(path);
  await file.close();
  return {
    sizeBytes: file.sizeBytes,
    write: async (sink) => {
      const reopened = await openFile(path);
      try {
        for await (const piece of readPieces(reopened)) await sink.write(piece);
      } finally {
        await reopened.close();
      }
    },
  };
}
