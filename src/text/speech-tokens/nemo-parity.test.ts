import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { projectRoot } from "../../../test/support/paths.ts";
import { parseSpeechTokenizerConfig } from "./tokenizer-config.ts";
import { createSpeechTokenizer } from "./tokenizer.ts";

interface Recorded {
  readonly latin1: string;
  readonly utf8: string;
  readonly heteronyms: string;
  readonly tokenizers: readonly {
    readonly text_tokenizer: { readonly _target_: string };
    readonly tokens: readonly string[];
    readonly pad: number;
    readonly cases: readonly (readonly [text: string, ids: readonly number[]])[];
  }[];
}

const recorded = JSON.parse(
  readFileSync(path.join(projectRoot, "test/fixtures/speech-text/nemo-tokenizers.json"), "utf8"),
) as Recorded;

recorded.tokenizers.forEach(({ text_tokenizer, tokens, pad, cases }, n) => {
  test(`speech tokens: as NeMo, options ${n + 1}, ${text_tokenizer._target_}`, () => {
    const dictionary = text_tokenizer._target_.includes("IPA")
      ? new TextEncoder().encode(recorded.utf8)
      : new Uint8Array(Buffer.from(recorded.latin1, "latin1"));
    const files = { dict: dictionary, het: new TextEncoder().encode(recorded.heteronyms) };
    const config = parseSpeechTokenizerConfig(text_tokenizer);
    const tokenizer = createSpeechTokenizer(config, files);
    assert.deepEqual(tokenizer.vocabulary.tokens, tokens);
    assert.equal(tokenizer.vocabulary.pad, pad);
    for (const [text, ids] of cases) {
      const encoded = tokenizer.encodeSymbols(tokenizer.symbols(text)).ids;
      assert.deepEqual(encoded, ids, JSON.stringify({ text, symbols: tokenizer.symbols(text) }));
    }
  });
});
