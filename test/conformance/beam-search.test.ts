/**
 * Language models and beam searches beside the originals, live: KenLM, pyctcdecode and
 * flashlight-text over the shared language model and what a real recogniser gave.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { topFrames } from "../../src/decoding/beam/frames.ts";
import { openLanguageModel } from "../../src/language-model/open.ts";
import { compare, madeUpRequest, matrixOf, ourDecoders } from "../support/beam-cases.ts";
import { askKenlm, askOriginals, beamSearchEnvironment } from "../support/beam-oracle.ts";
import { mulberry } from "../support/ctc-matrix.ts";
import { sharedRoot, skipWithoutShared } from "../support/paths.ts";
import { realRequest } from "../support/real-beam-cases.ts";
import { scratchFolder } from "../support/scratch.ts";

const environment = beamSearchEnvironment();
const skip = environment.skip;
const python = environment.python ?? "";

test("what was recorded is what the originals say today", { skip }, () => {
  for (const kind of ["sentencepiece", "character"] as const) {
    const request = madeUpRequest(kind, 5);
    for (const agreement of compare(request, askOriginals(python, request)).values()) {
      assert.deepEqual([...agreement.differences], []);
      assert.ok(agreement.scoreDifference <= 1e-5);
    }
  }
});

test("real recordings", { skip: skip || skipWithoutShared }, async (context) => {
  const folder = scratchFolder(context);
  const request = await realRequest({ shared: sharedRoot ?? "", folder, variants: 10 });

  await context.test("KenLM scores the shared model as we do", () => {
    const words = request.words;
    const draw = mulberry(12);
    const sentences = Array.from({ length: 1500 }, () =>
      Array.from({ length: 6 }, () => words[Math.floor(draw() ** 2 * words.length)]).join(" "),
    );
    const arpa = path.join(sharedRoot ?? "", "models/lm/en_prompts_3gram.arpa.gz");
    const model = openLanguageModel(readFileSync(request.model));
    askKenlm(python, arpa, sentences).scores.forEach((scores, n) => {
      let state = model.startState();
      const ours = (sentences[n] ?? "").split(" ").map((word) => {
        const scored = model.score(state, model.wordId(word));
        state = scored.state;
        return scored.logProbability;
      });
      ours.push(model.scoreEnd(state));
      ours.forEach((score, at) => assert.ok(Math.abs(score - (scores[at] ?? 1)) <= 1e-5));
    });
  });

  await context.test("the same best hypotheses", (inner) => {
    let same = 0;
    for (const [options, agreement] of compare(request, askOriginals(python, request))) {
      inner.diagnostic(
        `${options}: ${agreement.same} of ${agreement.cases}, scores within ${agreement.scoreDifference}`,
      );
      for (const difference of agreement.differences) inner.diagnostic(difference);
      assert.ok(agreement.scoreDifference <= 1e-3);
      same += agreement.same;
    }
    assert.ok(same >= 0.99 * request.cases.length, `${same} of ${request.cases.length}`);
  });

  await context.test("64 tokens a timestep give what all tokens give", (inner) => {
    const decoders = ourDecoders(request);
    const vocabularySize = request.blank + 1;
    const same = request.cases.filter((one) => {
      const matrix = matrixOf(one, request.blank);
      const [all, top] = [vocabularySize, 64].map((width) => {
        const frames = topFrames(matrix, { vocabularySize, width, blank: request.blank });
        return decoders(one.options)(frames)[0]?.words.map(({ text }) => text);
      });
      return JSON.stringify(all) === JSON.stringify(top);
    });
    inner.diagnostic(`${same.length} of ${request.cases.length}`);
    assert.ok(same.length >= 0.97 * request.cases.length);
  });
});
