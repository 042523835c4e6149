import assert from "node:assert/strict";
import { test } from "node:test";
import { seededRandom } from "../../../test/support/cut.ts";
import { isToolError } from "../../errors/tool-error.ts";
import { parseSsml, type SsmlSpan } from "./ssml.ts";
import { MAX_XML_DEPTH, MAX_XML_LENGTH } from "./xml.ts";

/** A span in one short line. */
function brief(span: SsmlSpan): string {
  if (span.kind === "pause") return `pause ${span.seconds}`;
  if (span.kind === "boundary") return "boundary";
  const { rate, pitch, volume } = span.prosody;
  const manner = [
    rate === 1 ? "" : ` rate ${rate}`,
    pitch.value === 0 ? "" : ` pitch ${pitch.value} ${pitch.unit}`,
    volume === 1 ? "" : ` volume ${volume.toFixed(3)}`,
    span.emphasis === "none" ? "" : ` ${span.emphasis}`,
  ].join("");
  const detail =
    span.kind === "say-as"
      ? ` ${span.interpretAs}${span.format === undefined ? "" : `/${span.format}`}`
      : span.kind === "phonemes"
        ? ` ${span.alphabet} ${span.phonemes}`
        : "";
  return `${span.kind}${detail} "${span.text}"${manner}`;
}

const documents: readonly [string, readonly string[]][] = [
  ["<speak>Hello  <!-- no -->world</speak>", ['text "Hello "', 'text "world"']],
  ["<?xml version='1.0'?>\n<speak xmlns='a' version='1.1'/>", []],
  ["<speak>a &lt;b&gt; &amp; &#65;&#x1F600; &quot;&apos;</speak>", ['text "a <b> & A😀 "\'"']],
  ["<speak><![CDATA[1 < 2 & <b>]]></speak>", ['text "1 < 2 & <b>"']],
  [
    '<speak><prosody rate="+200%" pitch="-20Hz" volume="+6dB">x</prosody>y</speak>',
    ['text "x" rate 2 pitch -20 hertz volume 1.995', 'text "y"'],
  ],
  [
    '<speak><prosody rate="35%" pitch="1.5">x</prosody></speak>',
    ['text "x" rate 0.35 pitch 1.5 deviation'],
  ],
  [
    '<speak><prosody rate="fast" pitch="x-low" volume="silent">x</prosody></speak>',
    ['text "x" rate 1.5 pitch -2 deviation volume 0.000'],
  ],
  [
    '<speak><prosody rate="50%">a<prosody rate="default" pitch="high">b</prosody></prosody></speak>',
    ['text "a" rate 0.5', 'text "b" pitch 1 deviation'],
  ],
  [
    '<speak>You say <phoneme alphabet="ipa" ph="təˈmeɪˌtoʊ">tomato</phoneme>.</speak>',
    ['text "You say "', 'phonemes ipa təˈmeɪˌtoʊ "tomato"', 'text "."'],
  ],
  [
    '<speak><phoneme alphabet="x-arpabet" ph="{@HH}{@AH0}">h</phoneme></speak>',
    ['phonemes arpabet {@HH}{@AH0} "h"'],
  ],
  [
    "<speak><sub alias='World Wide Web'>WWW</sub> is</speak>",
    ['text "World Wide Web"', 'text " is"'],
  ],
  [
    '<speak><emphasis>a</emphasis><emphasis level="reduced">b</emphasis></speak>',
    ['text "a" moderate', 'text "b" reduced'],
  ],
  [
    '<speak><break/><break time="250ms"/><break time="1.5s"/><break strength="none"/></speak>',
    ["pause 0.5", "pause 0.25", "pause 1.5", "pause 0"],
  ],
  [
    '<speak><say-as interpret-as="date" format="MDY">1/2/2020</say-as></speak>',
    ['say-as date/mdy "1/2/2020"'],
  ],
  [
    "<speak><p><s>One.</s><s>Two.</s></p></speak>",
    [
      "boundary",
      "boundary",
      'text "One."',
      "boundary",
      "boundary",
      'text "Two."',
      "boundary",
      "boundary",
    ],
  ],
  ['<speak><voice name="x">said</voice><metadata>not said</metadata></speak>', ['text "said"']],
];

for (const [document, spans] of documents) {
  test(`ssml: ${document}`, () => {
    assert.deepEqual(parseSsml(document)?.map(brief), spans);
  });
}

