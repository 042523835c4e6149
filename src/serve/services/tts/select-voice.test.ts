import assert from "node:assert/strict";
import { test } from "node:test";
import { create } from "@bufbuild/protobuf";
import { isToolError } from "../../../errors/tool-error.ts";
import { ModelConfigSchema } from "../../../gen/model_config_pb.ts";
import type { Engine, ModelSummary } from "../../engine/engine.ts";
import { getConfig } from "./get-config.ts";
import { selectVoice } from "./select-voice.ts";
import { findVoices } from "./voices.ts";

function ensemble(
  voice: string,
  language: string,
  more: Record<string, string> = {},
): ModelSummary {
  const values = {
    servicemaker_pipeline: "speech_synthesis",
    voice_name: voice,
    language_code: language,
    sample_rate: "22050",
    ...more,
  };
  const parameters = Object.fromEntries(
    Object.entries(values).map(([key, stringValue]) => [key, { stringValue }]),
  );
  const name = `fastpitch_hifigan_ensemble-${voice}`;
  return { name, version: "1", config: create(ModelConfigSchema, { name, parameters }) };
}

const engineOf = (...models: ModelSummary[]): Engine => ({
  models: () => models,
  infer: () => Promise.reject(new Error("not asked")),
  close: async () => {},
});
const voices = findVoices(
  engineOf(
    ensemble("Deutsch", "de-DE"),
    ensemble("English-US", "en-US", { subvoices: "Female-1:3,Male-1:5" }),
    ensemble("English-US.Old", "en-US"),
    ensemble("Spanish", "es"),
  ),
);

/** Wish → ensemble's voice and speaker. */
const found: [voiceName: string, languageCode: string, voice: string, speaker: number][] = [
  ["", "", "English-US", 3],
  ["", "en-US", "English-US", 3],
  ["", "EN-us", "English-US", 3],
  ["", "en", "English-US", 3],
  ["", "de-DE", "Deutsch", 0],
  ["", "es-MX", "Spanish", 0],
  ["English-US", "en-US", "English-US", 3],
  ["English-US.Male-1", "en-US", "English-US", 5],
  ["English-US-Male-1", "", "English-US", 5],
  ["english-us.female-1", "en-US", "English-US", 3],
  ["English-US.Old", "en-US", "English-US.Old", 0],
  ["Deutsch", "", "Deutsch", 0],
];

for (const [voiceName, languageCode, voice, speaker] of found) {
  test(`voice "${voiceName}", language "${languageCode}"`, () => {
    const { model, speaker: got } = selectVoice(voices, { voiceName, languageCode });
    assert.equal(model.parameters["voice_name"], voice);
    assert.equal(got, speaker);
  });
}

test("a voice of another language, and a language without voices", () => {
  const refuses = (voiceName: string, languageCode: string, message: string): void =>
    assert.throws(
      () => selectVoice(voices, { voiceName, languageCode }),
      (error: unknown) => isToolError(error, "INVALID_REQUEST") && error.message === message,
    );
  const before = "Model is not available on server: Voice";
  refuses(
    "Deutsch",
    "en-US",
    `${before} Deutsch for language en-US not found. Please specify the voice name in your SynthesizeSpeechRequest.`,
  );
  refuses("", "ru-RU", `${before}  for language ru-RU not found.`);
});

test("the only voice answers a request without language", () => {
  const only = findVoices(engineOf(ensemble("Deutsch", "de-DE")));
  assert.equal(selectVoice(only, { voiceName: "", languageCode: "" }).model.voiceName, "Deutsch");
});

test("GetRivaSynthesisConfig: what clients read, for all or one", () => {
  const all = getConfig(voices, { modelName: "" } as never).modelConfig ?? [];
  assert.deepEqual(
    all.map(({ parameters }) => [
      parameters?.["language_code"],
      parameters?.["voice_name"],
      parameters?.["subvoices"],
    ]),
    [
      ["de-DE", "Deutsch", ""],
      ["en-US", "English-US", "Female-1:3,Male-1:5"],
      ["en-US", "English-US", "Old:0"],
      ["es", "Spanish", ""],
    ],
  );
  const one = getConfig(voices, { modelName: all[3]?.modelName } as never).modelConfig;
  assert.equal(one?.length, 1);
  assert.deepEqual(getConfig(voices, { modelName: "x" } as never).modelConfig, []);
});

test("wrong parameters are refused when the server starts", () => {
  for (const more of [{ subvoices: "a" }, { sample_rate: "0" }, { voice_name: "" }]) {
    assert.throws(
      () => findVoices(engineOf(ensemble("x", "en-US", more))),
      (error: unknown) => isToolError(error, "INVALID_CONFIG"),
    );
  }
});
