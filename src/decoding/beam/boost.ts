/**
 * Words and phrases that a request wants to hear: a trie of words. A phrase earns its score in
 * even shares, a word at a time, and loses what it earned if it is not completed (Aho-Corasick
 * links carry on with what the text still may become). The search asks also for words that have
 * only begun, so that a rare one survives until its end.
 */

export interface BoostPhrase {
  /** Words separated by blanks. */
  readonly text: string;
  /** Added to a hypothesis' score when the phrase is complete; may be negative. */
  readonly score: number;
}

interface BoostNode {
  readonly id: number;
  readonly depth: number;
  readonly children: Map<string, BoostNode>;
  /** Score of the phrase that ends here. */
  phraseScore: number | undefined;
  /** What a hypothesis that stands here has earned. */
  earned: number;
  /** The part of it that stays whatever follows. */
  kept: number;
  /** The longest proper suffix of this path that is a path, too. */
  suffix: BoostNode | undefined;
}

export interface BoostStep {
  readonly state: number;
  /** To be added to the hypothesis' score. */
  readonly change: number;
}

export class BoostTable {
  readonly #nodes: BoostNode[] = [];
  readonly #words = new Set<string>();

  /** Phrases without words are ignored; of two equal ones the last counts. */
  constructor(phrases: readonly BoostPhrase[]) {
    this.#add(0);
    for (const { text, score } of phrases) this.#insert(text, score);
    this.#link();
    for (const { text } of phrases) this.#share(text);
    for (const node of this.#nodes) {
      for (const child of node.children.values()) child.kept = child.phraseScore ?? node.kept;
    }
  }

  get isEmpty(): boolean {
    return this.#nodes.length === 1;
  }

  /** True for every word of every phrase. */
  hasWord(word: string): boolean {
    return this.#words.has(word);
  }

  /** After `word`; the state before any word is 0. */
  step(state: number, word: string): BoostStep {
    const from = this.#nodes[state] as BoostNode;
    let node: BoostNode | undefined = from;
    while (node !== undefined && !node.children.has(word)) node = node.suffix;
    const next = node?.children.get(word) ?? this.#root;
    if (node === from) return { state: next.id, change: next.earned - from.earned };
    return { state: next.id, change: next.earned - (from.earned - from.kept) };
  }

  /** What is taken back when nothing follows. */
  endChange(state: number): number {
    const { earned, kept } = this.#nodes[state] as BoostNode;
    return kept - earned;
  }

  /** Words that would earn something now, with what they would earn. */
  expected(state: number): ReadonlyMap<string, number> {
    const expected = new Map<string, number>();
    let node: BoostNode | undefined = this.#nodes[state];
    for (; node !== undefined; node = node.suffix) {
      for (const word of node.children.keys()) {
        const { change } = this.step(state, word);
        if (change > 0) expected.set(word, change);
      }
    }
    return expected;
  }

  get #root(): BoostNode {
    return this.#nodes[0] as BoostNode;
  }

  #add(depth: number): BoostNode {
    const node: BoostNode = {
      id: this.#nodes.length,
      depth,
      children: new Map(),
      phraseScore: undefined,
      earned: 0,
      kept: 0,
      suffix: undefined,
    };
    this.#nodes.push(node);
    return node;
  }

  #insert(text: string, score: number): void {
    let node = this.#root;
    for (const word of wordsOf(text)) {
      const child: BoostNode = node.children.get(word) ?? this.#add(node.depth + 1);
      node.children.set(word, child);
      this.#words.add(word);
      node = child;
    }
    if (node !== this.#root) node.phraseScore = score;
  }

  /** A node has earned the largest share of the phrases that go through it. */
  #share(text: string): void {
    const words = wordsOf(text);
    const path: BoostNode[] = [];
    let node = this.#root;
    for (const word of words) {
      node = node.children.get(word) as BoostNode;
      path.push(node);
    }
    const score = node.phraseScore ?? 0;
    path.forEach((step, n) => {
      // A penalty for a phrase must not weigh on its first words.
      const share = n === path.length - 1 ? score : Math.max(0, (score * (n + 1)) / words.length);
      const isOwn = n === path.length - 1 && step.earned === 0;
      step.earned = isOwn ? share : Math.max(step.earned, share);
    });
  }

  #link(): void {
    const queue: BoostNode[] = [this.#root];
    for (let node = queue.shift(); node !== undefined; node = queue.shift()) {
      for (const [word, child] of node.children) {
        let suffix = node.suffix;
        while (suffix !== undefined && !suffix.children.has(word)) suffix = suffix.suffix;
        child.suffix = suffix?.children.get(word) ?? this.#root;
        queue.push(child);
      }
    }
  }
}

function wordsOf(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== "");
}
