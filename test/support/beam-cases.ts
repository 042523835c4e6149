/**
 * What our beam searches and the originals (`beam_search_oracle.py`) are asked alike: one request,
 * as JSON for them and as options for ours.
 */
import { readFileSync } from "node:fs";
import path from "node:path";
import type { BeamHypothesis } from "../../src/decoding/beam/beam-decoder.ts";
import { topFrames } from "../../src/decoding/beam/frames.ts";
import { parseLexicon, type Lexicon } from "../../src/decoding/beam/lexicon.ts";
import { LexiconSearch } from "../../src/decoding/beam/lexicon-search.ts";
import type { SmearingMode } from "../../src/decoding/beam/lexicon-trie.ts";
import { PrefixSearch } from "../../src/decoding/beam/prefix-search.ts";
import { TokenSearch } from "../../src/decoding/beam/token-search.ts";
import type { TokenKind } from "../../src/decoding/beam/token-texts.ts";
import type { LanguageModel } from "../../src/language-model/language-model.ts";
import { openLanguageModel } from "../../src/language-model/open.ts";
import { ctcMatrix, mulberry, type MatrixCase } from "./ctc-matrix.ts";
import { projectRoot } from "./paths.ts";

export interface PrefixOptions {
  readonly search: "prefix";
  readonly alpha: number;
  readonly beta: number;
  readonly beamWidth: number;
  readonly beamPruneLogProbability: number;
  readonly tokenMinLogProbability: number;
  readonly pruneHistory: boolean;
}

export interface FlashlightOptions {
  readonly search: "lexicon" | "token";
  readonly beamSize: number;
  readonly beamSizeToken: number;
  readonly beamThreshold: number;
  readonly lmWeight: number;
  readonly wordInsertionScore: number;
  /** null: -Infinity, which JSON does not have. */
  readonly unkScore: number | null;
  readonly silScore: number;
  readonly logAdd: boolean;
  readonly smearing: SmearingMode;
}

export type CaseOptions = PrefixOptions | FlashlightOptions;

/** A matrix by its seed, or in a file of float32. */
export type BeamCase = (MatrixCase | { readonly file: string }) & { readonly options: string };

export interface BeamRequest {
  readonly model: string;
  readonly tokenModel?: string;
  readonly kind: TokenKind;
  /** Without the blank, whose id is their number. */
  readonly tokens: readonly string[];
  readonly blank: number;
  readonly silence: number;
  readonly lexicon: readonly (readonly [string, ...number[]])[];
  readonly words: readonly string[];
  readonly options: Readonly<Record<string, CaseOptions>>;
  readonly cases: readonly BeamCase[];
}

export interface OracleResult {
  readonly text?: string;
  readonly tokens?: readonly number[];
  readonly score: number;
  /** Start and end of each word in timesteps, of the prefix search. */
  readonly times?: readonly (readonly [number, number])[];
  readonly seconds?: number;
}

export const FLASHLIGHT: FlashlightOptions = {
  search: "lexicon",
  beamSize: 32,
  beamSizeToken: 64,
  beamThreshold: 25,
  lmWeight: 0.8,
  wordInsertionScore: 0.75,
  unkScore: null,
  silScore: 0,
  logAdd: false,
  smearing: "max",
};

export const PREFIX: PrefixOptions = {
  search: "prefix",
  alpha: 0.5,
  beta: 1.5,
  beamWidth: 100,
  beamPruneLogProbability: -10,
  tokenMinLogProbability: -5,
  pruneHistory: true,
};

const OPTIONS: Readonly<Record<string, CaseOptions>> = {
  prefix: PREFIX,
  narrow: { ...PREFIX, beamWidth: 12, alpha: 1, beta: 0.5, pruneHistory: false },
  lexicon: FLASHLIGHT,
  logadd: { ...FLASHLIGHT, logAdd: true, smearing: "logadd", silScore: -0.5 },
  plain: { ...FLASHLIGHT, smearing: "none", beamSize: 64, beamThreshold: 40, lmWeight: 2 },
  unknown: { ...FLASHLIGHT, unkScore: -5, beamSizeToken: 12 },
  // All tokens: the original may miss the blank among the best, ours does not.
  token: { ...FLASHLIGHT, search: "token", lmWeight: 0.5, beamSizeToken: 1000 },
  tokenLogadd: {
    ...FLASHLIGHT,
    search: "token",
    lmWeight: 1.5,
    beamSizeToken: 1000,
    logAdd: true,
  },
};

