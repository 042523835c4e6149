/** `nemo2riva`: a trained checkpoint becomes a `.riva` archive. Options as in the original. */
import path from "node:path";
import { DECODER_HEADS, NEMO_PROFILES, type ConvertOptions } from "../converters/architecture.ts";
import { type ConversionEvent, nemoToRiva } from "../converters/nemo-to-riva.ts";
import { ToolError } from "../errors/tool-error.ts";
import { MAX_OPSET, MIN_OPSET } from "../graph/recorder.ts";
import { defineOptions, type OptionValues } from "../options/option.ts";
import { type CommandContext, defineCommand } from "./command.ts";
import { type Logger, logger } from "./log-line.ts";
import { drawProgress } from "./progress.ts";
import { validateArchive } from "./validate-riva.ts";

const LEVELS = [
  "debug",
  "info",
  "warning",
  "error",
  "critical",
  "10",
  "20",
  "30",
  "40",
  "50",
] as const;
/** Accepted, but they steer a PyTorch export that does not happen here. */
const WITHOUT_EFFECT = ["device", "autocast", "max-batch", "max-dim", "runtime-check"] as const;

const options = defineOptions({
  out: {
    type: "path",
    doc: "Where to write; the extension becomes .riva (default: beside the source)",
  },
  force: { type: "bool", short: "f", default: false, doc: "Overwrite an existing archive" },
  format: {
    type: "enum",
    values: ["ONNX", "NEMO", "CKPT", "TS"],
    default: "ONNX",
    doc: "What the archive carries: a graph, the checkpoint itself, or its weights",
  },
  "onnx-opset": {
    type: "int",
    default: 17,
    min: MIN_OPSET,
    max: MAX_OPSET,
    doc: "ONNX opset of the graph",
  },
  "conv-mask": {
    type: "bool",
    default: false,
    doc: "Mask the padding of a batch in every convolution, so that batched rows equal single ones",
  },
  "nemo-compat": {
    type: "enum",
    values: NEMO_PROFILES,
    default: "2.4",
    doc: "Where NeMo versions export differently, do as this one",
  },
  "export-config": {
    type: "key-values",
    doc: "Export settings: decoder_type=ctc picks the CTC head of a hybrid; enable_ragged_batches=false, enable_volume=false for a FastPitch graph without them",
  },
  validate: {
    type: "bool",
    default: false,
    doc: "Check the archive against the schema of its class",
  },
  schema: { type: "path", doc: "Check against this schema file (implies --validate)" },
  verbose: { type: "enum", values: LEVELS, default: "info", doc: "Log level" },
  key: {
    type: "string",
    secret: true,
    doc: "Encryption key; this version writes plain archives and refuses one",
  },
  "export-subnet": {
    type: "string",
    doc: "Export one part of the model only; not in this version",
  },
  "cache-support": {
    type: "bool",
    default: false,
    doc: "Cache-aware streaming graph; not in this version",
  },
  device: { type: "string", group: "Accepted without effect", doc: "Device of a PyTorch export" },
  autocast: {
    type: "bool",
    group: "Accepted without effect",
    doc: "Mixed precision of a PyTorch export",
  },
  "max-batch": {
    type: "int",
    min: 1,
    group: "Accepted without effect",
    doc: "Rows of the example input; batches are free",
  },
  "max-dim": {
    type: "int",
    min: 1,
    group: "Accepted without effect",
    doc: "Frames of the example input; lengths are free",
  },
  "runtime-check": {
    type: "bool",
    group: "Accepted without effect",
    doc: "Comparison with PyTorch after the export",
  },
});
type Options = OptionValues<typeof options>;

export const command = defineCommand({
  name: "nemo2riva",
  summary:
    "Convert a trained .nemo checkpoint into a .riva archive. Needs neither PyTorch nor NeMo; nothing in the checkpoint is executed.",
  positionals: [{ name: "source", doc: "The .nemo checkpoint", required: true }],
  options,
  examples: [
    ["nemo2riva --out model.riva model.nemo", "convert"],
    ["nemo2riva --conv-mask model.nemo", "with a graph whose rows do not depend on the batch"],
    ["nemo2riva --export-config decoder_type=ctc hybrid.nemo", "the CTC head of a hybrid model"],
  ],
  run: async ({ values, given, positionals, context }) => {
    const [source = ""] = positionals;
    const log = logAt(values, context);
    refuseLater(values);
    for (const name of WITHOUT_EFFECT) {
      if (given.has(name))
        log(
          "INFO",
          `--${name} has no effect: the graph is built without PyTorch and takes any size`,
        );
    }
    const out = outputPath(source, values.out);
    log("INFO", `Restoring NeMo model from '${source}'`);
    const progress = drawProgress(context, `writing ${path.basename(out)}`);
    const report = (event: ConversionEvent): void => {
      if (event.kind === "progress") progress.update(event.writtenBytes);
      else if (event.kind === "warning") log("WARNING", event.text);
      else log("INFO", describeEvent(event, out));
    };
    const format = values.format === "TS" ? refuseTorchScript() : values.format;
    await nemoToRiva({
      source,
      out,
      force: values.force,
      format,
      convert: convertOptions(values),
      signal: context.signal,
      onEvent: report,
    }).finally(() => progress.clear());
    log("INFO", `Model saved to ${out}`);
    if (values.validate || values.schema !== undefined)
      await validateArchive(out, values.schema, log);
  },
});

