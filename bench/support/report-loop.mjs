/**
 * Preloaded into a measured server: on SIGUSR2 reports on descriptor 3, one JSON line, how long
 * its event loop was late since the last report, and its memory.
 */
import { writeSync } from "node:fs";
import { monitorEventLoopDelay } from "node:perf_hooks";

const RESOLUTION_MS = 1;
const delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
delays.enable();

process.on("SIGUSR2", () => {
  // a timer of this resolution is never early: what is beyond it is lateness
  const lateMs = (quantile) => delays.percentile(quantile) / 1e6 - RESOLUTION_MS;
  const memory = process.memoryUsage();
  const line = {
    p99Ms: lateMs(99),
    maxMs: delays.max / 1e6,
    rssBytes: memory.rss,
    heapBytes: memory.heapUsed,
    externalBytes: memory.external,
  };
  writeSync(3, `${JSON.stringify(line)}\n`);
  delays.reset();
});
