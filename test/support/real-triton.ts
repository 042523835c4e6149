/** The real Triton on this machine (`oracles/triton` of the shared data), started for one test. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { projectRoot, sharedRoot } from "./paths.ts";

const VENV = path.join(projectRoot, ".venvs", "triton");

export interface WireRequest {
  readonly sequence: number | string;
  readonly start: boolean;
  readonly end: boolean;
  readonly inputs: Record<
    string,
    { datatype: string; shape: readonly number[]; data: readonly unknown[] }
  >;
}

export interface WireAnswer {
  readonly outputs?: Record<string, { shape: number[]; data: unknown[] | null }>;
  readonly error?: string;
  readonly ms?: number;
}

export interface RealTriton {
  /** Sends the requests over one stream, each after the answer to the one before. */
  ask(model: string, requests: readonly WireRequest[]): WireAnswer[];
  stop(): void;
}

/** Serves a repository with auto-complete off; `firstPort` and the two after it must be free. */
export function startTriton(repository: string, firstPort: number): RealTriton {
  const script = path.join(sharedRoot as string, "oracles/triton/start.sh");
  const ports = ["http", "grpc", "metrics"].flatMap((name, i) => [
    `--${name}`,
    String(firstPort + i),
  ]);
  const options = ["--venv", VENV, "--clients", "--repository", repository, ...ports];
  const { status, stderr } = spawnSync(
    script,
    [...options, "--", "--disable-auto-complete-config"],
    {
      encoding: "utf8",
      stdio: ["ignore", "ignore", "pipe"],
    },
  );
  assert.equal(status, 0, stderr);
  const pid = Number(readFileSync(path.join(VENV, "triton", `server-${firstPort}.pid`), "utf8"));
  return {
    ask: (model, requests) => ask(`localhost:${firstPort + 1}`, model, requests),
    stop: () => void process.kill(pid),
  };
}

function ask(url: string, model: string, requests: readonly WireRequest[]): WireAnswer[] {
  const { status, stdout, stderr } = spawnSync(
    path.join(VENV, "bin/python"),
    [path.join(projectRoot, "test/conformance/triton_stream.py"), url, model],
    { input: JSON.stringify(requests), encoding: "utf8", maxBuffer: 1 << 28 },
  );
  assert.equal(status, 0, stderr);
  return JSON.parse(stdout) as WireAnswer[];
}
