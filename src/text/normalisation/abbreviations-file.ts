/**
 * The file of `riva-build`'s option `abbreviations_file`: one abbreviation a line and what it
 * stands for, a tab between them, or a comma if the line has no tab. Blank lines and lines that
 * begin with `#` do not count. (The original's format is not published.)
 */
import { ToolError } from "../../errors/tool-error.ts";

/** Abbreviation, spelt as in the text, → what to say. */
export type Abbreviations = ReadonlyMap<string, string>;

/** No abbreviation is longer; rules try all lengths up to the longest. */
export const MAX_ABBREVIATION_LENGTH = 40;

/**
 * @param place name of the file for errors.
 * @throws ToolError INVALID_FILE with the number of a malformed line.
 */
export function readAbbreviations(text: string, place: string): Abbreviations {
  const abbreviations = new Map<string, string>();
  text.split(/\r\n|\n|\r/).forEach((line, n) => {
    if (line.trim() === "" || line.startsWith("#")) return;
    const separator = line.includes("\t") ? "\t" : ",";
    const at = line.indexOf(separator);
    const written = line.slice(0, Math.max(at, 0)).trim();
    const spoken = line.slice(at + 1).trim();
    if (written === "" || spoken === "" || written.length > MAX_ABBREVIATION_LENGTH) {
      throw malformed(line, n, place);
    }
    abbreviations.set(written, spoken);
  });
  return abbreviations;
}

function malformed(line: string, n: number, place: string): ToolError {
  const got = JSON.stringify(line.slice(0, 60));
  return new ToolError(
    "INVALID_FILE",
    `abbreviations: expected an abbreviation, a tab or comma and its expansion, got ${got}`,
    {
      at: [place, `line ${n + 1}`],
      hint: `write a line as Dr.<tab>doctor; at most ${MAX_ABBREVIATION_LENGTH} characters before the tab`,
    },
  );
}
