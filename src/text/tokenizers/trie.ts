/**
 * A set of strings with a number each, walked one UTF-16 unit at a time: the longest or every
 * entry that begins at a place of a text is found without making substrings. Edges lie in one
 * open-addressed hash table of typed arrays; nodes are numbers, 0 is the root.
 */

/** What {@link Trie.child} returns where no entry goes on. */
export const NO_NODE = -1;
const NO_VALUE = -1;
const START_SLOTS = 1024;
const NODE_FACTOR = 0x10000;

export class Trie {
  /** `node * 65536 + unit + 1` of each edge, 0 for a free slot: exact in a double. */
  #keys = new Float64Array(START_SLOTS);
  #children = new Int32Array(START_SLOTS);
  #shift = 32 - Math.log2(START_SLOTS);
  #values = new Int32Array(START_SLOTS).fill(NO_VALUE);
  #nodeCount = 1;

  /** Entries in order; a later one replaces the value of an equal earlier one. Empty strings are left out. */
  constructor(entries: Iterable<readonly [text: string, value: number]>) {
    for (const [text, value] of entries) this.#add(text, value);
  }

  /** The node one unit further, or {@link NO_NODE}. */
  child(node: number, unit: number): number {
    const keys = this.#keys;
    const mask = keys.length - 1;
    const key = node * NODE_FACTOR + unit + 1;
    let slot = hash(node, unit) >>> this.#shift;
    for (;;) {
      const found = keys[slot] as number;
      if (found === key) return this.#children[slot] as number;
      if (found === 0) return NO_NODE;
      slot = (slot + 1) & mask;
    }
  }

  /** The value of the entry that ends at a node; negative if none does. */
  value(node: number): number {
    return this.#values[node] as number;
  }

  /** The node after a whole string, or {@link NO_NODE}. */
  walk(text: string): number {
    let node = 0;
    for (let i = 0; i < text.length && node !== NO_NODE; i++) {
      node = this.child(node, text.charCodeAt(i));
    }
    return node;
  }

  /** Length of the longest entry that `text` has at `at`, 0 if there is none. */
  longestAt(text: string, at: number): number {
    let node = 0;
    let longest = 0;
    for (let i = at; i < text.length; i++) {
      node = this.child(node, text.charCodeAt(i));
      if (node === NO_NODE) break;
      if (this.value(node) >= 0) longest = i + 1 - at;
    }
    return longest;
  }

  #add(text: string, value: number): void {
    if (text === "") return;
    let node = 0;
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i);
      const next = this.child(node, unit);
      node = next === NO_NODE ? this.#grow(node, unit) : next;
    }
    this.#values[node] = value;
  }

  #grow(node: number, unit: number): number {
    if (2 * this.#nodeCount >= this.#keys.length) this.#double();
    const child = this.#nodeCount++;
    this.#put(node * NODE_FACTOR + unit + 1, child);
    return child;
  }

  #put(key: number, child: number): void {
    const edge = key - 1;
    const node = Math.floor(edge / NODE_FACTOR);
    let slot = hash(node, edge % NODE_FACTOR) >>> this.#shift;
    while (this.#keys[slot] !== 0) slot = (slot + 1) & (this.#keys.length - 1);
    this.#keys[slot] = key;
    this.#children[slot] = child;
  }

  #double(): void {
    const keys = this.#keys;
    const children = this.#children;
    this.#keys = new Float64Array(2 * keys.length);
    this.#children = new Int32Array(2 * keys.length);
    this.#shift -= 1;
    for (let slot = 0; slot < keys.length; slot++) {
      if (keys[slot] !== 0) this.#put(keys[slot] as number, children[slot] as number);
    }
    const values = new Int32Array(2 * keys.length).fill(NO_VALUE);
    values.set(this.#values);
    this.#values = values;
  }
}

function hash(node: number, unit: number): number {
  return Math.imul(Math.imul(node, 0x9e3779b1) ^ unit, 0x85ebca6b);
}
