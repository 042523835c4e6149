import assert from "node:assert/strict";
import { test } from "node:test";
import { seededRandom } from "../../../test/support/cut.ts";
import { isToolError } from "../../errors/tool-error.ts";
import { readAbbreviations } from "./abbreviations-file.ts";
import { englishNormaliser } from "./normalise.ts";
import { cardinal, ordinal } from "./number-words.ts";
import { speakAs } from "./say-as.ts";

/** Written text and what is spoken, by what the cases are about. */
const groups: Readonly<Record<string, readonly (readonly [string, string])[]>> = {
  cardinals: [
    [
      "0 1 10 11 20 21 99 100 101 999",
      "zero one ten eleven twenty twenty one ninety nine one hundred one hundred one nine hundred ninety nine",
    ],
    ["1000 and 1,000,000", "one thousand and one million"],
    [
      "1,234,567.89 dogs",
      "one million two hundred thirty four thousand five hundred sixty seven point eight nine dogs",
    ],
    ["007", "zero zero seven"],
    ["10,5", "ten, five"],
    ["It was 5.", "It was five."],
    ["-5 or +5 or ±5 or ~5", "minus five or plus five or plus or minus five or about five"],
    ["COVID-19 and B2B", "COVID-nineteen and B two B"],
    ["#5 5-10 people 3x4 3 × 4", "number five five to ten people three by four three by four"],
  ],
  decimals: [
    ["3.14159", "three point one four one five nine"],
    ["0.5 or .5", "zero point five or point five"],
    ["version 2.0.1", "version two point zero point one"],
  ],
  ordinals: [
    [
      "1st 2nd 3rd 4th 12th 21st 100th",
      "first second third fourth twelfth twenty first one hundredth",
    ],
    ["1,000th", "one thousandth"],
  ],
  fractions: [
    ["1/2 3/4 2/3 5/8", "one half three quarters two thirds five eighths"],
    ["1 1/2 cups and 2½ hours", "one and a half cups and two and a half hours"],
    ["½ ¾", "one half three quarters"],
    ["24/7", "twenty four seven"],
  ],
  years: [
    ["In 1984 he left.", "In nineteen eighty four he left."],
    ["since 2005, by 2010", "since two thousand five, by twenty ten"],
    [
      "(1776) from 1900 to 1905",
      "(seventeen seventy six) from nineteen hundred to nineteen oh five",
    ],
    ["in 2000 shops", "in two thousand shops"],
    ["1914-1918", "nineteen fourteen to nineteen eighteen"],
    ["the 1990s, '80s, 2000s", "the nineteen nineties, eighties, two thousands"],
    ["44 BC", "forty four B C"],
  ],
  dates: [
    ["January 5, 2020", "January fifth, twenty twenty"],
    ["Jan. 5th and May 5", "January fifth and May fifth"],
    ["July 1969", "July nineteen sixty nine"],
    ["5 January 2020", "the fifth of January twenty twenty"],
    ["the 4th of July", "the fourth of July"],
    ["2020-01-05", "January fifth, twenty twenty"],
    [
      "01/05/2020, 25/12/99",
      "January fifth, twenty twenty, December twenty fifth, nineteen ninety nine",
    ],
    ["May 45", "May forty five"],
  ],
  times: [
    ["3:45 3:05 3:00", "three forty five three oh five three o'clock"],
    ["3:45 pm, 9 a.m., 3pm", "three forty five P M, nine ay M, three P M"],
    ["15:00 15:30:20", "fifteen hundred fifteen thirty and twenty seconds"],
    ["We met at 5 p.m.", "We met at five P M."],
  ],
  money: [
    [
      "$3.50 $1 $0.99 $1.00",
      "three dollars and fifty cents one dollar ninety nine cents one dollar",
    ],
    [
      "£1.5 million, $5k, $2bn",
      "one point five million pounds, five thousand dollars, two billion dollars",
    ],
    [
      "€20 5€ USD 20 20 GBP ¥500",
      "twenty euros five euros twenty dollars twenty pounds five hundred yen",
    ],
    ["-$5 and 5¢", "minus five dollars and five cents"],
  ],
  units: [
    [
      "5 km 1 kg 60 mph 20°C 10% 3.5GB",
      "five kilometers one kilogram sixty miles per hour twenty degrees Celsius ten percent three point five gigabytes",
    ],
    ["100 km/h, 5-10 kg", "one hundred kilometers per hour, five to ten kilograms"],
    [`5'10" tall`, "five feet ten inches tall"],
    ["5 men, 3 in a row", "five men, three in a row"],
  ],
  telephone: [
    ["555-1234", "five five five, one two three four"],
    ["(555) 123-4567", "five five five, one two three, four five six seven"],
    ["+1-555-123-4567", "plus one, five five five, one two three, four five six seven"],
    ["192.168.0.1", "one nine two dot one six eight dot zero dot one"],
  ],
  roman: [
    ["Chapter IV of World War II", "Chapter four of World War two"],
    ["Henry VIII and Louis XIV", "Henry the eighth and Louis the fourteenth"],
    ["I am in IV therapy", "I am in IV therapy"],
  ],
  web: [
    ["john.doe@example.co.uk", "john dot doe at example dot co dot U K"],
    [
      "See https://www.nvidia.com/en-us/a?b=1.",
      "See W W W dot nvidia dot com slash en dash us slash ay question mark B equals one.",
    ],
    ["nvidia.com, or e.g. this.", "nvidia dot com, or for example this."],
  ],
  abbreviations: [
    ["Dr. Smith vs. Mrs. Jones", "doctor Smith versus missus Jones"],
    ["Elm Dr. and St. James St. etc.", "Elm drive and saint James street et cetera."],
    ["No. 5 is no. No.", "number five is no. No."],
  ],
  acronyms: [
    ["The FBI, CDs and HTTP in the U.S.", "The F B I, C D's and H T T P in the U S."],
    ["HELLO NASA", "HELLO NASA"],
    ["U.S.A. today", "U S ay today"],
  ],
  signs: [
    ["A & B + C = D @ home", "A and B plus C equals D at home"],
    ["one — two… «four» and/or", `one, two... "four" and or`],
    ["Hello 😀👨‍👩‍👧 world 👍🏽! 🇩🇪", "Hello world!"],
    ["x|HH AH0|y *a* _b_", "x H H AH zero y a b"],
    ["don't “stop” O'Neil's", "don't “stop” O'Neil's"],
    ["a\u00a0b\tc\n\nd", "a b c d"],
    ["Café naïve", "Café naïve"],
    ["", ""],
  ],
};

