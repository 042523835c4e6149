/** One instance of an ONNX model: a worker thread and the runs that it has been given. */
import { Worker } from "node:worker_threads";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { ToolError } from "../../../errors/tool-error.ts";
import type { Tensor, Tensors } from "../../../tensor/tensor.ts";
import type { FromWorker, GraphSignature, ToWorker, WorkerSetup } from "./onnx-messages.ts";

interface PendingRun {
  readonly resolve: (outputs: Tensors) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * The worker's file has the extension of this one. Node cannot run it while it is still
 * TypeScript (in development, under tsx), so there the worker loads tsx first.
 */
function startWorker(setup: WorkerSetup): Worker {
  const extension = path.extname(fileURLToPath(import.meta.url));
  const file = new URL(`./onnx-worker${extension}`, import.meta.url);
  if (extension === ".js") return new Worker(file, { workerData: setup });
  const tsx = JSON.stringify(import.meta.resolve("tsx/esm/api"));
  const start = `import(${tsx}).then((tsx) => tsx.tsImport(${JSON.stringify(file.href)}, ${JSON.stringify(import.meta.url)}))`;
  return new Worker(start, { workerData: setup, eval: true });
}

export class OnnxInstance {
  readonly signature: GraphSignature;
  readonly #worker: Worker;
  readonly #pending = new Map<number, PendingRun>();
  #nextId = 1;
  #failure: ToolError | undefined;

  private constructor(worker: Worker, signature: GraphSignature) {
    this.#worker = worker;
    this.signature = signature;
    worker.on("message", (message: FromWorker) => this.#receive(message));
    worker.on("error", (error) => this.#fail(error));
    worker.on("exit", () => this.#fail(undefined));
  }

  /** @throws ToolError UNAVAILABLE without onnxruntime-node, INVALID_FILE if the model does not load */
  static async start(setup: WorkerSetup): Promise<OnnxInstance> {
    const worker = startWorker(setup);
    const first = await new Promise<FromWorker>((resolve, reject) => {
      worker.once("message", resolve);
      worker.once("error", reject);
    });
    if (first.kind === "ready") return new OnnxInstance(worker, first.signature);
    await worker.terminate();
    if (first.kind !== "not-loaded" || !first.isMissingPackage) {
      const reason = first.kind === "not-loaded" ? first.reason : first.kind;
      throw new ToolError("INVALID_FILE", `ONNX Runtime does not load the model: ${reason}`, {
        at: path.basename(setup.modelPath),
        hint: "check the file, and that its opset is not newer than this ONNX Runtime",
      });
    }
    throw new ToolError("UNAVAILABLE", `onnxruntime-node cannot be loaded: ${first.reason}`, {
      hint: "run `npm install onnxruntime-node`, or serve the repository with a Triton server",
    });
  }

  /** Runs given to this instance that are not done. */
  get load(): number {
    return this.#pending.size;
  }

  /** Runs the graph; the memory of tensors in `owned` is handed over, that of others copied. */
  run(inputs: Tensors, outputs: readonly string[], owned: ReadonlySet<string>): Promise<Tensors> {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    const id = this.#nextId++;
    const { tensors, buffers } = forTransfer(inputs, owned);
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject });
      const message: ToWorker = { id, inputs: tensors, outputs };
      this.#worker.postMessage(message, buffers);
    });
  }

  /** Frees the session; runs that are under way fail. */
  async close(): Promise<void> {
    const exited = new Promise<void>((resolve) => this.#worker.once("exit", () => resolve()));
    if (this.#failure !== undefined) return;
    this.#worker.postMessage("close" satisfies ToWorker);
    await exited;
  }

  #receive(message: FromWorker): void {
    if (message.kind !== "done" && message.kind !== "failed") return;
    const run = this.#pending.get(message.id);
    this.#pending.delete(message.id);
    if (message.kind === "done") run?.resolve(message.outputs);
    else {
      run?.reject(
        new ToolError("INVALID_REQUEST", `the model failed: ${message.reason}`, {
          hint: "the sizes of the inputs do not fit each other or the graph",
        }),
      );
    }
  }

  #fail(cause: unknown): void {
    this.#failure ??= new ToolError("UNAVAILABLE", "the model's worker thread has stopped", {
      hint: "restart the server; look for what it logged before",
      cause,
    });
    for (const run of this.#pending.values()) run.reject(this.#failure);
    this.#pending.clear();
  }
}

/** A transfer detaches the whole buffer: so only what is ours alone, and not a part of more. */
function forTransfer(
  inputs: Tensors,
  owned: ReadonlySet<string>,
): { tensors: Tensors; buffers: ArrayBuffer[] } {
  const buffers: ArrayBuffer[] = [];
  const tensors: Record<string, Tensor> = {};
  for (const [name, tensor] of Object.entries(inputs)) {
    if (tensor.dtype === "string") {
      tensors[name] = tensor;
      continue;
    }
    const { data } = tensor;
    const isWhole = data.byteLength === data.buffer.byteLength;
    const mayGo = owned.has(name) && isWhole && !buffers.includes(data.buffer as ArrayBuffer);
    const given = mayGo ? data : data.slice();
    buffers.push(given.buffer as ArrayBuffer);
    tensors[name] = { ...tensor, data: given } as Tensor;
  }
  return { tensors, buffers };
}
