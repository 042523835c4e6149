/**
 * The normalisation rules of a SentencePiece model: the size of a Darts double array (32 bits,
 * little-endian), the array (units of 32 bits) and the replacement texts, each ending in NUL. A
 * unit with the highest bit set is a value: the position of a text.
 */
import { ToolError } from "../../errors/tool-error.ts";
import type { Charsmap } from "../../tensor/sentence-piece-model.ts";

const SIZE_BYTES = 4;

/** @throws ToolError INVALID_FILE */
export function parseCharsmap(bytes: Uint8Array): Charsmap {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.byteLength < SIZE_BYTES) throw damaged("it is too short");
  const arrayBytes = view.getUint32(0, true);
  const textsStart = SIZE_BYTES + arrayBytes;
  if (arrayBytes === 0 || arrayBytes % 4 !== 0 || textsStart > bytes.byteLength) {
    throw damaged(`its array has ${arrayBytes} bytes of ${bytes.byteLength}`);
  }
  const units = Array.from({ length: arrayBytes / 4 }, (_, i) =>
    view.getInt32(SIZE_BYTES + 4 * i, true),
  );
  const texts = parseTexts(bytes.subarray(textsStart));
  const wrong = units.find((unit) => unit < 0 && !texts.has(unit & 0x7fffffff));
  if (wrong !== undefined) throw damaged(`no text is at ${wrong & 0x7fffffff}`);
  return { units, replacements: [...texts] };
}

function parseTexts(bytes: Uint8Array): Map<number, string> {
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  const texts = new Map<number, string>();
  if (bytes.length > 0 && bytes.at(-1) !== 0) throw damaged("its last text has no end");
  for (let start = 0; start < bytes.length;) {
    const end = bytes.indexOf(0, start);
    try {
      texts.set(start, decoder.decode(bytes.subarray(start, end)));
    } catch {
      throw damaged(`the text at ${start} is not UTF-8`);
    }
    start = end + 1;
  }
  return texts;
}

function damaged(what: string): ToolError {
  return new ToolError("INVALID_FILE", `the normalisation rules are damaged: ${what}`, {
    at: "normalizer_spec.precompiled_charsmap",
    hint: "the SentencePiece model is damaged; copy or download it again",
  });
}
