/**
 * A pipeline with a language model in the real Triton: it loads (lexicon, KenLM binary and search
 * in V8), and a stream with boosted words gives what the embedded engine gives.
 */
import assert from "node:assert/strict";
import path from "node:path";
import { test } from "node:test";
import { STREAMING } from "../support/demo-pipeline.ts";
import { sharedRoot, skipWithoutShared } from "../support/paths.ts";
import { startTriton, type WireRequest } from "../support/real-triton.ts";
import {
  ask,
  deployPipelines,
  openEngine,
  readRecording,
  SAMPLE_RATE,
} from "../support/recognition-pipeline.ts";
import { scratchFolder } from "../support/scratch.ts";

const FIRST_PORT = 18760;
const CHUNK_SAMPLES = 0.16 * SAMPLE_RATE;
const BOOSTS = "four\t20\nfive six\t30";

test("flashlight in the real Triton", { skip: skipWithoutShared }, async (context) => {
  const shared = sharedRoot ?? "";
  const { repository } = await deployPipelines(scratchFolder(context), [
    {
      model: "fastconformer",
      name: "asr",
      options: [
        ...STREAMING,
        "--decoder_type=flashlight",
        `--decoding_language_model_arpa=${shared}/models/lm/en_prompts_3gram.arpa.gz`,
        `--decoding_lexicon=${shared}/models/lm/lexicon-fastconformer.txt`,
        "--flashlight_decoder.lm_weight=0.4",
        "--max_supported_transcripts=3",
      ],
    },
  ]);
  const audio = readRecording(
    path.join(shared, "data/asr-digits-commands/audio/fsdd-string-0.wav"),
  );
  const engine = await openEngine(repository);
  const expected = await ask(engine, {
    model: "asr",
    audio,
    chunkSamples: CHUNK_SAMPLES,
    configuration: { word_boosts: BOOSTS },
  });
  await engine.close();

  const triton = startTriton(repository, FIRST_PORT);
  context.after(() => triton.stop());
  const count = expected.length;
  const answers = triton.ask(
    "asr",
    Array.from({ length: count }, (_, i): WireRequest => {
      const piece = audio.slice(i * CHUNK_SAMPLES, (i + 1) * CHUNK_SAMPLES);
      const inputs: WireRequest["inputs"] = {
        AUDIO_SIGNAL: { datatype: "FP32", shape: [1, piece.length], data: [...piece] },
        SAMPLE_RATE: { datatype: "UINT32", shape: [1, 1], data: [SAMPLE_RATE] },
        CUSTOM_CONFIGURATION: {
          datatype: "BYTES",
          shape: [1, 1, 2],
          data: i === 0 ? ["word_boosts", BOOSTS] : ["nothing", ""],
        },
      };
      return { sequence: 1, start: i === 0, end: i === count - 1, inputs };
    }),
  );
  const texts = answers.map(
    ({ outputs, error }) =>
      error ?? {
        finals: (outputs?.["FINAL_TRANSCRIPTS"]?.data ?? []).filter((text) => text !== ""),
        partials: outputs?.["PARTIAL_TRANSCRIPTS"]?.data ?? [],
      },
  );
  assert.deepEqual(
    texts,
    expected.map(({ finals, partial }) => ({
      finals: finals.flatMap(({ alternatives }) =>
        alternatives.map(({ transcript }) => transcript),
      ),
      partials: partial === undefined ? [] : [partial.transcript],
    })),
  );
  assert.ok(expected.some(({ finals }) => finals.length > 0));
});
