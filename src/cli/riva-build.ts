/** `riva-build <pipeline>`: archives become one pipeline archive. Classic and Hydra notation. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { ConvertOptions } from "../converters/architecture.ts";
import { nemoToRiva } from "../converters/nemo-to-riva.ts";
import { ToolError } from "../errors/tool-error.ts";
import { MAX_OPSET, MIN_OPSET } from "../graph/recorder.ts";
import { parseArchiveRef } from "../options/archive-ref.ts";
import { defineOptions, type PositionalSpec } from "../options/option.ts";
import type { GivenOption } from "../options/parse.ts";
import { parseOptionValue } from "../options/value.ts";
import { buildPipeline } from "../pipelines/build-pipeline.ts";
import type { Pipeline } from "../pipelines/define-pipeline.ts";
import { type HydraInput, isHydraCommand, parseHydraCommand } from "../pipelines/hydra.ts";
import { findPipeline, PIPELINES } from "../pipelines/registry.ts";
import { type Command, type CommandContext, defineCommand, type Program } from "./command.ts";
import { logger } from "./log-line.ts";
import { VERSION } from "./version.ts";

const common = defineOptions({
  force: { type: "bool", short: "f", default: false, doc: "Overwrite an existing RMIR" },
});

function pipelineCommand(pipeline: Pipeline): Command {
  const output: PositionalSpec = {
    name: "output",
    doc: "The RMIR to write, PATH or PATH:KEY",
    required: true,
  };
  // how many inputs there must be is the pipeline's to say, in its own words
  const inputs: PositionalSpec = {
    name: "inputs",
    doc: pipeline.inputs.map(({ doc }) => doc).join("; then: "),
    variadic: true,
  };
  return defineCommand({
    name: pipeline.name,
    summary: pipeline.summary,
    positionals: [output, inputs],
    options: { ...common, ...pipeline.options },
    examples: pipeline.examples,
    run: async ({ values, given, positionals, context }) => {
      const [out = "", ...sources] = positionals;
      await buildPipeline({
        pipeline,
        output: parseArchiveRef(out),
        inputs: sources.map(parseArchiveRef),
        values,
        given,
        force: values.force,
        onProgress: logger(context),
      });
    },
  });
}

export const command: Program = {
  name: "riva-build",
  summary:
    "Gather all that a pipeline needs – archives, vocabularies, options – into one RMIR file, which riva-deploy turns into a Triton model repository.",
  kind: "pipeline",
  commands: PIPELINES.map(pipelineCommand),
  version: VERSION,
  unknown: (name) => findPipeline(name),
  otherNotation: { matches: isHydraCommand, execute: executeHydra },
};

async function executeHydra(words: readonly string[], context: CommandContext): Promise<void> {
  const call = parseHydraCommand(words);
  const name = findPipeline(call.pipeline).name;
  const target = command.commands.find((candidate) => candidate.name === name) as Command;
  if (call.wantsHelp) {
    await target.execute(["--help"], context);
    return;
  }
  checkNames(call.options, target);
  const scratch = await mkdtemp(path.join(tmpdir(), "riva-build-"));
  try {
    const inputs: string[] = [];
    for (const input of call.inputs) inputs.push(await convertInput(input, scratch, context));
    await target.executeGiven(call.options, [call.output ?? "", ...inputs], context);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

function checkNames(options: readonly GivenOption[], { options: table }: Command): void {
  const unknown = options.find(({ name }) => table[name] === undefined);
  if (unknown === undefined) return;
  throw new ToolError("USAGE", `unknown option ${unknown.name}`, {
    hint: "riva-build speech_recognition --help lists the options; here they are written key=value",
  });
}

/** A `.nemo` among the sources is converted first, with the settings beside it. */
async function convertInput(
  input: HydraInput,
  scratch: string,
  context: CommandContext,
): Promise<string> {
  const { path: source } = parseArchiveRef(input.reference);
  if (input.nemo2riva === undefined && !source.endsWith(".nemo")) return input.reference;
  const settings = input.nemo2riva ?? {};
  const format = (settings["format"] ?? "onnx").toUpperCase();
  if (format !== "ONNX") {
    throw new ToolError(
      "UNSUPPORTED",
      `source_path: format ${format.toLowerCase()} cannot be built`,
      {
        at: source,
        hint: "use format: onnx",
      },
    );
  }
  const out = path.join(scratch, `${path.basename(source, ".nemo")}.riva`);
  logger(context)("INFO", `Converting ${source}`);
  const convert = conversionSettings(settings);
  await nemoToRiva({ source, out, force: false, format, convert, signal: context.signal });
  return out;
}

/** `max_dim` and the like steer a PyTorch export; only the opset means something here. */
function conversionSettings(settings: Readonly<Record<string, string>>): ConvertOptions {
  const text = settings["onnx_opset"];
  if (text === undefined) return {};
  const spec = { type: "int", min: MIN_OPSET, max: MAX_OPSET, doc: "" } as const;
  return { opset: parseOptionValue("onnx_opset", spec, text) as number };
}