const plain = [
  "Hello",
  "",
  "1 < 2",
  "<b>bold</b>",
  "<speak>open",
  "<speak></spoke>",
  "<speak>&nbsp;</speak>",
  "<speak>AT&T</speak>",
  "<speak>&#0;</speak>",
  "<speak>&#xD800;</speak>",
  "<speak>&#x110000;</speak>",
  "<speak a='1' a='2'/>",
  "<speak a=1/>",
  "<speak a='<'/>",
  "<speak/><speak/>",
  "<speak/>text",
  "text<speak/>",
  "<speak><!-- </speak>",
  "<speak><![CDATA[</speak>",
  "< speak></speak>",
  "<SPEAK></SPEAK>",
  "<speak><prosody rate='fast'></speak></prosody>",
];

for (const text of plain) {
  test(`ssml: ${JSON.stringify(text)} is plain text`, () => {
    assert.equal(parseSsml(text), undefined);
  });
}

const wrong: readonly [string, string][] = [
  ["<prosody rate='24%'/>", "rate"],
  ["<prosody rate='251%'/>", "rate"],
  ["<prosody rate='-50%'/>", "rate"],
  ["<prosody rate='1.5'/>", "rate"],
  ["<prosody pitch='3.01'/>", "pitch"],
  ["<prosody pitch='151Hz'/>", "pitch"],
  ["<prosody pitch='+2st'/>", "pitch"],
  ["<prosody pitch='10%'/>", "pitch"],
  ["<prosody pitch=''/>", "pitch"],
  ["<prosody volume='9dB'/>", "volume"],
  ["<prosody volume='-13.1dB'/>", "volume"],
  ["<prosody volume='5'/>", "volume"],
  ["<break time='21s'/>", "time"],
  ["<break time='-1s'/>", "time"],
  ["<break strength='huge'/>", "strength"],
  ["<emphasis level='loud'>a</emphasis>", "level"],
  ["<phoneme alphabet='x-sampa' ph='a'>a</phoneme>", "alphabet"],
  ["<phoneme alphabet='ipa'>a</phoneme>", "ph"],
  ["<sub>a</sub>", "alias"],
  ["<say-as>a</say-as>", "interpret-as"],
  ["<prosody rate='constructor'/>", "rate"],
];

for (const [element, attribute] of wrong) {
  test(`ssml: ${element} is refused`, () => {
    assert.throws(
      () => parseSsml(`<speak>${element}</speak>`),
      (error: unknown) =>
        isToolError(error, "INVALID_REQUEST") && error.message.includes(attribute),
    );
  });
}

test("ssml: a document type is refused, and nothing in it is expanded", () => {
  const document =
    '<!DOCTYPE speak [<!ENTITY a "ha"><!ENTITY b SYSTEM "file:///etc/passwd">]><speak>&a;&b;</speak>';
  assert.throws(
    () => parseSsml(document),
    (error: unknown) => isToolError(error, "INVALID_REQUEST"),
  );
});

test("ssml: depth and length are limited", () => {
  const nested = (depth: number): string =>
    `${"<speak>".repeat(depth)}a${"</speak>".repeat(depth)}`;
  assert.equal(parseSsml(nested(MAX_XML_DEPTH))?.length, 1);
  for (const text of [nested(MAX_XML_DEPTH + 1), `<speak>${"a".repeat(MAX_XML_LENGTH)}</speak>`]) {
    assert.throws(
      () => parseSsml(text),
      (error: unknown) => isToolError(error, "LIMIT_EXCEEDED"),
    );
  }
});

test("ssml: any mixture of pieces ends, with spans, plain text or a ToolError", () => {
  const pieces = [
    "<speak>",
    "</speak>",
    "<",
    ">",
    "&",
    "&amp;",
    "&#",
    ";",
    "<p>",
    "</p>",
    "a",
    " ",
  ];
  pieces.push("<!--", "-->", "<![CDATA[", "]]>", "<?", "?>", "='", "'", "<break ", "/>", "time");
  const random = seededRandom(5);
  for (let round = 0; round < 3000; round++) {
    const count = Math.floor(random() * 12);
    const text = `<speak>${Array.from({ length: count }, () => pieces[Math.floor(random() * pieces.length)]).join("")}</speak>`;
    try {
      parseSsml(text);
    } catch (error) {
      assert.ok(isToolError(error), text);
    }
  }
});

test("ssml: hostile repetitions take linear time", () => {
  const started = performance.now();
  for (const piece of ["<a", "<a ", "&", "<!--", "</", "<a b='", "]]>", "<a/>", "&amp;"]) {
    parseSsml(`<speak>${piece.repeat(Math.floor(200_000 / piece.length))}`);
  }
  assert.ok(performance.now() - started < 3000);
});
