/**
 * The lexicon as a prefix tree over tokens, in flat arrays: children are found by one hash
 * lookup. Each node knows what the words below it are worth to the language model ("smearing"),
 * so that a word's score counts from its first token on, not all at once at its end.
 */
import type { Lexicon } from "./lexicon.ts";

export const SMEARING_MODES = ["none", "max", "logadd"] as const;
export type SmearingMode = (typeof SMEARING_MODES)[number];

export const ROOT = 0;
const NO_LABELS: readonly number[] = [];
/** exp of anything less does not change a sum in double precision. */
const NEGLIGIBLE = -39.14;

export interface TrieOptions {
  readonly smearing: SmearingMode;
  /** Score of each label on its own: what the language model gives it after `<s>`. */
  readonly labelScores: Float64Array | undefined;
}

export class LexiconTrie {
  /** Open addressing over (node, token): three numbers an edge. */
  #edges = new Int32Array(3 * 4096).fill(-1);
  #edgeCount = 0;
  readonly #labels: (number[] | undefined)[] = [undefined];
  readonly #parents: number[] = [-1];
  /** By node; 0 everywhere without smearing. */
  readonly smeared: Float32Array;
  /** Children of node n: from `childStarts[n]` up to `childStarts[n + 1]` in the next two. */
  readonly childStarts: Int32Array;
  readonly childTokens: Int32Array;
  readonly childNodes: Int32Array;

  constructor(lexicon: Lexicon, { smearing, labelScores }: TrieOptions) {
    for (const { label, tokens } of lexicon.spellings) this.#insert(tokens, label);
    this.childStarts = new Int32Array(this.#parents.length + 1);
    this.childTokens = new Int32Array(this.#edgeCount);
    this.childNodes = new Int32Array(this.#edgeCount);
    this.#listChildren();
    this.smeared = new Float32Array(this.#parents.length);
    if (smearing !== "none" && labelScores !== undefined) this.#smear(smearing, labelScores);
    // What a word is worth is counted from the root, where nothing has been given yet.
    this.smeared[ROOT] = 0;
  }

  /** The child of a node by a token, or -1. */
  child(node: number, token: number): number {
    const edges = this.#edges;
    const size = edges.length / 3;
    let slot = hashEdge(node, token) & (size - 1);
    for (;;) {
      const at = 3 * slot;
      const owner = edges[at] as number;
      if (owner === node && edges[at + 1] === token) return edges[at + 2] as number;
      if (owner === -1) return -1;
      slot = (slot + 1) & (size - 1);
    }
  }

  /** Words that end at the node. */
  labels(node: number): readonly number[] {
    return this.#labels[node] ?? NO_LABELS;
  }

  /** Words go on from here. */
  hasChildren(node: number): boolean {
    return (this.childStarts[node] as number) < (this.childStarts[node + 1] as number);
  }

  #insert(tokens: readonly number[], label: number): void {
    let node = ROOT;
    for (const token of tokens) {
      const known = this.child(node, token);
      node = known >= 0 ? known : this.#addChild(node, token);
    }
    const labels = (this.#labels[node] ??= []);
    if (!labels.includes(label)) labels.push(label);
  }

  #addChild(node: number, token: number): number {
    const child = this.#parents.length;
    this.#parents.push(node);
    this.#labels.push(undefined);
    if (++this.#edgeCount * 6 > this.#edges.length) this.#growEdges();
    placeEdge(this.#edges, node, token, child);
    return child;
  }

  #growEdges(): void {
    const old = this.#edges;
    this.#edges = new Int32Array(old.length * 2).fill(-1);
    for (let at = 0; at < old.length; at += 3) {
      if (old[at] === -1) continue;
      placeEdge(this.#edges, old[at] as number, old[at + 1] as number, old[at + 2] as number);
    }
  }

  #listChildren(): void {
    const starts = this.childStarts;
    this.#parents.forEach((parent) => {
      if (parent >= 0) starts[parent + 1] = (starts[parent + 1] as number) + 1;
    });
    for (let n = 1; n < starts.length; n++) {
      starts[n] = (starts[n] as number) + (starts[n - 1] as number);
    }
    const next = starts.slice();
    for (let at = 0; at < this.#edges.length; at += 3) {
      const owner = this.#edges[at] as number;
      if (owner === -1) continue;
      const place = next[owner] as number;
      next[owner] = place + 1;
      this.childTokens[place] = this.#edges[at + 1] as number;
      this.childNodes[place] = this.#edges[at + 2] as number;
    }
  }

  /** Children have higher numbers than their parents, so one walk from the end is enough. */
  #smear(mode: "max" | "logadd", labelScores: Float64Array): void {
    const best = new Float64Array(this.#parents.length).fill(-Infinity);
    this.#labels.forEach((labels, node) => {
      for (const label of labels ?? []) {
        best[node] = logAdd(best[node] as number, labelScores[label] as number);
      }
    });
    for (let node = best.length - 1; node > ROOT; node--) {
      const parent = this.#parents[node] as number;
      const above = best[parent] as number;
      const here = best[node] as number;
      best[parent] = mode === "max" ? Math.max(above, here) : logAdd(above, here);
    }
    this.smeared.set(best);
  }
}

function placeEdge(edges: Int32Array, node: number, token: number, child: number): void {
  const size = edges.length / 3;
  let slot = hashEdge(node, token) & (size - 1);
  while (edges[3 * slot] !== -1) slot = (slot + 1) & (size - 1);
  edges[3 * slot] = node;
  edges[3 * slot + 1] = token;
  edges[3 * slot + 2] = child;
}

function hashEdge(node: number, token: number): number {
  const hash = Math.imul(node, 0x9e3779b1) ^ Math.imul(token, 0x85ebca6b);
  return hash ^ (hash >>> 15);
}

function logAdd(a: number, b: number): number {
  const high = Math.max(a, b);
  const difference = Math.min(a, b) - high;
  return difference > NEGLIGIBLE ? high + Math.log1p(Math.exp(difference)) : high;
}
