/** Probabilities of classes, from several windows of one text to a ranking. */

export interface RankedClass {
  readonly label: string;
  readonly score: number;
}

/** What one window says, and how much of the text it stands for. */
export interface ClassVote {
  readonly probabilities: ArrayLike<number>;
  readonly weight: number;
}

/** The mean of the windows, each with its weight; equal weights if all are zero. */
export function meanProbabilities(votes: readonly ClassVote[], classes: number): Float64Array {
  const mean = new Float64Array(classes);
  const total = votes.reduce((sum, { weight }) => sum + weight, 0);
  for (const { probabilities, weight } of votes) {
    const share = total === 0 ? 1 / votes.length : weight / total;
    for (let i = 0; i < classes; i++) mean[i] = (mean[i] ?? 0) + share * (probabilities[i] ?? 0);
  }
  return mean;
}

/** The most probable first; of equal ones the first in the list. */
export function rankClasses(
  labels: readonly string[],
  probabilities: ArrayLike<number>,
): RankedClass[] {
  return labels
    .map((label, i) => ({ label, score: probabilities[i] ?? 0 }))
    .sort((a, b) => b.score - a.score);
}
