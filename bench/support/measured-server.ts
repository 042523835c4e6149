/** `riva-server` as a process of its own, with reports on its event loop and memory. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { binPath } from "../../test/support/bins.ts";
import { projectRoot } from "../../test/support/paths.ts";

export interface LoopReport {
  /** How late the event loop was, 99th percentile. */
  readonly p99Ms: number;
  readonly maxMs: number;
  readonly rssBytes: number;
  readonly heapBytes: number;
  readonly externalBytes: number;
}

export interface MeasuredServer {
  readonly address: string;
  /** Figures since the last report. */
  report(): Promise<LoopReport>;
  stop(): Promise<void>;
}

export async function startMeasuredServer(repository: string): Promise<MeasuredServer> {
  const hook = path.join(projectRoot, "bench/support/report-loop.mjs");
  const args = ["--import", hook, binPath("riva-server"), "--model-repository", repository];
  const child = spawn(
    process.execPath,
    [...args, "--riva-uri", "127.0.0.1:0", "--http-uri", "127.0.0.1:0"],
    {
      stdio: ["ignore", "pipe", "ignore", "pipe"],
    },
  );
  const reports = createInterface({ input: child.stdio[3] as Readable });
  let output = "";
  for await (const piece of child.stdout as Readable) {
    output += String(piece);
    const ready = /listening on (\S+)/.exec(output);
    if (ready === null) continue;
    return {
      address: ready[1] as string,
      report: async () => {
        child.kill("SIGUSR2");
        const [line] = (await once(reports, "line")) as [string];
        return JSON.parse(line) as LoopReport;
      },
      stop: async () => {
        child.kill("SIGTERM");
        await once(child, "exit");
      },
    };
  }
  throw new Error(`riva-server ended\n${output}`);
}
