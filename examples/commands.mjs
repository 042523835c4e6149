/** What the demonstrations share: running the project's commands as a user does, and timing them. */
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

export const root = path.resolve(import.meta.dirname, "..");
export const folder = mkdtempSync(path.join(tmpdir(), "servicemaker-demo-"));
const started = performance.now();
const timings = [];

export function inFolder(name) {
  return path.join(folder, name);
}

function seconds(since) {
  return (performance.now() - since) / 1000;
}

/** Prints a command as one would type it, runs it, and notes how long it took. */
export function run(phase, name, ...args) {
  const shown = args.map((arg) => arg.replace(`${folder}/`, "").replace(`${root}/`, ""));
  console.log(`\n$ ${[name, ...shown].join(" ")}`);
  const begun = performance.now();
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [path.join(root, `bin/${name}.js`), ...args],
    { encoding: "utf8" },
  );
  if (status !== 0) throw new Error(`${name} failed\n${stdout}${stderr}`);
  if (stdout !== "") console.log(stdout.replaceAll(`${root}/`, "").trimEnd());
  timings.push([phase, seconds(begun)]);
  return stdout;
}

/** Starts the server and waits for its ready line. */
export async function startServer(repository) {
  console.log("\n$ riva-server --model-repository models");
  const begun = performance.now();
  const args = [path.join(root, "bin/riva-server.js"), "--model-repository", repository];
  const server = spawn(
    process.execPath,
    [...args, "--riva-uri", "127.0.0.1:0", "--http-uri", "127.0.0.1:0"],
    {
      stdio: ["ignore", "pipe", "inherit"],
    },
  );
  let output = "";
  for await (const piece of server.stdout) {
    output += piece;
    const ready = /listening on (\S+)/.exec(output);
    if (ready === null) continue;
    console.log(output.trimEnd());
    timings.push(["riva-server ready", seconds(begun)]);
    return { server, address: ready[1] };
  }
  throw new Error(`riva-server ended\n${output}`);
}

export function printTimings() {
  console.log("\nseconds");
  for (const [phase, time] of [...timings, ["in all", seconds(started)]]) {
    console.log(`  ${time.toFixed(2).padStart(6)}  ${phase}`);
  }
}
