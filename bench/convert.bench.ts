/**
 * How near is conversion to the least it must do? `nemo2riva` of a random 121 M-parameter
 * FastConformer against reading, hashing, writing and syncing the same bytes, in turn.
 * Aims: ratio at most 2; peak memory at most the largest tensor + 200 MB.
 */
import { mkdtempSync, rmSync, statSync } from "node:fs";
import path from "node:path";
import { projectRoot } from "../test/support/paths.ts";
import { fastConformerConfig, fastConformerParameters, LARGE } from "./support/fast-conformer.ts";
import { measureNode, median, printTable } from "./support/measure.ts";
import { writeRandomNemo } from "./support/random-checkpoint.ts";

const ROUNDS = 5;

const folder = mkdtempSync(path.join(projectRoot, ".cache-bench-"));
try {
  const checkpoint = path.join(folder, "large.nemo");
  const parameters = fastConformerParameters(LARGE);
  writeRandomNemo(checkpoint, fastConformerConfig(LARGE), parameters);
  const sizes = parameters.map(({ shape }) => shape.reduce((product, size) => product * size, 4));
  const nemo2riva = path.join(projectRoot, "bin/nemo2riva.js");
  const copy = path.join(projectRoot, "bench/support/copy-and-hash.mjs");
  const convert = () =>
    measureNode(nemo2riva, ["-f", "--out", path.join(folder, "large.riva"), checkpoint]);
  const baseline = () => measureNode(copy, [checkpoint, path.join(folder, "copy")]);
  baseline(); // fills the page cache
  const rounds = Array.from({ length: ROUNDS }, () => ({ ours: convert(), least: baseline() }));
  console.log(
    `checkpoint ${(statSync(checkpoint).size / 1e6).toFixed(0)} MB, largest tensor ${(Math.max(...sizes) / 1e6).toFixed(1)} MB`,
  );
  printTable(
    ["round", "nemo2riva s", "read+hash+write s", "ratio", "peak MB"],
    rounds.map(({ ours, least }, i) => [
      String(i + 1),
      ours.seconds,
      least.seconds,
      ours.seconds / least.seconds,
      ours.peakBytes / 1e6,
    ]),
  );
  console.log(
    `median ratio ${median(rounds.map(({ ours, least }) => ours.seconds / least.seconds)).toFixed(2)}`,
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}
