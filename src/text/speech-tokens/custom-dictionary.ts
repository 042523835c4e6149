/**
 * The custom dictionary of a synthesis request: `word  phonemes,word  phonemes`, two blanks
 * between a word and its phonemes (the clients' `--custom_dictionary` sends it so).
 */
import { ToolError } from "../../errors/tool-error.ts";
import type { CustomDictionary } from "../g2p/g2p.ts";
import { parsePhonemes, type PhoneSet } from "./phonemes.ts";

/** Far more than anybody types; a request with a whole CMUdict belongs into the build. */
export const MAX_CUSTOM_DICTIONARY_LENGTH = 100_000;

const ENTRY = /^(\S+) {2,}(\S.*)$/s;
const PLACE = "custom_dictionary";

/**
 * @param fold how the voice's G2P spells words (`G2p.fold`).
 * @throws ToolError INVALID_REQUEST for a malformed entry or an unknown phone, LIMIT_EXCEEDED.
 */
export function parseCustomDictionary(
  text: string,
  fold: (word: string) => string,
  phones: PhoneSet,
): CustomDictionary {
  if (text.length > MAX_CUSTOM_DICTIONARY_LENGTH) throw tooLong(text.length);
  const entries = text.split(",").map((entry) => entry.trim());
  return new Map(
    entries
      .filter((entry) => entry !== "")
      .map((entry) => {
        const match = ENTRY.exec(entry);
        if (match === null) throw malformed(entry);
        const [, word, phonemes] = match as unknown as [string, string, string];
        return [fold(word.normalize("NFC")), parsePhonemes(phonemes, phones, `${PLACE}: ${word}`)];
      }),
  );
}

function malformed(entry: string): ToolError {
  return new ToolError(
    "INVALID_REQUEST",
    `expected a word, two blanks and its phonemes, got ${JSON.stringify(entry.slice(0, 60))}`,
    { at: PLACE, hint: "separate entries by commas: 'word  phonemes,word  phonemes'" },
  );
}

function tooLong(length: number): ToolError {
  return new ToolError(
    "LIMIT_EXCEEDED",
    `expected at most ${MAX_CUSTOM_DICTIONARY_LENGTH} characters, got ${length}`,
    { at: PLACE, hint: "build the pipeline with --phone_dictionary_file instead" },
  );
}
