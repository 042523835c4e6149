/** Runs a graph in ONNX Runtime: the outside proof that what we write is what we mean. */
import { MemorySink } from "../../src/io/byte-sink.ts";
import { writeOnnx } from "../../src/formats/onnx/write.ts";
import type { ModelGraph } from "../../src/tensor/model-graph.ts";
import type { Tensors } from "../../src/tensor/tensor.ts";

export async function onnxBytes(graph: ModelGraph): Promise<Uint8Array> {
  const sink = new MemorySink();
  await writeOnnx(graph, sink);
  return sink.bytes();
}

export interface OnnxSession {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  run(inputs: Tensors): Promise<Tensors>;
}

/** Loads a graph, model bytes or a file in onnxruntime-node. */
export async function onnxSession(model: ModelGraph | Uint8Array | string): Promise<OnnxSession> {
  const ort = await import("onnxruntime-node");
  const isLoadable = model instanceof Uint8Array || typeof model === "string";
  const loadable = isLoadable ? model : await onnxBytes(model);
  // the overloads for a path and for bytes are two functions to the compiler
  const session = await ort.InferenceSession.create(loadable as string, {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    logSeverityLevel: 3,
  });
  return {
    inputNames: session.inputNames,
    outputNames: session.outputNames,
    run: async (inputs) => {
      const feeds = Object.entries(inputs).map(([name, { dtype, data, shape }]) => [
        name,
        new ort.Tensor(dtype as never, data as never, [...shape]),
      ]);
      const results = await session.run(Object.fromEntries(feeds));
      const outputs = Object.entries(results).map(([name, result]) => [
        name,
        { dtype: result.type, data: result.data, shape: result.dims },
      ]);
      return Object.fromEntries(outputs) as Tensors;
    },
  };
}

/** Runs a graph once. */
export async function runOnnx(
  model: ModelGraph | Uint8Array | string,
  inputs: Tensors,
): Promise<Tensors> {
  return (await onnxSession(model)).run(inputs);
}
