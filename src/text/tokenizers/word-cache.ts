/** Natural text repeats its words: what a short one became is remembered, within limits. */
const MAX_WORDS = 16_384;
const MAX_WORD_UNITS = 48;

export class WordCache<T> {
  readonly #make: (word: string) => T;
  readonly #known = new Map<string, T>();

  constructor(make: (word: string) => T) {
    this.#make = make;
  }

  get(word: string): T {
    const known = this.#known.get(word);
    if (known !== undefined) return known;
    const made = this.#make(word);
    if (word.length > MAX_WORD_UNITS) return made;
    if (this.#known.size >= MAX_WORDS) this.#known.clear();
    this.#known.set(word, made);
    return made;
  }
}
