/** What NeMo's tokenizers do to a text before anything else (`tokenizer_utils` of NeMo 2.4). */

const COMBINING_MARKS = /\p{Mn}/gu;
const RIGHT_SINGLE_QUOTE = /’/g;
const DOUBLE_QUOTES = /[“”]/g;

/** English: letters lose their accents, typographic quotes become plain ones. */
export function preprocessEnglish(text: string): string {
  return text
    .normalize("NFD")
    .replace(COMBINING_MARKS, "")
    .replace(RIGHT_SINGLE_QUOTE, "'")
    .replace(DOUBLE_QUOTES, '"');
}

/** Other languages: composed letters, and an apostrophe for the right single quote. */
export function preprocessAnyLocale(text: string): string {
  return text.normalize("NFC").replace(RIGHT_SINGLE_QUOTE, "'");
}
