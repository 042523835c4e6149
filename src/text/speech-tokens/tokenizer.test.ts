import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { projectRoot, sharedRoot, skipWithoutShared } from "../../../test/support/paths.ts";
import { isToolError } from "../../errors/tool-error.ts";
import { openTar } from "../../formats/tar/open.ts";
import { openFile } from "../../io/file-source.ts";
import { readMapping, writeMapping } from "./mapping.ts";
import { parseSpeechTokenizerConfig } from "./tokenizer-config.ts";
import { createSpeechTokenizer, type SpeechTokenizer } from "./tokenizer.ts";
import { alphabetOf } from "./vocabulary.ts";

interface Recorded {
  readonly text_tokenizer: unknown;
  readonly files: Readonly<Record<string, string>>;
  readonly tokens?: readonly string[];
  readonly pad?: number;
  readonly mapping?: string;
  readonly cases: readonly { text: string; ids: number[]; tokens?: string[] }[];
}

const NAMES = ["arpabet", "arpabet-blank", "ipa", "trained-voice"];

function recorded(name: string): Recorded {
  const file = path.join(projectRoot, "test/fixtures/speech-text", `${name}.json`);
  return JSON.parse(readFileSync(file, "utf8")) as Recorded;
}

function filesOf({ files }: Recorded): Record<string, Uint8Array> {
  const encoder = new TextEncoder();
  return Object.fromEntries(
    Object.entries(files).map(([name, text]) => [name, encoder.encode(text)]),
  );
}

function idsOf(tokenizer: SpeechTokenizer, text: string): readonly number[] {
  return tokenizer.encodeSymbols(tokenizer.symbols(text)).ids;
}

for (const name of NAMES) {
  test(`speech tokens: ${name} has NeMo's tokens and ids`, () => {
    const data = recorded(name);
    const config = parseSpeechTokenizerConfig(data.text_tokenizer);
    const tokenizer = createSpeechTokenizer(config, filesOf(data));
    if (data.tokens !== undefined) assert.deepEqual(tokenizer.vocabulary.tokens, data.tokens);
    if (data.pad !== undefined) assert.equal(tokenizer.vocabulary.pad, data.pad);
    for (const { text, ids } of data.cases) assert.deepEqual(idsOf(tokenizer, text), ids, text);
  });

  test(`speech tokens: ${name} has nemo2riva's mapping, and the mapping gives the same ids`, () => {
    const data = recorded(name);
    const config = parseSpeechTokenizerConfig(data.text_tokenizer);
    const { vocabulary } = createSpeechTokenizer(config, filesOf(data));
    const mapping = writeMapping(vocabulary.tokens, alphabetOf(vocabulary));
    if (data.mapping !== undefined) assert.equal(mapping, data.mapping);
    const tokens = readMapping(mapping, "mapping.txt");
    assert.deepEqual(tokens, vocabulary.tokens);
    const again = createSpeechTokenizer(config, filesOf(data), tokens);
    for (const { text, ids } of data.cases) assert.deepEqual(idsOf(again, text), ids, text);
  });
}

test("speech tokens: blank, pad and oov stand where NeMo puts them", () => {
  const base = { _target_: "x.EnglishCharsTokenizer", punct: false, apostrophe: false };
  const tail = (addBlankAt: unknown): readonly string[] => {
    const config = parseSpeechTokenizerConfig({ ...base, add_blank_at: addBlankAt });
    return createSpeechTokenizer(config, {}).vocabulary.tokens.slice(26);
  };
  assert.deepEqual(tail(null), ["z", "<pad>", "<oov>"]);
  assert.deepEqual(tail("last"), ["z", "<pad>", "<oov>", "<blank>"]);
  assert.deepEqual(tail("last_but_one"), ["z", "<pad>", "<blank>", "<oov>"]);
});

test("speech tokens: letters only, lower case, accents and double blanks removed", () => {
  const config = parseSpeechTokenizerConfig({
    _target_: "nemo.EnglishCharsTokenizer",
    pad_with_space: true,
  });
  const tokenizer = createSpeechTokenizer(config, {});
  const { ids, unknown } = tokenizer.encodeSymbols(tokenizer.symbols(" Café  “Ünit” – it’s 5 "));
  assert.equal(ids.map((id) => tokenizer.vocabulary.tokens[id]).join(""), ` cafe "unit" it's `);
  assert.deepEqual(unknown, ["–", "5"]);
});

