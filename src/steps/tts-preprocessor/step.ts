/**
 * The text side of a synthesis pipeline as a step: a request's text becomes sentences, and each
 * request of the sequence gets the tokens of the sentence that it asks for, with rate, pitch and
 * volume for each of them. A request for a sentence that was given already gets a stand-in of one
 * token that nothing reads: the chunker is still busy with the sentence itself.
 */
import { ToolError } from "../../errors/tool-error.ts";
import { tensor } from "../../tensor/tensor.ts";
import type { Tensors } from "../../tensor/tensor.ts";
import { cutTokens } from "../../text/speech-front-end/cut-tokens.ts";
import { speechFrontEnd } from "../../text/speech-front-end/front-end.ts";
import type { SpeechFrontEnd, SpeechSentence } from "../../text/speech-front-end/front-end.ts";
import { readSpeechVoice } from "../../text/speech-front-end/voice-files.ts";
import type { SpeechTokenizer } from "../../text/speech-tokens/tokenizer.ts";
import { alphabetOf } from "../../text/speech-tokens/vocabulary.ts";
import type { Prosody } from "../../text/ssml/prosody.ts";
import { invalidInput, readInput, readScalar } from "../inputs.ts";
import { fileParameter, numberParameter, optionalFileParameter, wrong } from "../parameters.ts";
import type { SequenceFlags, StepSetup } from "../step.ts";
import { defineStep } from "../step.ts";

interface Settings {
  readonly frontEnd: SpeechFrontEnd;
  readonly space: number;
  readonly maxTokens: number;
  /** Standard deviation of the voice's pitch in Hz: the unit of the network's pitch input. */
  readonly pitchDeviationHz: number;
}

interface State {
  sentences: readonly SpeechSentence[];
  /** Number of the next sentence; those before it were given. */
  next: number;
}

/** Half an hour of speech; what is longer is better sent in several requests. */
export const MAX_TEXT_CHARACTERS = 100_000;

export const ttsPreprocessor = defineStep<State>({
  name: "tts-preprocessor",
  doc: "text or SSML to the token ids of sentences, with the prosody of each token",
  stateful: true,
  inputs: [
    { name: "input_string", dtype: "string", dims: [1] },
    { name: "sentence", dtype: "int32", dims: [1] },
    { name: "custom_dictionary", dtype: "string", dims: [1], optional: true },
  ],
  outputs: [
    { name: "output", dtype: "int64", dims: [-1] },
    { name: "output_length", dtype: "int32", dims: [1] },
    { name: "output_string", dtype: "string", dims: [1] },
    { name: "is_last_sentence", dtype: "int32", dims: [1] },
    { name: "sentence_num", dtype: "int32", dims: [1] },
    { name: "pitch", dtype: "float32", dims: [-1] },
    { name: "duration", dtype: "float32", dims: [-1] },
    { name: "volume", dtype: "float32", dims: [-1] },
    { name: "pause", dtype: "float32", dims: [1] },
  ],
  load: (setup) => {
    const settings = parseSettings(setup);
    return {
      open: () => ({ sentences: [], next: 0 }),
      run: (inputs, state, flags) => takeSentence(inputs, state, flags, settings),
    };
  },
});

function parseSettings(setup: StepSetup): Settings {
  const maxTokens = numberParameter(setup, "max_sequence_length", { min: 10, isWhole: true });
  const { tokenizer, abbreviations } = readSpeechVoice({
    tokenizerConfig: fileParameter(setup, "tokenizer_config"),
    mapping: optionalFileParameter(setup, "mapping_file"),
    abbreviations: optionalFileParameter(setup, "abbreviations_file"),
    files: setup.files,
  });
  checkPhoneSet(setup, tokenizer);
  return {
    frontEnd: speechFrontEnd({
      tokenizer,
      maxSentenceLength: maxTokens,
      ...(abbreviations === undefined ? {} : { abbreviations }),
    }),
    space: tokenizer.vocabulary.space,
    maxTokens,
    pitchDeviationHz: numberParameter(setup, "pitch_std", { min: 0 }),
  };
}

