/** Every documented `riva-build speech_recognition` command line means here what it means there. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { sharedRoot, skipWithoutShared } from "../../../test/support/paths.ts";
import { isToolError } from "../../errors/tool-error.ts";
import { parseArchiveRef } from "../../options/archive-ref.ts";
import { defineOptions } from "../../options/option.ts";
import { splitWords, typeOptions } from "../../options/parse.ts";
import { parseHydraCommand } from "../hydra.ts";
import { resolveChunks } from "./chunks.ts";
import { decoderTypeOf } from "./decoder.ts";
import { checkOptions, modeOf } from "./option-checks.ts";
import { checkSupported, noticesOfOptions, type Given } from "./option-effects.ts";
import { speechRecognitionOptions } from "./options.ts";

type Scalar = string | number | boolean | null;

interface Expected {
  readonly action: string;
  readonly output: { path: string; key: string | null };
  readonly inputs: { path: string; key: string | null; nemo2riva?: Record<string, Scalar> }[];
  readonly force: boolean;
  readonly mode: { offline: boolean | null; streaming: boolean | null };
  readonly name?: string;
  readonly language_code?: string;
  readonly chunk?: Record<string, number>;
  readonly decoder?: { type?: string; language_model?: boolean };
  readonly batch?: { max_batch_size?: number };
  readonly artifacts?: Record<string, string>;
  readonly steps?: Record<string, Record<string, Scalar>>;
  readonly options?: Record<string, Scalar>;
}

interface Command {
  readonly id: string;
  readonly tool: string;
  readonly pipeline: string | null;
  readonly style: "classic" | "hydra";
  readonly argv: string[];
  readonly expects?: Expected;
}

function corpus(): Command[] {
  if (sharedRoot === undefined) return [];
  const file = path.join(sharedRoot, "corpus/riva-build/commands.jsonl");
  return readFileSync(file, "utf8")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Command)
    .filter(({ tool, pipeline }) => tool === "riva-build" && pipeline === "speech_recognition");
}

const table = defineOptions({
  ...speechRecognitionOptions,
  force: { type: "bool", short: "f", default: false, doc: "Overwrite" },
  help: { type: "bool", short: "h", default: false, doc: "Help" },
});

function parse({ style, argv }: Command) {
  if (style === "classic") {
    const words = splitWords(argv.slice(2), table);
    const [output, ...inputs] = words.positionals;
    return { ...typeOptions(words.options, table), output, inputs, sources: [] };
  }
  const { options, output, inputs } = parseHydraCommand(argv.slice(1));
  const words = splitWords(
    options.map(({ name, value }) => `--${name}=${value}`),
    table,
  );
  const parsed = typeOptions(words.options, table);
  return { ...parsed, output, inputs: inputs.map((input) => input.reference), sources: inputs };
}

/** Our name for an option that had another one in older versions. */
function currentName(name: string): string {
  const owner = Object.entries(table).find(([, spec]) =>
    (spec as { aliases?: readonly string[] }).aliases?.includes(name),
  );
  return owner?.[0] ?? name;
}

/** Values of steps that are not in this version stay text: `20.` and 20 are one value. */
function comparable(value: unknown): unknown {
  if (typeof value === "boolean") return String(value);
  const text = String(value);
  if (/^(true|false)$/i.test(text)) return text.toLowerCase();
  return text !== "" && Number.isFinite(Number(text)) ? Number(text) : text;
}

const isUnknown = (value: unknown): boolean => typeof value === "string" && /[<$]/.test(value);

