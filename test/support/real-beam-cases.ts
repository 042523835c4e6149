/**
 * Beam search over what a real recogniser gave for real recordings, with the shared language
 * model and lexicon: as recorded, and disturbed with seeded noise, for there are ten.
 */
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { readLanguageModel } from "../../src/formats/kenlm/read.ts";
import { readSafetensors } from "../../src/formats/safetensors/read.ts";
import { openTar } from "../../src/formats/tar/open.ts";
import { readAll, type ByteSource } from "../../src/io/byte-source.ts";
import { openFile } from "../../src/io/file-source.ts";
import { readFloat32 } from "../../src/tensor/read-tensor.ts";
import { FLASHLIGHT, PREFIX, type BeamCase, type BeamRequest } from "./beam-cases.ts";
import { mulberry } from "./ctc-matrix.ts";

const OPTIONS = {
  prefix: PREFIX,
  lexicon: { ...FLASHLIGHT, beamThreshold: 20 },
  wide: { ...FLASHLIGHT, beamSize: 128, logAdd: true, smearing: "logadd" },
} as const;

export interface RealCases {
  readonly shared: string;
  /** Where the compiled language model and the matrices go. */
  readonly folder: string;
  /** Disturbed matrices for each recorded one. */
  readonly variants: number;
}

export async function realRequest({ shared, folder, variants }: RealCases): Promise<BeamRequest> {
  const model = path.join(folder, "shared.binary");
  const arpa = path.join(shared, "models/lm/en_prompts_3gram.arpa.gz");
  await withFile(arpa, async (source) =>
    writeFileSync(model, (await readLanguageModel(source)).bytes),
  );
  const tokens = await readTokens(
    path.join(shared, "models/asr-fastconformer-digits-commands-en.nemo"),
  );
  const ids = new Map(tokens.map((token, id) => [token, id]));
  const lexicon = readFileSync(path.join(shared, "models/lm/lexicon-fastconformer.txt"), "utf8")
    .trim()
    .split("\n")
    .map((line): readonly [string, ...number[]] => {
      const [word = "", ...pieces] = line.split(/\s+/);
      return [word, ...pieces.map((piece) => ids.get(piece) ?? 0)];
    });
  const files = await writeMatrices({ shared, folder, variants });
  return {
    model,
    kind: "sentencepiece",
    // With a lone "▁" pyctcdecode lets its word break leak into the next hypothesis.
    tokens: tokens.map((token) => (token === "▁" ? "▁\ue000" : token)),
    blank: tokens.length,
    silence: ids.get("▁") ?? 0,
    lexicon,
    words: lexicon.map(([word]) => word),
    options: OPTIONS,
    cases: Object.keys(OPTIONS).flatMap((options) =>
      files.map((file): BeamCase => ({ file, options })),
    ),
  };
}

async function withFile<T>(file: string, use: (source: ByteSource) => Promise<T>): Promise<T> {
  const source = await openFile(file);
  try {
    return await use(source);
  } finally {
    await source.close();
  }
}

/** Pieces of the tokenizer inside a checkpoint, by id. */
async function readTokens(checkpoint: string): Promise<string[]> {
  return withFile(checkpoint, async (source) => {
    const archive = await openTar(source);
    try {
      const member = archive.members.find(({ name }) => name.endsWith("_tokenizer.vocab"));
      if (member === undefined) throw new Error("no tokenizer in the checkpoint");
      const text = new TextDecoder().decode(await readAll(member.source, 1 << 20));
      return text
        .trim()
        .split("\n")
        .map((line) => line.split("\t")[0] ?? "");
    } finally {
      await archive.close();
    }
  });
}

async function writeMatrices({ shared, folder, variants }: RealCases): Promise<string[]> {
  const recorded = path.join(
    shared,
    "data/asr-digits-commands/log_probs-fastconformer.safetensors",
  );
  return withFile(recorded, async (source) => {
    const files: string[] = [];
    for (const [name, view] of await readSafetensors(source)) {
      const data = await readFloat32(view);
      const size = view.shape.at(-1) ?? 0;
      for (let variant = 0; variant <= variants; variant++) {
        const file = path.join(folder, `${name}-${variant}.f32`);
        const draw = mulberry(files.length);
        writeFileSync(file, disturbed(data, size, variant === 0 ? 0 : 3, draw));
        files.push(file);
      }
    }
    return files;
  });
}

/** Log-probabilities with up to `noise` added, normalised again. */
function disturbed(
  logProbabilities: Float32Array,
  size: number,
  noise: number,
  draw: () => number,
): Float32Array {
  const result = logProbabilities.map((value) => value + noise * draw());
  for (let start = 0; start < result.length; start += size) {
    const row = result.subarray(start, start + size);
    const highest = Math.max(...row);
    const total = row.reduce((sum, value) => sum + Math.exp(value - highest), 0);
    for (let n = 0; n < size; n++) row[n] = (row[n] as number) - highest - Math.log(total);
  }
  return result;
}
