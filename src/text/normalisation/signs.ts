/** Signs that are spoken, replaced or left out when no rule took them. */

/** Signs that stand for words. */
const WORDS: Readonly<Record<string, string>> = {
  "&": "and",
  "+": "plus",
  "=": "equals",
  "@": "at",
  "%": "percent",
  "°": "degrees",
  "§": "section",
  "©": "copyright",
  "×": "times",
  "÷": "divided by",
  "±": "plus or minus",
  "≈": "about",
  "≤": "less than or equal to",
  "≥": "greater than or equal to",
  "≠": "is not equal to",
  "√": "square root of",
  "∞": "infinity",
  π: "pi",
  "€": "euros",
  "£": "pounds",
  $: "dollars",
  "¥": "yen",
  "₹": "rupees",
  "¢": "cents",
};

/** Signs that another one replaces. */
const REPLACED: Readonly<Record<string, string>> = {
  "…": "...",
  "—": ", ",
  "–": " - ",
  "−": " - ",
  "‐": "-",
  "‑": "-",
  "‘": "'",
  "‚": ",",
  "„": '"',
  "«": '"',
  "»": '"',
  "、": ", ",
  "，": ", ",
  "。": ". ",
  "！": "! ",
  "？": "? ",
  "：": ": ",
  "；": "; ",
  "•": ", ",
  "/": " ",
  "·": " ",
};

/** Letters with their marks, white space, and the punctuation that models have tokens for. */
const KEPT = /[\p{L}\p{M}\p{N}\s,.!?\-:;"'()[\]{}’“”]/u;

/**
 * What the sign is to be: a word of its own, other characters, or nothing. Emoji, pictures,
 * control characters and the vertical bar (which would mark phonemes) are nothing.
 */
export function replaceSign(sign: string): { readonly word: string } | { readonly text: string } {
  if (Object.hasOwn(WORDS, sign)) return { word: WORDS[sign] as string };
  if (Object.hasOwn(REPLACED, sign)) return { text: REPLACED[sign] as string };
  return { text: KEPT.test(sign) && !INVISIBLE.test(sign) ? sign : " " };
}

/** Variation selectors and keycap marks of emoji: combining marks that nothing combines with. */
const INVISIBLE = /[\ufe00-\ufe0f\u20e3\u200d]/;
