/**
 * The whole way by the public commands: a trained .nemo speech model becomes a running Riva
 * service, real recordings are sent to it, and the seconds of each phase are printed.
 * Run it with `npm run demo`; everything is written to a temporary folder.
 */
import { rmSync } from "node:fs";
import path from "node:path";
import { folder, inFolder, printTimings, root, run, startServer } from "./commands.mjs";

const model = path.join(root, "examples/models/asr-quartznet-digits-commands-en.nemo");
const recordings = ["digits-2", "digits-3", "digits-5"].map((name) =>
  path.join(root, `examples/audio/audio/${name}.wav`),
);

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

printTimings();
