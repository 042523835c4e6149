/**
 * Beam search inside of a deployed pipeline: what it hears in real recordings beside pyctcdecode
 * over the same log-probabilities, streams beside whole recordings, alternatives, boosted words.
 */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { isToolError } from "../../src/errors/tool-error.ts";
import { openRiva, readArtifactBytes } from "../../src/formats/riva/read.ts";
import type { Engine } from "../../src/serve/engine/engine.ts";
import { tensor, type TensorOf } from "../../src/tensor/tensor.ts";
import type { BeamRequest } from "../support/beam-cases.ts";
import { PREFIX } from "../support/beam-cases.ts";
import { askOriginals, beamSearchEnvironment } from "../support/beam-oracle.ts";
import { OFFLINE, readReference, STREAMING } from "../support/demo-pipeline.ts";
import { onnxSession } from "../support/onnx.ts";
import { sharedRoot, skipWithoutShared } from "../support/paths.ts";
import {
  ask,
  deployPipelines,
  openEngine,
  readRecording,
  SAMPLE_RATE,
  spokenText,
} from "../support/recognition-pipeline.ts";
import { wordErrorRate } from "../support/word-errors.ts";

const environment = beamSearchEnvironment();
const shared = sharedRoot ?? "";
const lm = path.join(shared, "models/lm");
const MODEL = [
  `--decoding_language_model_arpa=${lm}/en_prompts_3gram.arpa.gz`,
  `--decoding_vocab=${lm}/words.txt`,
];
const OS2S = [
  ...MODEL,
  "--decoder_type=os2s",
  "--os2s_decoder.beam_search_width=64",
  "--os2s_decoder.language_model_alpha=0.4",
  "--os2s_decoder.language_model_beta=1.0",
];
const FLASHLIGHT = [
  ...MODEL,
  "--decoder_type=flashlight",
  "--flashlight_decoder.lm_weight=0.4",
  "--flashlight_decoder.word_insertion_score=0.5",
  "--max_supported_transcripts=5",
];
/** Of words that streaming may have wrong beyond those that whole recordings have wrong. */
const STREAMING_LOSS_PERCENT = 3;
const CHUNK_SAMPLES = 0.16 * SAMPLE_RATE;

interface Recording {
  readonly file: string;
  readonly text: string;
  readonly greedy: string;
  readonly audio: Float32Array;
}

