/**
 * The language service against bare ONNX Runtime on the same rows: how many texts a second both do,
 * one at a time and sixteen at a time, and what the dynamic batcher brings. The service tokenizes,
 * runs the network and puts the answer together; the bare runtime only runs the network on rows
 * that were made before. One model is so small that everything else shows, one of usual cost.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import path from "node:path";
import * as ort from "onnxruntime-node";
import { connectNlp, type NlpClient } from "../src/cli/nlp-client.ts";
import { createEmbeddedEngine } from "../src/serve/engine/embedded/embedded-engine.ts";
import { startServer } from "../src/serve/server.ts";
import { STEPS } from "../src/steps/registry.ts";
import { tensor, type Tensors } from "../src/tensor/tensor.ts";
import { deployLanguageModels } from "../test/support/language-pipelines.ts";
import { languageModel, type LanguageModelName } from "../test/support/language-models.ts";

const SECONDS = 2;
const ROUNDS = 3;

interface Subject {
  readonly pipeline: string;
  readonly model: LanguageModelName;
  readonly name: string;
  readonly tokenizer: string;
  readonly texts: Readonly<Record<string, string>>;
  ask(client: NlpClient): Promise<unknown>;
}

const QUERY =
  "will it rain tomorrow afternoon in san francisco or should i take the bicycle to work";
const QUESTION = "When was the museum founded?";
const PASSAGE = Array.from(
  { length: 12 },
  () => "The museum in Vienna was founded by two sisters in the spring of 1901 and opens at ten.",
).join(" ");

const SUBJECTS: readonly Subject[] = [
  {
    pipeline: "intent_slot",
    model: "intent_slot",
    name: "riva_intent_default",
    tokenizer: "intent_slot_tokenizer_default",
    texts: { PIPELINE_INPUT: QUERY },
    ask: (client) => client.analyzeIntent({ query: QUERY }),
  },
  {
    pipeline: "qa",
    model: "qa",
    name: "riva_qa",
    tokenizer: "qa_tokenizer",
    texts: { QUERY: QUESTION, CONTEXT: PASSAGE },
    ask: (client) => client.naturalQuery({ query: QUESTION, context: PASSAGE }),
  },
];

/** Calls a second with so many under way. */
async function rate(parallel: number, call: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  const end = started + 1000 * SECONDS;
  let calls = 0;
  const work = async (): Promise<void> => {
    while (performance.now() < end) {
      await call();
      calls++;
    }
  };
  await Promise.all(Array.from({ length: parallel }, work));
  return (1000 * calls) / (performance.now() - started);
}

function feedsOf(rows: Tensors, names: readonly string[], batch: number) {
  const feeds = names.map((name) => {
    const data = rows[name]?.data as BigInt64Array;
    const all = new BigInt64Array(batch * data.length);
    for (let i = 0; i < batch; i++) all.set(data, i * data.length);
    return [name, new ort.Tensor("int64", all, [batch, data.length])] as const;
  });
  return Object.fromEntries(feeds);
}

/** The network alone, while nothing else of ours has threads. */
async function measureRaw(network: string, rows: Tensors): Promise<Record<string, number>> {
  const intraOpNumThreads = availableParallelism();
  const session = await ort.InferenceSession.create(network, { intraOpNumThreads });
  const [one, sixteen] = [1, 16].map((batch) => feedsOf(rows, session.inputNames, batch)) as [
    Record<string, ort.Tensor>,
    Record<string, ort.Tensor>,
  ];
  await session.run(sixteen);
  const figures = {
    "raw 1": await rate(1, () => session.run(one)),
    "raw 16": 16 * (await rate(1, () => session.run(sixteen))),
  };
  await session.release();
  return figures;
}

/** The pipeline in this process, and through the server. */
async function measureOurs(
  repository: string,
  { name, ask }: Subject,
  inputs: Tensors,
): Promise<Record<string, number>> {
  const engine = await createEmbeddedEngine({ repository, steps: STEPS });
  const infer = (): Promise<unknown> => engine.infer({ model: name, inputs });
  await infer();
  const pipeline = {
    "pipeline 1": await rate(1, infer),
    "pipeline 32": await rate(32, infer),
  };
  await engine.close();
  const uris = { rivaUri: "127.0.0.1:0", httpUri: "127.0.0.1:0" };
  const server = await startServer({ repository, ...uris });
  const client = connectNlp(server.rivaAddress);
  await ask(client);
  const grpc = {
    "grpc 1": await rate(1, () => ask(client)),
    "grpc 32": await rate(32, () => ask(client)),
  };
  client.close();
  await server.close();
  return { ...pipeline, ...grpc };
}

async function measure(folder: string, subject: Subject, maxBatch: number): Promise<void> {
  const { pipeline, model, name, tokenizer, texts } = subject;
  const repository = await deployLanguageModels(folder, [
    { pipeline, source: languageModel(model), words: [`--max_batch_size=${maxBatch}`] },
  ]);
  const inputs = Object.fromEntries(
    Object.entries(texts).map(([key, text]) => [key, tensor("string", [text])]),
  );
  const engine = await createEmbeddedEngine({ repository, steps: STEPS });
  const rows = await engine.infer({ model: tokenizer, inputs });
  await engine.close();
  const network = path.join(repository, `riva-onnx-${name}-nn-bert-base-uncased/1/model.onnx`);
  const best: Record<string, number> = {};
  for (let round = 0; round < ROUNDS; round++) {
    const figures = {
      ...(await measureRaw(network, rows)),
      ...(await measureOurs(repository, subject, inputs)),
    };
    for (const [what, value] of Object.entries(figures)) {
      best[what] = Math.max(best[what] ?? 0, value);
    }
  }
  for (const [what, value] of Object.entries(best)) {
    const raw = best[what.endsWith(" 1") ? "raw 1" : "raw 16"] ?? NaN;
    const columns = [
      pipeline.padEnd(12),
      String(maxBatch).padStart(9),
      what.padEnd(12),
      value.toFixed(1).padStart(8),
      (value / raw).toFixed(2).padStart(8),
    ];
    console.log(columns.join("  "));
  }
}

console.log(`${availableParallelism()} cores; texts a second, and the share of raw ONNX Runtime`);
console.log("pipeline      max_batch  under way     texts/s    of raw");
for (const subject of SUBJECTS) {
  for (const maxBatch of [1, 16]) {
    const folder = mkdtempSync(path.join(tmpdir(), "language-bench-"));
    await measure(folder, subject, maxBatch);
    rmSync(folder, { recursive: true, force: true });
  }
}