const folder = path.join(projectRoot, "test/fixtures/language-model");

/** Words of two-letter tokens, the first with the mark of a word. */
function spell(word: string): string[] {
  const pieces = word.match(/..?/gu) ?? [];
  return pieces.map((piece, n) => (n === 0 ? `▁${piece}` : piece));
}

/** The request over the made-up language model: `perOption` sentences for each set of options. */
export function madeUpRequest(kind: "sentencepiece" | "character", perOption: number): BeamRequest {
  const sentences = readFileSync(path.join(folder, "sentences.txt"), "utf8").trim().split("\n");
  const model = openLanguageModel(readFileSync(path.join(folder, "probing.binary")));
  const words = (model.words() ?? []).filter((word) => !word.startsWith("<"));
  const isCharacter = kind === "character";
  const spelled = words.map((word) => (isCharacter ? [...word] : spell(word)));
  // No lone "▁": pyctcdecode lets its word break leak into the next hypothesis.
  const extra = isCharacter ? [" "] : ["zz", "▁zz"];
  const tokens = [...new Set([...spelled.flat(), ...extra])].sort();
  const ids = new Map(tokens.map((token, id) => [token, id]));
  const spoken = (text: string): number[] =>
    (isCharacter ? [...text] : text.split(" ").flatMap(spell)).map((token) => ids.get(token) ?? 0);
  const names = Object.keys(OPTIONS).filter(
    (name) => !isCharacter || OPTIONS[name]?.search === "prefix",
  );
  const draw = mulberry(isCharacter ? 7 : 3);
  const cases = names.flatMap((options) =>
    Array.from({ length: perOption }, (): BeamCase => {
      const sentence = sentences[Math.floor(draw() * sentences.length)] ?? "";
      const some = sentence.split(" ").slice(0, 1 + Math.floor(draw() * 5));
      const seed = Math.floor(draw() * 2 ** 31);
      return { seed, spoken: spoken(some.join(" ")), noise: 3 + 3 * draw(), options };
    }),
  );
  return {
    model: path.join(folder, "probing.binary"),
    tokenModel: path.join(folder, "tokens.arpa"),
    kind,
    tokens,
    blank: tokens.length,
    silence: ids.get(isCharacter ? " " : "zz") ?? 0,
    lexicon: words.map((word, n) => [
      word,
      ...(spelled[n] ?? []).map((token) => ids.get(token) ?? 0),
    ]),
    words,
    options: OPTIONS,
    cases,
  };
}

type Decode = (frames: ReturnType<typeof topFrames>, count?: number) => readonly BeamHypothesis[];

/** Our decoders for a request, by the name of the options. */
export function ourDecoders(request: BeamRequest): (options: string) => Decode {
  const model = openLanguageModel(readFileSync(request.model));
  const tokenModel =
    request.tokenModel === undefined
      ? undefined
      : openLanguageModel(readFileSync(request.tokenModel));
  const lexicon = parseLexicon(
    request.lexicon
      .map(([word, ...ids]) => `${word}\t${ids.map((id) => request.tokens[id]).join(" ")}`)
      .join("\n"),
    request.tokens,
  );
  const made = new Map<string, Decode>();
  return (name) => {
    const known = made.get(name);
    if (known !== undefined) return known;
    const options = request.options[name] as CaseOptions;
    const decode = makeDecoder(request, options, { model, tokenModel, lexicon });
    made.set(name, decode);
    return decode;
  };
}

interface Models {
  readonly model: LanguageModel;
  readonly tokenModel: LanguageModel | undefined;
  readonly lexicon: Lexicon;
}

