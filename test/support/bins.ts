/** Runs the project's own commands as a user does: as processes. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { projectRoot } from "./paths.ts";

export interface BinResult {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export function binPath(name: string): string {
  return path.join(projectRoot, "bin", `${name}.js`);
}

/** Runs a bin to its end. */
export function runBin(name: string, args: readonly string[], cwd?: string): BinResult {
  const { status, stdout, stderr } = spawnSync(process.execPath, [binPath(name), ...args], {
    encoding: "utf8",
    cwd,
    maxBuffer: 1 << 26,
  });
  return { status, stdout, stderr };
}

/** Runs a bin that must succeed; the result is what it printed on stdout. */
export function runBinOk(name: string, args: readonly string[], cwd?: string): string {
  const { status, stdout, stderr } = runBin(name, args, cwd);
  if (status !== 0)
    throw new Error(`${name} ${args.join(" ")}: exit ${status}\n${stdout}${stderr}`);
  return stdout;
}

export interface RunningServer {
  readonly process: ChildProcess;
  /** host:port of the Riva API. */
  readonly rivaUri: string;
  /** host:port of the HTTP endpoints. */
  readonly httpUri: string;
  /** SIGTERM, then waits; the result is the exit status. */
  stop(): Promise<number | null>;
}

/** Starts `riva-server` on free ports and waits for its ready line. */
export async function startServerBin(repository: string): Promise<RunningServer> {
  const args = [binPath("riva-server"), "--model-repository", repository];
  const child = spawn(
    process.execPath,
    [...args, "--riva-uri", "127.0.0.1:0", "--http-uri", "127.0.0.1:0"],
    {
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
  let output = "";
  const ready = new Promise<RegExpExecArray>((resolve, reject) => {
    const collect = (piece: Buffer): void => {
      output += piece.toString();
      const line = /listening on (\S+) \(HTTP on (\S+)\)/.exec(output);
      if (line !== null) resolve(line);
    };
    child.stdout.on("data", collect);
    child.stderr.on("data", collect);
    child.once("exit", (status) =>
      reject(new Error(`riva-server ended with ${status}\n${output}`)),
    );
  });
  const [, rivaUri = "", httpUri = ""] = await ready;
  return {
    process: child,
    rivaUri,
    httpUri,
    stop: async () => {
      if (child.exitCode !== null) return child.exitCode;
      child.kill("SIGTERM");
      await once(child, "exit");
      return child.exitCode;
    },
  };
}
