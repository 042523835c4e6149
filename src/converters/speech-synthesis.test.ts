/** What the converters of speech synthesis refuse or warn about; the numbers are in test/parity. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { withConfig, withWeights } from "../../test/support/edit-checkpoint.ts";
import { openCheckpoint } from "../../test/support/nemo-fixtures.ts";
import { runOnnx } from "../../test/support/onnx.ts";
import type { ErrorCode } from "../errors/codes.ts";
import { isToolError } from "../errors/tool-error.ts";
import { bytesSource } from "../io/byte-source.ts";
import { memoryView } from "../tensor/memory-view.ts";
import { tensor } from "../tensor/tensor.ts";
import type { Checkpoint } from "./architecture.ts";
import { convertCheckpoint } from "./convert.ts";

const voice = await openCheckpoint("fastpitch-arpabet");
const ipaVoice = await openCheckpoint("fastpitch-ipa-energy");
const speakers = await openCheckpoint("fastpitch-multispeaker");
const vocoder = await openCheckpoint("hifigan-resblock1");
const WORD_EMBEDDING = "fastpitch.encoder.word_emb.weight";

const ofClass = (name: string): Checkpoint => ({
  ...vocoder,
  target: `nemo.collections.tts.models.${name}`,
});

type Refusal = readonly [string, () => Checkpoint, ErrorCode, RegExp];

const REFUSED: readonly Refusal[] = [
  ...["WaveGlowModel", "UnivNetModel", "Tacotron2Model", "MixerTTSModel"].map((name): Refusal => [
    name,
    () => ofClass(name),
    "UNSUPPORTED_ARCHITECTURE",
    new RegExp(name),
  ]),
  [
    "pre-norm",
    () => withConfig(voice, "input_fft.pre_lnorm", true),
    "UNSUPPORTED_ARCHITECTURE",
    /input_fft\.pre_lnorm/,
  ],
  [
    "a mixed speaker encoder",
    () => withConfig(speakers, "speaker_encoder", new Map([["_target_", "x.SpeakerEncoder"]])),
    "UNSUPPORTED_ARCHITECTURE",
    /speaker_encoder/,
  ],
  [
    "a condition with layers of its own",
    () => withConfig(speakers, "output_fft.condition_types", ["add", "layernorm"]),
    "UNSUPPORTED_ARCHITECTURE",
    /output_fft\.condition_types\.1.*layernorm/,
  ],
  [
    "another transformer",
    () => withConfig(voice, "output_fft._target_", "x.ConformerDecoder"),
    "UNSUPPORTED_ARCHITECTURE",
    /ConformerDecoder/,
  ],
  [
    "another predictor",
    () => withConfig(voice, "pitch_predictor._target_", "x.FlowPredictor"),
    "UNSUPPORTED_ARCHITECTURE",
    /FlowPredictor/,
  ],
  [
    "no tokenizer",
    () => withConfig(voice, "text_tokenizer", null),
    "UNSUPPORTED_ARCHITECTURE",
    /text_tokenizer/,
  ],
  [
    "a pad token that is not the model's",
    () => withConfig(voice, "text_tokenizer.add_blank_at", true),
    "INVALID_CONFIG",
    /vector of the pad token.*111/,
  ],
  [
    "no table of tokens",
    () => withWeights(voice, (weights) => weights.delete(WORD_EMBEDDING)),
    "INVALID_CONFIG",
    /table of the tokens/,
  ],
  [
    "a table of no tokens",
    () =>
      withWeights(voice, (weights) =>
        weights.set(WORD_EMBEDDING, memoryView("float32", new Float32Array(0), [0, 32])),
      ),
    "INVALID_CONFIG",
    /only 0 tokens/,
  ],
  [
    "sizes that do not fit",
    () => withConfig(voice, "pitch_predictor.input_size", 24),
    "INVALID_CONFIG",
    /pitch_predictor\.input_size: expected 32/,
  ],
  [
    "an even kernel",
    () => withConfig(voice, "input_fft.kernel_size", 4),
    "INVALID_CONFIG",
    /input_fft\.kernel_size: expected an odd number/,
  ],
  [
    "a condition without speakers",
    () => withConfig(voice, "speaker_emb_condition_prosody", true),
    "INVALID_CONFIG",
    /speaker_emb_condition_prosody/,
  ],
  [
    "more layers than the weights have",
    () => withConfig(voice, "output_fft.n_layer", 1e9),
    "INVALID_CONFIG",
    /there is none/,
  ],
  [
    "another generator",
    () => withConfig(vocoder, "generator._target_", "x.BigVGAN"),
    "UNSUPPORTED_ARCHITECTURE",
    /BigVGAN/,
  ],
  [
    "a third kind of block",
    () => withConfig(vocoder, "generator.resblock", 3),
    "UNSUPPORTED_ARCHITECTURE",
    /generator\.resblock/,
  ],
  [
    "a kernel below its rate",
    () => withConfig(vocoder, "generator.upsample_kernel_sizes", [16, 16, 4, 1]),
    "INVALID_CONFIG",
    /upsample_kernel_sizes.*8, 8, 2, 2/,
  ],
  [
    "channels that cannot be halved",
    () => withConfig(vocoder, "generator.upsample_initial_channel", 24),
    "INVALID_CONFIG",
    /upsample_initial_channel/,
  ],
  [
    "dilations of other blocks",
    () => withConfig(vocoder, "generator.resblock_dilation_sizes", [[1, 3, 5]]),
    "INVALID_CONFIG",
    /resblock_dilation_sizes/,
  ],
  [
    "a direction without its magnitude",
    () => withWeights(vocoder, (weights) => weights.delete("generator.conv_post.weight_g")),
    "INVALID_CONFIG",
    /there is none/,
  ],
  [
    "a weight of the generator too many",
    () =>
      withWeights(vocoder, (weights) =>
        weights.set("generator.ups.4.bias", memoryView("float32", Float32Array.of(1))),
      ),
    "INVALID_CONFIG",
    /generator\.ups\.4\.bias/,
  ],
];

for (const [name, make, code, message] of REFUSED) {
  test(`refused: ${name}`, async () => {
    await assert.rejects(convertCheckpoint(make()), (error: unknown) => {
      assert.ok(isToolError(error, code), String(error));
      assert.match(error.message, message);
      assert.ok(error.hint.length > 10 && error.at.length > 0);
      return true;
    });
  });
}

const WITHOUT_MAPPING: readonly [string, () => Checkpoint, RegExp][] = [
  [
    "a tokenizer that is not known",
    () => withConfig(voice, "text_tokenizer._target_", "x.GermanPhonemesTokenizer"),
    /GermanPhonemesTokenizer/,
  ],
  ["a list of other length than the table", shorter, /88 tokens.*114/],
  [
    "a dictionary that is not there",
    () => ({ ...ipaVoice, artifact: () => undefined }),
    /phoneme_dict/,
  ],
  [
    "a dictionary that is none",
    () => ({
      ...ipaVoice,
      artifact: () =>
        ({ name: "ipa.dict", source: bytesSource(Buffer.from("12\n"), "ipa.dict") }) as never,
    }),
    /no entries/,
  ],
];

for (const [name, make, reason] of WITHOUT_MAPPING) {
  test(`a graph and a warning, but no mapping.txt: ${name}`, async () => {
    const { graphs, files, warnings = [] } = await convertCheckpoint(make());
    assert.deepEqual([graphs.length, files, warnings.length], [1, undefined, 1]);
    assert.match(warnings[0]!, /mapping\.txt/);
    assert.match(warnings[0]!, reason);
  });
}

/** Without letters; `phoneme_probability` would ask for them too. */
function shorter(): Checkpoint {
  const withoutChars = withConfig(voice, "text_tokenizer.chars", false);
  return withConfig(withoutChars, "text_tokenizer.g2p.phoneme_probability", null);
}

