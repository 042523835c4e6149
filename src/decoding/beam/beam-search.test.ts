/**
 * The beam searches against recorded answers of pyctcdecode and flashlight-text, and what only
 * ours can do: go on window by window, look ahead without going, boost words.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import {
  compare,
  FLASHLIGHT,
  madeUpRequest,
  matrixOf,
  PREFIX,
  type BeamRequest,
  type OracleResult,
} from "../../../test/support/beam-cases.ts";
import { projectRoot } from "../../../test/support/paths.ts";
import { RECORDED_PER_OPTION } from "../../../test/support/record-beam-search.ts";
import { openLanguageModel } from "../../language-model/open.ts";
import type { BeamDecoder, BeamHypothesis } from "./beam-decoder.ts";
import { BoostTable } from "./boost.ts";
import { topFrames, type TopFrames } from "./frames.ts";
import { LexiconSearch } from "./lexicon-search.ts";
import { parseLexicon } from "./lexicon.ts";
import { PrefixSearch } from "./prefix-search.ts";
import { TokenSearch } from "./token-search.ts";

const fixture = path.join(projectRoot, "test/fixtures/beam-search/recorded.json");
const recorded = JSON.parse(readFileSync(fixture, "utf8")) as {
  readonly sentencepiece: readonly OracleResult[];
  readonly character: readonly OracleResult[];
};

for (const kind of ["sentencepiece", "character"] as const) {
  test(`${kind}: the originals' best hypothesis and its score`, (context) => {
    const agreements = compare(madeUpRequest(kind, RECORDED_PER_OPTION), recorded[kind]);
    let same = 0;
    let cases = 0;
    for (const [options, agreement] of agreements) {
      context.diagnostic(
        `${options}: ${agreement.same} of ${agreement.cases}, scores within ${agreement.scoreDifference}`,
      );
      assert.ok(agreement.scoreDifference <= 1e-3, `${options}: ${agreement.scoreDifference}`);
      assert.ok(
        agreement.wrongTimes <= 0.2 * agreement.words,
        `${options}: ${agreement.wrongTimes} of ${agreement.words} times`,
      );
      same += agreement.same;
      cases += agreement.cases;
    }
    const differences = [...agreements.values()].flatMap((agreement) => agreement.differences);
    assert.ok(same >= 0.99 * cases, differences.join("\n"));
  });
}

const request = madeUpRequest("sentencepiece", 4);
const model = openLanguageModel(readFileSync(request.model));
const lexicon = parseLexicon(
  request.lexicon
    .map(([word, ...ids]) => `${word} ${ids.map((id) => request.tokens[id]).join(" ")}`)
    .join("\n"),
  request.tokens,
);

const lexiconSearch = new LexiconSearch({
  ...FLASHLIGHT,
  unkScore: -Infinity,
  vocabularySize: request.blank + 1,
  blank: request.blank,
  silence: request.silence,
  lexicon,
  languageModel: model,
});
const prefixSearch = new PrefixSearch({
  ...PREFIX,
  tokens: request.tokens,
  kind: "sentencepiece",
  blank: request.blank,
  languageModel: model,
});
const tokenSearch = new TokenSearch({
  ...FLASHLIGHT,
  tokens: request.tokens,
  blank: request.blank,
  silence: request.silence,
  languageModel: openLanguageModel(readFileSync(request.tokenModel ?? "")),
});

const framesOf = (from: BeamRequest, index: number, width = 40): TopFrames =>
  topFrames(matrixOf(from.cases[index] ?? assert.fail(), from.blank), {
    vocabularySize: from.blank + 1,
    width,
    blank: from.blank,
  });

const textOf = ({ words }: BeamHypothesis): string => words.map(({ text }) => text).join(" ");

/** The cases that hold for every search. */
function sharedCases<State>(name: string, search: BeamDecoder<State>): void {
  test(`${name}: windows give what one push gives, provisional ones leave no trace`, () => {
    for (let index = 0; index < 8; index++) {
      const frames = framesOf(request, index);
      const { length } = frames.blankScores;
      const whole = search.finish(search.push(search.open(), frames), 5);
      let state = search.open();
      for (let from = 0; from < length; from += 3) {
        const to = Math.min(length, from + 3);
        state = search.push(state, frames, { from, to });
        const before = search.best(state);
        search.best(search.push(state, frames, { from: to, to: Math.min(length, to + 4) }));
        assert.deepEqual(search.best(state), before);
      }
      assert.deepEqual(search.finish(state, 5), whole);
    }
  });

  test(`${name}: the n-best are different and in order, an empty stream is one empty text`, () => {
    const results = search.finish(search.push(search.open(), framesOf(request, 1)), 10);
    assert.ok(results.length > 1);
    results.slice(1).forEach(({ score }, n) => assert.ok(score <= (results[n]?.score ?? 0)));
    const texts = results.map(
      (result) => `${textOf(result)} ${result.tokens.map(({ id }) => id).join(" ")}`,
    );
    assert.equal(new Set(texts).size, texts.length);
    const [nothing] = search.finish(search.open(), 3);
    assert.deepEqual([nothing?.words, nothing?.tokens], [[], []]);
  });

  test(`${name}: times count from where the stream is, words one after the other`, () => {
    const frames = framesOf(request, 2);
    const plain = search.best(search.push(search.open(), frames));
    const later = search.best(search.push(search.open({ timestep: 100 }), frames));
    const places = (result: BeamHypothesis): number[] =>
      [...result.words, ...result.tokens].flatMap(({ start, end }) => [start, end]);
    assert.deepEqual(
      places(later),
      places(plain).map((place) => place + 100),
    );
    places(plain).forEach((place, n, all) => assert.ok(n === 0 || place >= (all[n - 1] ?? 0)));
  });

  test(`${name}: impossible and certain scores do no harm`, () => {
    const strange: TopFrames = {
      width: 3,
      tokens: Int32Array.from([0, 1, 2, 3, 4, 5, request.blank, 6, 7]),
      scores: Float32Array.from([0, -Infinity, -Infinity, -1e30, -1e30, -1e30, 0, -50, -60]),
      blankScores: Float32Array.from([-Infinity, -1e30, 0]),
    };
    const results = search.finish(search.push(search.open(), strange), 3);
    assert.ok(results.length >= 1 && results.every(({ score }) => !Number.isNaN(score)));
  });

  test(`${name}: a long stream keeps its memory`, () => {
    const frames = framesOf(request, 3);
    let state = search.open();
    for (let n = 0; n < 60; n++) state = search.push(state, frames);
    const size = JSON.stringify(search.best(state)).length;
    assert.ok(size < 60 * 2000, `${size} characters`);
  });
}