function makeDecoder(request: BeamRequest, options: CaseOptions, models: Models): Decode {
  const { tokens, blank, silence, kind, words } = request;
  if (options.search === "prefix") {
    const search = new PrefixSearch({
      ...options,
      tokens,
      kind,
      blank,
      words,
      languageModel: models.model,
      trailingSpaceIsWord: true,
    });
    return (frames, count = 1) => search.finish(search.push(search.open(), frames), count);
  }
  if (options.search === "token") {
    const search = new TokenSearch({
      ...options,
      tokens,
      blank,
      silence,
      languageModel: models.tokenModel,
    });
    return (frames, count = 1) => search.finish(search.push(search.open(), frames), count);
  }
  const search = new LexiconSearch({
    ...options,
    vocabularySize: blank + 1,
    blank,
    silence,
    lexicon: models.lexicon,
    languageModel: models.model,
    unkScore: options.unkScore ?? -Infinity,
  });
  return (frames, count = 1) => search.finish(search.push(search.open(), frames), count);
}

export function matrixOf(test: BeamCase, blank: number): Float32Array {
  if (!("file" in test)) return ctcMatrix(test, blank);
  const bytes = readFileSync(test.file);
  return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4).slice();
}

export interface Agreement {
  readonly cases: number;
  /** The same best hypothesis. */
  readonly same: number;
  /** Largest difference of the scores where the hypothesis is the same. */
  readonly scoreDifference: number;
  /** Words whose times differ by more than a timestep, where the hypothesis is the same. */
  readonly wrongTimes: number;
  readonly words: number;
  readonly differences: readonly string[];
}

/** Ours against theirs, by the name of the options. */
export function compare(
  request: BeamRequest,
  theirs: readonly OracleResult[],
): ReadonlyMap<string, Agreement> {
  const decoders = ourDecoders(request);
  const agreements = new Map<string, Agreement>();
  request.cases.forEach((test, n) => {
    const vocabularySize = request.blank + 1;
    const matrix = matrixOf(test, request.blank);
    const frames = topFrames(matrix, {
      vocabularySize,
      width: vocabularySize,
      blank: request.blank,
    });
    const [best] = decoders(test.options)(frames) as readonly [BeamHypothesis];
    const before = agreements.get(test.options) ?? NOTHING;
    agreements.set(test.options, addCase(before, n, best, theirs[n] as OracleResult));
  });
  return agreements;
}

const NOTHING: Agreement = {
  cases: 0,
  same: 0,
  scoreDifference: 0,
  wrongTimes: 0,
  words: 0,
  differences: [],
};

function addCase(
  before: Agreement,
  n: number,
  ours: BeamHypothesis,
  theirs: OracleResult,
): Agreement {
  const got =
    theirs.tokens === undefined
      ? ours.words.map(({ text }) => text).join(" ")
      : ours.tokens.map(({ id }) => id).join(" ");
  const wanted = theirs.tokens?.join(" ") ?? theirs.text;
  if (got !== wanted) {
    const difference = `case ${n}: ours '${got}' ${ours.score}, theirs '${wanted}' ${theirs.score}`;
    return {
      ...before,
      cases: before.cases + 1,
      differences: [...before.differences, difference],
    };
  }
  const times = theirs.times ?? [];
  const wrong = times.filter(
    ([start, end], word) =>
      !isNear(ours.words[word]?.start, start) || !isNear(ours.words[word]?.end, end),
  );
  return {
    cases: before.cases + 1,
    same: before.same + 1,
    scoreDifference: Math.max(before.scoreDifference, Math.abs(ours.score - theirs.score)),
    wrongTimes: before.wrongTimes + wrong.length,
    words: before.words + times.length,
    differences: before.differences,
  };
}

/** Of equally good paths to a prefix, the original keeps any, ours the most probable. */
function isNear(ours: number | undefined, theirs: number): boolean {
  return ours !== undefined && Math.abs(ours - theirs) <= 1;
}
