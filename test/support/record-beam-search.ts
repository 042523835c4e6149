/**
 * Records what the originals answer: `npx tsx test/support/record-beam-search.ts`. Needs Python;
 * run it when the cases of `beam-cases.ts` change.
 */
import { writeFileSync } from "node:fs";
import path from "node:path";
import { madeUpRequest } from "./beam-cases.ts";
import { askOriginals, beamSearchEnvironment } from "./beam-oracle.ts";
import { projectRoot } from "./paths.ts";

/** Sentences for each set of options; with them 600 matrices. */
export const RECORDED_PER_OPTION = 60;

if (process.argv[1] === import.meta.filename) {
  const { python, skip } = beamSearchEnvironment();
  if (python === undefined) throw new Error(skip);
  const results = Object.fromEntries(
    (["sentencepiece", "character"] as const).map((kind) => [
      kind,
      askOriginals(python, madeUpRequest(kind, RECORDED_PER_OPTION)).map(
        ({ text, tokens, times, score }) => ({
          text,
          tokens,
          times,
          score: Number(score.toFixed(5)),
        }),
      ),
    ]),
  );
  const provenance =
    "pyctcdecode 0.5.0, flashlight-text 0.0.7, kenlm 0.3.0, numpy 1.26.4; npx tsx test/support/record-beam-search.ts";
  writeFileSync(
    path.join(projectRoot, "test/fixtures/beam-search/recorded.json"),
    `${JSON.stringify({ provenance, ...results })}\n`,
  );
}
