/**
 * The fields of one line of an ARPA file, straight from its bytes: a language model has millions
 * of lines, and text of each would cost more than all the rest.
 */

const TAB = 0x09;
const SPACE = 0x20;
const RETURN = 0x0d;

/** Exact powers of ten in a double. */
const POWERS = Array.from({ length: 23 }, (_, n) => 10 ** n);

/** Walks over the fields of `bytes[start..end)`, which blanks or tabs separate. */
export class LineFields {
  #bytes: Uint8Array = new Uint8Array();
  #end = 0;
  /** The field found last. */
  fieldStart = 0;
  fieldEnd = 0;

  reset(bytes: Uint8Array, start: number, end: number): void {
    this.#bytes = bytes;
    this.fieldEnd = start;
    this.#end = end;
  }

  /** Moves to the next field; false at the end of the line. */
  next(): boolean {
    const bytes = this.#bytes;
    let at = this.fieldEnd;
    while (at < this.#end && isBlank(bytes[at] as number)) at++;
    this.fieldStart = at;
    while (at < this.#end && !isBlank(bytes[at] as number)) at++;
    this.fieldEnd = at;
    return this.fieldStart < at;
  }

  /** The field as a number; NaN if it is none. */
  number(): number {
    const bytes = this.#bytes;
    let at = this.fieldStart;
    const isNegative = bytes[at] === 0x2d;
    if (isNegative || bytes[at] === 0x2b) at++;
    let digits = 0;
    let mantissa = 0;
    let decimals = 0;
    let hasPoint = false;
    for (; at < this.fieldEnd; at++) {
      const byte = bytes[at] as number;
      if (byte >= 0x30 && byte <= 0x39) {
        mantissa = mantissa * 10 + byte - 0x30;
        digits++;
        if (hasPoint) decimals++;
      } else if (byte === 0x2e && !hasPoint) hasPoint = true;
      else break;
    }
    // An exponent or many digits: rare, and left to the language.
    if (at < this.fieldEnd || digits === 0 || digits > 15) return Number(this.text() || NaN);
    const value = mantissa / (POWERS[decimals] as number);
    return isNegative ? -value : value;
  }

  /** The field as ASCII text. */
  text(): string {
    let text = "";
    for (let at = this.fieldStart; at < this.fieldEnd; at++) {
      text += String.fromCharCode(this.#bytes[at] as number);
    }
    return text;
  }
}

function isBlank(byte: number): boolean {
  return byte === SPACE || byte === TAB || byte === RETURN;
}