/** Drops the lines below the level asked for. */
function logAt({ verbose }: Options, context: CommandContext): Logger {
  const threshold =
    { debug: 10, info: 20, warning: 30, error: 40, critical: 50 }[verbose as string] ??
    Number(verbose);
  const levels = { INFO: 20, WARNING: 30, ERROR: 40 };
  const log = logger(context);
  return (level, text) => {
    if (levels[level] >= threshold) log(level, text);
  };
}

/** The extension is always `.riva`, whatever was given; the original does the same. */
function outputPath(source: string, out: string | undefined): string {
  const { dir, name, ext } = path.parse(out ?? source);
  const stem = [".riva", ".nemo", ".tao", ".tlt", ".ejrvs", ".enemo"].includes(ext)
    ? name
    : `${name}${ext}`;
  return path.join(dir, `${stem}.riva`);
}

function convertOptions(values: Options): ConvertOptions {
  const {
    decoder_type: head,
    enable_ragged_batches: raggedBatches,
    enable_volume: volume,
    ...others
  } = values["export-config"] ?? {};
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) {
    throw new ToolError(
      "UNSUPPORTED",
      `--export-config ${unknown} has no meaning for this version`,
      {
        hint: "it knows decoder_type, enable_ragged_batches and enable_volume",
      },
    );
  }
  const decoderHead = DECODER_HEADS.find((name) => name === head);
  if (head !== undefined && decoderHead === undefined) {
    throw new ToolError("UNSUPPORTED", `decoder_type=${head} cannot be exported`, {
      hint: `choose decoder_type=${DECODER_HEADS.join(" or ")}, or --format NEMO to pass the checkpoint through`,
    });
  }
  return {
    opset: values["onnx-opset"],
    convMask: values["conv-mask"],
    nemoProfile: values["nemo-compat"],
    ...(decoderHead === undefined ? {} : { decoderHead }),
    ...(raggedBatches === undefined
      ? {}
      : { raggedBatches: parseFlag("enable_ragged_batches", raggedBatches) }),
    ...(volume === undefined ? {} : { volume: parseFlag("enable_volume", volume) }),
  };
}

/** A value of --export-config, in Python's spelling or in YAML's. */
function parseFlag(name: string, text: string): boolean {
  if (/^true$/i.test(text)) return true;
  if (/^false$/i.test(text)) return false;
  throw new ToolError("USAGE", `--export-config ${name}: expected true or false, got '${text}'`, {
    hint: `write ${name}=true or ${name}=false`,
  });
}

function refuseLater(values: Options): void {
  const refuse = (option: string, hint: string): never => {
    throw new ToolError("UNSUPPORTED", `--${option} is not in this version`, { hint });
  };
  if (values.key !== undefined)
    refuse("key", "leave it out: the archive is written plain, and every reader takes that");
  if (values["export-subnet"] !== undefined)
    refuse("export-subnet", "leave it out to export the whole model");
  if (values["cache-support"])
    refuse("cache-support", "leave it out for the graph without streaming caches");
}

function refuseTorchScript(): never {
  throw new ToolError("UNSUPPORTED", "--format TS: TorchScript can only be made by PyTorch", {
    hint: "use --format ONNX (the default), or --format NEMO to pass the checkpoint through",
  });
}

function describeEvent(
  event: Exclude<ConversionEvent, { kind: "progress" | "warning" }>,
  out: string,
): string {
  switch (event.kind) {
    case "restored":
      return `Model ${event.target} restored (${event.nemoVersion === undefined ? "saved before NeMo 1.7" : `saved by NeMo ${event.nemoVersion}`})`;
    case "artifacts":
      return `Retrieved artifacts: ${event.names.join(", ")}`;
    case "exporting":
      return event.conversion === undefined
        ? `Passing the checkpoint through as ${event.format}`
        : `Exporting with the ${event.conversion.architecture} converter`;
    case "unencrypted":
      return "The graph is stored plain; the original wants --key and encrypts it";
    case "saving":
      return `Saving to ${out}`;
  }
}
