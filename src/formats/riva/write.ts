/** Writes a `.riva` archive as nemo2riva does: the checkpoint's files, then the model. */
import { assert } from "../../errors/tool-error.ts";
import type { ByteSink } from "../../io/byte-sink.ts";
import { writeEff, type EffContent } from "../eff/write.ts";
import {
  archiveMetadata,
  checkpointFileProperties,
  generatedFileProperties,
  graphProperties,
  type RivaFormat,
} from "./metadata.ts";

export interface RivaFile {
  /** Name of the member of the checkpoint. */
  readonly member: string;
  /** Name of the artifact; default: the last part of the member's. */
  readonly name?: string;
  readonly content: EffContent;
}

/** A file that no checkpoint has, such as `mapping.txt`. */
export interface GeneratedFile {
  readonly name: string;
  readonly description: string;
  readonly content: EffContent;
}

export interface RivaWriteRequest {
  /** Python path of the model's class. */
  readonly target: string;
  readonly format: RivaFormat;
  readonly files: readonly RivaFile[];
  readonly generated?: readonly GeneratedFile[];
  /** The exported model; several for those of several parts. */
  readonly graphs: readonly { readonly name: string; readonly content: EffContent }[];
}

/** Name of the model inside the archive, unless it has several parts. */
export const GRAPH_NAME = "model_graph.onnx";

/** The last part of a member's name, which an artifact is called by. */
export function baseName(member: string): string {
  return member.slice(member.lastIndexOf("/") + 1);
}

/** Streams the archive into `sink`. @throws what reading the contents throws */
export async function writeRiva(sink: ByteSink, request: RivaWriteRequest): Promise<void> {
  const files = request.files.map(({ member, name, content }) => ({
    name: name ?? baseName(member),
    properties: checkpointFileProperties(member),
    content,
  }));
  const generated = (request.generated ?? []).map(({ name, description, content }) => ({
    name,
    properties: generatedFileProperties(description),
    content,
  }));
  const graphs = request.graphs.map(({ name, content }) => ({
    name,
    properties: graphProperties(request.format),
    content,
  }));
  const artifacts = [...files, ...generated, ...graphs];
  const names = new Set(artifacts.map(({ name }) => name));
  assert(names.size === artifacts.length, "artifacts of a .riva have different names");
  await writeEff(sink, { metadata: archiveMetadata(request.format, request.target), artifacts });
}
