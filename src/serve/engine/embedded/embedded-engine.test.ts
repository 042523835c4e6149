import assert from "node:assert/strict";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test, type TestContext } from "node:test";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { projectRoot } from "../../../../test/support/paths.ts";
import { tinyOnnx } from "../../../../test/support/tiny-onnx.ts";
import { isToolError } from "../../../errors/tool-error.ts";
import {
  ModelProtoSchema,
  StringStringEntryProtoSchema,
  TensorProto_DataLocation,
  TensorProtoSchema,
} from "../../../gen/onnx_pb.ts";
import { readRepository } from "../../../repository/read.ts";
import { defineStep, type StepDefinition } from "../../../steps/step.ts";
import { type Tensor, tensor, type Tensors } from "../../../tensor/tensor.ts";
import { createEmbeddedEngine, type EmbeddedEngine } from "./embedded-engine.ts";
import { checkEnsembleParts } from "./ensemble-check.ts";
import { orderForLoading } from "./load-order.ts";

const fixtures = path.join(projectRoot, "test/fixtures/triton");

async function open(
  t: TestContext,
  repository: string,
  steps: readonly StepDefinition[] = [],
): Promise<EmbeddedEngine> {
  const engine = await createEmbeddedEngine({ repository, steps });
  t.after(() => engine.close());
  return engine;
}

function folder(t: TestContext, from?: string): string {
  const made = mkdtempSync(path.join(tmpdir(), "engine-"));
  t.after(() => rmSync(made, { recursive: true, force: true }));
  if (from !== undefined) cpSync(path.join(fixtures, from), made, { recursive: true });
  return made;
}

function expectedError(fixture: string, model: string): string {
  const file = path.join(fixtures, fixture, "expect.json");
  const { models } = JSON.parse(readFileSync(file, "utf8")) as {
    models: Record<string, { error: string }>;
  };
  return (models[model]?.error ?? "").replace(
    /^(onnxruntime stand-in|load failed for model '[^']*'): /,
    "",
  );
}

const floats = (shape: readonly number[], ...values: number[]) =>
  tensor("float32", Float32Array.from(values), shape);
const numbers = (outputs: Tensors, name: string) => [
  ...((outputs[name] as Tensor).data as Float32Array),
];

test("an ONNX model answers, batched and not; its neighbours in the folder too", async (t) => {
  const engine = await open(t, path.join(fixtures, "dynamic-batching"));
  assert.deepEqual(
    engine.models().map(({ name, version }) => `${name}/${version}`),
    ["add/1", "add_odd/3"],
  );
  const inputs = { A: floats([2, 3], 1, 2, 3, 4, 5, 6), B: floats([2, 3], 1, 1, 1, 2, 2, 2) };
  const answers = await Promise.all(
    Array.from({ length: 10 }, () => engine.infer({ model: "add", inputs })),
  );
  for (const answer of answers) assert.deepEqual(numbers(answer, "S"), [2, 3, 4, 6, 7, 8]);
  assert.equal(inputs.A.data.length, 6, "the caller keeps his arrays");
  assert.equal(engine.statistics()[0]?.succeeded, 10);
});

const BATCH_NOTE = "NOTE: Setting a non-zero max_batch_size";
const id = "[request id: <id_unknown>] ";
const A = floats([1, 3], 1, 2, 3);
const refused: readonly [string, Tensors, string][] = [
  [
    "too few",
    { A },
    `${id}expected 2 inputs but got 1 inputs for model 'add'. Got input(s) ['A'], but missing required input(s) ['B']. Please provide all required input(s).`,
  ],
  [
    "none",
    {},
    `${id}expected 2 inputs but got 0 inputs for model 'add'. Got input(s) [], but missing required input(s) ['A','B']. Please provide all required input(s).`,
  ],
  [
    "type",
    { A: tensor("float64", new Float64Array(3), [1, 3]), B: A },
    `${id}inference input 'A' data-type is 'FP64', but model 'add' expects 'FP32'`,
  ],
  [
    "shape",
    { A: floats([1, 4], 1, 2, 3, 4), B: A },
    `${id}unexpected shape for input 'A' for model 'add'. Expected [-1,3], got [1,4]. ${BATCH_NOTE}`,
  ],
  [
    "batch differs",
    { A, B: floats([2, 3], 1, 2, 3, 4, 5, 6) },
    `${id}input 'B' batch size does not match other inputs for 'add'`,
  ],
  [
    "batch too large",
    {
      A: tensor("float32", new Float32Array(27), [9, 3]),
      B: tensor("float32", new Float32Array(27), [9, 3]),
    },
    `${id}inference request batch-size must be <= 8 for 'add'`,
  ],
];

