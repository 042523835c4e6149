/**
 * The engine in this process: reads a model repository, loads every model, and answers requests
 * as Triton would. ONNX models run in worker threads, steps on the main thread, ensembles join them.
 */
import { ToolError, withPlace } from "../../../errors/tool-error.ts";
import type { ModelEnsembling_Step } from "../../../gen/model_config_pb.ts";
import { type ModelOnDisk, type ModelVersion, readRepository } from "../../../repository/read.ts";
import type { StepDefinition } from "../../../steps/step.ts";
import type { Tensors } from "../../../tensor/tensor.ts";
import type { Engine, InferRequest, ModelSummary } from "../engine.ts";
import { loadEnsemble } from "./ensemble.ts";
import { fail } from "./ensemble-check.ts";
import type { LoadedModel } from "./loaded-model.ts";
import { orderForLoading } from "./load-order.ts";
import { loadOnnxModel } from "./onnx-model.ts";
import { cancelledError, closingError } from "../request-error.ts";
import { type ModelStatistics, RequestCounter } from "./statistics.ts";
import { loadStepModel } from "./step-model.ts";
import { validateRequest } from "./validate-request.ts";

export interface EmbeddedEngineOptions {
  /** Folder of the model repository. */
  readonly repository: string;
  /** The steps that `python` models may name. */
  readonly steps: readonly StepDefinition[];
}

export interface EmbeddedEngine extends Engine {
  /** One entry a model and version, in the order of `models()`. */
  statistics(): readonly ModelStatistics[];
}

interface Served {
  readonly loaded: LoadedModel;
  readonly counter: RequestCounter;
}

/**
 * Loads a whole repository; nothing stays loaded if one model fails.
 * @throws ToolError NOT_FOUND, INVALID_FILE, INVALID_CONFIG, UNSUPPORTED, UNAVAILABLE, with the
 * model's name as the outermost place
 */
export async function createEmbeddedEngine(
  options: EmbeddedEngineOptions,
): Promise<EmbeddedEngine> {
  const models = await readRepository(options.repository);
  const loaded: LoadedModel[] = [];
  try {
    for (const model of orderForLoading(models)) {
      await withPlace(model.name, async () => {
        for (const version of model.versions) {
          loaded.push(await loadModel(model, version, options.steps, loaded));
        }
      });
    }
  } catch (error) {
    await Promise.all(loaded.map((model) => model.close()));
    throw error;
  }
  return new RepositoryEngine(loaded);
}

function loadModel(
  model: ModelOnDisk,
  version: ModelVersion,
  steps: readonly StepDefinition[],
  loaded: readonly LoadedModel[],
): Promise<LoadedModel> | LoadedModel {
  const { config, name } = model;
  if (config.modelTransactionPolicy?.decoupled === true) {
    throw unsupported("decoupled models are not supported by the embedded engine");
  }
  if (config.platform === "ensemble") {
    return loadEnsemble(model, version, (step) => findPart(name, step, loaded));
  }
  switch (config.backend) {
    case "onnxruntime":
      return loadOnnxModel(model, version);
    case "python":
      return loadStepModel(model, version, steps);
    default:
      throw unsupported(
        `the embedded engine has no backend '${config.backend || config.platform}'`,
      );
  }
}

function unsupported(message: string): ToolError {
  return new ToolError("UNSUPPORTED", message, {
    at: "config.pbtxt",
    hint: "the embedded engine runs onnxruntime models, ensembles and our steps; serve this repository with Triton",
  });
}

function findPart(
  ensemble: string,
  step: ModelEnsembling_Step,
  loaded: readonly LoadedModel[],
): LoadedModel {
  const versions = loaded.filter((model) => model.name === step.modelName);
  const version = step.modelVersion < 0n ? undefined : step.modelVersion.toString();
  const found =
    version === undefined ? versions[0] : versions.find((model) => model.version === version);
  if (found !== undefined) return found;
  return fail(
    `ensemble '${ensemble}' depends on '${step.modelName}' whose required version ${step.modelVersion} is not loaded.`,
  );
}

class RepositoryEngine implements EmbeddedEngine {
  readonly #served: readonly Served[];
  readonly #summaries: readonly ModelSummary[];
  readonly #running = new Set<Promise<unknown>>();
  #isClosing = false;

  constructor(models: readonly LoadedModel[]) {
    // stable: the newest version of a model stays first
    const sorted = [...models].sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
    this.#served = sorted.map((loaded) => ({ loaded, counter: new RequestCounter() }));
    this.#summaries = sorted.map(({ name, version, config }) => ({ name, version, config }));
  }

  models(): readonly ModelSummary[] {
    return this.#summaries;
  }

  statistics(): readonly ModelStatistics[] {
    return this.#served.map(({ loaded, counter }) => ({
      model: loaded.name,
      version: loaded.version,
      queued: loaded.queued(),
      ...counter.read(),
    }));
  }

  async infer(request: InferRequest, signal?: AbortSignal): Promise<Tensors> {
    if (this.#isClosing) throw closingError();
    if (signal?.aborted === true) throw cancelledError();
    const { loaded, counter } = this.#find(request);
    validateRequest(loaded.config, request.inputs, request.outputs);
    const { inputs, outputs, sequence } = request;
    const answer = counter.count(() =>
      loaded.infer({
        inputs,
        ...(outputs === undefined ? {} : { outputs }),
        ...(sequence === undefined ? {} : { sequence }),
        ...(signal === undefined ? {} : { signal }),
      }),
    );
    this.#running.add(answer);
    const forget = (): unknown => this.#running.delete(answer);
    answer.then(forget, forget);
    return selectOutputs(await orAbort(answer, signal), outputs);
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    await Promise.allSettled(this.#running);
    await Promise.all(this.#served.map(({ loaded }) => loaded.close()));
  }

  #find({ model, version }: InferRequest): Served {
    const versions = this.#served.filter(({ loaded }) => loaded.name === model);
    const found =
      version === undefined || version === ""
        ? versions[0]
        : versions.find(({ loaded }) => loaded.version === version);
    if (found !== undefined) return found;
    const reason = versions.length === 0 ? "is not found" : `version ${version} is not found`;
    throw new ToolError("NOT_FOUND", `Request for unknown model: '${model}' ${reason}`, {
      hint: "ask the server for the names and versions of its models",
    });
  }
}

function selectOutputs(all: Tensors, wanted: readonly string[] | undefined): Tensors {
  if (wanted === undefined) return all;
  return Object.fromEntries(Object.entries(all).filter(([name]) => wanted.includes(name)));
}

/** Answers a cancellation at once, though the run itself cannot be stopped. */
async function orAbort<T>(answer: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return answer;
  let onAbort: (() => void) | undefined;
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => reject(cancelledError());
    signal.addEventListener("abort", onAbort, { once: true });
  });
  try {
    return await Promise.race([answer, aborted]);
  } finally {
    if (onAbort !== undefined) signal.removeEventListener("abort", onAbort);
  }
}
