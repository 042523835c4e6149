/** NVIDIA's own Python client against our language service, from checkpoint to answer by the bins. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { runBin, runBinOk, type RunningServer, startServerBin } from "../support/bins.ts";
import { demoAudio, demoModelPath, OFFLINE, STREAMING } from "../support/demo-pipeline.ts";
import { LANGUAGE_BUILDS, languageModel } from "../support/language-models.ts";
import { projectRoot } from "../support/paths.ts";
import { pythonEnvironment } from "../support/python-env.ts";

const environment = pythonEnvironment({
  name: "riva-client",
  requirements: "test/conformance/requirements-riva-client.txt",
});
const skip = environment.skip;

interface Answer {
  readonly ok?: unknown;
  readonly error?: { readonly code: string; readonly details: string };
}

let folder: string;
let server: RunningServer;

before(async () => {
  if (skip !== false) return;
  folder = mkdtempSync(path.join(tmpdir(), "riva-nlp-client-"));
  const inFolder = (name: string): string => path.join(folder, name);
  const rmirs = LANGUAGE_BUILDS.map(({ pipeline, model, words }) => {
    const [riva, rmir] = [inFolder(`${model}.riva`), inFolder(`${model}.rmir`)];
    runBinOk("nemo2riva", ["--out", riva, languageModel(model)]);
    runBinOk("riva-build", [pipeline, ...words, rmir, riva]);
    return rmir;
  });
  runBinOk("nemo2riva", ["--out", inFolder("asr.riva"), demoModelPath("quartznet")]);
  for (const [name, options] of [
    ["asr-online", STREAMING],
    ["asr-offline", OFFLINE],
  ] as const) {
    const rmir = inFolder(`${name}.rmir`);
    const words = ["speech_recognition", rmir, inFolder("asr.riva"), `--name=${name}`, ...options];
    runBinOk("riva-build", words);
    rmirs.push(rmir);
  }
  runBinOk("riva-deploy", [...rmirs, inFolder("models")]);
  server = await startServerBin(inFolder("models"));
});

after(async () => {
  if (skip !== false) return;
  assert.equal(await server.stop(), 0, "SIGTERM ends the server cleanly");
  rmSync(folder, { recursive: true, force: true });
});

function callClient(script: string, calls: readonly object[]): Answer[] {
  const request = path.join(folder, "request.json");
  writeFileSync(request, JSON.stringify(calls));
  const { status, stdout, stderr } = spawnSync(
    environment.python as string,
    [path.join(projectRoot, "test/conformance", script), server.rivaUri, request],
    { encoding: "utf8", timeout: 120_000 },
  );
  assert.equal(status, 0, stderr);
  return JSON.parse(stdout) as Answer[];
}

const ask = (calls: readonly object[]): Answer[] => callClient("riva_nlp_client.py", calls);

function only<T>(call: object): T {
  const [answer] = ask([call]);
  assert.equal(answer?.error, undefined, JSON.stringify(call));
  return answer?.ok as T;
}

const read = <T>(file: string): T =>
  JSON.parse(readFileSync(path.join(projectRoot, "examples/text", file), "utf8")) as T;
const sentences = read<Record<"punctuation" | "question_types", string[]>>("sentences.json");
const expected = read<{ punctuation: string[]; question_types: Record<string, number>[] }>(
  "expected.json",
);

test("punctuation: NeMo's texts in the order of the request, by both RPCs", { skip }, () => {
  const texts = sentences.punctuation;
  for (const call of [{}, { model: "riva_punctuation" }, { transform: true }]) {
    assert.deepEqual(only({ call: "punctuate", texts, ...call }), expected.punctuation);
  }
  assert.deepEqual(only({ call: "punctuate", texts: ["", "  \t "] }), ["", ""]);
});

test("text classes through the client's batching, one by one and queued", { skip }, () => {
  const texts = sentences.question_types;
  const model = "riva_text_classification_question";
  const best = expected.question_types.map((classes) => Object.entries(classes)[0]);
  for (const queue of [0, 3]) {
    const answer = only<{ classes: string[]; scores: number[] }>({
      call: "classify_text",
      texts,
      model,
      queue,
    });
    assert.deepEqual(
      answer.classes,
      best.map((entry) => entry?.[0]),
    );
    answer.scores.forEach((score, i) => assert.ok(Math.abs(score - (best[i]?.[1] ?? 0)) < 1e-4));
  }
});

test("more classes than there are give all of them; the id comes back", { skip }, () => {
  const call = {
    call: "top_n",
    texts: ["who", "where"],
    model: "riva_text_classification_question",
  };
  const all = only<{ classes: [string, number][][]; id: string }>({ ...call, top_n: 1000 });
  assert.equal(all.id, "mine");
  assert.deepEqual(
    all.classes.map((classes) => classes.length),
    [6, 6],
  );
  for (const classes of all.classes) {
    const scores = classes.map(([, score]) => score);
    assert.deepEqual(
      scores,
      [...scores].sort((a, b) => b - a),
    );
    assert.ok(Math.abs(scores.reduce((sum, score) => sum + score, 0) - 1) < 1e-5);
  }
  const one = only<{ classes: unknown[][] }>({ ...call, top_n: 0 });
  assert.deepEqual(
    one.classes.map((classes) => classes.length),
    [1, 1],
  );
});

test("entities: kinds without prefix, spans with their last character", { skip }, () => {
  const text = "Jensen Huang is the CEO of NVIDIA Corporation, located in Santa Clara, California.";
  const [found = []] = only<[string, string, number, number, number][][]>({
    call: "entities",
    text,
  });
  assert.deepEqual(
    found.map(([token, kind, , start, end]) => [token, kind, text.slice(start, end + 1)]),
    [
      ["jensen huang", "PER", "Jensen Huang"],
      ["nvidia corporation", "ORG", "NVIDIA Corporation"],
      ["santa clara", "LOC", "Santa Clara"],
      ["california", "LOC", "California"],
    ],
  );
  const batch = only<Record<string, unknown[][]>>({
    call: "classify_tokens",
    texts: ["Where is San Francisco?", "nothing here", "I saw 😀😀 in San Francisco"],
    model: "riva_ner",
  });
  assert.deepEqual(batch["tokens"]?.[0], ["san francisco"]);
  assert.deepEqual([batch["starts"]?.[0], batch["ends"]?.[0]], [[9], [21]]);
  assert.deepEqual(batch["tokens"]?.[1], []);
  assert.equal(batch["starts"]?.[2]?.[0], 12, "characters are counted, not bytes or UTF-16 units");
});

interface Intent {
  readonly intent: [string, number];
  readonly slots: [string, string, number, number, number][];
  readonly domain: string;
  readonly domain_str: string;
  readonly has_intent: boolean;
}

test("intents: a given domain, and the only one there is", { skip }, () => {
  const text = "is it going to rain tomorrow in New York?";
  for (const domain of ["", "assistant"]) {
    const answer = only<Intent>({ call: "intent", text, domain });
    assert.deepEqual(
      [answer.intent[0], answer.domain, answer.domain_str],
      ["GetWeather", "assistant", "assistant"],
    );
    assert.deepEqual(
      answer.slots.map(([token, slot]) => [token, slot]),
      [
        ["rain", "condition_description"],
        ["tomorrow", "timeRange"],
        ["new york", "state"],
      ],
    );
  }
});

test("answers: as many as asked for at most, the best first", { skip }, () => {
  const context = "The museum in Vienna was founded by two sisters in the spring of 1901.";
  const query = "Who founded the museum?";
  assert.equal(only<[string][]>({ call: "ask", query, context })[0]?.[0], "two sisters");
  const three = only<[string, number][]>({ call: "ask", query, context, top_n: 3 });
  assert.equal(three.length, 3);
  assert.ok((three[0]?.[1] ?? 0) >= (three[1]?.[1] ?? 1));
  assert.ok(only<unknown[]>({ call: "ask", query, context, top_n: 100_000 }).length <= 20);
  assert.deepEqual(only({ call: "ask", query, context: "" }), [["", 0]]);
});

test("the model list names what each model is for", { skip }, () => {
  const all = only<[string, Record<string, string>][]>({ call: "models" });
  assert.deepEqual(
    all.map(([name, { type, language_code }]) => [name, type, language_code]),
    [
      ["riva_intent_assistant", "intent_slot", "en-US"],
      ["riva_ner", "token_classification", "en-US"],
      ["riva_punctuation", "punctuation", "en-US"],
      ["riva_qa", "qa", "en-US"],
      ["riva_text_classification_question", "text_classification", "en-US"],
    ],
  );
  assert.equal(only<unknown[]>({ call: "models", model: "riva_qa" }).length, 1);
  assert.deepEqual(only({ call: "models", model: "nothing" }), []);
});

test("wrong requests get the words that the client's tests look for", { skip }, () => {
  const unknown = /^Error: Model foo is not a Riva API model, execution cannot be done$/;
  const texts = ["a"];
  const cases: [object, RegExp][] = [
    [{ call: "punctuate", texts, model: "foo" }, unknown],
    [{ call: "punctuate", texts, model: "foo", transform: true }, unknown],
    [{ call: "classify_text", texts, model: "foo" }, unknown],
    [{ call: "classify_tokens", texts, model: "foo" }, unknown],
    [{ call: "classify_tokens", texts, model: "riva_qa" }, /Model riva_qa is not a Riva API model/],
    [{ call: "punctuate", texts, language: "xx-XX" }, /^Error: Unavailable model requested/],
    [{ call: "entities", text: "a", language: "ru-RU" }, /^Error: Unavailable model requested/],
    [{ call: "intent", text: "a", domain: "foo" }, /Model riva_intent_foo is not a Riva API model/],
    [{ call: "ask", query: " ", context: "a" }, /query is empty/],
    [{ call: "ask", query: "who ".repeat(100), context: "a" }, /question has \d+ tokens/],
  ];
  const answers = ask(cases.map(([call]) => call));
  for (const [i, [call, details]] of cases.entries()) {
    assert.equal(answers[i]?.error?.code, "INVALID_ARGUMENT", JSON.stringify(call).slice(0, 200));
    assert.match(answers[i]?.error?.details ?? "", details);
  }
});

test("transcripts are punctuated if that is asked for, words and all", { skip }, () => {
  const audio = path.join(demoAudio, "audio/digits-2.wav");
  const calls = ["offline", "streaming"].map((call) => ({ call, audio, word_times: true }));
  const answers = callClient(
    "riva_client.py",
    calls.flatMap((call) => [call, { ...call, punctuation: true }]),
  );
  const texts = answers.map(({ ok }) => {
    const { results, responses } = ok as { results?: unknown[]; responses?: unknown[][] };
    const finals = (results ?? responses?.flat() ?? []) as {
      alternatives: { transcript: string; words: [string][] }[];
    }[];
    return finals.map(({ alternatives: [best] }) => {
      const words = best?.words.map(([word]) => word) ?? [];
      assert.equal(best?.transcript, `${words.join(" ")} `, "words are those of the transcript");
      return words.join(" ");
    });
  });
  const [offline = [], offlinePunctuated = [], streaming = [], streamingPunctuated = []] = texts;
  const [wanted, wantedStreaming] = [offline, streaming].map((plain) =>
    only<string[]>({ call: "punctuate", texts: plain }),
  );
  assert.deepEqual(offlinePunctuated, wanted);
  assert.deepEqual(streamingPunctuated, wantedStreaming);
  assert.match(offlinePunctuated[0] ?? "", /^nine, .*six\.$/);
});

test("servicemaker understand shows each model by one command", { skip }, () => {
  const understand = (...args: string[]): string =>
    runBinOk("servicemaker", ["understand", "--server", server.rivaUri, ...args]);
  assert.match(understand("punctuate", "how are you today"), /\n {2}How are you today\?\n/);
  assert.match(understand("entities", "Where is San Francisco?"), /LOC: san francisco \(9–21\)/);
  assert.match(
    understand("classify", "--top-n=2", "Who was Galileo ?"),
    / % {2}HUM\n.* % {2}\w+\n/,
  );
  assert.match(understand("intent", "play some jazz"), /PlayMusic \(assistant\)/);
  const passage = ["--context", "The museum was founded by two sisters."];
  assert.match(understand("ask", ...passage, "Who founded the museum?"), /two sisters/);
  const json = understand("intent", "--json", "play some jazz");
  assert.equal((JSON.parse(json) as { intent: string }).intent, "PlayMusic");
  const unknown = runBin("servicemaker", ["understand", "guess", "what"]);
  assert.equal(unknown.status, 64);
  assert.match(unknown.stderr, /choose one of punctuate, entities/);
});
