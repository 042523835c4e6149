/**
 * A round trip by the public commands: two trained .nemo models become a voice, it speaks, and the
 * demonstration recogniser writes down what it hears. That one knows digits, command words and
 * telephone prompts; of other texts it makes little.
 * Run it with `npm run demo:tts`, or with a text of your own: `npm run demo:tts -- "Hello, world."`.
 * The speech is written to the working folder.
 */
import { rmSync } from "node:fs";
import path from "node:path";
import { folder, inFolder, printTimings, root, run, startServer } from "./commands.mjs";

const given = process.argv[2];
const texts = given === undefined ? ["Three.", "Nine.", "Please enter your password."] : [given];
const model = (name) => path.join(root, `examples/models/${name}.nemo`);

let running;
try {
  for (const [name, checkpoint] of [
    ["fastpitch", "tts-fastpitch"],
    ["hifigan", "tts-hifigan"],
    ["recogniser", "asr-quartznet-digits-commands-en"],
  ]) {
    run(`nemo2riva ${name}`, "nemo2riva", "--out", inFolder(`${name}.riva`), model(checkpoint));
  }
  run(
    "riva-build, voice",
    "riva-build",
    "speech_synthesis",
    inFolder("voice.rmir"),
    inFolder("fastpitch.riva"),
    inFolder("hifigan.riva"),
  );
  const offline = ["--offline", "--streaming=False", "--chunk_size=300", "--padding_size=0"];
  run(
    "riva-build, recogniser",
    "riva-build",
    "speech_recognition",
    ...offline,
    inFolder("asr.rmir"),
    inFolder("recogniser.riva"),
  );
  run(
    "riva-deploy",
    "riva-deploy",
    inFolder("voice.rmir"),
    inFolder("asr.rmir"),
    inFolder("models"),
  );
  running = await startServer(inFolder("models"));
  const server = ["--server", running.address];
  for (const [n, text] of texts.entries()) {
    const wav = `speech-${n + 1}.wav`;
    run("synthesis", "servicemaker", "speak", ...server, "--force", "--out", wav, text);
    run("recognition", "servicemaker", "transcribe", ...server, wav);
  }
} finally {
  running?.server.kill("SIGTERM");
  rmSync(folder, { recursive: true, force: true });
}
printTimings();
