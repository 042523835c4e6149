/** `servicemaker extract`: the files inside a checkpoint or archive, written to a folder. */
import { ToolError } from "../errors/tool-error.ts";
import { openEff } from "../formats/eff/read.ts";
import { openNemo } from "../formats/nemo/read.ts";
import { writeFolderAtomically } from "../io/atomic-output.ts";
import { type ByteSource, readPieces } from "../io/byte-source.ts";
import { cancellableSink } from "../io/cancellable-sink.ts";
import { nearest } from "../options/nearest.ts";
import { defineOptions } from "../options/option.ts";
import { defineCommand } from "./command.ts";
import { kindOfFile } from "./file-kind.ts";
import { logger } from "./log-line.ts";

const options = defineOptions({
  out: { type: "path", required: true, doc: "Folder to write; it must not exist" },
  force: { type: "bool", short: "f", default: false, doc: "Replace an existing folder" },
});

interface Item {
  readonly name: string;
  readonly source: ByteSource;
}

interface Opened {
  readonly items: readonly Item[];
  close(): Promise<void>;
}

export const extract = defineCommand({
  name: "extract",
  summary:
    "Write the files inside a .nemo, .riva or .rmir file to a folder. Nothing in them is executed.",
  positionals: [
    { name: "archive", doc: "The file to open", required: true },
    { name: "names", doc: "Only these files of it", variadic: true },
  ],
  options,
  examples: [
    ["servicemaker extract --out parts model.riva", "everything"],
    ["servicemaker extract --out parts model.riva model_graph.onnx", "one file"],
  ],
  run: async ({ values, positionals, context }) => {
    const [archive = "", ...names] = positionals;
    const opened = await open(archive);
    try {
      const items = choose(archive, opened.items, names);
      await writeFolderAtomically(values.out, { force: values.force }, async (folder) => {
        for (const { name, source } of items) {
          await folder.write(name, async (sink) => {
            const target = cancellableSink(sink, { signal: context.signal });
            for await (const piece of readPieces(source)) await target.write(piece);
          });
        }
      });
      for (const { name } of items) logger(context)("INFO", `${values.out}/${name}`);
    } finally {
      await opened.close();
    }
  },
});

async function open(path: string): Promise<Opened> {
  const kind = await kindOfFile(path);
  if (kind === "nemo") {
    const checkpoint = await openNemo(path);
    return { items: checkpoint.members, close: () => checkpoint.close() };
  }
  if (kind === "riva" || kind === "rmir" || kind === "eff") {
    const archive = await openEff(path);
    return { items: archive.artifacts, close: () => archive.close() };
  }
  throw new ToolError("INVALID_FILE", "the file is no archive", {
    at: path,
    hint: "extract opens .nemo, .riva and .rmir files",
  });
}

function choose(
  archive: string,
  items: readonly Item[],
  names: readonly string[],
): readonly Item[] {
  if (names.length === 0) return items;
  return names.map((name) => {
    const found = items.find((item) => item.name === name);
    if (found !== undefined) return found;
    const all = items.map((item) => item.name);
    throw new ToolError("NOT_FOUND", `the archive has no '${name}'`, {
      at: archive,
      hint: `did you mean ${nearest(name, all) ?? all.join(", ")}?`,
    });
  });
}
