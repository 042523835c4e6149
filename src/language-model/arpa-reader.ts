/**
 * Reads an ARPA file piece by piece into plain arrays:
 *
 *   \data\
 *   ngram 1=3
 *   …
 *   \1-grams:
 *   -1.2  word  -0.3
 *   …
 *   \end\
 *
 * Numbers are log10. Blanks and tabs separate alike. Wrong files fail with the line's number.
 */
import { ToolError } from "../errors/tool-error.ts";
import { LineFields } from "./arpa-line.ts";
import { ArpaVocabulary, NO_WORD } from "./arpa-vocabulary.ts";
import { GrowingBytes, GrowingFloat32, GrowingUint32 } from "./growing.ts";
import { MAX_ORDER } from "./kenlm-header.ts";

/** The n-grams of one order. */
export interface ArpaSection {
  /** `order` word ids an n-gram, from left to right. */
  readonly words: GrowingUint32;
  readonly probabilities: GrowingFloat32;
  /** Empty for the highest order. */
  readonly backoffs: GrowingFloat32;
}

export interface ArpaModel {
  readonly vocabulary: ArpaVocabulary;
  /** Sections by order, from unigrams on. */
  readonly sections: readonly ArpaSection[];
  /** Some files lack `<unk>`. */
  readonly hasUnknown: boolean;
}

/** No sentence-like line is longer; a file without line ends must not fill the memory. */
const MAX_LINE_BYTES = 1 << 16;
/** Some tools write a preamble; a text file without `\data\` must not be read to its end. */
const MAX_PREAMBLE_LINES = 1000;
const LINE_END = 0x0a;
const BACKSLASH = 0x5c;
const RETURN = 0x0d;

const PLACES = { preamble: 0, counts: 1, ngrams: 2, end: 3 } as const;
type Place = (typeof PLACES)[keyof typeof PLACES];

/** Feed it with `push`, then call `finish`. */
export class ArpaReader {
  readonly #vocabulary = new ArpaVocabulary();
  readonly #counts: number[] = [];
  readonly #sections: ArpaSection[] = [];
  readonly #fields = new LineFields();
  /** A line that the end of a piece cut. */
  readonly #rest = new GrowingBytes();
  #place: Place = PLACES.preamble;
  #lineNumber = 0;
  #hasUnknown = false;

  /** @throws ToolError INVALID_FILE with the line's number */
  push(piece: Uint8Array): void {
    let start = 0;
    for (;;) {
      const end = piece.indexOf(LINE_END, start);
      if (end < 0) break;
      if (this.#rest.length > 0) {
        this.#rest.append(piece.subarray(start, end));
        this.#readLine(this.#rest.bytes(), 0, this.#rest.length);
        this.#rest.length = 0;
      } else this.#readLine(piece, start, end);
      start = end + 1;
    }
    this.#rest.append(piece.subarray(start));
    if (this.#rest.length > MAX_LINE_BYTES)
      throw this.#wrong(`a line of ${this.#rest.length} bytes`, 1);
  }

  /** @throws ToolError INVALID_FILE */
  finish(): ArpaModel {
    if (this.#rest.length > 0) this.#readLine(this.#rest.bytes(), 0, this.#rest.length);
    if (this.#place !== PLACES.end) {
      const mark = this.#place === PLACES.preamble ? "\\data\\" : "\\end\\";
      throw this.#wrong(`expected ${mark}, the file ends`);
    }
    return {
      vocabulary: this.#vocabulary,
      sections: this.#sections,
      hasUnknown: this.#hasUnknown,
    };
  }

  #readLine(bytes: Uint8Array, start: number, end: number): void {
    this.#lineNumber++;
    const last = end > start && bytes[end - 1] === RETURN ? end - 1 : end;
    if (last - start > MAX_LINE_BYTES) throw this.#wrong(`a line of ${last - start} bytes`);
    this.#fields.reset(bytes, start, last);
    if (!this.#fields.next()) return;
    // In a section only a heading begins with a backslash, for n-grams begin with a number.
    if (this.#place === PLACES.ngrams && bytes[this.#fields.fieldStart] !== BACKSLASH) {
      this.#readNgram(bytes);
    } else this.#readOther(this.#fields.text());
  }

  #readOther(first: string): void {
    switch (this.#place) {
      case PLACES.preamble:
        return this.#readPreamble(first);
      case PLACES.counts:
        return first === "ngram" ? this.#readCount() : this.#openSection(first);
      case PLACES.ngrams:
        return this.#closeSection(first);
      case PLACES.end:
        throw this.#wrong(`expected nothing after \\end\\, got '${shorten(first)}'`);
    }
  }

  #readPreamble(first: string): void {
    if (first === "\\data\\") this.#place = PLACES.counts;
    else if (first === "iARPA") {
      throw this.#wrong("an IRSTLM iARPA file; make an ARPA file of it with compile-lm --text=yes");
    } else if (this.#lineNumber > MAX_PREAMBLE_LINES) {
      throw this.#wrong(`expected \\data\\ within the first ${MAX_PREAMBLE_LINES} lines`);
    }
  }

