import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { projectRoot } from "../../../test/support/paths.ts";
import { buildVoice, convertVoice, VOICE_NAME } from "../../../test/support/voice.ts";
import { nemoToRiva } from "../../converters/nemo-to-riva.ts";
import type { ErrorCode } from "../../errors/codes.ts";
import { isToolError } from "../../errors/tool-error.ts";
import { openRmir } from "../../formats/rmir/read.ts";
import { findStep } from "../../steps/registry.ts";
import { tensor } from "../../tensor/tensor.ts";
import type { PlannedModel } from "../planned-model.ts";
import { planSpeechSynthesisModels } from "./models.ts";
import { parseSubvoices } from "./subvoices.ts";

const folder = mkdtempSync(path.join(tmpdir(), "speech-synthesis-build-"));
after(() => rmSync(folder, { recursive: true }));
const inFolder = (name: string): string => path.join(folder, name);

let voice: [string, string];
/** Models with random weights: four speakers and 16 mels, a vocoder of 20 mels. */
const speakers = inFolder("multispeaker.riva");
const otherVocoder = inFolder("other-vocoder.riva");

before(async () => {
  voice = await convertVoice(folder);
  for (const [name, out] of [
    ["fastpitch-multispeaker", speakers],
    ["hifigan-resblock1", otherVocoder],
  ] as const) {
    const source = path.join(projectRoot, `test/fixtures/nemo/${name}/model.nemo`);
    await nemoToRiva({ source, out, force: false, format: "ONNX", convert: {} });
  }
});

function file(name: string, content: string): string {
  writeFileSync(inFolder(name), content);
  return inFolder(name);
}

async function models(options: Readonly<Record<string, string>>): Promise<readonly PlannedModel[]> {
  const out = inFolder("voice.rmir");
  await buildVoice(out, voice, options);
  const rmir = await openRmir(out);
  const planned = await planSpeechSynthesisModels(rmir, {});
  await rmir.close();
  return planned;
}

test("the models have the original's names, in its order", async () => {
  const planned = await models({});
  assert.deepEqual(
    planned.map(({ component, config }) => [component, config.name]),
    [
      ["preprocessor", `tts_preprocessor-${VOICE_NAME}`],
      ["encoderFastPitch", `riva-onnx-fastpitch_encoder-${VOICE_NAME}`],
      ["chunkerFastPitch", `spectrogram_chunker-${VOICE_NAME}`],
      ["hifigan", `riva-onnx-hifigan-${VOICE_NAME}`],
      ["postprocessor", `tts_postprocessor-${VOICE_NAME}`],
      ["self", `fastpitch_hifigan_ensemble-${VOICE_NAME}`],
    ],
  );
});

/** Wiring of a public server log: input and output maps of the five models. */
const ORIGINAL_WIRING = [
  [
    { input_string: "INPUT" },
    {
      output: "input_encoder",
      is_last_sentence: "chunker_is_last_sentence",
      output_string: "PROCESSED_TEXT",
      sentence_num: "SENTENCE_NUM",
      pitch: "input_encoder_pitch",
      duration: "input_encoder_dur",
      volume: "input_volume",
    },
  ],
  [
    {
      text: "input_encoder",
      pitch: "input_encoder_pitch",
      pace: "input_encoder_dur",
      volume: "input_volume",
    },
    {
      spect: "output_encoder",
      num_frames: "num_valid_frames_encoder",
      durs_predicted: "durs_predicted",
      volume_aligned: "volume_out",
    },
  ],
  [
    {
      SPECTROGRAM: "output_encoder",
      IS_LAST_SENTENCE: "chunker_is_last_sentence",
      NUM_VALID_FRAMES_IN: "num_valid_frames_encoder",
      SENTENCE_NUM: "SENTENCE_NUM",
      DURATIONS: "durs_predicted",
      PROCESSED_TEXT: "PROCESSED_TEXT",
      VOLUME: "volume_out",
    },
    {
      SPECTROGRAM_CHUNK: "spectrogram_chunk",
      END_FLAG: "END_FLAG",
      NUM_VALID_SAMPLES_OUT: "num_valid_samples",
      SENTENCE_NUM: "OUT_SENTENCE_NUM",
      DURATIONS: "OUT_DURATIONS",
      PROCESSED_TEXT: "OUT_PROCESSED_TEXT",
      VOLUME: "OUT_VOLUME",
    },
  ],
  [{ spec: "spectrogram_chunk" }, { audio: "audio_chunk" }],
  [
    { INPUT: "audio_chunk", NUM_VALID_SAMPLES: "num_valid_samples", Prosody_volume: "OUT_VOLUME" },
    { OUTPUT: "OUTPUT" },
  ],
];