test("requests that do not fit are refused in Triton's words", async (t) => {
  const engine = await open(t, path.join(fixtures, "dynamic-batching"));
  for (const [name, inputs, message] of refused) {
    await assert.rejects(engine.infer({ model: "add", inputs }), (error: unknown) => {
      assert.ok(isToolError(error, "INVALID_REQUEST"), name);
      assert.equal(error.message.slice(0, message.length), message);
      return true;
    });
  }
  const inputs = { A, B: A };
  await assert.rejects(engine.infer({ model: "add", inputs, outputs: ["T"] }), {
    message: "unexpected inference output 'T' for model 'add'",
  });
  await assert.rejects(engine.infer({ model: "nope", inputs }), {
    code: "NOT_FOUND",
    message: "Request for unknown model: 'nope' is not found",
  });
  await assert.rejects(
    engine.infer({ model: "add", version: "7", inputs }),
    /version 7 is not found/,
  );
  await assert.rejects(engine.infer({ model: "add", inputs }, AbortSignal.abort()), {
    code: "CANCELLED",
  });
});

for (const fixture of [
  "onnx-dims",
  "onnx-batch-in-dims",
  "onnx-input-left-out",
  "onnx-type",
  "onnx-unknown-input",
  "onnx-unknown-output",
]) {
  test(`fixture ${fixture}: config and graph are compared as Triton does`, async () => {
    await assert.rejects(
      createEmbeddedEngine({ repository: path.join(fixtures, fixture), steps: [] }),
      { code: "INVALID_CONFIG", message: expectedError(fixture, "add") },
    );
  });
}

test("graphs that are missing or broken, and backends that are not here, are said to be", async () => {
  const cases: readonly [string, string, string][] = [
    ["onnx-corrupt", "INVALID_FILE", "add"],
    ["onnx-opset", "INVALID_FILE", "add"],
    ["onnx-file-missing", "NOT_FOUND", "add"],
    ["unknown-backend", "UNSUPPORTED", "echo"],
    ["python-syntax", "UNSUPPORTED", "echo"],
  ];
  for (const [fixture, code, model] of cases) {
    const repository = path.join(fixtures, fixture);
    await assert.rejects(createEmbeddedEngine({ repository, steps: [] }), (error: unknown) => {
      assert.ok(isToolError(error), fixture);
      assert.deepEqual([error.code, error.at[0]], [code, model]);
      return true;
    });
  }
});

/** Words that name the whole or depend on the order of loading. */
const ENSEMBLES = readdirSync(fixtures).filter((name) =>
  /^ensemble-(batch|cycle|self|shape|type|input-not-mapped|unknown-(input|output|model)|version)$/.test(
    name,
  ),
);
for (const fixture of ENSEMBLES) {
  test(`fixture ${fixture}: the ensemble is compared with its parts`, async () => {
    const models = await readRepository(path.join(fixtures, fixture));
    const load = (): void => {
      for (const { config } of orderForLoading(models)) {
        checkEnsembleParts(config, (step) => {
          const part = models.find(({ name }) => name === step.modelName);
          const isThere = part?.versions.some(
            ({ version }) => step.modelVersion < 0n || version === String(step.modelVersion),
          );
          if (part === undefined || isThere !== true)
            throw new Error(`no version ${step.modelVersion}`);
          return part.config;
        });
      }
    };
    const [model] = fixture === "ensemble-cycle" ? ["ping"] : ["pipe"];
    if (fixture === "ensemble-version") assert.throws(load, /no version 3/);
    else if (fixture === "ensemble-self")
      assert.throws(load, /circular dependency between ensembles/);
    else assert.throws(load, { message: expectedError(fixture, model ?? "") });
  });
}

