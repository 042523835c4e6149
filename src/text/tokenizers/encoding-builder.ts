import type { Encoding } from "./tokenizer.ts";

/** Collects the tokens of a text, one after the other. */
export class EncodingBuilder implements Encoding {
  readonly ids: number[] = [];
  readonly tokens: string[] = [];
  readonly starts: number[] = [];
  readonly ends: number[] = [];

  push(id: number, token: string, start: number, end: number): void {
    this.ids.push(id);
    this.tokens.push(token);
    this.starts.push(start);
    this.ends.push(end);
  }

  /** Takes tokens back, until `count` are left. */
  truncate(count: number): void {
    this.ids.length = count;
    this.tokens.length = count;
    this.starts.length = count;
    this.ends.length = count;
  }

  /** Makes the last token longer. */
  extendLast(text: string, end: number): void {
    const last = this.ids.length - 1;
    this.tokens[last] = (this.tokens[last] ?? "") + text;
    this.ends[last] = end;
  }
}
