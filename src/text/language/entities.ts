/**
 * Labelled words to entities: `B-PER I-PER` is one entity of the kind PER, as are words in a row
 * with equal labels that have no such prefix.
 */

export interface LabelledWord {
  readonly text: string;
  /** Characters of the whole text, the end exclusive. */
  readonly start: number;
  readonly end: number;
  readonly label: string;
  readonly score: number;
}

/** Of words that belong to nothing. */
export const OUTSIDE = "O";

/** The entities in the order of the text; the score is the mean of the words'. */
export function findEntities(words: readonly LabelledWord[]): LabelledWord[] {
  const entities: LabelledWord[] = [];
  let open: LabelledWord[] = [];
  const close = (): void => {
    if (open.length > 0) entities.push(joinWords(open));
    open = [];
  };
  for (const word of words) {
    const previous = open.at(-1);
    if (previous !== undefined && !continues(previous.label, word.label)) close();
    if (word.label !== OUTSIDE) open.push(word);
  }
  close();
  return entities;
}

function continues(before: string, label: string): boolean {
  if (label === OUTSIDE) return false;
  const [prefix, kind] = splitLabel(label);
  return prefix !== "B" && kind === splitLabel(before)[1];
}

function splitLabel(label: string): [prefix: string, kind: string] {
  const match = /^([BI])-(.+)$/s.exec(label);
  return match === null ? ["", label] : [match[1] as string, match[2] as string];
}

function joinWords(words: readonly LabelledWord[]): LabelledWord {
  const [first] = words as readonly [LabelledWord];
  const text = words.map((word) => word.text).join(" ");
  const end = (words.at(-1) ?? first).end;
  const [from, to] = withoutPunctuation(text);
  return {
    text: text.slice(from, to),
    start: first.start + countCharacters(text.slice(0, from)),
    end: end - countCharacters(text.slice(to)),
    label: splitLabel(first.label)[1],
    score: words.reduce((sum, { score }) => sum + score, 0) / words.length,
  };
}

/**
 * A word carries the punctuation that touches it (`Francisco?`); the entity does not. A full stop
 * stays where another one tells that it is part of an abbreviation (`U.S.`).
 */
function withoutPunctuation(text: string): [from: number, to: number] {
  const opening = /^[("'“‘«[{¿¡]*/u.exec(text)?.[0].length ?? 0;
  const closing = /[,;:!?…)"'”’»\]}]*$/u.exec(text)?.[0].length ?? 0;
  let to = text.length - closing;
  const lastWord = text.slice(0, to).split(" ").at(-1) ?? "";
  if (/^[^.]+\.$/.test(lastWord)) to--;
  return opening < to ? [opening, to] : [0, text.length];
}

const countCharacters = (text: string): number => [...text].length;