/** The decoder of the fixture, whose model.py we do not run. */
const greedy = defineStep({
  name: "greedy",
  doc: "",
  inputs: [{ name: "LOGPROBS", dtype: "float32", dims: [-1, 5] }],
  outputs: [
    { name: "TRANSCRIPT", dtype: "string", dims: [1] },
    { name: "IS_FINAL", dtype: "bool", dims: [1] },
  ],
  stateful: true,
  load: () => ({
    open: () => ({ text: "", last: -1 }),
    run: ({ LOGPROBS }, state, { end }) => {
      assert.ok(LOGPROBS?.dtype === "float32");
      for (let frame = 0; frame < (LOGPROBS.shape[1] ?? 0); frame++) {
        const row = [...LOGPROBS.data.subarray(frame * 5, frame * 5 + 5)];
        const best = row.indexOf(Math.max(...row));
        if (best !== state.last && best !== 4) state.text += "abcd"[best];
        state.last = best;
      }
      return {
        TRANSCRIPT: tensor("string", [state.text], [1, 1]),
        IS_FINAL: tensor("bool", Uint8Array.of(end ? 1 : 0), [1, 1]),
      };
    },
  }),
});

interface Turn {
  readonly sequence_id: number | string;
  readonly start: boolean;
  readonly end: boolean;
  readonly symbols: string;
  readonly transcript?: string;
  readonly is_final?: boolean;
  readonly error?: string;
}

function audioOf(symbols: string): Tensors {
  const data = new Float32Array(160 * symbols.length);
  symbols.split("").forEach((symbol, frame) => {
    const j = "abcd-".indexOf(symbol);
    data.fill(1, frame * 160 + 20 * j, frame * 160 + 20 * j + 20);
  });
  return { AUDIO: tensor("float32", data, [1, data.length]) };
}

function withGreedyStep(t: TestContext): string {
  const repository = folder(t, "asr-streaming");
  const config = path.join(repository, "decoder/config.pbtxt");
  writeFileSync(
    config,
    `${readFileSync(config, "utf8")}\nparameters { key: "step" value { string_value: "greedy" } }\n`,
  );
  return repository;
}

/** Our sequences are numbers; a protocol with text ids numbers them. */
const sequenceId = (id: number | string): bigint =>
  typeof id === "number" ? BigInt(id) : 1000n + BigInt(id.charCodeAt(id.length - 1));

test("a streaming ensemble answers a recorded conversation as Triton did", async (t) => {
  const engine = await open(t, withGreedyStep(t), [greedy]);
  const file = path.join(fixtures, "asr-streaming/conversation.json");
  const { steps } = JSON.parse(readFileSync(file, "utf8")) as { steps: Turn[] };
  for (const turn of steps) {
    const request = {
      model: "asr",
      inputs: audioOf(turn.symbols),
      sequence: { id: sequenceId(turn.sequence_id), start: turn.start, end: turn.end },
    };
    if (turn.error !== undefined) {
      await assert.rejects(engine.infer(request), { message: turn.error });
      continue;
    }
    const { TRANSCRIPT, IS_FINAL } = await engine.infer(request);
    assert.deepEqual(
      [TRANSCRIPT?.data, IS_FINAL?.data[0]],
      [[turn.transcript], turn.is_final === true ? 1 : 0],
    );
  }
});

test("sequence mistakes are told in Triton's words, with the ensemble's name", async (t) => {
  const engine = await open(t, withGreedyStep(t), [greedy]);
  const ask = (inputs: Tensors, sequence?: { id: bigint; start: boolean; end: boolean }) =>
    engine.infer({ model: "asr", inputs, ...(sequence === undefined ? {} : { sequence }) });
  await assert.rejects(ask(audioOf("a"), { id: 99n, start: false, end: false }), {
    message:
      "in ensemble 'asr', inference request for sequence 99 to model 'decoder' must specify the START flag on the first request of the sequence",
  });
  await assert.rejects(ask(audioOf("a")), {
    message:
      "in ensemble 'asr', inference request to model 'decoder' must specify a non-zero or non-empty correlation ID",
  });
  const two = { AUDIO: tensor("float32", new Float32Array(320), [2, 160]) };
  await assert.rejects(ask(two, { id: 5n, start: true, end: false }), {
    message:
      "in ensemble 'asr', inference request to model 'decoder' must specify batch-size 1 due to requirements of sequence batcher",
  });
});

