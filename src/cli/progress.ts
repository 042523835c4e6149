/** One line on a terminal that says how far a long write is; nothing anywhere else. */
import type { CommandContext } from "./command.ts";

export interface Progress {
  update(writtenBytes: number): void;
  /** Removes the line. */
  clear(): void;
}

/** Redrawing more often only costs time. */
const INTERVAL_MS = 100;

export function drawProgress({ isTerminal, log }: CommandContext, title: string): Progress {
  if (!isTerminal) return { update: () => {}, clear: () => {} };
  let lastDrawn = 0;
  return {
    update: (writtenBytes) => {
      const now = performance.now();
      if (now - lastDrawn < INTERVAL_MS) return;
      lastDrawn = now;
      log(`\r\x1b[K${title}: ${(writtenBytes / 1e6).toFixed(0)} MB`);
    },
    clear: () => {
      if (lastDrawn > 0) log("\r\x1b[K");
    },
  };
}
