/** Writes a `.riva` archive as nemo2riva does: the checkpoint's files, then the model. */
import { assert } from "../../errors/tool-error.ts";
import type { ByteSink } from "../../io/byte-sink.ts";
import { writeEff, type EffContent } from "../eff/write.ts";
import {
  archiveMetadata,
  checkpointFileProperties,
  graphProperties,
  type RivaFormat,
} from "./metadata.ts";

export interface RivaFile {
  /** Name of the member of the checkpoint; the artifact is called by its last part. */
  readonly member: string;
  readonly content: EffContent;
}

export interface RivaWriteRequest {
  /** Python path of the model's class. */
  readonly target: string;
  readonly format: RivaFormat;
  readonly files: readonly RivaFile[];
  /** The exported model; several for those of several parts. */
  readonly graphs: readonly { readonly name: string; readonly content: EffContent }[];
}

/** Name of the model inside the archive, unless it has several parts. */
export const GRAPH_NAME = "model_graph.onnx";

/** Streams the archive into `sink`. @throws what reading the contents throws */
export async function writeRiva(sink: ByteSink, request: RivaWriteRequest): Promise<void> {
  const files = request.files.map(({ member, content }) => ({
    name: member.split("/").at(-1) as string,
    properties: checkpointFileProperties(member),
    content,
  }));
  const graphs = request.graphs.map(({ name, content }) => ({
    name,
    properties: graphProperties(request.format),
    content,
  }));
  const artifacts = [...files, ...graphs];
  const names = new Set(artifacts.map(({ name }) => name));
  assert(names.size === artifacts.length, "artifacts of a .riva have different names");
  await writeEff(sink, { metadata: archiveMetadata(request.format, request.target), artifacts });
}