test("many interleaved sequences keep apart, though requests are sent without waiting", async (t) => {
  const engine = await open(t, withGreedyStep(t), [greedy]);
  const words = Array.from({ length: 12 }, (_, n) =>
    ["a", "b", "c", "d", "-"].map((_, k) => "abcd-"[(k * n + n) % 5]).join("-"),
  );
  const transcripts = await Promise.all(
    words.map(async (word, n) => {
      const pieces = word.split("").map((symbol, at) =>
        engine.infer({
          model: "asr",
          inputs: audioOf(symbol),
          sequence: { id: BigInt(n + 1), start: at === 0, end: at === word.length - 1 },
        }),
      );
      return (await Promise.all(pieces)).at(-1)?.["TRANSCRIPT"]?.data[0];
    }),
  );
  assert.deepEqual(
    transcripts,
    words.map((word) => word.replaceAll("-", "")),
  );
});

test("implicit state: the server keeps it, START resets it", async (t) => {
  const engine = await open(t, path.join(fixtures, "implicit-state"));
  for (const model of ["running_sum", "running_sum_direct"]) {
    const add = async (sequence: bigint, value: number, start = false, end = false) =>
      numbers(
        await engine.infer({
          model,
          inputs: { X: floats([1, 1], value) },
          sequence: { id: sequence, start, end },
        }),
        "SUM",
      )[0];
    assert.equal(await add(1n, 2, true), 2);
    assert.equal(await add(2n, 10, true), 10);
    assert.equal(await add(1n, 3), 5);
    assert.deepEqual(await Promise.all([add(1n, 1), add(2n, 1), add(2n, 1)]), [6, 11, 12]);
    assert.equal(await add(1n, 4, true), 4);
    assert.equal(await add(1n, 4, false, true), 8);
    await assert.rejects(add(1n, 1), /must specify the START flag/);
  }
});

const config = (name: string, text: string) => `name: "${name}"\nmax_batch_size: 0\n${text}`;

/** Writes a repository of `config.pbtxt` texts and ONNX bytes. */
function writeModels(t: TestContext, models: Record<string, [string, Uint8Array?]>): string {
  const repository = folder(t);
  for (const [name, [text, onnx]] of Object.entries(models)) {
    mkdirSync(path.join(repository, name, "1"), { recursive: true });
    writeFileSync(path.join(repository, name, "config.pbtxt"), config(name, text));
    if (onnx !== undefined) writeFileSync(path.join(repository, name, "1/model.onnx"), onnx);
  }
  return repository;
}

const NEGATE = tinyOnnx({
  inputs: [{ name: "X", dtype: "float32", shape: ["n"] }],
  outputs: [{ name: "Y", dtype: "float32", shape: ["n"] }],
  nodes: [{ op: "Neg", inputs: ["X"], outputs: ["Y"] }],
});
const IO = `input { name: "X" data_type: TYPE_FP32 dims: -1 } output { name: "Y" data_type: TYPE_FP32 dims: -1 }`;

/** Joins two optional inputs; says which were there. */
const which = defineStep({
  name: "which",
  doc: "",
  inputs: [
    { name: "A", dtype: "float32", dims: [-1] },
    { name: "B", dtype: "float32", dims: [-1], optional: true },
  ],
  outputs: [
    { name: "NAMES", dtype: "string", dims: [1] },
    { name: "B", dtype: "float32", dims: [-1] },
  ],
  stateful: false,
  load: () => ({
    open: () => undefined,
    run: (inputs) => ({ NAMES: tensor("string", [Object.keys(inputs).join("+")], [1]) }),
  }),
});

