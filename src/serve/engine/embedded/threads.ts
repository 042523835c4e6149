/** How many threads a model's sessions use, measured in bench/embedded-engine.bench.ts. */
import { availableParallelism } from "node:os";
import type { ModelConfig } from "../../../gen/model_config_pb.ts";

/** Sessions a model has: the sum of the counts of its instance groups, at least 1. */
export function instanceCount(config: ModelConfig): number {
  const counts = config.instanceGroup.map(({ count }) => Math.max(1, count));
  return Math.max(
    1,
    counts.reduce((sum, count) => sum + count, 0),
  );
}

/**
 * Threads inside one session. The config's word wins; else the sessions of a model share the
 * cores, so that all of them busy make no more threads than there are cores.
 */
export function intraOpThreads(config: ModelConfig, cores = availableParallelism()): number {
  const written = Number(config.parameters["intra_op_thread_count"]?.stringValue ?? "");
  if (Number.isInteger(written) && written > 0) return Math.min(written, 256);
  return Math.max(1, Math.floor(cores / instanceCount(config)));
}
