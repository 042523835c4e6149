/**
 * The merges of a byte-level tokenizer whose trainer gave ids in the order of its merges, as that
 * of the fixture tc-roberta did. NeMo keeps no merges.txt in a checkpoint.
 */
import { spawnSync } from "node:child_process";

/** @param nemo a checkpoint with a `…_vocab.json` */
export function byteLevelMerges(nemo: string): string {
  const { stdout } = spawnSync("tar", ["-xOf", nemo, "--wildcards", "*_vocab.json"], {
    encoding: "utf8",
  });
  const ids = JSON.parse(stdout) as Record<string, number>;
  const merges = Object.entries(ids)
    .filter(([token]) => [...token].length > 1 && !/^<.*>$/.test(token))
    .sort(([, a], [, b]) => a - b)
    .map(([token, id]) => {
      const characters = [...token];
      const splits = characters.slice(1).map((_, i) => {
        return [characters.slice(0, i + 1).join(""), characters.slice(i + 1).join("")] as const;
      });
      const known = splits.filter(([a, b]) => (ids[a] ?? id) < id && (ids[b] ?? id) < id);
      // of several ways the pair of the oldest parts came first
      const age = ([a, b]: readonly [string, string]): number =>
        Math.max(ids[a] as number, ids[b] as number);
      return [...known].sort((x, y) => age(x) - age(y))[0];
    });
  return `#version: 0.2\n${merges.map((pair) => pair?.join(" ")).join("\n")}\n`;
}
