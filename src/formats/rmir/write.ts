/** Writes an RMIR: an EFF archive with the pipeline's description and all its files. */
import { assert } from "../../errors/tool-error.ts";
import type { ByteSink } from "../../io/byte-sink.ts";
import { RMIR_VERSION_KEY } from "../archive-kind.ts";
import { effMap } from "../eff/value.ts";
import { writeEff, type EffContent } from "../eff/write.ts";
import { printDescription, RMIR_VERSION, type RmirDescription } from "./description.ts";

export const DESCRIPTION_NAME = "pipeline.json";

/** A file of a component, by the name that the description gives it. */
export type RmirFiles = ReadonlyMap<string, EffContent>;

/** `nn` and `model_graph.onnx` give `nn-model_graph.onnx`, as in the original's logs. */
export function rmirFileName(component: string, fileName: string): string {
  return `${component}-${fileName.split("/").at(-1) ?? ""}`;
}

/** Streams the archive into `sink`; the same description and files give the same bytes. */
export async function writeRmir(
  sink: ByteSink,
  description: RmirDescription,
  files: RmirFiles,
): Promise<void> {
  const entries = description.components.flatMap((component) =>
    Object.entries(component.files).map(([key, name]) => {
      const content = files.get(name);
      assert(content !== undefined, `no content for ${name}`);
      return { name, properties: effMap({ component: component.name, key }), content };
    }),
  );
  const text = Buffer.from(printDescription(description));
  await writeEff(sink, {
    metadata: effMap({
      description: "ServiceMaker pipeline",
      [RMIR_VERSION_KEY]: RMIR_VERSION,
      pipeline: description.pipeline,
      pipeline_name: description.name,
    }),
    artifacts: [{ name: DESCRIPTION_NAME, properties: effMap({}), content: text }, ...entries],
  });
}
