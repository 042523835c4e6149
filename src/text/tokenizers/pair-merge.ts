/**
 * The merging of byte-pair encoding: of all neighbours for which there is a rule, the pair with
 * the first priority (of equal ones the leftmost) becomes one symbol, again and again. A heap
 * keeps this at n log n for words of any length.
 */

/** Symbols are whole numbers from 0; a symbol without rules is negative. */
export interface MergeRule {
  readonly result: number;
  /** Lower comes first. */
  readonly priority: number;
}

const PAIR_FACTOR = 2 ** 26;
const GONE = -2;

export class MergeRules {
  readonly #rules = new Map<number, MergeRule>();

  /** A later rule for the same pair counts. */
  add(left: number, right: number, rule: MergeRule): void {
    this.#rules.set(left * PAIR_FACTOR + right, rule);
  }

  find(left: number, right: number): MergeRule | undefined {
    return left < 0 || right < 0 ? undefined : this.#rules.get(left * PAIR_FACTOR + right);
  }
}

interface Candidate {
  readonly rule: MergeRule;
  readonly at: number;
  readonly rightAt: number;
  readonly left: number;
  readonly right: number;
}

/**
 * Merges `symbols` in place and returns where the remaining ones begin: the symbol at `starts[i]`
 * covers the places up to `starts[i + 1]`.
 */
export function mergePairs(symbols: number[], rules: MergeRules): number[] {
  const count = symbols.length;
  const next = symbols.map((_, i) => i + 1);
  const previous = symbols.map((_, i) => i - 1);
  const heap: Candidate[] = [];
  const consider = (at: number, rightAt: number): void => {
    if (at < 0 || rightAt >= count) return;
    const left = symbols[at] as number;
    const right = symbols[rightAt] as number;
    const rule = rules.find(left, right);
    if (rule !== undefined) pushCandidate(heap, { rule, at, rightAt, left, right });
  };
  for (let i = 1; i < count; i++) consider(i - 1, i);
  for (let best = popCandidate(heap); best !== undefined; best = popCandidate(heap)) {
    const { at, rightAt, rule } = best;
    // one of the two has been merged otherwise in the meantime
    if (symbols[at] !== best.left || symbols[rightAt] !== best.right) continue;
    const after = next[rightAt] as number;
    symbols[at] = rule.result;
    symbols[rightAt] = GONE;
    next[at] = after;
    if (after < count) previous[after] = at;
    consider(previous[at] as number, at);
    consider(at, after);
  }
  const starts: number[] = [];
  for (let at = 0; at < count; at = next[at] as number) starts.push(at);
  return starts;
}

function comesFirst(a: Candidate, b: Candidate): boolean {
  const difference = a.rule.priority - b.rule.priority;
  return difference < 0 || (difference === 0 && a.at < b.at);
}

function pushCandidate(heap: Candidate[], candidate: Candidate): void {
  let at = heap.push(candidate) - 1;
  while (at > 0) {
    const parent = (at - 1) >> 1;
    if (!comesFirst(candidate, heap[parent] as Candidate)) break;
    heap[at] = heap[parent] as Candidate;
    at = parent;
  }
  heap[at] = candidate;
}

function popCandidate(heap: Candidate[]): Candidate | undefined {
  const first = heap[0];
  const last = heap.pop();
  if (first === undefined || last === undefined || heap.length === 0) return first;
  let at = 0;
  for (;;) {
    let child = 2 * at + 1;
    if (child >= heap.length) break;
    const sibling = heap[child + 1];
    if (sibling !== undefined && comesFirst(sibling, heap[child] as Candidate)) child++;
    if (!comesFirst(heap[child] as Candidate, last)) break;
    heap[at] = heap[child] as Candidate;
    at = child;
  }
  heap[at] = last;
  return first;
}