const normalise = englishNormaliser();

for (const [group, cases] of Object.entries(groups)) {
  test(`normalise: ${group}`, () => {
    for (const [written, spoken] of cases) assert.equal(normalise(written), spoken, written);
  });
}

test("normalise: what the dictionary knows is not spelt, but for known acronyms", () => {
  const withWords = englishNormaliser({ isWord: (word) => word === "NGC" || word === "TV" });
  assert.equal(withWords("NGC NGD TV"), "NGC N G D T V");
});

test("normalise: abbreviations of a file go before the built-in ones", () => {
  const abbreviations = readAbbreviations(
    "# comment\nDr.\tdoktor\r\n\nSOTA,state of the art\nw/o\twithout\nC++\tsee plus plus\n",
    "abbr.txt",
  );
  const withFile = englishNormaliser({ abbreviations });
  assert.equal(
    withFile("Dr. X, SOTA w/o C++. SOTAS by Dr."),
    "doktor X, state of the art without see plus plus. SOTAS by doktor.",
  );
});

for (const [text, line] of [
  ["a\tb\nbroken\n", "line 2"],
  ["\tb", "line 1"],
  ["a,", "line 1"],
  [`${"a".repeat(41)}\tb`, "line 1"],
] as const) {
  test(`abbreviations file: ${JSON.stringify(text.slice(0, 20))} is refused`, () => {
    assert.throws(
      () => readAbbreviations(text, "abbr.txt"),
      (error: unknown) => isToolError(error, "INVALID_FILE") && error.at.includes(line),
    );
  });
}