test("of the weights a conversion reads at most the pad's row", async () => {
  const weights = new Map(
    [...voice.weights].map(([name, view]) => {
      const read = async (start: number, end: number): Promise<Uint8Array> => {
        assert.equal(name, WORD_EMBEDDING);
        assert.ok(end - start <= 32, `${end - start} elements`);
        return view.storage.read(start, end);
      };
      return [name, { ...view, storage: { ...view.storage, read, readInto: undefined } }];
    }),
  );
  const { architecture, properties } = await convertCheckpoint({ ...voice, weights });
  assert.equal(architecture, "fastpitch");
  assert.deepEqual(properties, { sampleRate: 22050, featureCount: 20 });
});

for (const condition of ["speaker_emb_condition_prosody", "speaker_emb_condition_decoder"]) {
  test(`${condition} brings the speaker there too`, async () => {
    const inputs = {
      text: tensor("int64", BigInt64Array.of(0n, 7n, 30n, 10n, 0n)),
      pitch: tensor("float32", new Float32Array(5)),
      pace: tensor("float32", new Float32Array(5).fill(1)),
      batch_lengths: tensor("int32", Int32Array.of(0, 5)),
      speaker: tensor("int64", BigInt64Array.of(1n)),
    };
    const spoken = async (checkpoint: Checkpoint): Promise<readonly unknown[]> => {
      const { graphs } = await convertCheckpoint(checkpoint, { volume: false });
      const { spect, log_durs_predicted: durations } = await runOnnx(graphs[0]!.graph, inputs);
      return [spect!.data, durations!.data];
    };
    const [plain, conditioned] = [
      await spoken(speakers),
      await spoken(withConfig(speakers, condition, true)),
    ];
    assert.notDeepEqual(conditioned[0], plain[0]);
    const isProsody = condition.endsWith("prosody");
    assert.equal(isProsody, String(conditioned[1]) !== String(plain[1]));
  });
}
