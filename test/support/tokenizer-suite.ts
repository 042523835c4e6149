/** What every tokenizer must pass: the recorded cases, and hostile and long texts. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { withSpecials } from "../../src/text/tokenizers/model-input.ts";
import type { Encoding, Tokenizer } from "../../src/text/tokenizers/tokenizer.ts";
import {
  HOSTILE_TEXTS,
  LONG_TEXTS,
  readTokenizerCases,
  type TokenizerCase,
} from "./tokenizer-cases.ts";

const LONG_LIMIT_MS = 1000;

export interface SuiteOptions {
  /** What `decode` must give; default: what was recorded. */
  readonly decoded?: (recorded: TokenizerCase) => string | undefined;
}

/** Declares the tests of one tokenizer against the fixture folder `name`. */
export function testTokenizer(
  name: string,
  make: () => Tokenizer,
  { decoded = (recorded) => recorded.decoded }: SuiteOptions = {},
): void {
  const cases = readTokenizerCases(name);
  const tokenizer = make();

  test(`${name}: ids, tokens and offsets of ${cases.length} texts are the original's`, () => {
    assert.equal(cases.length, 200);
    for (const { text, ids, tokens, offsets } of cases) {
      const encoding = tokenizer.encode(text);
      const what = JSON.stringify(text);
      assert.deepEqual(encoding.tokens, tokens, what);
      assert.deepEqual(encoding.ids, ids, what);
      if (offsets !== undefined) assert.deepEqual(offsetsOf(encoding), offsets, what);
    }
  });

  test(`${name}: special tokens stand around a text as in the original`, () => {
    for (const { text, withSpecials: expected } of cases) {
      if (expected === undefined) continue;
      const { ids } = withSpecials(tokenizer.specials, tokenizer.encode(text).ids);
      assert.deepEqual(ids, expected, JSON.stringify(text));
    }
  });

  test(`${name}: ids become the original's text again`, () => {
    for (const recorded of cases) {
      const expected = decoded(recorded);
      if (expected === undefined) continue;
      const what = JSON.stringify(recorded.text);
      assert.equal(tokenizer.decode(recorded.ids), expected, what);
    }
  });

  test(`${name}: hostile texts give ids of the vocabulary and offsets in order`, () => {
    for (const [what, text] of Object.entries(HOSTILE_TEXTS)) {
      checkEncoding(tokenizer, text, what);
    }
    assert.doesNotThrow(() => tokenizer.decode([-1, 0.5, NaN, 1e9, tokenizer.vocabularySize]));
  });

  for (const [what, text] of Object.entries(LONG_TEXTS)) {
    test(`${name}: 100 kB of ${what} takes less than ${LONG_LIMIT_MS} ms`, () => {
      const started = performance.now();
      checkEncoding(tokenizer, text, what);
      assert.ok(performance.now() - started < LONG_LIMIT_MS);
    });
  }
}

function offsetsOf({ starts, ends }: Encoding): number[][] {
  return starts.map((start, i) => [start, ends[i] as number]);
}

function checkEncoding(tokenizer: Tokenizer, text: string, what: string): void {
  const { ids, tokens, starts, ends } = tokenizer.encode(text);
  assert.equal(tokens.length, ids.length, what);
  assert.equal(starts.length, ids.length, what);
  let before = 0;
  ids.forEach((id, i) => {
    const start = starts[i] as number;
    const end = ends[i] as number;
    if (id < 0 || id >= tokenizer.vocabularySize) assert.fail(`${what}: id ${id}`);
    if (start < before || end < start || end > text.length) assert.fail(`${what}: ${start}-${end}`);
    before = start;
  });
}
