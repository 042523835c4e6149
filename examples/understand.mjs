/**
 * The five language models by the public commands: each trained .nemo becomes a pipeline, all of
 * them one service, and each answers to a sentence.
 * Run it with `npm run demo:nlp`; everything is written to a temporary folder.
 */
import { rmSync } from "node:fs";
import path from "node:path";
import { folder, inFolder, printTimings, root, run, startServer } from "./commands.mjs";

const MODELS = [
  ["punctuation", "punctuation"],
  ["token_classification", "ner"],
  ["intent_slot", "intent_slot", "--domain_name=assistant"],
  ["text_classification", "question_type", "--domain_name=question"],
  ["qa", "qa"],
];
const PASSAGE =
  "The museum in Vienna was founded by two sisters in the spring of 1901. It opens at ten.";

let running;
try {
  const rmirs = [];
  for (const [pipeline, model, ...options] of MODELS) {
    const [riva, rmir] = [inFolder(`${model}.riva`), inFolder(`${model}.rmir`)];
    const nemo = path.join(root, `examples/models/${model}_minilm_en.nemo`);
    run(`nemo2riva ${model}`, "nemo2riva", "--out", riva, nemo);
    run(`riva-build ${pipeline}`, "riva-build", pipeline, ...options, rmir, riva);
    rmirs.push(rmir);
  }
  run("riva-deploy", "riva-deploy", ...rmirs, inFolder("models"));
  running = await startServer(inFolder("models"));
  const ask = (task, text, ...options) =>
    run(task, "servicemaker", "understand", "--server", running.address, ...options, task, text);
  ask("punctuate", "my name is anna keller and i live in munich how are you");
  ask("entities", "Jensen Huang is the CEO of NVIDIA Corporation, located in Santa Clara.");
  ask("intent", "is it going to rain tomorrow in new york?");
  ask("classify", "Who painted the ceiling of the chapel ?", "--top-n=3");
  ask("ask", "Who founded the museum?", "--context", PASSAGE);
} finally {
  running?.server.kill("SIGTERM");
  rmSync(folder, { recursive: true, force: true });
}
printTimings();