test("speech tokens: each id knows its symbol", () => {
  const data = recorded("trained-voice");
  const tokenizer = createSpeechTokenizer(
    parseSpeechTokenizerConfig(data.text_tokenizer),
    filesOf(data),
  );
  const symbols = tokenizer.symbols("The  5 words.");
  const { ids, sources } = tokenizer.encodeSymbols(symbols);
  assert.equal(sources.length, ids.length);
  assert.deepEqual([sources[0], sources.at(-1)], [-1, -1]);
  sources.slice(1, -1).forEach((source, n) => {
    assert.equal(symbols[source], tokenizer.vocabulary.tokens[ids[n + 1] as number]);
  });
});

test("speech tokens: text cannot ask for utility tokens", () => {
  const data = recorded("ipa");
  const tokenizer = createSpeechTokenizer(
    parseSpeechTokenizerConfig(data.text_tokenizer),
    filesOf(data),
  );
  const { ids, unknown } = tokenizer.encodeSymbols(["<pad>", "<oov>", "k"]);
  assert.equal(ids.length, 3);
  assert.deepEqual(unknown, ["<pad>", "<oov>"]);
});

const wrongConfigs: readonly [unknown, string, string][] = [
  [null, "INVALID_CONFIG", "text_tokenizer"],
  [{ _target_: "a.GermanCharsTokenizer" }, "UNSUPPORTED", "GermanCharsTokenizer"],
  [{ _target_: "a.EnglishCharsTokenizer", punct: "yes" }, "INVALID_CONFIG", "text_tokenizer.punct"],
  [{ _target_: "a.EnglishPhonemesTokenizer" }, "INVALID_CONFIG", "text_tokenizer.g2p"],
  [
    { _target_: "a.EnglishPhonemesTokenizer", g2p: { _target_: "b.EnglishG2p" } },
    "INVALID_CONFIG",
    "text_tokenizer.g2p.phoneme_dict",
  ],
  [
    { _target_: "a.IPATokenizer", locale: "tlh", g2p: { _target_: "b.IpaG2p", phoneme_dict: "d" } },
    "UNSUPPORTED",
    "tlh",
  ],
];

for (const [config, code, fact] of wrongConfigs) {
  test(`speech tokens: ${JSON.stringify(config)} is ${code}`, () => {
    assert.throws(
      () => parseSpeechTokenizerConfig(config),
      (error: unknown) => isToolError(error) && error.code === code && error.message.includes(fact),
    );
  });
}

test("speech tokens: a missing dictionary is named", () => {
  const config = parseSpeechTokenizerConfig(recorded("arpabet").text_tokenizer);
  assert.throws(
    () => createSpeechTokenizer(config, {}),
    (error: unknown) =>
      isToolError(error, "INVALID_CONFIG") && /phonemes\.dict/.test(error.message),
  );
});

const wrongMappings: readonly [string, string][] = [
  ["0  \n2 a", "line 2"],
  ["0  \nx", "line 2"],
  ["0  \n1 a\n1 b", "line 3"],
  ["", 'a token " "'],
  ["0  \n1 a", "<pad>"],
];

for (const [mapping, fact] of wrongMappings) {
  test(`mapping: ${JSON.stringify(mapping)} is refused`, () => {
    const config = parseSpeechTokenizerConfig({ _target_: "a.EnglishCharsTokenizer" });
    assert.throws(
      () => createSpeechTokenizer(config, {}, readMapping(mapping, "mapping.txt")),
      (error: unknown) =>
        isToolError(error) && [...error.at, error.message].join(" ").includes(fact),
    );
  });
}

test(
  "speech tokens: the whole dictionary of the trained voice",
  { skip: skipWithoutShared },
  async () => {
    const source = await openFile(path.join(sharedRoot as string, "models/tts-fastpitch.nemo"));
    try {
      const { members } = await openTar(source);
      const files: Record<string, Uint8Array> = {};
      for (const member of members.filter(({ name }) => name.endsWith(".txt"))) {
        const bytes = await member.source.read(0, member.sizeBytes);
        files[path.basename(member.name)] = bytes;
      }
      const data = recorded("trained-voice");
      const config = parseSpeechTokenizerConfig(data.text_tokenizer);
      const started = performance.now();
      const tokenizer = createSpeechTokenizer(config, files);
      const milliseconds = performance.now() - started;
      for (const { text, ids } of data.cases) assert.deepEqual(idsOf(tokenizer, text), ids, text);
      assert.ok(milliseconds < 1500, `reading the dictionary took ${milliseconds.toFixed(0)} ms`);
    } finally {
      await source.close();
    }
  },
);
