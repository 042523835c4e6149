/** Normalised text that remembers, unit by unit, which units of the original it came from. */
export class NormalizedText {
  units = new Uint16Array(256);
  /** Of the original text, per normalised unit. */
  starts = new Int32Array(256);
  ends = new Int32Array(256);
  length = 0;

  push(unit: number, start: number, end: number): void {
    if (this.length === this.units.length) this.#grow();
    this.units[this.length] = unit;
    this.starts[this.length] = start;
    this.ends[this.length] = end;
    this.length++;
  }

  /** All units of `text`, each of which stands for the same piece of the original. */
  pushText(text: string, start: number, end: number): void {
    for (let i = 0; i < text.length; i++) this.push(text.charCodeAt(i), start, end);
  }

  text(from = 0, to = this.length): string {
    let text = "";
    for (let i = from; i < to; i += 1024) {
      text += String.fromCharCode(...this.units.subarray(i, Math.min(to, i + 1024)));
    }
    return text;
  }

  #grow(): void {
    const size = 2 * this.units.length;
    const { units, starts, ends } = this;
    this.units = new Uint16Array(size);
    this.starts = new Int32Array(size);
    this.ends = new Int32Array(size);
    this.units.set(units);
    this.starts.set(starts);
    this.ends.set(ends);
  }
}