/** A repository may say which alphabet it is built for; then the tokens must be of it. */
function checkPhoneSet({ parameters }: StepSetup, { vocabulary }: SpeechTokenizer): void {
  const expected = parameters["phone_set"] ?? "";
  const found = alphabetOf(vocabulary) ?? "letters";
  if (expected !== "" && expected !== found) throw wrong("phone_set", found, expected);
}

function takeSentence(
  inputs: Tensors,
  state: State,
  flags: SequenceFlags,
  settings: Settings,
): Tensors {
  if (flags.start) state.sentences = readSentences(inputs, settings);
  const wanted = readScalar(inputs, "sentence", "int32");
  const { sentences, next } = state;
  if (wanted !== next && wanted !== next - 1) {
    throw invalidInput("sentence", `expected ${next} or the one before it, got ${wanted}`);
  }
  const sentence = wanted === next ? sentences[next] : undefined;
  if (wanted === next) state.next = Math.min(next + 1, Math.max(1, sentences.length));
  const isLast = wanted >= sentences.length - 1;
  return sentenceTensors(sentence, { number: wanted, isLast }, settings);
}

function readSentences(
  inputs: Tensors,
  { frontEnd, space, maxTokens }: Settings,
): readonly SpeechSentence[] {
  const [text = ""] = readInput(inputs, "input_string", "string");
  if (text.length > MAX_TEXT_CHARACTERS) {
    throw new ToolError(
      "LIMIT_EXCEEDED",
      `a text of ${text.length} characters, at most ${MAX_TEXT_CHARACTERS} are read`,
      { at: "input input_string", hint: "send the text in several requests" },
    );
  }
  const custom =
    inputs["custom_dictionary"] === undefined
      ? ""
      : (readInput(inputs, "custom_dictionary", "string")[0] ?? "");
  return frontEnd
    .prepare(text, custom)
    .flatMap((sentence) => cutTokens(sentence, space, maxTokens));
}

/** Without a sentence, or with one that is a pause, the tokens are one blank to be thrown away. */
function sentenceTensors(
  sentence: SpeechSentence | undefined,
  { number, isLast }: { readonly number: number; readonly isLast: boolean },
  { space, pitchDeviationHz }: Settings,
): Tensors {
  const spoken = sentence?.ids.length ?? 0;
  const ids = spoken === 0 ? [space] : (sentence?.ids ?? []);
  const perToken = (valueOf: (prosody: Prosody) => number, standIn: number) =>
    tensor(
      "float32",
      Float32Array.from(ids, (_, n) => {
        const prosody = sentence?.prosody[n];
        return prosody === undefined ? standIn : valueOf(prosody);
      }),
      [1, ids.length],
    );
  const flag = (value: number) => tensor("int32", Int32Array.of(value), [1, 1]);
  return {
    output: tensor("int64", BigInt64Array.from(ids, BigInt), [1, ids.length]),
    output_length: flag(spoken),
    output_string: tensor("string", [sentence?.text ?? ""], [1, 1]),
    is_last_sentence: flag(isLast ? 1 : 0),
    sentence_num: flag(number),
    pitch: perToken(({ pitch }) => inDeviations(pitch, pitchDeviationHz), 0),
    duration: perToken(({ rate }) => rate, STAND_IN_PACE),
    volume: perToken(({ volume }) => volume, 1),
    pause: tensor("float32", Float32Array.of(sentence?.pauseSeconds ?? 0), [1, 1]),
  };
}

/** Slow, so that the stand-in is not rounded to no frame at all, which some networks cannot take. */
const STAND_IN_PACE = 0.25;

function inDeviations({ value, unit }: Prosody["pitch"], deviationHz: number): number {
  if (unit === "deviation") return value;
  return deviationHz === 0 ? 0 : value / deviationHz;
}