function check(command: Command, expects: Expected): void {
  const { values, given, output, inputs, sources } = parse(command);
  const value = (name: string): unknown => (values as Record<string, unknown>)[currentName(name)];
  const reference = (text: string) => {
    const { path: file, key } = parseArchiveRef(text);
    return { path: file, key: key ?? null };
  };
  assert.deepEqual(reference(output as string), {
    path: expects.output.path,
    key: expects.output.key,
  });
  assert.deepEqual(
    inputs.filter((text) => text.trim() !== "").map(reference),
    expects.inputs.map(({ path: file, key }) => ({ path: file, key })),
  );
  expects.inputs.forEach(({ nemo2riva }, i) => {
    if (nemo2riva === undefined) return;
    const settings = Object.entries(sources[i]?.nemo2riva ?? {});
    assert.deepEqual(
      settings,
      Object.entries(nemo2riva).map(([key, item]) => [key, String(item)]),
    );
  });
  assert.equal(values.force, expects.force);
  for (const key of ["offline", "streaming"] as const) {
    if (expects.mode[key] !== null) assert.equal(values[key], expects.mode[key], key);
  }
  const flat: Record<string, unknown> = {
    ...(expects.name === undefined ? {} : { name: expects.name }),
    ...(expects.language_code === undefined ? {} : { language_code: expects.language_code }),
    ...(expects.decoder?.type === undefined ? {} : { decoder_type: expects.decoder.type }),
    ...(expects.batch?.max_batch_size === undefined
      ? {}
      : { max_batch_size: expects.batch.max_batch_size }),
    ...expects.artifacts,
    ...expects.options,
  };
  for (const [step, parameters] of Object.entries(expects.steps ?? {})) {
    for (const [name, item] of Object.entries(parameters)) flat[`${step}.${name}`] = item;
  }
  for (const [name, item] of Object.entries(flat)) {
    assert.equal(comparable(value(name)), comparable(item), name);
    assert(given.has(currentName(name) as never), `${name} was given`);
  }
}

/** Wishes that this version refuses by name. */
function isRefused(expects: Expected): boolean {
  const names = [...Object.keys(expects.artifacts ?? {}), ...Object.keys(expects.options ?? {})];
  return (
    /^(kaldi|nemo|pass_through)$/.test(expects.decoder?.type ?? "greedy") ||
    names.some((name) =>
      /^(wfst_|vad_|diarization_|speech_hints|profane|endpointing_type)/.test(name),
    )
  );
}

/** The decoder of command lines that do not say which but bring a language model. */
function expectedDecoder({ decoder, artifacts = {}, steps = {} }: Expected): string {
  if (decoder?.type !== undefined) return decoder.type;
  if (!Object.keys(artifacts).some((name) => name.startsWith("decoding_"))) return "greedy";
  return "lm_decoder_cpu" in steps ? "os2s" : "flashlight";
}

for (const command of corpus()) {
  const { id, expects } = command;
  if (expects === undefined || expects.action !== "build") continue;
  test(`${id} parses as documented`, () => check(command, expects));

  test(`${id} is ${isRefused(expects) ? "refused by name" : "carried out"}`, () => {
    const { values, given } = parse(command);
    const support = () => checkSupported(values, given as Given);
    if (isRefused(expects)) {
      assert.throws(
        support,
        (e) => isToolError(e, "UNSUPPORTED") && e.message.includes("not in this version"),
      );
      return;
    }
    support();
    assert.equal(decoderTypeOf(values, given as Given), expectedDecoder(expects));
    for (const notice of noticesOfOptions(values, given as Given))
      assert(/(has|have) no effect|is not given/.test(notice.text), notice.text);
    if (!isUnknown(values.name) && !isUnknown(values.language_code)) checkOptions(values);
    const { chunk } = expects;
    const chunks = resolveChunks(modeOf(values), values, chunk?.["ms_per_timestep"] ?? 80);
    if (chunk === undefined) return;
    assert.deepEqual(
      [chunks.chunkSeconds, chunks.leftPaddingSeconds, chunks.rightPaddingSeconds],
      [
        chunk["chunk_size_s"] ?? chunks.chunkSeconds,
        chunk["left_padding_s"] ?? chunks.leftPaddingSeconds,
        chunk["right_padding_s"] ?? chunks.rightPaddingSeconds,
      ],
    );
  });
}

test("the corpus is there", { skip: skipWithoutShared }, () => {
  assert(corpus().length > 50, `${corpus().length} commands`);
});
