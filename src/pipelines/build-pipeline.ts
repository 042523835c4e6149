/** `riva-build` without the command line: archives in, an RMIR out, log lines on the way. */
import path from "node:path";
import { ToolError } from "../errors/tool-error.ts";
import { openRiva, type RivaArchive } from "../formats/riva/read.ts";
import { writeRmir } from "../formats/rmir/write.ts";
import { writeFileAtomically } from "../io/atomic-output.ts";
import { entryKind, listFolder } from "../io/folder.ts";
import type { ArchiveRef } from "../options/archive-ref.ts";
import type { Pipeline } from "./define-pipeline.ts";
import type { PipelinePlan, Progress } from "./plan.ts";

export interface BuildPipelineRequest {
  readonly pipeline: Pipeline;
  readonly output: ArchiveRef;
  readonly inputs: readonly ArchiveRef[];
  /** Typed by the pipeline's own table. */
  readonly values: Readonly<Record<string, unknown>>;
  readonly given: ReadonlySet<string>;
  /** Replace an existing output. */
  readonly force: boolean;
  readonly onProgress?: Progress;
}

/**
 * Plans the pipeline and writes its RMIR.
 * @throws ToolError; then nothing was written
 */
export async function buildPipeline(request: BuildPipelineRequest): Promise<PipelinePlan> {
  const { pipeline, output, force, onProgress = () => {} } = request;
  // a line continuation followed by a blank gives a word that is a blank
  const inputs = request.inputs.filter((input) => input.path.trim() !== "");
  await checkReferences(pipeline, output, inputs);
  const archives: RivaArchive[] = [];
  try {
    for (const input of inputs) archives.push(await openInput(input, onProgress));
    const { values, given } = request;
    const plan = await pipeline.plan({ archives, values: values as never, given });
    if (values["verbose"] === true) logOptions(plan, onProgress);
    for (const { level, text } of plan.notices) onProgress(level, text);
    await writeFileAtomically(output.path, { force }, async (sink) => {
      logFiles(plan, onProgress);
      onProgress("INFO", `Saving to ${output.path}`);
      await writeRmir(sink, plan.description, plan.contents);
    });
    return plan;
  } finally {
    for (const archive of archives) await archive.close();
  }
}

async function checkReferences(
  pipeline: Pipeline,
  output: ArchiveRef,
  inputs: readonly ArchiveRef[],
): Promise<void> {
  for (const { path: file, key } of [output, ...inputs]) {
    if (key !== undefined && file.endsWith(":")) {
      throw new ToolError("USAGE", `${file}…: one colon separates path and key`, {
        hint: "write PATH:KEY",
      });
    }
  }
  const override = inputs.find((input) => /^[a-z_]+(\.[a-z_]+)?=/.test(input.path));
  if (override !== undefined) {
    throw new ToolError("USAGE", `unexpected argument "${override.path}"`, {
      hint: `did you mean --${override.path}?`,
    });
  }
  const [first] = inputs;
  if (first === undefined) {
    const wanted = pipeline.inputs.filter((input) => input.required === true);
    throw new ToolError("USAGE", `missing ${wanted.map(({ name }) => `<${name}>`).join(" ")}`, {
      hint: `riva-build ${pipeline.name} OUTPUT.rmir ${wanted.map(() => "MODEL.riva").join(" ")}`,
    });
  }
  const surplus = inputs[pipeline.inputs.length];
  if (surplus !== undefined) {
    throw new ToolError("USAGE", `${pipeline.name} takes ${pipeline.inputs.length} archive(s)`, {
      at: surplus.path,
      hint: "leave the surplus one out",
    });
  }
  await checkOrder(output, first);
  if (inputs.some((input) => path.resolve(input.path) === path.resolve(output.path))) {
    throw new ToolError("USAGE", "the output would overwrite an input", {
      at: output.path,
      hint: "the first path is the output, the archives to build from come after it",
    });
  }
  if (output.key !== undefined) {
    throw new ToolError("UNSUPPORTED", "encrypting the output is not in this version", {
      at: output.path,
      hint: "write the output without :KEY; keep the file where only its users can read it",
    });
  }
}

/** Input and output swapped: the output is an archive and the input is not there. */
async function checkOrder(output: ArchiveRef, input: ArchiveRef): Promise<void> {
  if (!/\.(riva|nemo|ejrvs|enemo)$/i.test(output.path)) return;
  if ((await entryKind(output.path)) !== "file" || (await entryKind(input.path)) !== undefined) {
    return;
  }
  throw new ToolError("USAGE", "the output comes first, and this one is a model archive", {
    at: output.path,
    hint: `swap them: … ${input.path} ${output.path} …`,
  });
}

async function openInput(input: ArchiveRef, onProgress: Progress): Promise<RivaArchive> {
  if ((await entryKind(input.path)) === undefined) throw await notFound(input.path);
  const archive = await openRiva(input.path);
  const isEncrypted = archive.artifacts.some(({ encryption }) => encryption !== undefined);
  if (input.key !== undefined && !isEncrypted) {
    onProgress("WARNING", `${input.path} is not encrypted; its key is not needed`);
  }
  return archive;
}

async function notFound(file: string): Promise<ToolError> {
  const folder = path.dirname(file);
  const names = (await entryKind(folder)) === "folder" ? await listFolder(folder) : [];
  const archives = names.filter((name) => name.endsWith(".riva")).slice(0, 10);
  return new ToolError("NOT_FOUND", "no such archive", {
    at: file,
    hint:
      archives.length === 0
        ? "check the spelling; a relative path starts at the current folder"
        : `beside it there are: ${archives.join(", ")}`,
  });
}

function logOptions(plan: PipelinePlan, onProgress: Progress): void {
  for (const { name, value, source } of plan.options) {
    onProgress("INFO", `${name} = ${value} (${source === "model" ? "from the model" : source})`);
  }
}

/** A line a component and a line a file, in the words of the original. */
function logFiles(plan: PipelinePlan, onProgress: Progress): void {
  const runtimes = new Map(plan.description.components.map(({ name, runtime }) => [name, runtime]));
  for (const component of new Set(plan.files.map((file) => file.component))) {
    const files = plan.files.filter((file) => file.component === component);
    const listed = files.map(({ key, origin }) => `'${key}': '${origin}'`).join(", ");
    const runtime = runtimes.get(component) === "onnx" ? "ONNX" : "step";
    onProgress("INFO", `Packing binaries for ${component}/${runtime} : {${listed}}`);
    for (const { key, name, origin } of files) {
      const source = origin.split(", ").at(-1) ?? origin;
      onProgress("INFO", `Copying ${key}:${source} -> ${component}:${name}`);
    }
  }
}