test("the ensemble has the original's wiring, and its parameters", async () => {
  const { config } = (await models({ language_code: "en-GB" })).at(-1) as PlannedModel;
  assert.ok(config.schedulingChoice.case === "ensembleScheduling");
  for (const [i, step] of config.schedulingChoice.value.step.entries()) {
    const [inputs, outputs] = ORIGINAL_WIRING[i] as [object, object];
    assert.deepEqual({ ...step.inputMap, ...inputs }, { ...step.inputMap });
    assert.deepEqual({ ...step.outputMap, ...outputs }, { ...step.outputMap });
  }
  const parameters = Object.entries(config.parameters).map(([key, { stringValue }]) => [
    key,
    stringValue,
  ]);
  assert.deepEqual(Object.fromEntries(parameters), {
    servicemaker_pipeline: "speech_synthesis",
    language_code: "en-GB",
    voice_name: VOICE_NAME,
    subvoices: "",
    sample_rate: "22050",
    num_speakers: "1",
    num_samples_per_frame: "256",
  });
});

test("options reach their models", async () => {
  const planned = await models({
    chunk_length: "100",
    max_batch_size: "3",
    "hifigan.max_batch_size": "2",
    "postprocessor.max_batch_size": "5",
    "preprocessor.max_sequence_length": "77",
    "preprocessor.g2p_ignore_ambiguous": "true",
    phone_set: "arpabet",
    abbreviations_file: file("abbr.txt", "Xy.\texample\n"),
    phone_dictionary_file: file("words, mine.txt", "EXAMPLE  HH AH0 L OW1\n"),
  });
  const parameter = (component: string, name: string): string | undefined =>
    planned.find((model) => model.component === component)?.config.parameters[name]?.stringValue;
  assert.equal(parameter("chunkerFastPitch", "chunk_length"), "100");
  assert.equal(parameter("preprocessor", "max_sequence_length"), "77");
  assert.equal(parameter("preprocessor", "phone_set"), "arpabet");
  assert.equal(parameter("preprocessor", "phone_dictionary_path"), "words__mine.txt");
  assert.deepEqual(
    planned.map(({ config }) => config.maxBatchSize),
    [3, 0, 3, 2, 5, 1],
  );
});

test("dictionary and abbreviations of options are what is spoken", async () => {
  const out = inFolder("words.rmir");
  await buildVoice(out, voice, {
    abbreviations_file: file("abbr2.txt", "Xy.\texample\n"),
    arpabet_file: file("words.txt", "EXAMPLE  HH AH0 L OW1\n"),
  });
  const rmir = await openRmir(out);
  const { description, files } = rmir;
  const preprocessor = description.components.find(({ name }) => name === "preprocessor");
  const own = preprocessor?.parameters["step_parameters"] as Record<string, string>;
  const contents: Record<string, Uint8Array> = {};
  for (const [key, stored] of Object.entries(preprocessor?.files ?? {})) {
    const source = files.get(stored);
    if (source !== undefined) contents[own[key] as string] = await source.read(0, source.sizeBytes);
  }
  await rmir.close();
  const parameters = Object.fromEntries(Object.entries(own).map(([k, v]) => [k, String(v)]));
  const step = findStep("tts-preprocessor").load({ parameters, files: contents });
  const outputs = step.run(
    {
      input_string: tensor("string", ["Xy."], [1, 1]),
      sentence: tensor("int32", Int32Array.of(0), [1, 1]),
    },
    step.open(),
    { start: true, end: true },
  );
  assert.deepEqual(outputs["output_string"]?.data, ["example."]);
  assert.deepEqual([...(outputs["output"]?.data ?? [])].map(Number), [0, 7, 31, 10, 59, 98, 0]);
});

