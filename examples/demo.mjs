/**
 * The whole way by the public commands: a trained .nemo speech model becomes a running Riva
 * service, real recordings are sent to it, and the seconds of each phase are printed.
 * Run it with `npm run demo`; everything is written to a temporary folder.
 */
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

const root = path.resolve(import.meta.dirname, "..");
const model = path.join(root, "examples/models/asr-quartznet-digits-commands-en.nemo");
const recordings = ["digits-2", "digits-3", "digits-5"].map((name) =>
  path.join(root, `examples/audio/audio/${name}.wav`),
);
const folder = mkdtempSync(path.join(tmpdir(), "servicemaker-demo-"));
const inFolder = (name) => path.join(folder, name);
const timings = [];

function seconds(since) {
  return (performance.now() - since) / 1000;
}

/** Prints a command as one would type it, runs it, and notes how long it took. */
function run(phase, name, ...args) {
  const shown = args.map((arg) => arg.replace(`${folder}/`, "").replace(`${root}/`, ""));
  console.log(`\n$ ${[name, ...shown].join(" ")}`);
  const started = performance.now();
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [path.join(root, `bin/${name}.js`), ...args],
    { encoding: "utf8" },
  );
  if (status !== 0) throw new Error(`${name} failed\n${stdout}${stderr}`);
  if (stdout !== "") console.log(stdout.replaceAll(`${root}/`, "").trimEnd());
  timings.push([phase, seconds(started)]);
}

/** Starts the server and waits for its ready line. */
async function startServer(repository) {
  console.log("\n$ riva-server --model-repository models");
  const started = performance.now();
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
    timings.push(["riva-server ready", seconds(started)]);
    return { server, address: ready[1] };
  }
  throw new Error(`riva-server ended\n${output}`);
}

const started = performance.now();
let running;
try {
  run("nemo2riva", "nemo2riva", "--out", inFolder("model.riva"), model);
  const build = ["speech_recognition", "--language_code=en-US"];
  run(
    "riva-build, streaming",
    "riva-build",
    ...build,
    "--name=demo-streaming",
    inFolder("streaming.rmir"),
    inFolder("model.riva"),
  );
  const offline = ["--offline", "--streaming=False", "--chunk_size=300", "--padding_size=0"];
  run(
    "riva-build, offline",
    "riva-build",
    ...build,
    "--name=demo-offline",
    ...offline,
    inFolder("offline.rmir"),
    inFolder("model.riva"),
  );
  run(
    "riva-deploy",
    "riva-deploy",
    inFolder("streaming.rmir"),
    inFolder("offline.rmir"),
    inFolder("models"),
  );
  running = await startServer(inFolder("models"));
  const transcribe = ["transcribe", "--server", running.address, "--word-times"];
  run("offline recognition", "servicemaker", ...transcribe, ...recordings);
  run("streaming recognition", "servicemaker", ...transcribe, "--streaming", ...recordings);
} finally {
  running?.server.kill("SIGTERM");
  rmSync(folder, { recursive: true, force: true });
}

console.log("\nseconds");
for (const [phase, time] of [...timings, ["in all", seconds(started)]]) {
  console.log(`  ${time.toFixed(2).padStart(6)}  ${phase}`);
}