describe("beam search in a deployed pipeline", { skip: skipWithoutShared }, () => {
  let folder: string;
  let engine: Engine;
  let log: readonly string[];
  let repository: string;
  const recordings: Recording[] = [];

  before(async () => {
    folder = mkdtempSync(path.join(tmpdir(), "beam-pipeline-"));
    const model = "fastconformer";
    ({ repository, log } = await deployPipelines(folder, [
      { model, name: "os2s", options: [...OFFLINE, ...OS2S] },
      { model, name: "flashlight", options: [...OFFLINE, ...FLASHLIGHT] },
      { model, name: "free", options: [...OFFLINE, "--decoder_type=flashlight"] },
      { model, name: "os2s-live", options: [...STREAMING, ...OS2S] },
      { model, name: "flashlight-live", options: [...STREAMING, ...FLASHLIGHT] },
    ]));
    engine = await openEngine(repository);
    const data = path.join(shared, "data/asr-digits-commands");
    for (const item of readReference(data, "reference-fastconformer.jsonl")) {
      const { audio: file, text, greedy } = item;
      recordings.push({ file, text, greedy, audio: readRecording(file) });
    }
  });

  after(async () => {
    await engine.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const errorRate = (texts: readonly string[]): number =>
    wordErrorRate(recordings.map(({ text }, n) => [text, texts[n] ?? ""] as const));

  async function hear(
    model: string,
    configuration?: Readonly<Record<string, string>>,
  ): Promise<string[]> {
    const texts: string[] = [];
    for (const { audio } of recordings) {
      const asked = { model, audio, ...(configuration === undefined ? {} : { configuration }) };
      texts.push(spokenText(await ask(engine, asked)));
    }
    return texts;
  }

  test("deploying says what became of the vocabulary", () => {
    for (const line of ["Will create subword lexicon file", "processed 10000 words"]) {
      assert.ok(
        log.some((text) => text.includes(line)),
        line,
      );
    }
    assert.ok(log.includes("skipped 0 empty lines") && log.includes("filtered 0 lines"));
  });

  test("the lexicon that is made is the one that came with the model", () => {
    const folderOf = path.join(repository, "flashlight-ctc-decoder-cpu-offline/1");
    const made = readFileSync(path.join(folderOf, "lexicon.txt"), "utf8").trim().split("\n");
    const given = readFileSync(path.join(lm, "lexicon-fastconformer.txt"), "utf8");
    assert.deepEqual(
      made.sort(),
      given
        .trim()
        .split("\n")
        .map((line) => line.replace("\t", " ").split(/\s+/))
        .map(([word, ...tokens]) => `${word}\t${tokens.join(" ")}`)
        .sort(),
    );
  });

  test("os2s hears what pyctcdecode hears", { skip: environment.skip }, async (context) => {
    const ours = await hear("os2s");
    const originals = askOriginals(environment.python ?? "", await originalRequest());
    const theirs = originals.map(({ text }) => text ?? "");
    const same = ours.filter((text, n) => text === theirs[n]).length;
    const greedy = errorRate(recordings.map((recording) => recording.greedy));
    context.diagnostic(
      `${same} of ${ours.length} the same; WER greedy ${greedy.toFixed(2)}, pyctcdecode ${errorRate(theirs).toFixed(2)}, ours ${errorRate(ours).toFixed(2)} %`,
    );
    ours.forEach((text, n) => {
      if (text !== theirs[n]) context.diagnostic(`ours "${text}", theirs "${theirs[n]}"`);
    });
    assert.ok(same >= 0.95 * ours.length);
    assert.ok(errorRate(ours) <= errorRate(theirs));
    assert.ok(errorRate(ours) <= greedy);
  });

  test("flashlight with the lexicon is better than greedy", async (context) => {
    const greedy = errorRate(recordings.map((recording) => recording.greedy));
    const found = errorRate(await hear("flashlight"));
    context.diagnostic(`WER greedy ${greedy.toFixed(2)}, flashlight ${found.toFixed(2)} %`);
    assert.ok(found < greedy);
  });

  test("without words and language model it hears what greedy hears", async () => {
    const texts = await hear("free");
    const same = texts.filter((text, n) => text === singleBlanks(recordings[n]?.greedy ?? ""));
    assert.ok(same.length >= 0.95 * texts.length, `${same.length} of ${texts.length}`);
  });

  test("streams lose little of what whole recordings give", async (context) => {
    for (const model of ["os2s", "flashlight"]) {
      const texts: string[] = [];
      for (const { audio } of recordings) {
        const asked = { model: `${model}-live`, audio, chunkSamples: CHUNK_SAMPLES };
        texts.push(spokenText(await ask(engine, asked)));
      }
      const [live, whole] = [errorRate(texts), errorRate(await hear(model))];
      context.diagnostic(`${model}: WER ${whole.toFixed(2)} whole, ${live.toFixed(2)} % streaming`);
      assert.ok(live <= whole + STREAMING_LOSS_PERCENT);
    }
  });

  test("alternatives: different, the best first, at most as many as were built for", async () => {
    let several = 0;
    for (const { audio } of recordings) {
      for (const { finals } of await ask(engine, { model: "flashlight", audio })) {
        for (const { alternatives } of finals) {
          const texts = alternatives.map(({ transcript }) => transcript);
          assert.equal(new Set(texts).size, texts.length);
          assert.ok(texts.length <= 5);
          for (const { confidence } of alternatives) assert.ok(confidence <= 0);
          if (texts.length > 1) several++;
        }
      }
    }
    assert.ok(several > recordings.length / 2, `${several} with more than one`);
  });

  test("boosted words come more often, refused ones less", async (context) => {
    for (const model of ["os2s", "flashlight"]) {
      const plain = await hear(model);
      const rates = [errorRate(plain)];
      for (const boost of [20, 50, 100]) {
        const texts: string[] = [];
        for (const { audio, text } of recordings) {
          const configuration = { word_boosts: boosts(text.split(" "), boost) };
          texts.push(spokenText(await ask(engine, { model, audio, configuration })));
        }
        rates.push(errorRate(texts));
      }
      const shown = rates.map((rate) => rate.toFixed(2)).join(", ");
      context.diagnostic(`${model}: WER without, own words at 20, 50, 100: ${shown} %`);
      // 100 is for words that must come; a weak model then hears them everywhere.
      const [without = 0, usual20 = 100, usual50 = 100] = rates;
      assert.ok(usual20 < without && usual50 <= without, shown);

      const common = ["three", "four"];
      const counts: number[] = [];
      for (const boost of [-100, 0, 100]) {
        const texts = await hear(model, { word_boosts: boosts(common, boost) });
        const words = texts.flatMap((text) => text.split(" "));
        counts.push(words.filter((word) => common.includes(word)).length);
      }
      context.diagnostic(`${model}: ${common.join(", ")} at -100, 0, 100: ${counts.join(", ")}`);
      const [less = 0, usual = 0, more = 0] = counts;
      assert.ok(less < usual && usual < more);
    }
  });

  test("a boost of another form is the client's mistake", async () => {
    const audio = recordings[0]?.audio ?? new Float32Array(0);
    for (const word_boosts of ["word", "\t20", "word\tmuch", "word\t1e9"]) {
      await assert.rejects(
        ask(engine, { model: "os2s", audio, configuration: { word_boosts } }),
        (error) => isToolError(error, "INVALID_REQUEST"),
      );
    }
  });

  /** Log-probabilities of the model itself, by featurizer and archive. */
  async function originalRequest(): Promise<BeamRequest> {
    const archive = await openRiva(path.join(folder, "fastconformer.riva"));
    const acoustic = await onnxSession(await readArtifactBytes(archive, "model_graph.onnx"));
    await archive.close();
    const featurizer = await onnxSession(
      path.join(repository, "os2s-feature-extractor-offline/1/model.onnx"),
    );
    const cases = [];
    for (const [n, { audio }] of recordings.entries()) {
      const features = await featurizer.run({
        AUDIO_SIGNAL: tensor("float32", audio, [1, audio.length]),
        AUDIO_LENGTH: tensor("int64", BigInt64Array.of(BigInt(audio.length)), [1]),
      });
      const length = features["FEATURES_LENGTH"] as TensorOf<"int64">;
      const outputs = await acoustic.run({
        audio_signal: features["AUDIO_FEATURES"] as TensorOf<"float32">,
        ...(acoustic.inputNames.includes("length")
          ? { length: tensor("int64", length.data, [1]) }
          : {}),
      });
      const [logprobs] = Object.values(outputs);
      const frames = Math.ceil(Number(length.data[0]) / 8);
      const data = (logprobs as TensorOf<"float32">).data;
      const file = path.join(folder, `${n}.f32`);
      writeFileSync(file, data.slice(0, frames * (logprobs?.shape.at(-1) ?? 0)));
      cases.push({ file, options: "prefix" });
    }
    const decoder = path.join(repository, "os2s-ctc-decoder-cpu-offline/1");
    const tokens = readFileSync(path.join(decoder, "riva_decoder_vocabulary.txt"), "utf8")
      .trimEnd()
      .split("\n");
    return {
      model: path.join(decoder, "language_model.binary"),
      kind: "sentencepiece",
      tokens,
      blank: tokens.length,
      silence: tokens.indexOf("▁"),
      lexicon: [],
      words: readFileSync(path.join(lm, "words.txt"), "utf8").trim().split(/\s+/),
      options: { prefix: { ...PREFIX, alpha: 0.4, beta: 1, beamWidth: 64 } },
      cases,
    };
  }
});

const boosts = (words: readonly string[], boost: number): string =>
  [...new Set(words)].map((word) => `${word}\t${boost}`).join("\n");

const singleBlanks = (text: string): string => text.trim().replace(/ +/g, " ");
