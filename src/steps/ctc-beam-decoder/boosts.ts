/**
 * Word boosting as a request carries it: the row `word_boosts` of `CUSTOM_CONFIGURATION`, a line a
 * phrase, `phrase<TAB>boost`. Riva's guides recommend boosts of 20 to 100; here a twentieth of it
 * is added, for each word of the phrase, to the natural logarithm that the search maximises: 20
 * makes a word 3 times as likely, 100 some 150 times.
 */
import { BoostTable, type BoostPhrase } from "../../decoding/beam/boost.ts";
import { ToolError } from "../../errors/tool-error.ts";

export const WORD_BOOSTS = "word_boosts";
const PER_BOOST = 0.05;
/** Each phrase costs memory and time in every timestep of the stream. */
const MAX_PHRASES = 10_000;
const MAX_BOOST = 1000;

/** @throws ToolError INVALID_REQUEST for lines of another form, or too many */
export function parseWordBoosts(text: string): BoostTable {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  if (lines.length > MAX_PHRASES) {
    throw new ToolError(
      "INVALID_REQUEST",
      `${lines.length} boosted phrases, at most ${MAX_PHRASES}`,
      {
        at: WORD_BOOSTS,
        hint: "send fewer phrases; words that all requests want belong into the language model",
      },
    );
  }
  return new BoostTable(lines.map(parsePhrase));
}

function parsePhrase(line: string): BoostPhrase {
  const tab = line.lastIndexOf("\t");
  const text = line.slice(0, Math.max(0, tab)).trim();
  const boost = Number(line.slice(tab + 1));
  const isFitting =
    text !== "" && line.slice(tab + 1).trim() !== "" && Math.abs(boost) <= MAX_BOOST;
  if (!isFitting) {
    throw new ToolError("INVALID_REQUEST", `expected a phrase, a tab and a boost, got "${line}"`, {
      at: WORD_BOOSTS,
      hint: `a boost is a number from -${MAX_BOOST} to ${MAX_BOOST}; 20 to 100 are usual`,
    });
  }
  return { text, score: PER_BOOST * boost * text.split(/\s+/).length };
}
