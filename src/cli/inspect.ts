/** `servicemaker inspect`: what a file or repository holds, without changing or running it. */
import path from "node:path";
import { ToolError } from "../errors/tool-error.ts";
import { entryKind } from "../io/folder.ts";
import { defineOptions } from "../options/option.ts";
import { defineCommand } from "./command.ts";
import {
  describeCheckpoint,
  describeEffArchive,
  describeOnnxFile,
  describeRepository,
  type Description,
} from "./descriptions.ts";
import { kindOfFile } from "./file-kind.ts";

const options = defineOptions({
  json: { type: "bool", default: false, doc: "Print one JSON object" },
});

export const inspect = defineCommand({
  name: "inspect",
  summary:
    "Show what a .nemo, .riva, .rmir or .onnx file or a model repository holds: contents, sizes, metadata, graphs, digest.",
  positionals: [{ name: "path", doc: "The file or folder", required: true }],
  options,
  examples: [
    ["servicemaker inspect model.riva", "contents and graph of an archive"],
    ["servicemaker inspect --json models", "a model repository, for a script"],
  ],
  run: async ({ values, positionals, context }) => {
    const [target = ""] = positionals;
    const description = await describe(target);
    context.out(values.json ? `${JSON.stringify(description)}\n` : format(description));
  },
});

async function describe(target: string): Promise<Description> {
  if ((await entryKind(target)) === "folder") return describeRepository(target);
  const kind = await kindOfFile(target);
  switch (kind) {
    case "nemo":
      return describeCheckpoint(target);
    case "riva":
    case "rmir":
    case "eff":
      return describeEffArchive(target, kind);
    case "onnx":
      return describeOnnxFile(target);
    case "other":
      throw new ToolError("INVALID_FILE", "the file is none that inspect knows", {
        at: target,
        hint: "it knows .nemo, .riva, .rmir and .onnx files and model repositories",
      });
  }
}

function format(description: Description): string {
  const head = [`${path.basename(description.path)}: ${description.kind}`];
  if (description.sha256 !== undefined) head.push(`  sha256 ${description.sha256}`);
  const facts = Object.entries(description.facts).map(([key, value]) => `  ${key}: ${value}`);
  const items = description.contents.map(
    ({ name, sizeBytes, note }) =>
      `  ${sizeBytes === undefined ? "" : formatSize(sizeBytes).padStart(10)}  ${name}${note === undefined ? "" : `  (${note})`}`,
  );
  const contents = items.length === 0 ? [] : ["contents:", ...items];
  const graphs = description.graphs.flatMap((graph) => [
    `graph ${graph.name}: IR ${graph.irVersion}, opset ${graph.opset}, ${graph.nodes} nodes, ${graph.parameters} parameters`,
    ...graph.inputs.map((value) => `  in   ${value}`),
    ...graph.outputs.map((value) => `  out  ${value}`),
    `  ops  ${Object.entries(graph.ops)
      .map(([op, count]) => `${op} ${count}`)
      .join(", ")}`,
  ]);
  return `${[...head, ...facts, ...contents, ...graphs].join("\n")}\n`;
}

function formatSize(bytes: number): string {
  const units = ["B", "kB", "MB", "GB"];
  const power = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3));
  const value = bytes / 1000 ** power;
  return `${power === 0 ? value : value.toFixed(1)} ${units[power]}`;
}
