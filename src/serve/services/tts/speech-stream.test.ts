/** Models of four speakers and of IPA phones, with random weights, through the deployed pipeline. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { writeRandomNemo } from "../../../../bench/support/random-checkpoint.ts";
import { projectRoot } from "../../../../test/support/paths.ts";
import { buildVoice, joined } from "../../../../test/support/voice.ts";
import { nemoToRiva } from "../../../converters/nemo-to-riva.ts";
import { planDeployment } from "../../../deploy/plan-deployment.ts";
import { isToolError } from "../../../errors/tool-error.ts";
import { openRmir } from "../../../formats/rmir/read.ts";
import { writeRepository } from "../../../repository/write.ts";
import { STEPS } from "../../../steps/registry.ts";
import type { Tensors } from "../../../tensor/tensor.ts";
import {
  createEmbeddedEngine,
  type EmbeddedEngine,
} from "../../engine/embedded/embedded-engine.ts";
import type { Engine, InferRequest } from "../../engine/engine.ts";
import { selectVoice } from "./select-voice.ts";
import { speak } from "./speech-stream.ts";
import { findVoices } from "./voices.ts";

const folder = mkdtempSync(path.join(tmpdir(), "speech-stream-"));
let engine: EmbeddedEngine;

/** A vocoder for 16 mels that makes 256 samples of a frame in one step. */
const VOCODER = `
target: nemo.collections.tts.models.hifigan.HifiGanModel
preprocessor: { nfilt: 16, sample_rate: 22050, n_window_stride: 256, highfreq: 8000 }
generator:
  resblock: 2
  upsample_rates: [256]
  upsample_kernel_sizes: [512]
  upsample_initial_channel: 4
  resblock_kernel_sizes: [3]
  resblock_dilation_sizes: [[1]]
  initial_input_size: 16
`;
const LAYERS: [name: string, shape: number[], outputs: number][] = [
  ["conv_pre", [4, 16, 7], 4],
  ["ups.0", [4, 2, 512], 2],
  ["resblocks.0.0.convs.0", [2, 2, 3], 2],
  ["conv_post", [1, 2, 7], 1],
];

const VOICES: [model: string, options: Record<string, string>][] = [
  ["fastpitch-multispeaker", { voice_name: "Four", subvoices: "Ann:0,Bob:3" }],
  ["fastpitch-ipa-energy", { voice_name: "Ipa", phone_set: "ipa", upper_case_chars: "True" }],
];

const convert = (source: string, out: string) =>
  nemoToRiva({ source, out, force: false, format: "ONNX", convert: {} });

before(async () => {
  const vocoder = path.join(folder, "vocoder.nemo");
  const parameters = LAYERS.flatMap(([name, shape, outputs]) => [
    { name: `generator.${name}.weight_g`, shape: [shape[0] as number, 1, 1], mean: 1 },
    { name: `generator.${name}.weight_v`, shape },
    { name: `generator.${name}.bias`, shape: [outputs] },
  ]);
  writeRandomNemo(vocoder, VOCODER, parameters);
  const vocoderArchive = path.join(folder, "vocoder.riva");
  await convert(vocoder, vocoderArchive);
  const rmirs = [];
  for (const [model, options] of VOICES) {
    const archive = path.join(folder, `${model}.riva`);
    await convert(path.join(projectRoot, `test/fixtures/nemo/${model}/model.nemo`), archive);
    const file = path.join(folder, `${model}.rmir`);
    await buildVoice(file, [archive, vocoderArchive], options);
    rmirs.push(await openRmir(file));
  }
  const repository = path.join(folder, "models");
  await writeRepository(repository, await planDeployment(rmirs, {}), { force: false });
  for (const rmir of rmirs) await rmir.close();
  engine = await createEmbeddedEngine({ repository, steps: STEPS });
});
after(async () => {
  await engine.close();
  rmSync(folder, { recursive: true });
});

const TEXT = "Hello world, the quick brown fox!";
const signal = new AbortController().signal;

async function spoken(voiceName: string, on: Engine = engine, text = TEXT): Promise<Float32Array> {
  const voice = selectVoice(findVoices(on), { voiceName, languageCode: "" });
  const parts: Float32Array[] = [];
  const request = { text, customDictionary: "", chunkFrames: 0 };
  for await (const { samples } of speak({ engine: on, voice, signal }, request))
    parts.push(samples);
  return joined(parts);
}

test("each subvoice is its speaker, the same every time", async () => {
  const ann = await spoken("Four.Ann");
  const bob = await spoken("Four.Bob");
  assert.ok(ann.some((sample) => sample !== 0));
  assert.notDeepEqual(ann, bob);
  assert.deepEqual(await spoken("Four-Ann"), ann);
  assert.deepEqual(await spoken("Four"), ann, "the first subvoice is the model's own voice");
});

test("a voice of IPA phones: its dictionary, and phonemes that are given", async () => {
  const word = await spoken("Ipa", engine, "Hello");
  const phonemes = '<speak><phoneme alphabet="ipa" ph="həˈɫoʊ">hi</phoneme></speak>';
  assert.ok(word.some((sample) => sample !== 0));
  assert.deepEqual(await spoken("Ipa", engine, phonemes), word);
  await assert.rejects(
    spoken("Ipa", engine, phonemes.replace("ipa", "x-arpabet")),
    (error: unknown) => isToolError(error, "INVALID_REQUEST"),
  );
});

test("a stream ends its sequence: at its end, when it is left and when it fails", async () => {
  const sent: InferRequest[] = [];
  const watched = (fails: boolean): Engine => ({
    models: () => engine.models(),
    close: async () => {},
    infer: async (request): Promise<Tensors> => {
      sent.push(request);
      if (fails && request.sequence?.end !== true) throw new Error("network");
      return engine.infer(request);
    },
  });
  const flags = (): (readonly [boolean | undefined, boolean | undefined])[] =>
    sent.splice(0).map(({ sequence }) => [sequence?.start, sequence?.end] as const);
  await spoken("Four", watched(false));
  const whole = flags();
  assert.deepEqual(whole[0], [true, false]);
  assert.deepEqual(whole.at(-1), [false, true]);
  assert.equal(whole.filter(([start, end]) => start === true || end === true).length, 2);

  const voice = selectVoice(findVoices(engine), { voiceName: "Four", languageCode: "" });
  const request = { text: TEXT, customDictionary: "", chunkFrames: 1 };
  for await (const chunk of speak({ engine: watched(false), voice, signal }, request)) {
    assert.ok(chunk.samples.length > 0);
    break;
  }
  assert.deepEqual(flags(), [
    [true, false],
    [false, true],
  ]);
  await assert.rejects(spoken("Four", watched(true)), /network/);
  assert.deepEqual(flags().at(-1), [false, true]);
});

test("a client that is gone stops the voice", async () => {
  const gone = new AbortController();
  const voice = selectVoice(findVoices(engine), { voiceName: "Four", languageCode: "" });
  const request = { text: TEXT, customDictionary: "", chunkFrames: 1 };
  const chunks = speak({ engine, voice, signal: gone.signal }, request);
  await chunks.next();
  gone.abort();
  await assert.rejects(chunks.next(), (error: unknown) => isToolError(error, "CANCELLED"));
});
