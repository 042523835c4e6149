/**
 * BERT's basic tokens as texts: words and punctuation, before they are cut into pieces. They are
 * what an answer to a question is found again by in the words of the passage.
 */
import { DROPPED, IDEOGRAPH, kindOf, PUNCTUATION, SPACE } from "./bert-characters.ts";
import { BertNormalizer } from "./bert-normalizer.ts";
import { NormalizedText } from "./normalized-text.ts";

/** With `lowerCase` accents go too, as in the original. */
export function basicTokens(text: string, lowerCase: boolean): string[] {
  const normalizer = new BertNormalizer({ lowerCase, stripAccents: lowerCase });
  const tokens: string[] = [];
  const run = new NormalizedText();
  const finish = (): void => {
    if (run.length > 0) tokens.push(...splitPunctuation(normalizer.compose(run).text()));
    run.length = 0;
  };
  for (const character of text) {
    const codePoint = character.codePointAt(0) as number;
    const kind = kindOf(codePoint);
    if (kind === SPACE || kind === IDEOGRAPH) finish();
    if (kind !== SPACE && kind !== DROPPED) normalizer.append(run, codePoint, 0, 0);
    if (kind === IDEOGRAPH) finish();
  }
  finish();
  return tokens;
}

function splitPunctuation(word: string): string[] {
  const parts: string[] = [];
  let isOpen = false;
  for (const character of word) {
    const isMark = kindOf(character.codePointAt(0) as number) === PUNCTUATION;
    if (isMark || !isOpen) parts.push(character);
    else parts.push(`${parts.pop() ?? ""}${character}`);
    isOpen = !isMark;
  }
  return parts;
}
