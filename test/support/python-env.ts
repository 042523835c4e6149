/**
 * Virtual environments for tests against other people's Python programs. Made once under
 * `.venvs/` from a pinned requirements file; without a fitting Python the tests skip with a word,
 * except in CI, where a missing environment is a failure.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import path from "node:path";
import { projectRoot } from "./paths.ts";

export interface PythonRequest {
  /** Folder name under `.venvs/`. */
  readonly name: string;
  /** Pinned requirements file, relative to the project. */
  readonly requirements: string;
  /** Accepted interpreters, best first. */
  readonly interpreters?: readonly string[];
  readonly pipArguments?: readonly string[];
}

export type PythonEnvironment =
  | { readonly python: string; readonly skip: false }
  | { readonly python: undefined; readonly skip: string };

/** The environment's interpreter, or the reason why there is none. */
export function pythonEnvironment(request: PythonRequest): PythonEnvironment {
  try {
    return { python: prepare(request), skip: false };
  } catch (error) {
    if (process.env["CI"] === "true") throw error;
    return {
      python: undefined,
      skip: `no Python environment: ${(error as Error).message.split("\n")[0]}`,
    };
  }
}

function prepare({
  name,
  requirements,
  interpreters = ["python3"],
  pipArguments = [],
}: PythonRequest): string {
  const file = path.join(projectRoot, requirements);
  const digest = createHash("sha256").update(readFileSync(file)).digest("hex").slice(0, 12);
  const folder = path.join(projectRoot, ".venvs", `${name}-${digest}`);
  const python = path.join(folder, "bin", "python");
  const ready = path.join(folder, ".ready");
  if (existsSync(ready)) return python;
  const release = lock(`${folder}.lock`);
  try {
    if (existsSync(ready)) return python;
    rmSync(folder, { recursive: true, force: true });
    run(findInterpreter(interpreters), ["-m", "venv", folder]);
    run(python, [
      "-m",
      "pip",
      "install",
      "--quiet",
      "--disable-pip-version-check",
      ...pipArguments,
      "-r",
      file,
    ]);
    writeFileSync(ready, "");
    return python;
  } finally {
    release();
  }
}

function findInterpreter(names: readonly string[]): string {
  const candidates = names.flatMap((name) => [name, ...pyenvInterpreters(name)]);
  const found = candidates.find(
    (command) => spawnSync(command, ["-c", "import venv, ensurepip"]).status === 0,
  );
  if (found === undefined) throw new Error(`none of ${names.join(", ")} is installed with venv`);
  return found;
}

/** pyenv keeps versions that are not on the path: `python3.10` may be `versions/3.10.13`. */
function pyenvInterpreters(name: string): string[] {
  const versions = path.join(
    process.env["PYENV_ROOT"] ?? path.join(homedir(), ".pyenv"),
    "versions",
  );
  if (!existsSync(versions)) return [];
  return readdirSync(versions)
    .filter((version) => version.startsWith(`${name.replace("python", "")}.`))
    .map((version) => path.join(versions, version, "bin", "python"));
}

function run(command: string, args: readonly string[]): void {
  const { status, stderr, error } = spawnSync(command, args, {
    encoding: "utf8",
    timeout: 600_000,
  });
  if (status === 0) return;
  throw new Error(
    `${path.basename(command)} ${args.slice(0, 3).join(" ")} failed: ${error?.message ?? stderr.trim()}`,
  );
}

/** Test files run as processes of their own; only one may build an environment. */
function lock(folder: string): () => void {
  mkdirSync(path.dirname(folder), { recursive: true });
  for (let tries = 0; tries < 600; tries++) {
    try {
      mkdirSync(folder);
      return () => rmSync(folder, { recursive: true, force: true });
    } catch {
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1000);
    }
  }
  throw new Error(`${folder} is held by another process; delete it if none runs`);
}
