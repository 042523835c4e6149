/**
 * Makes the two files that a step model in a Triton repository consists of, beside config.pbtxt:
 *   dist/steps/bundle.js   all steps in one script for bare V8 (no Node, no browser API)
 *   dist/steps/model.py    the generic model for Triton's Python backend that runs it
 * An argument names another folder than dist/steps.
 */
import { build } from "esbuild";
import { copyFileSync, mkdirSync } from "node:fs";
import path from "node:path";

const root = path.resolve(import.meta.dirname, "..");
const out = path.resolve(root, process.argv[2] ?? "dist/steps");

mkdirSync(out, { recursive: true });
await build({
  absWorkingDir: root,
  entryPoints: ["src/steps/triton-entry.ts"],
  outfile: path.join(out, "bundle.js"),
  bundle: true,
  format: "iife",
  globalName: "steps",
  platform: "neutral",
  target: "es2022",
  charset: "ascii",
  logLevel: "warning",
});
copyFileSync(path.join(root, "src/steps/triton/model.py"), path.join(out, "model.py"));
