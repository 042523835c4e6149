import assert from "node:assert/strict";
import { test } from "node:test";
import { isToolError } from "../../errors/tool-error.ts";
import { parseCustomDictionary } from "../speech-tokens/custom-dictionary.ts";
import type { PhoneSet } from "../speech-tokens/phonemes.ts";
import { arpabetG2p } from "./arpabet.ts";
import { readArpabetDictionary } from "./arpabet-dictionary.ts";
import { readHeteronyms, type CustomDictionary } from "./g2p.ts";
import { ipaG2p } from "./ipa.ts";
import { readIpaDictionary, type GraphemeCase } from "./ipa-dictionary.ts";

const ARPABET = `;;; comment
##  A
A  AH0
A(1)  EY1
'EM  AH0 M
CAT  K AE1 T
DOG  D AO1 G  ignored as NeMo does
READ  R EH1 D
THE  DH AH0
THE(2)  DH IY0
lower  L OW1 ER0
`;

const IPA = `A\tˈeɪ
CAT  ˈk æ t
BOSS ˈbɔs
DOG\tˈdɔɡ
DOG(2)\tˌdɔɡ
É\tˈeɪ
`;

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

interface Case {
  readonly text: string;
  readonly symbols: string;
  readonly ignoreAmbiguousWords?: boolean;
  readonly custom?: CustomDictionary;
}

/** Expected symbols are joined by `·`, so that blanks can be seen. */
function checkArpabet({ text, symbols, ignoreAmbiguousWords = false, custom }: Case): void {
  const g2p = arpabetG2p({
    dictionary: readArpabetDictionary(bytes(ARPABET), "test.dict"),
    heteronyms: readHeteronyms("read\r\nlead \n\n"),
    ignoreAmbiguousWords,
  });
  assert.equal(g2p.symbols(text, custom).join("·"), symbols, text);
}

const custom: CustomDictionary = new Map([
  ["read", ["R", "IY1", "D"]],
  ["riva", ["R", "IY1", "V", "AH0"]],
]);

const arpabetCases: readonly Case[] = [
  { text: "The CAT.", symbols: "DH·AH0· ·K·AE1·T·." },
  { text: "the cat", symbols: "t·h·e· ·K·AE1·T", ignoreAmbiguousWords: true },
  { text: "a dog", symbols: "AH0· ·D·AO1·G" },
  { text: "cats cat's", symbols: "K·AE1·T·Z· ·K·AE1·T·Z" },
  { text: "thes", symbols: "t·h·e·s", ignoreAmbiguousWords: true },
  { text: "read", symbols: "r·e·a·d" },
  { text: "Lower", symbols: "l·o·w·e·r" },
  { text: "dog-cat", symbols: "D·AO1·G·-·K·AE1·T" },
  { text: "dog-xyz", symbols: "D·AO1·G·-·x·y·z" },
  { text: "'em dogs'", symbols: "'·e·m· ·D·AO1·G·Z·'" },
  { text: "|HH AH0| cat|", symbols: "HH·AH0· ·K·AE1·T" },
  { text: "4 cats", symbols: "4· ·K·AE1·T·Z" },
  { text: "read Riva's", symbols: "R·IY1·D· ·R·IY1·V·AH0·Z", custom },
  { text: "", symbols: "" },
];

for (const example of arpabetCases) {
  test(`g2p arpabet: ${JSON.stringify(example.text)}`, () => checkArpabet(example));
}

interface IpaCase {
  readonly text: string;
  readonly symbols: string;
  readonly graphemeCase?: GraphemeCase;
  readonly graphemePrefix?: string;
  readonly useStresses?: boolean;
  readonly ignoreAmbiguousWords?: boolean;
  readonly locale?: string;
}

const ipaCases: readonly IpaCase[] = [
  { text: "a cat", symbols: "ˈ·e·ɪ· ·ˈ·k·æ·t" },
  { text: "cat", symbols: "k·æ·t", useStresses: false },
  { text: "cats boss's dogs", symbols: "ˈ·k·æ·t·s· ·ˈ·b·ɔ·s·ɪ·z· ·ˈ·d·ɔ·ɡ·z" },
  { text: "dog", symbols: "D·O·G", ignoreAmbiguousWords: true },
  { text: "xy 5", symbols: "#X·#Y·# ·#5", graphemePrefix: "#" },
  { text: "Xy, z", symbols: "x·y·,· ·z", graphemeCase: "lower" },
  { text: "cat-xy", symbols: "ˈ·k·æ·t·-·X·Y" },
  { text: "lead", symbols: "L·E·A·D" },
  { text: "é Cat", symbols: "ˈ·e·ɪ· ·ˈ·k·æ·t", locale: "es-ES", graphemeCase: "mixed" },
];

