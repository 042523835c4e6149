/**
 * The queue in front of a model. Requests of equal shapes are joined along the batch axis: at
 * once when a preferred size is reached, else when the oldest has waited for the delay. Only as
 * many batches run as the executor asks for; meanwhile the queue grows and so do the batches.
 */
import { ToolError } from "../../../errors/tool-error.ts";
import type { Tensors } from "../../../tensor/tensor.ts";
import { batchKey, batchSizeOf, joinBatch, splitBatch } from "./batch-tensors.ts";
import type { ModelRequest } from "./loaded-model.ts";
import { cancelledError, closingError } from "../request-error.ts";

export interface BatchingPolicy {
  /** 1: requests are never joined. */
  readonly maxBatchSize: number;
  /** Ascending; a batch of such a size leaves without waiting. */
  readonly preferredSizes: readonly number[];
  readonly maxDelayMs: number;
  /** Requests that may wait; 0 is no limit. */
  readonly maxQueueSize: number;
}

export interface BatchExecutor {
  readonly model: string;
  /** Batches that may run at a time. */
  readonly concurrency: number;
  run(inputs: Tensors, owned: ReadonlySet<string>): Promise<Tensors>;
}

interface Waiting {
  readonly request: ModelRequest;
  readonly key: string;
  readonly size: number;
  readonly since: number;
  readonly resolve: (outputs: Tensors) => void;
  readonly reject: (error: unknown) => void;
}

const NOTHING_OWNED: ReadonlySet<string> = new Set();

export class Batcher {
  readonly #executor: BatchExecutor;
  readonly #policy: BatchingPolicy;
  #waiting: Waiting[] = [];
  #running = 0;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;
  #whenIdle: (() => void) | undefined;

  constructor(executor: BatchExecutor, policy: BatchingPolicy) {
    this.#executor = executor;
    this.#policy = policy;
  }

  /** Requests that wait. */
  get queued(): number {
    return this.#waiting.length;
  }

  /** @throws ToolError UNAVAILABLE if the queue is full, CANCELLED if the signal fired in time */
  submit(request: ModelRequest): Promise<Tensors> {
    const { maxQueueSize } = this.#policy;
    if (this.#isClosed) return Promise.reject(closingError());
    if (maxQueueSize > 0 && this.#waiting.length >= maxQueueSize) {
      return Promise.reject(
        new ToolError("UNAVAILABLE", "Exceeds maximum queue size", {
          at: this.#executor.model,
          hint: "send fewer requests at a time, or raise max_queue_size",
        }),
      );
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({
        request,
        key: this.#policy.maxBatchSize > 1 ? batchKey(request.inputs) : "",
        size: batchSizeOf(request.inputs),
        since: performance.now(),
        resolve,
        reject,
      });
      this.#dispatch();
    });
  }

  /** Lets what is queued run, then stops. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#dispatch();
    if (this.#running === 0 && this.#waiting.length === 0) return;
    await new Promise<void>((resolve) => (this.#whenIdle = resolve));
  }

  #dispatch(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    while (this.#running < this.#executor.concurrency) {
      this.#dropCancelled();
      const batch = this.#nextBatch();
      if (batch === undefined) break;
      void this.#run(batch);
    }
    if (this.#running === 0 && this.#waiting.length === 0) this.#whenIdle?.();
  }

  #dropCancelled(): void {
    if (!this.#waiting.some(({ request }) => request.signal?.aborted === true)) return;
    const cancelled = this.#waiting.filter(({ request }) => request.signal?.aborted === true);
    this.#waiting = this.#waiting.filter((item) => !cancelled.includes(item));
    for (const item of cancelled) item.reject(cancelledError());
  }

  /** Takes the oldest request and those that fit to it, or sets a timer and takes nothing. */
  #nextBatch(): Waiting[] | undefined {
    const [oldest] = this.#waiting;
    if (oldest === undefined) return undefined;
    const fitting = this.#fittingTo(oldest);
    const total = fitting.reduce((sum, item) => sum + item.size, 0);
    const preferred = this.#policy.preferredSizes.findLast((size) => size <= total);
    const waitMs = oldest.since + this.#policy.maxDelayMs - performance.now();
    if (preferred === undefined && waitMs > 0 && !this.#isClosed) {
      this.#timer = setTimeout(() => this.#dispatch(), Math.ceil(waitMs));
      return undefined;
    }
    const batch = waitMs > 0 ? takeUpTo(fitting, preferred ?? total) : fitting;
    const taken = new Set(batch);
    this.#waiting = this.#waiting.filter((item) => !taken.has(item));
    return batch;
  }

  #fittingTo(oldest: Waiting): Waiting[] {
    const { maxBatchSize } = this.#policy;
    if (maxBatchSize <= 1) return [oldest];
    return takeUpTo(
      this.#waiting.filter((item) => item.key === oldest.key),
      maxBatchSize,
    );
  }

  async #run(batch: readonly Waiting[]): Promise<void> {
    this.#running++;
    const [first] = batch as readonly [Waiting];
    try {
      const joined = joinBatch(batch.map((item) => item.request.inputs));
      const owned =
        batch.length > 1 ? new Set(Object.keys(joined)) : (first.request.owned ?? NOTHING_OWNED);
      const outputs = await this.#executor.run(joined, owned);
      const parts =
        batch.length === 1
          ? [outputs]
          : splitBatch(
              outputs,
              batch.map((item) => item.size),
              this.#executor.model,
            );
      batch.forEach((item, index) => item.resolve(parts[index] as Tensors));
    } catch (error) {
      for (const item of batch) item.reject(error);
    } finally {
      this.#running--;
      this.#dispatch();
    }
  }
}

/** The first items whose sizes do not exceed `limit` together; at least one. */
function takeUpTo(items: readonly Waiting[], limit: number): Waiting[] {
  let total = 0;
  const taken: Waiting[] = [];
  for (const item of items) {
    if (taken.length > 0 && total + item.size > limit) break;
    total += item.size;
    taken.push(item);
  }
  return taken;
}
