/** NVIDIA's own EFF library, asked what it sees in an archive. */
import { execFileSync } from "node:child_process";
import path from "node:path";
import { projectRoot } from "./paths.ts";
import { pythonEnvironment } from "./python-env.ts";

export const effEnvironment = pythonEnvironment({
  name: "eff",
  requirements: "test/conformance/requirements-eff.txt",
  // the library has wheels for these versions only
  interpreters: ["python3.10", "python3.12", "python3.8"],
  pipArguments: ["--no-deps", "--ignore-requires-python"],
});

export interface SeenArchive {
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly artifacts: Readonly<
    Record<
      string,
      {
        readonly properties: Readonly<Record<string, unknown>>;
        readonly size: number;
        readonly sha256: string;
      }
    >
  >;
}

export function openWithEffLibrary(file: string): SeenArchive {
  const script = path.join(projectRoot, "test/conformance/eff_library.py");
  const output = execFileSync(effEnvironment.python as string, [script, file], {
    encoding: "utf8",
    maxBuffer: 1 << 26,
  });
  return JSON.parse(output) as SeenArchive;
}