test("number words: 40 digits have a name, 41 are read one by one", () => {
  assert.match(
    cardinal("9".repeat(40)),
    /^nine duodecillion nine hundred ninety nine undecillion /,
  );
  assert.equal(cardinal("1".repeat(41)), Array(41).fill("one").join(" "));
  assert.equal(cardinal("0000"), "zero");
  assert.equal(cardinal(`1${"0".repeat(39)}`), "one duodecillion");
  assert.equal(ordinal("1000000"), "one millionth");
  assert.equal(ordinal("20"), "twentieth");
});

const sayAs: readonly (readonly [string, string, string | undefined, string])[] = [
  ["cardinal", "0123", undefined, "one hundred twenty three"],
  ["cardinal", "XIV", undefined, "fourteen"],
  ["cardinal", "-1,000.5", undefined, "minus one thousand point five"],
  ["number", "12", "ordinal", "twelfth"],
  ["number", "12", "digits", "one two"],
  ["ordinal", "3", undefined, "third"],
  ["ordinal", "II", undefined, "second"],
  ["digits", "12-34", undefined, "one two three four"],
  ["characters", "A1-b", undefined, "ay one dash B"],
  ["spell-out", "Riva", undefined, "R I V ay"],
  ["fraction", "3/4", undefined, "three quarters"],
  ["fraction", "2 1/2", undefined, "two and one half"],
  ["date", "1/2/2020", "mdy", "January second, twenty twenty"],
  ["date", "1/2/2020", "dmy", "February first, twenty twenty"],
  ["date", "2020-02-01", undefined, "February first, twenty twenty"],
  ["date", "12/2021", "my", "December twenty twenty one"],
  ["date", "1999", "y", "nineteen ninety nine"],
  ["date", "4 july", "dm", "July fourth"],
  ["date", "45/45/2020", "mdy", "forty five forty five two thousand twenty"],
  ["time", "2:30pm", "hms12", "two thirty P M"],
  ["time", "14:05", "hms24", "fourteen oh five"],
  [
    "telephone",
    "+49 30 123456",
    undefined,
    "plus four nine, three zero, one two three four five six",
  ],
  ["currency", "$42.01", undefined, "forty two dollars and one cent"],
  ["currency", "many", undefined, "many"],
  ["unheard-of", "5 km", undefined, "five kilometers"],
  ["constructor", "5", undefined, "five"],
];

for (const [interpretAs, text, format, spoken] of sayAs) {
  test(`say-as ${interpretAs} ${format ?? ""}: ${text}`, () => {
    assert.equal(speakAs(text, interpretAs, format, normalise), spoken);
  });
}

test("normalise: any mixture keeps its promises", () => {
  const random = seededRandom(9);
  const pieces = Array.from("0123456789.,-/:%$€#'\"()|&@ abAB😀½°").concat(
    "am",
    "St.",
    "\ud800",
    "km",
    "Jan ",
  );
  for (let round = 0; round < 3000; round++) {
    const count = Math.floor(random() * 30);
    const text = Array.from(
      { length: count },
      () => pieces[Math.floor(random() * pieces.length)],
    ).join("");
    const spoken = normalise(text);
    assert.doesNotMatch(spoken, /[0-9|😀$€%]|undefined|NaN|\s\s|^\s|\s$/u, text);
    assert.equal(normalise(text), spoken);
  }
});

test("normalise: hostile repetitions take linear time", () => {
  const started = performance.now();
  const pieces = [
    "1",
    "1.",
    "1,111",
    "1-",
    "a",
    "a.",
    "A.",
    "a@",
    "a-",
    "/",
    "www.",
    "$",
    "+1 ",
    "Jan ",
    "'",
  ];
  for (const piece of [
    ...pieces,
    "http://a",
    "1/",
    "1:11",
    " ",
    "|",
    "😀",
    "I",
    "Henry ",
    "(",
    ".",
  ]) {
    normalise(piece.repeat(Math.floor(50_000 / piece.length)));
  }
  assert.ok(performance.now() - started < 8000);
});