sharedCases("lexicon", lexiconSearch);
sharedCases("prefix", prefixSearch);
sharedCases("token", tokenSearch);

test("few tokens a timestep find what all find, mostly", () => {
  const many = madeUpRequest("sentencepiece", 12);
  let same = 0;
  for (let index = 0; index < many.cases.length; index++) {
    const [all] = lexiconSearch.finish(
      lexiconSearch.push(lexiconSearch.open(), framesOf(many, index, 77)),
      1,
    );
    const [few] = lexiconSearch.finish(
      lexiconSearch.push(lexiconSearch.open(), framesOf(many, index, 48)),
      1,
    );
    if (textOf(all ?? assert.fail()) === textOf(few ?? assert.fail())) same++;
  }
  assert.ok(same >= 0.9 * many.cases.length, `${same} of ${many.cases.length}`);
});

test("a boosted word wins, a penalised one loses, an unfinished phrase earns nothing", () => {
  for (const search of [lexiconSearch, prefixSearch] as const) {
    let won = 0;
    let lost = 0;
    for (let index = 0; index < 16; index++) {
      const frames = framesOf(request, index);
      const decode = <State>(decoder: BeamDecoder<State>, boost?: BoostTable): BeamHypothesis[] => [
        ...decoder.finish(decoder.push(decoder.open(boost && { boost }), frames), 20),
      ];
      const run = (boost?: BoostTable): BeamHypothesis[] =>
        search === lexiconSearch ? decode(lexiconSearch, boost) : decode(prefixSearch, boost);
      const [best, ...others] = run();
      const said = new Set(best?.words.map(({ text }) => text));
      const rival = others.flatMap(({ words }) => words).find(({ text }) => !said.has(text));
      if (rival === undefined || best?.words[0] === undefined) continue;
      const [boosted] = run(new BoostTable([{ text: rival.text, score: 30 }]));
      if (boosted?.words.some(({ text }) => text === rival.text) === true) won++;
      const first = best.words[0].text;
      const [punished] = run(new BoostTable([{ text: first, score: -100 }]));
      if (punished?.words.every(({ text }) => text !== first) === true) lost++;
      const phrase = `${first} neverspoken`;
      const [unfinished = best] = run(new BoostTable([{ text: phrase, score: 5 }]));
      if (textOf(unfinished) !== textOf(best)) continue;
      const tolerance = search === lexiconSearch ? 1e-6 : 0.05;
      const difference = Math.abs(unfinished.score - best.score);
      assert.ok(difference < tolerance, `what was lent is taken back, but for ${difference}`);
    }
    assert.ok(won >= 8, `${won} boosted words won`);
    assert.ok(lost >= 8, `${lost} punished words lost`);
  }
});
