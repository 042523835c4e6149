/**
 * An ARPA model as the bytes of a KenLM probing binary, which then is read in place like any
 * other: one data structure to query, and KenLM itself can load what we compile.
 */
import { ToolError } from "../errors/tool-error.ts";
import type { ArpaModel } from "./arpa-reader.ts";
import { insertHashes } from "./arpa-vocabulary.ts";
import { headerSize, writeProbingHeader } from "./kenlm-header.ts";
import { insertNgrams } from "./probing-builder.ts";
import { countBuckets, ProbingTable } from "./probing-table.ts";
import { planProbing, UNIGRAM_BYTES, type ProbingPlan } from "./probing-search.ts";
import { VOCABULARY_ENTRY_BYTES, VOCABULARY_HEADER_BYTES } from "./vocabulary.ts";

/** KenLM's default: a third of the buckets stays empty. */
const MULTIPLIER = 1.5;
/** What KenLM gives words that a model without `<unk>` does not have. */
const MISSING_UNKNOWN = -100;
/** Beyond this, a trie built by KenLM is the better file: half the size, loaded at once. */
const MAX_COMPILED_BYTES = 4 * 1024 ** 3;

/**
 * @throws ToolError INVALID_FILE if n-grams lack their contexts, LIMIT_EXCEEDED for a model of
 *   more than 4 GiB
 */
export function compileArpa(model: ArpaModel): Uint8Array {
  const counts = model.sections.map(({ probabilities }) => probabilities.length);
  // Pruned models need entries that the file lacks; how many shows while building.
  for (;;) {
    const plan = planFile(model, counts);
    const bytes = new Uint8Array(plan.end);
    const fullOrder = fill(bytes, model, counts, plan);
    if (fullOrder === undefined) return bytes;
    counts[fullOrder - 1] = Math.ceil((counts[fullOrder - 1] as number) * 1.5) + 16;
  }
}

interface FilePlan {
  readonly vocabulary: number;
  readonly buckets: number;
  readonly search: ProbingPlan;
  readonly end: number;
}

function planFile(model: ArpaModel, counts: readonly number[]): FilePlan {
  const vocabulary = headerSize(counts.length);
  const buckets = countBuckets(counts[0] as number, MULTIPLIER);
  const start = vocabulary + VOCABULARY_HEADER_BYTES + buckets * VOCABULARY_ENTRY_BYTES;
  const search = planProbing(start, counts, MULTIPLIER);
  const end = search.end + model.vocabulary.spellings.length;
  if (end > MAX_COMPILED_BYTES) {
    throw new ToolError("LIMIT_EXCEEDED", `ARPA: the model would take ${end} bytes`, {
      hint: "convert it with KenLM: build_binary trie model.arpa model.binary",
    });
  }
  return { vocabulary, buckets, search, end };
}

/** Returns the order whose table is too small, if any. */
function fill(
  bytes: Uint8Array,
  model: ArpaModel,
  counts: readonly number[],
  plan: FilePlan,
): number | undefined {
  const view = new DataView(bytes.buffer);
  writeProbingHeader(view, counts, MULTIPLIER);
  fillVocabulary(view, model, plan);
  fillUnigrams(view, model, plan.search.unigrams);
  bytes.set(model.vocabulary.spellings.bytes(), plan.search.end);
  return insertNgrams(view, model.sections, plan.search);
}

function fillVocabulary(view: DataView, { vocabulary }: ArpaModel, plan: FilePlan): void {
  view.setUint32(plan.vocabulary + 4, vocabulary.count, true);
  const table = new ProbingTable({
    view,
    start: plan.vocabulary + VOCABULARY_HEADER_BYTES,
    buckets: plan.buckets,
    entryBytes: VOCABULARY_ENTRY_BYTES,
  });
  insertHashes(view, table, vocabulary.hashes);
}

function fillUnigrams(view: DataView, model: ArpaModel, start: number): void {
  const section = model.sections[0];
  if (!model.hasUnknown) view.setFloat32(start, MISSING_UNKNOWN, true);
  for (let n = 0; n < (section?.probabilities.length ?? 0); n++) {
    const at = start + (section?.words.at(n) ?? 0) * UNIGRAM_BYTES;
    view.setFloat32(at, negative(section?.probabilities.at(n) ?? 0), true);
    view.setFloat32(at + 4, withoutExtension(section?.backoffs.at(n) ?? 0), true);
  }
}

/** The sign bit, which says "no longer n-gram ends with this one", also on zero. */
function negative(probability: number): number {
  return -Math.abs(probability);
}

/** A backoff of zero is written as -0 until some n-gram has the entry as its context. */
function withoutExtension(backoff: number): number {
  return backoff === 0 ? -0 : backoff;
}
