/**
 * `mapping.txt`, which nemo2riva adds to the archives of spectrogram models: a line `<id> <token>`
 * for each token. Phones carry an `@`, so that they differ from letters; ARPABET models list their
 * lower-case letters a second time in upper case (nemo2riva, `patches/tts/general.py`).
 */
import { ToolError } from "../../errors/tool-error.ts";
import type { PhoneAlphabet } from "../g2p/g2p.ts";

const ALPHANUMERIC = /^[\p{L}\p{N}]+$/u;
const LINE = /^([0-9]{1,6}) (.+)$/u;
/** Phones of IPA that are no letters for Python: stress marks and the length mark. */
const IPA_MARKS = ["ˈ", "ˌ", "ː"];

/** The text of `mapping.txt`; `undefined` alphabet (letters only) is written as ARPABET is. */
export function writeMapping(
  tokens: readonly string[],
  alphabet: PhoneAlphabet | undefined,
): string {
  return tokens
    .flatMap((token, id) => {
      if (isPhone(token, alphabet)) return [`${id} @${token}`];
      const isLetter = alphabet !== "ipa" && ALPHANUMERIC.test(token);
      return [`${id} ${token}`, ...(isLetter ? [`${id} ${token.toUpperCase()}`] : [])];
    })
    .join("\n");
}

/** True for a token that nemo2riva marks as a phone. */
export function isPhone(token: string, alphabet: PhoneAlphabet | undefined): boolean {
  if (alphabet === "ipa" && IPA_MARKS.includes(token)) return true;
  return ALPHANUMERIC.test(token) && isLowerCase(token) === (alphabet === "ipa");
}

/**
 * The tokens by id, as NeMo has them.
 * @throws ToolError INVALID_FILE with the number of a wrong line, or for a missing id.
 */
export function readMapping(text: string, place: string): string[] {
  const tokens: string[] = [];
  text.split(/\r?\n/).forEach((line, n, lines) => {
    if (line === "" && n === lines.length - 1) return;
    const match = LINE.exec(line);
    const id = Number(match?.[1]);
    if (match === null || id > tokens.length) throw wrongLine(line, n, tokens.length, place);
    const token = match[2] as string;
    if (id === tokens.length) tokens.push(token.length > 1 ? token.replace(/^@/, "") : token);
    else if (tokens[id]?.toUpperCase() !== token) throw wrongLine(line, n, tokens.length, place);
  });
  return tokens;
}

/** Python's `str.islower`: at least one letter that has case, and none in upper case. */
function isLowerCase(token: string): boolean {
  return /\p{Lowercase}/u.test(token) && !/[\p{Lu}\p{Lt}]/u.test(token);
}

function wrongLine(line: string, n: number, nextId: number, place: string): ToolError {
  return new ToolError(
    "INVALID_FILE",
    `mapping: expected "<id> <token>" with id ${nextId} next, got ${JSON.stringify(line.slice(0, 40))}`,
    { at: [place, `line ${n + 1}`], hint: "make the mapping again with nemo2riva" },
  );
}
