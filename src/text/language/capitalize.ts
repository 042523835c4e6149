/** Python's `str.capitalize()`: the first character in title case, all others in lower case. */

/** Digraphs in capitals, title case and small letters: the middle one is the title case of all. */
const DIGRAPHS = ["Ǆǅǆ", "Ǉǈǉ", "Ǌǋǌ", "Ǳǲǳ"];

/** The word as Python capitalizes it; `straße` is `Straße`, `McDONALD` is `Mcdonald`. */
export function capitalize(word: string): string {
  const code = word.codePointAt(0);
  if (code === undefined) return word;
  const first = String.fromCodePoint(code);
  // the whole word is lowered, because a sigma at its end depends on what stands before it
  const rest = word.toLowerCase().slice(first.toLowerCase().length);
  return titleCase(first, code) + rest;
}

function titleCase(character: string, code: number): string {
  const digraph = DIGRAPHS.find((group) => group.includes(character));
  if (digraph !== undefined) return digraph[1] as string;
  // Georgian has capitals for whole words only
  if (code >= 0x10d0 && code <= 0x10ff) return character;
  const [head = "", ...tail] = character.toUpperCase();
  if (tail.length === 0 || head.toLowerCase() === head) return head + tail.join("");
  // a capital iota that stands for the one below a Greek letter goes below it again
  const isIota = code >= 0x1f80 && tail.at(-1) === "Ι" && code < 0x2000;
  if (!isIota) return head + tail.join("").toLowerCase();
  const below = `${head}${tail.slice(0, -1).join("")}\u0345`;
  return tail.length === 1 ? below.normalize("NFC") : below;
}