test("what has no effect is said once, and the order of the archives does not matter", async () => {
  const plan = await buildVoice(inFolder("notices.rmir"), [voice[1], voice[0]], {
    num_mels: "350",
    num_samples_per_frame: "256",
    upper_case_chars: "True",
    "encoderFastPitch.max_batch_size": "1",
    enable_emphasis_tag: "True",
    language_code: "de-DE",
  });
  assert.deepEqual(plan.notices.map(({ option }) => option).sort(), [
    "enable_emphasis_tag",
    "language_code",
    "num_mels",
    "upper_case_chars",
  ]);
});

const refusals: [string, Readonly<Record<string, string>>, ErrorCode, RegExp][] = [
  ["another rate", { sample_rate: "44100" }, "USAGE", /22050/],
  ["another number of speakers", { num_speakers: "2" }, "USAGE", /has 1/],
  ["a speaker too many", { subvoices: "a:0,b:1" }, "USAGE", /b is speaker 1/],
  ["no list of speakers", { subvoices: "a" }, "USAGE", /name:index/],
  ["a voice that is no folder", { voice_name: "a/b" }, "USAGE", /folder/],
  ["no language", { language_code: "en_US" }, "USAGE", /BCP-47/],
  ["a grammar", { wfst_tokenizer_model: "words.txt" }, "UNSUPPORTED", /grammar/],
  ["a missing file", { abbreviations_file: "missing.txt" }, "NOT_FOUND", /no such file/],
  ["another alphabet", { phone_set: "ipa" }, "INVALID_CONFIG", /expected arpabet, got "ipa"/],
  ["a dictionary without phones", { phone_dictionary_file: "bad.txt" }, "INVALID_FILE", /./],
  ["abbreviations without meaning", { abbreviations_file: "bad.txt" }, "INVALID_FILE", /./],
];

for (const [what, options, code, message] of refusals) {
  test(`refused: ${what}`, async () => {
    file("bad.txt", "GOOD  G UH1 D\nBAD\n");
    file("words.txt", "EXAMPLE  HH AH0 L OW1\n");
    const absolute = Object.fromEntries(
      Object.entries(options).map(([name, value]) => [
        name,
        value.endsWith(".txt") ? inFolder(value) : value,
      ]),
    );
    await assert.rejects(
      buildVoice(inFolder("refused.rmir"), voice, absolute),
      (error: unknown) => {
        assert.ok(isToolError(error, code), String(error));
        assert.match(error.message, message);
        if (code === "INVALID_FILE") assert.match(error.at.join(), /line [12]/);
        return true;
      },
    );
  });
}

test("refused: models that do not belong together", async () => {
  const build = (...archives: string[]) => buildVoice(inFolder("refused.rmir"), archives);
  const refuses = async (archives: string[], code: ErrorCode, message: RegExp): Promise<void> => {
    await assert.rejects(build(...archives), (error: unknown) => {
      assert.ok(isToolError(error, code), String(error));
      assert.match(error.message, message);
      return true;
    });
  };
  await refuses([voice[0], otherVocoder], "INVALID_CONFIG", /different mel .*bands 80 and 20/);
  await refuses([speakers, voice[1]], "INVALID_CONFIG", /different mel .*bands/);
  await refuses([voice[0]], "USAGE", /missing a vocoder/);
  await refuses([voice[1]], "USAGE", /missing a spectrogram model/);
  await refuses([voice[0], voice[0]], "UNSUPPORTED_ARCHITECTURE", /FastPitchModel.*no vocoder/);
  const recogniser = path.join(projectRoot, "test/fixtures/riva/fastconformer-ctc-bpe.riva");
  await refuses([recogniser, voice[1]], "UNSUPPORTED_ARCHITECTURE", /no spectrogram model/);
});

test("subvoices", () => {
  assert.equal(parseSubvoices("Female-1:0, Male-1:1", 2), "Female-1:0,Male-1:1");
  assert.equal(parseSubvoices(undefined, 3), "0:0,1:1,2:2");
  assert.equal(parseSubvoices("", 1), "");
});
