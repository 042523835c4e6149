/** `servicemaker transcribe`: recordings through a Riva server, ours or any other. */
import { ToolError } from "../errors/tool-error.ts";
import { readFileBytes } from "../io/folder.ts";
import { defineOptions, type OptionValues } from "../options/option.ts";
import { type CommandContext, defineCommand } from "./command.ts";
import { connectRiva, type RecognitionSettings, type RivaClient } from "./riva-client.ts";

/** A gRPC message cannot be larger. */
const MAX_AUDIO_BYTES = 2 ** 30;

const options = defineOptions({
  server: { type: "string", default: "127.0.0.1:50051", doc: "Address of the Riva API, host:port" },
  streaming: {
    type: "bool",
    default: false,
    doc: "Send the recording in pieces, as a microphone would",
  },
  "chunk-bytes": { type: "int", default: 3200, min: 1, doc: "Size of a piece when streaming" },
  interim: { type: "bool", default: false, doc: "Print interim results too (with --streaming)" },
  "word-times": {
    type: "bool",
    default: false,
    doc: "Print start and end of each word in seconds",
  },
  punctuation: {
    type: "bool",
    default: false,
    doc: "Punctuate and capitalise, by a punctuation pipeline of the server",
  },
  "language-code": { type: "string", default: "en-US", doc: "Language asked for" },
  model: {
    type: "string",
    default: "",
    doc: "Name of the deployed pipeline; empty lets the server choose",
  },
  json: { type: "bool", default: false, doc: "One JSON object a recording" },
});
type Options = OptionValues<typeof options>;

interface Word {
  readonly word: string;
  readonly startMs: number;
  readonly endMs: number;
}

interface Transcript {
  readonly transcript: string;
  readonly words: readonly Word[];
}

export const transcribe = defineCommand({
  name: "transcribe",
  summary: "Send recordings to a Riva server and print their transcripts.",
  positionals: [
    { name: "audio", doc: "WAV, FLAC or Ogg Opus files", required: true, variadic: true },
  ],
  options,
  examples: [
    ["servicemaker transcribe call.wav", "offline, from the server on this machine"],
    [
      "servicemaker transcribe --streaming --interim --word-times call.wav",
      "streaming, as a caption would",
    ],
  ],
  run: async ({ values, positionals, context }) => {
    const client = connectRiva(values.server);
    try {
      for (const file of positionals) await transcribeFile(client, file, values, context);
    } finally {
      client.close();
    }
  },
});

async function transcribeFile(
  client: RivaClient,
  file: string,
  values: Options,
  context: CommandContext,
): Promise<void> {
  const audio = await readFileBytes(file, MAX_AUDIO_BYTES);
  const config: RecognitionSettings = {
    languageCode: values["language-code"],
    model: values.model,
    maxAlternatives: 1,
    enableWordTimeOffsets: values["word-times"],
    enableAutomaticPunctuation: values.punctuation,
    verbatimTranscripts: true,
  };
  const started = performance.now();
  const result = values.streaming
    ? await streamed(client, audio, config, values, context)
    : await offline(client, audio, config);
  const seconds = (performance.now() - started) / 1000;
  if (context.signal.aborted) throw new ToolError("CANCELLED", "stopped", { hint: "start again" });
  if (values.json) context.out(`${JSON.stringify({ file, ...result, seconds })}\n`);
  else context.out(formatTranscript(file, result, values["word-times"]));
}

async function offline(
  client: RivaClient,
  audio: Uint8Array,
  config: RecognitionSettings,
): Promise<Transcript> {
  const { results } = await client.recognize(audio, config);
  return joinTranscripts(results.map((result) => result.alternatives[0]));
}

async function streamed(
  client: RivaClient,
  audio: Uint8Array,
  config: RecognitionSettings,
  values: Options,
  context: CommandContext,
): Promise<Transcript> {
  const finals: Alternative[] = [];
  for await (const response of client.streamingRecognize(
    cut(audio, values["chunk-bytes"]),
    config,
    values.interim,
  )) {
    for (const result of response.results) {
      const alternative = result.alternatives[0];
      if (result.isFinal) finals.push(alternative);
      else if (!values.json) context.log(`  … ${alternative?.transcript ?? ""}\n`);
    }
  }
  return joinTranscripts(finals);
}

type Alternative =
  | {
      readonly transcript: string;
      readonly words: readonly { word: string; startTime: number; endTime: number }[];
    }
  | undefined;

function joinTranscripts(alternatives: readonly Alternative[]): Transcript {
  return {
    transcript: alternatives
      .map((alternative) => alternative?.transcript.trim() ?? "")
      .filter((text) => text !== "")
      .join(" "),
    words: alternatives.flatMap((alternative) =>
      (alternative?.words ?? []).map(({ word, startTime, endTime }) => ({
        word,
        startMs: startTime,
        endMs: endTime,
      })),
    ),
  };
}

function* cut(bytes: Uint8Array, size: number): Generator<Uint8Array> {
  for (let start = 0; start < bytes.byteLength; start += size)
    yield bytes.subarray(start, start + size);
}

function formatTranscript(
  file: string,
  { transcript, words }: Transcript,
  withTimes: boolean,
): string {
  const seconds = (ms: number): string => (ms / 1000).toFixed(2).padStart(6);
  const lines = words.map(
    ({ word, startMs, endMs }) => `  ${seconds(startMs)} – ${seconds(endMs)}  ${word}`,
  );
  return [`${file}: ${transcript}`, ...(withTimes ? lines : []), ""].join("\n");
}
