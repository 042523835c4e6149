/** Whole-process figures: wall time and peak memory of a Node program, and medians over runs. */
import { spawnSync } from "node:child_process";
import path from "node:path";
import { projectRoot } from "../../test/support/paths.ts";

export interface ProcessFigures {
  readonly seconds: number;
  readonly peakBytes: number;
}

/** Runs `node script args…` once; throws if it fails. */
export function measureNode(script: string, args: readonly string[]): ProcessFigures {
  const hook = path.join(projectRoot, "bench/support/report-usage.mjs");
  const started = performance.now();
  const result = spawnSync(process.execPath, ["--import", hook, script, ...args], {
    stdio: ["ignore", "ignore", "pipe", "pipe"],
    encoding: "utf8",
  });
  const seconds = (performance.now() - started) / 1000;
  if (result.status !== 0)
    throw new Error(`${script} ended with ${result.status}\n${result.stderr}`);
  const { peakBytes } = JSON.parse(result.output[3] ?? "") as { peakBytes: number };
  return { seconds, peakBytes };
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? (sorted[middle] as number)
    : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
}

/** The value below which the share `quantile` of the values lies. */
export function percentile(values: readonly number[], quantile: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(quantile * sorted.length))] ?? Number.NaN;
}

/** Prints rows as a table with aligned columns. */
export function printTable(
  header: readonly string[],
  rows: readonly (readonly (string | number)[])[],
): void {
  const cells = [header, ...rows].map((row) =>
    row.map((cell) => (typeof cell === "number" ? formatNumber(cell) : cell)),
  );
  const widths = header.map((_, column) =>
    Math.max(...cells.map((row) => row[column]?.length ?? 0)),
  );
  for (const row of cells) {
    console.log(
      row
        .map((cell, column) =>
          column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
        )
        .join("  "),
    );
  }
}

function formatNumber(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toPrecision(4);
}