for (const example of ipaCases) {
  test(`g2p ipa: ${JSON.stringify(example)}`, () => {
    const { text, symbols, locale = "en-US", ignoreAmbiguousWords = false } = example;
    const options = {
      graphemeCase: example.graphemeCase ?? "upper",
      graphemePrefix: example.graphemePrefix ?? "",
      useStresses: example.useStresses ?? true,
      useChars: true,
    } as const;
    const spelled =
      options.graphemeCase === "mixed" ? IPA.replace("É", "é").replace("CAT", "cat") : IPA;
    const { dictionary } = readIpaDictionary(bytes(spelled), options, "ipa.dict");
    const heteronyms = new Set(["lead"]);
    const g2p = ipaG2p({ ...options, dictionary, heteronyms, locale, ignoreAmbiguousWords });
    assert.equal(g2p.symbols(text).join("·"), symbols);
  });
}

const malformed: readonly [string, string][] = [
  ["A  AH0\nBAD LINE\n", "line 2"],
  ["A  AH0\n\nWORD  \r\n", "line 3"],
  ["(2)  B\n", "no entries"],
  ["A(2)\tAH0", "line 1"],
  ["a  AH0\nb  B\n", "no entries"],
  ["", "no entries"],
];

for (const [text, fact] of malformed) {
  test(`arpabet dictionary: ${JSON.stringify(text)} is refused`, () => {
    assert.throws(
      () => readArpabetDictionary(bytes(text), "test.dict"),
      (error: unknown) =>
        isToolError(error, "INVALID_FILE") && [...error.at, error.message].join().includes(fact),
    );
  });
}

test("ipa dictionary: malformed lines and other bytes than UTF-8 are refused by their number", () => {
  const options = { graphemeCase: "upper", graphemePrefix: "", useStresses: true, useChars: false };
  const cases: readonly [Uint8Array, string][] = [
    [bytes("A\tˈeɪ\nWORD\n"), "line 2"],
    [Uint8Array.of(0x41, 0x20, 0x62, 0x0a, 0x42, 0x20, 0xe9, 0x0a), "line 2"],
    [bytes("123 a"), "no entries"],
  ];
  for (const [content, fact] of cases) {
    assert.throws(
      () => readIpaDictionary(content, { ...options, graphemeCase: "upper" }, "ipa.dict"),
      (error: unknown) =>
        isToolError(error, "INVALID_FILE") && [...error.at, error.message].join().includes(fact),
    );
  }
});

test("g2p: a hostile text takes linear time", () => {
  const g2p = arpabetG2p({
    dictionary: readArpabetDictionary(bytes(ARPABET), "test.dict"),
    heteronyms: new Set(),
    ignoreAmbiguousWords: false,
  });
  const started = performance.now();
  for (const piece of ["a-", "a'", "|", "a|", "s's", "-"]) {
    const text = piece.repeat(100_000);
    assert.ok(g2p.symbols(`${text}b`).length > 0);
  }
  assert.ok(performance.now() - started < 5000);
});

const arpabetPhones: PhoneSet = {
  alphabet: "arpabet",
  phones: new Set(["HH", "AH0", "AH1", "L", "OW1", "OW0"]),
};

test("custom dictionary: entries, braces and bare vowels", () => {
  const dictionary = parseCustomDictionary(
    "Hello  HH AH L OW1, olah  {@OW}{@L}{@AH1},",
    (word) => word.toLowerCase(),
    arpabetPhones,
  );
  assert.deepEqual(
    [...dictionary],
    [
      ["hello", ["HH", "AH0", "L", "OW1"]],
      ["olah", ["OW0", "L", "AH1"]],
    ],
  );
});

test("custom dictionary: IPA is taken by code points, with stand-ins", () => {
  const phones: PhoneSet = { alphabet: "ipa", phones: new Set(["ɡ", "ˈ", "o", "ʊ", "ː"]) };
  const dictionary = parseCustomDictionary("go  'go.ʊ:", (word) => word.toUpperCase(), phones);
  assert.deepEqual(dictionary.get("GO"), ["ˈ", "ɡ", "o", "ʊ", "ː"]);
});

for (const text of ["hello HH", "hello", "  HH", "hello  XX", "hello  {@}"]) {
  test(`custom dictionary: ${JSON.stringify(text)} is refused`, () => {
    assert.throws(
      () => parseCustomDictionary(text, (word) => word, arpabetPhones),
      (error: unknown) => isToolError(error, "INVALID_REQUEST"),
    );
  });
}

test("custom dictionary: too long is refused", () => {
  assert.throws(
    () => parseCustomDictionary("a  L,".repeat(50_000), (word) => word, arpabetPhones),
    (error: unknown) => isToolError(error, "LIMIT_EXCEEDED"),
  );
});
