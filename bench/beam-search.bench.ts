/**
 * Are our beam searches as fast as the originals? The same matrices in the same run through
 * pyctcdecode (Python) and flashlight-text (C++), one thread each, and words through KenLM.
 * Aim: a ratio of at least 1.
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { topFrames } from "../src/decoding/beam/frames.ts";
import { openLanguageModel } from "../src/language-model/open.ts";
import {
  madeUpRequest,
  matrixOf,
  ourDecoders,
  type BeamRequest,
} from "../test/support/beam-cases.ts";
import { askKenlm, askOriginals, beamSearchEnvironment } from "../test/support/beam-oracle.ts";
import { sharedRoot } from "../test/support/paths.ts";
import { realRequest } from "../test/support/real-beam-cases.ts";
import { printTable } from "./support/measure.ts";

const MATRICES = 30;
/** The compiler of V8 needs some rounds to see what is hot; a server has had them. */
const WARM_UP_ROUNDS = 2;

type Row = readonly (string | number)[];

const environment = beamSearchEnvironment();
if (environment.python === undefined) console.log(`skipped: ${environment.skip}`);
else await bench(environment.python);

async function bench(python: string): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), "servicemaker-bench-"));
  try {
    const rows = [
      ...decodeRows(python, "made-up", madeUpRequest("sentencepiece", MATRICES)),
      ...decodeRows(python, "made-up, characters", madeUpRequest("character", MATRICES)),
    ];
    if (sharedRoot !== undefined) {
      const request = await realRequest({ shared: sharedRoot, folder, variants: 2 });
      rows.push(...decodeRows(python, "recordings", request));
      rows.push(wordRow(python, request));
    }
    printTable(["what", "originals ms", "ours ms", "ratio"], rows);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function decodeRows(python: string, name: string, request: BeamRequest): Row[] {
  const theirs = askOriginals(python, request);
  const decoders = ourDecoders(request);
  const vocabularySize = request.blank + 1;
  return Object.keys(request.options).flatMap((options): Row[] => {
    const places = [...request.cases.keys()].filter((n) => request.cases[n]?.options === options);
    if (places.length === 0) return [];
    const frames = places.map((n) =>
      topFrames(matrixOf(request.cases[n] ?? never(), request.blank), {
        vocabularySize,
        width: vocabularySize,
        blank: request.blank,
      }),
    );
    const decode = decoders(options);
    for (let round = 0; round < WARM_UP_ROUNDS; round++) for (const one of frames) decode(one);
    const started = performance.now();
    for (const one of frames) decode(one);
    const ours = performance.now() - started;
    const original = places.reduce((sum, n) => sum + 1000 * (theirs[n]?.seconds ?? 0), 0);
    return [[`${name}: ${options}`, original, ours, original / ours]];
  });
}

function wordRow(python: string, request: BeamRequest): Row {
  const sentences = Array.from({ length: 5000 }, (_, n) =>
    Array.from({ length: 6 }, (_, m) => request.words[(n * 7919 + m * m * 104_729) % 15_000]).join(
      " ",
    ),
  );
  const original = 1000 * askKenlm(python, request.model, sentences).seconds;
  const model = openLanguageModel(readFileSync(request.model));
  const score = (): void => {
    for (const sentence of sentences) {
      let state = model.startState();
      for (const word of sentence.split(" ")) state = model.score(state, model.wordId(word)).state;
      model.scoreEnd(state);
    }
  };
  score();
  const started = performance.now();
  score();
  const ours = performance.now() - started;
  return ["KenLM: 35,000 words", original, ours, original / ours];
}

function never(): never {
  throw new Error("bug: a case is missing");
}
