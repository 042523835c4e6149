/**
 * Makes a fresh checkout ready: installs the packages that the lock file names and compiles.
 * Does nothing that is done already. Needs only Node and npm.
 */
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, statSync } from "node:fs";
import path from "node:path";

const root = path.resolve(import.meta.dirname, "..");

function run(title, command, args) {
  const started = performance.now();
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: root, encoding: "utf8" });
  if (status !== 0) {
    process.stderr.write(`${stdout ?? ""}${stderr ?? ""}`);
    process.stderr.write(`error: ${title} failed\n  hint: see the lines above\n`);
    process.exit(status ?? 1);
  }
  process.stderr.write(`${title}: ${((performance.now() - started) / 1000).toFixed(1)} s\n`);
}

function modified(file) {
  const full = path.join(root, file);
  return existsSync(full) ? statSync(full).mtimeMs : 0;
}

function newestIn(folder) {
  return readdirSync(path.join(root, folder), { recursive: true, encoding: "utf8" })
    .map((file) => modified(path.join(folder, file)))
    .reduce((newest, time) => Math.max(newest, time), 0);
}

const [major, minor] = process.versions.node.split(".").map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(
    `error: Node ${process.versions.node} is too old\n  hint: install Node 20.19 or newer\n`,
  );
  process.exit(69);
}
if (modified("node_modules/.package-lock.json") < modified("package-lock.json")) {
  run("installing packages", "npm", ["ci", "--no-audit", "--no-fund"]);
}
if (
  modified("dist/steps/bundle.js") <
  Math.max(newestIn("src"), modified("tsconfig.json"), modified("package.json"))
) {
  run("compiling", "npm", ["run", "--silent", "build"]);
}
