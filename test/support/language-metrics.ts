/** The usual metrics of language tasks, written as obviously as possible. */

/** Right, found and wanted things. */
export interface Counts {
  right: number;
  found: number;
  wanted: number;
}

export function f1({ right, found, wanted }: Counts): number {
  if (right === 0) return 0;
  const precision = right / found;
  const recall = right / wanted;
  return (2 * precision * recall) / (precision + recall);
}

export interface SpanCounts extends Counts {
  /** Labels of the words of one text. */
  add(wanted: readonly string[], found: readonly string[]): void;
}

/** Entities count if kind, first and last word agree (as conlleval counts them). */
export function spanCounts(): SpanCounts {
  return {
    right: 0,
    found: 0,
    wanted: 0,
    add(wanted, found) {
      const reference = new Set(spans(wanted));
      const answer = spans(found);
      this.wanted += reference.size;
      this.found += answer.length;
      this.right += answer.filter((span) => reference.has(span)).length;
    },
  };
}

function spans(labels: readonly string[]): string[] {
  const result: string[] = [];
  let start = -1;
  let kind = "";
  [...labels, "O"].forEach((label, i) => {
    const [prefix = "", rest = ""] = label === "O" ? [] : [label.slice(0, 1), label.slice(2)];
    if (start >= 0 && prefix === "I" && rest === kind) return;
    if (start >= 0) result.push(`${kind} ${start} ${i}`);
    start = prefix === "" ? -1 : i;
    kind = rest;
  });
  return result;
}

/** Marks at the ends of words, and capitals at their beginnings, word by word. */
export function markCounts(references: readonly string[], answers: readonly string[]): Counts {
  const counts = { right: 0, found: 0, wanted: 0 };
  references.forEach((reference, text) => {
    const found = (answers[text] ?? "").split(" ");
    reference.split(" ").forEach((word, i) => {
      const other = marks(found[i] ?? "");
      marks(word).forEach((mark, kind) => {
        counts.wanted += Number(mark !== "");
        counts.found += Number(other[kind] !== "");
        counts.right += Number(mark !== "" && mark === other[kind]);
      });
    });
  });
  return counts;
}

function marks(word: string): string[] {
  const first = word.charAt(0);
  return [/[,.?]$/.exec(word)?.[0] ?? "", first !== first.toLowerCase() ? "capital" : ""];
}

/** Exact match and F1 of words, as SQuAD's evaluation computes them. */
export function answerScores(
  references: readonly (readonly string[])[],
  answers: readonly string[],
): { exact: number; f1: number } {
  let exact = 0;
  let sum = 0;
  answers.forEach((answer, i) => {
    const wanted = references[i] ?? [];
    exact += Number(wanted.some((text) => normalised(text) === normalised(answer)));
    sum += Math.max(...wanted.map((text) => wordF1(normalised(text), normalised(answer))));
  });
  return { exact: exact / answers.length, f1: sum / answers.length };
}

function normalised(text: string): string {
  return text
    .toLowerCase()
    .replace(/[!-/:-@[-`{-~]/g, "")
    .replace(/\b(a|an|the)\b/g, " ")
    .split(/\s+/)
    .filter(Boolean)
    .join(" ");
}

function wordF1(wanted: string, found: string): number {
  const rest = wanted.split(" ");
  const right = found.split(" ").filter((word) => {
    const at = rest.indexOf(word);
    if (at >= 0) rest.splice(at, 1);
    return at >= 0;
  }).length;
  return f1({ right, found: found.split(" ").length, wanted: wanted.split(" ").length });
}