  /** `ngram 2=210085`, with or without blanks around the sign. */
  #readCount(): void {
    let text = "";
    while (this.#fields.next()) text += this.#fields.text();
    const match = /^(\d{1,2})=(\d{1,15})$/.exec(text);
    if (match === null || Number(match[1]) !== this.#counts.length + 1) {
      throw this.#wrong(
        `expected 'ngram ${this.#counts.length + 1}=<count>', got 'ngram ${shorten(text)}'`,
      );
    }
    this.#counts.push(Number(match[2]));
    if (this.#counts.length > MAX_ORDER) throw this.#wrong(`an order above ${MAX_ORDER}`);
  }

  #openSection(heading: string): void {
    const order = this.#sections.length + 1;
    if (heading !== `\\${order}-grams:`) {
      throw this.#wrong(`expected \\${order}-grams:, got '${shorten(heading)}'`);
    }
    if (order === 1 && this.#counts.length < 2) {
      throw this.#wrong(`expected at least 2 orders, got ${this.#counts.length}`);
    }
    this.#sections.push({
      words: new GrowingUint32(),
      probabilities: new GrowingFloat32(),
      backoffs: new GrowingFloat32(),
    });
    this.#place = PLACES.ngrams;
  }

  #closeSection(heading: string): void {
    const order = this.#sections.length;
    const expected = this.#counts[order - 1];
    const got = this.#sections[order - 1]?.probabilities.length;
    if (got !== expected) {
      throw this.#wrong(`expected ${expected} ${order}-grams as \\data\\ says, got ${got}`);
    }
    if (order < this.#counts.length) return this.#openSection(heading);
    if (heading !== "\\end\\") throw this.#wrong(`expected \\end\\, got '${shorten(heading)}'`);
    this.#place = PLACES.end;
  }

  #readNgram(bytes: Uint8Array): void {
    const fields = this.#fields;
    const order = this.#sections.length;
    const section = this.#sections[order - 1] as ArpaSection;
    const probability = fields.number();
    if (!(probability <= 0 && probability > -Infinity)) {
      throw this.#wrong(
        `expected a log10 probability of at most 0, got '${shorten(fields.text())}'`,
      );
    }
    for (let n = 0; n < order; n++) {
      if (!fields.next()) throw this.#wrong(`expected ${order} words, got ${n}`);
      section.words.push(this.#wordId(bytes, order));
    }
    section.probabilities.push(probability);
    this.#readBackoff(section, order < this.#counts.length);
  }

  #wordId(bytes: Uint8Array, order: number): number {
    const { fieldStart, fieldEnd } = this.#fields;
    const id =
      order === 1
        ? this.#vocabulary.add(bytes, fieldStart, fieldEnd)
        : this.#vocabulary.find(bytes, fieldStart, fieldEnd);
    if (id === NO_WORD) {
      const word = shorten(this.#fields.text());
      throw this.#wrong(order === 1 ? `the word '${word}' comes twice` : `'${word}' is no unigram`);
    }
    if (order === 1 && id === 0) {
      if (this.#hasUnknown) throw this.#wrong("<unk> comes twice");
      this.#hasUnknown = true;
    }
    return id;
  }

  #readBackoff(section: ArpaSection, wanted: boolean): void {
    const fields = this.#fields;
    const backoff = fields.next() ? fields.number() : 0;
    if (!Number.isFinite(backoff)) {
      throw this.#wrong(`expected a log10 backoff weight, got '${shorten(fields.text())}'`);
    }
    if (fields.next()) throw this.#wrong(`unexpected '${shorten(fields.text())}' at the end`);
    if (wanted) section.backoffs.push(backoff);
    else if (backoff !== 0) throw this.#wrong("a backoff weight at the highest order");
  }

  #wrong(what: string, ahead = 0): ToolError {
    return new ToolError("INVALID_FILE", `ARPA: ${what}`, {
      at: `line ${this.#lineNumber + ahead}`,
      hint: "the file is damaged or not an ARPA language model; build it again or copy it again",
    });
  }
}

function shorten(text: string): string {
  return text.length <= 40 ? text : `${text.slice(0, 40)}…`;
}
