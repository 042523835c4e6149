/**
 * A worker thread with one ONNX Runtime session: `session.run` blocks its thread, and this one
 * has nothing else to do. The package is optional, so it is loaded here and only here.
 */
import { parentPort, workerData } from "node:worker_threads";
import type { InferenceSession, Tensor as OrtTensor } from "onnxruntime-node";
import { assert } from "../../../errors/tool-error.ts";
import type { Tensor, Tensors } from "../../../tensor/tensor.ts";
import type {
  FromWorker,
  GraphSignature,
  RunRequest,
  ToWorker,
  WorkerSetup,
} from "./onnx-messages.ts";

type Ort = typeof import("onnxruntime-node");

const port = parentPort;
assert(port !== null, "the ONNX worker runs in a worker thread");
const setup = workerData as WorkerSetup;

function say(message: FromWorker, transfer: readonly ArrayBuffer[] = []): void {
  port?.postMessage(message, transfer as ArrayBuffer[]);
}

function text(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

async function start(): Promise<void> {
  let ort: Ort;
  try {
    ort = await import("onnxruntime-node");
  } catch (error) {
    say({ kind: "not-loaded", reason: text(error), isMissingPackage: true });
    return;
  }
  let session: InferenceSession;
  try {
    session = await ort.InferenceSession.create(setup.modelPath, {
      executionProviders: ["cpu"],
      intraOpNumThreads: setup.intraOpThreads,
      interOpNumThreads: 1,
      graphOptimizationLevel: setup.graphOptimization,
      // The sessions of a pipeline take turns: threads that spin after a run take the cores from
      // the next one (measured: 20 against 5 times real time for one stream on 2 busy cores).
      extra: { session: { intra_op: { allow_spinning: "0" } } },
      logSeverityLevel: 3,
    });
  } catch (error) {
    say({ kind: "not-loaded", reason: text(error), isMissingPackage: false });
    return;
  }
  port?.on("message", (message: ToWorker) => {
    if (message === "close") void session.release().finally(() => port?.close());
    else void run(ort, session, message);
  });
  say({ kind: "ready", signature: signatureOf(session) });
}

function signatureOf(session: InferenceSession): GraphSignature {
  const describe = (all: InferenceSession["inputMetadata"]): GraphSignature["inputs"] =>
    all.map((value) =>
      value.isTensor
        ? { name: value.name, dtype: value.type, shape: value.shape }
        : { name: value.name, dtype: "not a tensor", shape: [] },
    );
  return { inputs: describe(session.inputMetadata), outputs: describe(session.outputMetadata) };
}

async function run(ort: Ort, session: InferenceSession, request: RunRequest): Promise<void> {
  const { id } = request;
  try {
    const feeds: Record<string, OrtTensor> = {};
    for (const [name, { dtype, data, shape }] of Object.entries(request.inputs)) {
      feeds[name] = new ort.Tensor(dtype as "float32", data as Float32Array, shape);
    }
    const results = await session.run(feeds, request.outputs);
    const outputs: Record<string, Tensor> = {};
    for (const [name, value] of Object.entries(results)) {
      outputs[name] = { dtype: value.type, shape: value.dims, data: value.data } as Tensor;
    }
    say({ kind: "done", id, outputs }, buffersOf(outputs));
  } catch (error) {
    say({ kind: "failed", id, reason: text(error) });
  }
}

function buffersOf(tensors: Tensors): ArrayBuffer[] {
  const buffers = Object.values(tensors).flatMap(({ dtype, data }) =>
    dtype === "string" ? [] : [data.buffer as ArrayBuffer],
  );
  return [...new Set(buffers)];
}

await start();
