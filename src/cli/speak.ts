/** `servicemaker speak`: a text through a Riva server, ours or any other, into a WAV file. */
import { wavHeader } from "../audio/pcm-encode.ts";
import { joinPieces } from "../audio/join-pieces.ts";
import { ToolError } from "../errors/tool-error.ts";
import { writeFileAtomically } from "../io/atomic-output.ts";
import { defineOptions, type OptionValues } from "../options/option.ts";
import { type CommandContext, defineCommand } from "./command.ts";
import { connectRiva, type RivaClient, type SynthesisRequest } from "./riva-client.ts";

const options = defineOptions({
  out: { type: "path", default: "speech.wav", doc: "WAV file to write" },
  force: { type: "bool", short: "f", default: false, doc: "Replace an existing file" },
  server: { type: "string", default: "127.0.0.1:50051", doc: "Address of the Riva API, host:port" },
  voice: {
    type: "string",
    default: "",
    doc: "Name of the voice; empty takes the language's first",
  },
  "language-code": { type: "string", default: "en-US", doc: "Language asked for" },
  "sample-rate": { type: "int", default: 22050, min: 8000, max: 96000, doc: "Of the audio, in Hz" },
  json: { type: "bool", default: false, doc: "Figures as one JSON object" },
});
type Options = OptionValues<typeof options>;

export const speak = defineCommand({
  name: "speak",
  summary: "Send a text to a Riva server and write the speech to a WAV file.",
  positionals: [{ name: "text", doc: "Plain text or SSML", required: true }],
  options,
  examples: [
    ['servicemaker speak "Hello, world." --out hello.wav', "from the server on this machine"],
    [
      "servicemaker speak \"<speak>One <break time='1s'/> two.</speak>\"",
      "with a pause, to speech.wav",
    ],
  ],
  run: async ({ values, positionals, context }) => {
    const client = connectRiva(values.server);
    try {
      await speakText(client, positionals[0] ?? "", values, context);
    } finally {
      client.close();
    }
  },
});

interface Speech {
  readonly pcm: Uint8Array;
  readonly processedText: string;
  /** Milliseconds from the request to the first audio and to the last. */
  readonly firstMs: number;
  readonly allMs: number;
}

async function speakText(
  client: RivaClient,
  text: string,
  values: Options,
  context: CommandContext,
): Promise<void> {
  const speech = await receive(
    client,
    {
      text,
      voiceName: values.voice,
      languageCode: values["language-code"],
      sampleRateHz: values["sample-rate"],
    },
    context,
  );
  const { out, force } = values;
  await writeFileAtomically(out, { force }, async (sink) => {
    await sink.write(wavHeader(speech.pcm.length, values["sample-rate"]));
    await sink.write(speech.pcm);
  });
  const seconds = speech.pcm.length / 2 / values["sample-rate"];
  const figures = {
    out,
    seconds,
    firstAudioMs: speech.firstMs,
    allMs: speech.allMs,
    realTimeFactor: seconds === 0 ? 0 : speech.allMs / 1000 / seconds,
    processedText: speech.processedText,
  };
  context.out(values.json ? `${JSON.stringify(figures)}\n` : formatFigures(figures));
}

async function receive(
  client: RivaClient,
  request: SynthesisRequest,
  { signal }: CommandContext,
): Promise<Speech> {
  const pieces: Uint8Array[] = [];
  const texts: string[] = [];
  const started = performance.now();
  let firstMs = 0;
  for await (const { audio, meta } of client.synthesizeOnline(request)) {
    if (signal.aborted) throw new ToolError("CANCELLED", "stopped", { hint: "start again" });
    if (pieces.length === 0) firstMs = performance.now() - started;
    pieces.push(audio);
    if (meta !== undefined && meta.processedText !== "") texts.push(meta.processedText);
  }
  return {
    pcm: joinPieces(pieces),
    processedText: texts.join(" "),
    firstMs,
    allMs: performance.now() - started,
  };
}

function formatFigures(figures: {
  readonly out: string;
  readonly seconds: number;
  readonly firstAudioMs: number;
  readonly allMs: number;
  readonly realTimeFactor: number;
  readonly processedText: string;
}): string {
  const { out, seconds, firstAudioMs, allMs, realTimeFactor, processedText } = figures;
  return [
    `${out}: ${seconds.toFixed(2)} s of speech: ${processedText}`,
    `  first audio after ${firstAudioMs.toFixed(0)} ms, all after ${allMs.toFixed(0)} ms`,
    `  real-time factor ${realTimeFactor.toFixed(3)}`,
    "",
  ].join("\n");
}
