/**
 * The words (or tokens) that a hypothesis has given so far, as far as the search must know them:
 * who has the same history has the same node, which holds the language model's state. A node
 * does not know its parents, so what no hypothesis stands on goes away by itself.
 */
import type { LanguageModel, LanguageModelState } from "../../language-model/language-model.ts";
import type { BoostTable } from "./boost.ts";

export interface HistoryNode {
  /** Different for every node, for hashing. */
  readonly id: number;
  readonly languageState: LanguageModelState;
  readonly boostState: number;
  /** log10 of the language model for the last label; 0 without one. */
  readonly languageScore: number;
  /** What the last label changed by word boosting. */
  readonly boostChange: number;
  /** By the next label; made when there is one, for most nodes have none. */
  children: Map<number, HistoryNode> | undefined;
}

export interface HistorySource {
  readonly languageModel: LanguageModel | undefined;
  /** Language model ids of the labels. */
  readonly languageIds: Int32Array;
  /** Texts of the labels. */
  readonly texts: readonly string[];
}

const NO_STATE: LanguageModelState = { words: [], backoffs: [] };
let nextId = 0;

export function openHistory({ languageModel }: HistorySource): HistoryNode {
  return makeNode(languageModel?.startState() ?? NO_STATE, 0, 0, 0);
}

function makeNode(
  languageState: LanguageModelState,
  languageScore: number,
  boostState: number,
  boostChange: number,
): HistoryNode {
  nextId = (nextId + 1) | 0;
  return {
    id: nextId,
    languageState,
    boostState,
    languageScore,
    boostChange,
    children: undefined,
  };
}

/** log10 of the language model for one more label, without making its node. */
export function languageScoreOf(
  { languageModel, languageIds }: HistorySource,
  node: HistoryNode,
  label: number,
): number {
  if (languageModel === undefined) return 0;
  return languageModel.logProbability(node.languageState, languageIds[label] as number);
}

/** The history after one more label: the node that is there, or a new one. */
export function extendHistory(
  source: HistorySource,
  node: HistoryNode,
  label: number,
  boost: BoostTable | undefined,
): HistoryNode {
  const known = node.children?.get(label);
  if (known !== undefined) return known;
  const scored = source.languageModel?.score(
    node.languageState,
    source.languageIds[label] as number,
  );
  const boosted = boost?.step(node.boostState, source.texts[label] as string);
  const child = makeNode(
    scored?.state ?? NO_STATE,
    scored?.logProbability ?? 0,
    boosted?.state ?? 0,
    boosted?.change ?? 0,
  );
  node.children ??= new Map();
  node.children.set(label, child);
  return child;
}

/** Beyond this many remembered nodes, those on which no hypothesis stands are forgotten. */
const MOST_CHILDREN = 20_000;

/** Keeps the memory of a state bounded; costs a moment only when much has gathered. */
export function forgetDeadHistories(living: Iterable<HistoryNode>): void {
  const nodes = new Set(living);
  let count = 0;
  for (const { children } of nodes) count += children?.size ?? 0;
  if (count <= MOST_CHILDREN) return;
  for (const { children } of nodes) {
    for (const [label, child] of children ?? []) if (!nodes.has(child)) children?.delete(label);
  }
}