test("ensembles: optional inputs, outputs left out, wanted outputs only", async (t) => {
  const repository = writeModels(t, {
    negate: [`backend: "onnxruntime" ${IO}`, NEGATE],
    which: [
      `backend: "python" parameters { key: "step" value { string_value: "which" } }
      input [ { name: "A" data_type: TYPE_FP32 dims: -1 }, { name: "B" data_type: TYPE_FP32 dims: -1 optional: true } ]
      output [ { name: "NAMES" data_type: TYPE_STRING dims: 1 }, { name: "B" data_type: TYPE_FP32 dims: -1 } ]`,
    ],
    pipe: [
      `platform: "ensemble"
      input [ { name: "X" data_type: TYPE_FP32 dims: -1 }, { name: "MORE" data_type: TYPE_FP32 dims: -1 optional: true } ]
      output [ { name: "N" data_type: TYPE_STRING dims: 1 }, { name: "M" data_type: TYPE_STRING dims: 1 }, { name: "Y" data_type: TYPE_FP32 dims: -1 } ]
      ensemble_scheduling { step [
        { model_name: "which" model_version: -1 input_map { key: "A" value: "y" } input_map { key: "B" value: "MORE" } output_map { key: "NAMES" value: "N" } output_map { key: "B" value: "b" } },
        { model_name: "which" model_version: -1 input_map { key: "A" value: "Y" } input_map { key: "B" value: "b" } output_map { key: "NAMES" value: "M" } },
        { model_name: "negate" model_version: -1 input_map { key: "X" value: "X" } output_map { key: "Y" value: "Y" } },
        { model_name: "negate" model_version: 1 input_map { key: "X" value: "Y" } output_map { key: "Y" value: "y" } } ] }`,
    ],
  });
  const engine = await open(t, repository, [which]);
  const X = floats([2], 1, -2);
  const without = await engine.infer({ model: "pipe", inputs: { X } });
  assert.deepEqual(
    [without["N"]?.data, without["M"]?.data, numbers(without, "Y")],
    [["A"], ["A"], [-1, 2]],
  );
  const counted = () => engine.statistics().map(({ succeeded }) => succeeded);
  const withMore = await engine.infer({ model: "pipe", inputs: { X, MORE: X } });
  assert.deepEqual(withMore["N"]?.data, ["A+B"]);
  assert.deepEqual(counted(), [0, 2, 0], "negate, pipe, which: parts are counted by themselves");
  const wanted = await engine.infer({ model: "pipe", inputs: { X }, outputs: ["Y"] });
  assert.deepEqual(Object.keys(wanted), ["Y"]);
});

test("a graph that fails at run time fails the request only", async (t) => {
  const add = tinyOnnx({
    inputs: [
      { name: "X", dtype: "float32", shape: ["n"] },
      { name: "Z", dtype: "float32", shape: ["m"] },
    ],
    outputs: [{ name: "Y", dtype: "float32", shape: ["k"] }],
    nodes: [{ op: "Add", inputs: ["X", "Z"], outputs: ["Y"] }],
  });
  const repository = writeModels(t, {
    add: [`backend: "onnxruntime" input { name: "Z" data_type: TYPE_FP32 dims: -1 } ${IO}`, add],
  });
  const engine = await open(t, repository);
  const ask = (x: number[], z: number[]) =>
    engine.infer({
      model: "add",
      inputs: { X: floats([x.length], ...x), Z: floats([z.length], ...z) },
    });
  await assert.rejects(ask([1, 2], [1, 2, 3]), { code: "INVALID_REQUEST" });
  assert.deepEqual(numbers(await ask([1, 2], [3, 4]), "Y"), [4, 6]);
});

test("weights outside of the model's folder are refused", async (t) => {
  const model = fromBinary(ModelProtoSchema, NEGATE);
  const node = model.graph?.node[0];
  if (model.graph === undefined || node === undefined) return assert.fail("no graph");
  node.opType = "Add";
  node.input.push("w");
  writeFileSync(path.join(tmpdir(), "outside.bin"), new Uint8Array(4));
  for (const location of ["../../../outside.bin", path.join(tmpdir(), "outside.bin")]) {
    model.graph.initializer = [
      create(TensorProtoSchema, {
        name: "w",
        dims: [1n],
        dataType: 1,
        dataLocation: TensorProto_DataLocation.EXTERNAL,
        externalData: [create(StringStringEntryProtoSchema, { key: "location", value: location })],
      }),
    ];
    const repository = writeModels(t, {
      leak: [`backend: "onnxruntime" ${IO}`, toBinary(ModelProtoSchema, model)],
    });
    await assert.rejects(createEmbeddedEngine({ repository, steps: [] }), (error: unknown) => {
      assert.ok(isToolError(error, "INVALID_FILE"));
      assert.match(error.message, /External data path/);
      return true;
    });
  }
});

test("closing waits for what is under way and refuses the rest", async () => {
  const engine = await createEmbeddedEngine({
    repository: path.join(fixtures, "dynamic-batching"),
    steps: [],
  });
  const running = engine.infer({ model: "add", inputs: { A, B: A } });
  const closed = engine.close();
  await assert.rejects(engine.infer({ model: "add", inputs: { A, B: A } }), {
    code: "UNAVAILABLE",
  });
  assert.deepEqual(numbers(await running, "S"), [2, 4, 6]);
  await closed;
});
