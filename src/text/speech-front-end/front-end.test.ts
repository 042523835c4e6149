import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { projectRoot } from "../../../test/support/paths.ts";
import { isToolError } from "../../errors/tool-error.ts";
import { parseSpeechTokenizerConfig } from "../speech-tokens/tokenizer-config.ts";
import { createSpeechTokenizer } from "../speech-tokens/tokenizer.ts";
import { speechFrontEnd, type SpeechFrontEnd } from "./front-end.ts";

interface Recorded {
  readonly text_tokenizer: unknown;
  readonly files: Readonly<Record<string, string>>;
  readonly cases: readonly { text: string; ids: number[] }[];
}

function open(name: string, maxSentenceLength = 400): { data: Recorded; frontEnd: SpeechFrontEnd } {
  const file = path.join(projectRoot, "test/fixtures/speech-text", `${name}.json`);
  const data = JSON.parse(readFileSync(file, "utf8")) as Recorded;
  const encoder = new TextEncoder();
  const files = Object.fromEntries(
    Object.entries(data.files).map(([key, text]) => [key, encoder.encode(text)]),
  );
  const config = parseSpeechTokenizerConfig(data.text_tokenizer);
  const tokenizer = createSpeechTokenizer(config, files);
  return { data, frontEnd: speechFrontEnd({ tokenizer, maxSentenceLength }) };
}

const { data: voice, frontEnd } = open("trained-voice");

test("front end: NeMo's ids for the sentences of the trained voice, one by one and all at once", () => {
  for (const { text, ids } of voice.cases) {
    assert.deepEqual(
      frontEnd.prepare(text).map((sentence) => sentence.ids),
      [ids],
      text,
    );
  }
  const all = frontEnd.prepare(voice.cases.map(({ text }) => text).join(" "));
  assert.deepEqual(
    all.map(({ ids }) => ids),
    voice.cases.map(({ ids }) => ids),
  );
});

test("front end: SSML without attributes gives the ids of the plain text", () => {
  for (const { text, ids } of voice.cases) {
    const half = text.indexOf(" ", text.length / 2);
    const document = `<speak>${text.slice(0, half)}<prosody rate="150%">${text.slice(half)}</prosody></speak>`;
    const [sentence] = frontEnd.prepare(document);
    assert.deepEqual(sentence?.ids, ids, document);
    assert.equal(sentence?.text, text);
    const rates = sentence?.prosody.map(({ rate }) => rate) ?? [];
    assert.equal(rates.length, ids.length);
    assert.deepEqual([rates[0], rates.at(-1)], [1, 1.5]);
  }
});

test("front end: numbers are spoken, sentences split, pauses kept, emoji dropped", () => {
  const sentences = frontEnd.prepare(
    "<speak>I have 2 words. 😀 <break time='1s'/><s>The second</s>!!!<break/></speak>",
  );
  assert.deepEqual(
    sentences.map(({ text, pauseSeconds }) => [text, pauseSeconds]),
    [
      ["I have two words.", 1],
      ["The second", 0],
      ["", 0.5],
    ],
  );
});

test("front end: say-as, sub and phonemes", () => {
  const [sentence] = frontEnd.prepare(
    '<speak>The <say-as interpret-as="ordinal">2</say-as> <sub alias="word">W.</sub> is <phoneme alphabet="x-arpabet" ph="{@HH}{@OW1}">x. Y</phoneme>.</speak>',
  );
  assert.equal(sentence?.text, "The second word is x. Y.");
  const plain = frontEnd.prepare("The second word is |HH OW1|.")[0];
  assert.notDeepEqual(sentence?.ids, plain?.ids, "bars in the text are no phonemes");
  assert.deepEqual(sentence?.unknown, []);
});

test("front end: a custom dictionary", () => {
  const [sentence] = frontEnd.prepare("Kubernetes", "kubernetes  K UW0 B ER0 N EH1 T IY0 Z");
  assert.equal(sentence?.ids.length, 11);
  for (const [text, custom] of [
    ["<speak><phoneme alphabet='ipa' ph='a'>a</phoneme></speak>", ""],
    ["a", "kubernetes K"],
  ] as const) {
    assert.throws(
      () => frontEnd.prepare(text, custom),
      (error: unknown) => isToolError(error, "INVALID_REQUEST"),
    );
  }
});

test("front end: long sentences are cut, elements are not", () => {
  const { frontEnd: short } = open("trained-voice", 20);
  const texts = (document: string): string[] => short.prepare(document).map(({ text }) => text);
  assert.deepEqual(texts("The second word is very, very small."), [
    "The second word is",
    "very, very small.",
  ]);
  assert.deepEqual(
    texts('<speak>a <say-as interpret-as="digits">111111111111111111111111</say-as> b</speak>'),
    ["a", Array(24).fill("one").join(" "), "b"],
  );
});

test("front end: nothing to say is no sentence", () => {
  for (const text of ["", "  \n", "😀", "...", "<speak/>", "<speak> <s> </s></speak>"]) {
    assert.deepEqual(frontEnd.prepare(text), [], text);
  }
});

test("front end: an IPA voice", () => {
  const { data, frontEnd: ipa } = open("ipa");
  for (const { text, ids } of data.cases) assert.deepEqual(ipa.prepare(text)[0]?.ids, ids, text);
  const [sentence] = ipa.prepare("<speak><phoneme alphabet='ipa' ph='həˈɫoʊ'>hi</phoneme></speak>");
  assert.deepEqual(sentence?.ids, ipa.prepare("Hello")[0]?.ids);
});

test("front end: many sentences and spans take linear time", () => {
  const started = performance.now();
  frontEnd.prepare(`<speak>${"a. <b/>".repeat(20_000)}</speak>`);
  frontEnd.prepare(`<speak>${"<break time='0s'/>".repeat(20_000)}</speak>`);
  frontEnd.prepare("The word. ".repeat(10_000));
  assert.ok(performance.now() - started < 8000);
});
