/**
 * Which sequences run, what each remembers, and in which order its requests are served: one at a
 * time, as they came. Rules and texts are those of Triton's sequence batcher.
 */
import type { ModelConfig } from "../../../gen/model_config_pb.ts";
import type { SequencePosition } from "../engine.ts";
import { requestError } from "../request-error.ts";

/** The config's limit on the silence of a sequence. */
export function sequenceIdleMs({ schedulingChoice }: ModelConfig): number {
  if (schedulingChoice.case !== "sequenceBatching") return 0;
  return Number(schedulingChoice.value.maxSequenceIdleMicroseconds) / 1000;
}

export interface SequenceTableOptions<State> {
  readonly model: string;
  /** A sequence without requests for this long is forgotten. */
  readonly maxIdleMs: number;
  readonly open: () => State;
  /** Milliseconds; for tests. */
  readonly now?: () => number;
}

interface Sequence<State> {
  readonly state: State;
  /** Settles when the latest request is done; never rejects. */
  tail: Promise<void>;
  waiting: number;
  lastUsed: number;
}

export class SequenceTable<State> {
  readonly #options: SequenceTableOptions<State>;
  readonly #sequences = new Map<bigint, Sequence<State>>();
  readonly #now: () => number;
  #sweeper: NodeJS.Timeout | undefined;

  constructor(options: SequenceTableOptions<State>) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
  }

  /** Sequences that run. */
  get size(): number {
    return this.#sequences.size;
  }

  /**
   * Runs `action` with the state of the request's sequence, after the earlier requests of it.
   * @throws ToolError INVALID_REQUEST without an id, or if a sequence does not begin with START
   */
  run<T>(position: SequencePosition | undefined, action: (state: State) => Promise<T>): Promise<T> {
    let sequence: Sequence<State>;
    try {
      sequence = this.#enter(position);
    } catch (error) {
      return Promise.reject(error);
    }
    sequence.waiting++;
    const result = sequence.tail.then(() => action(sequence.state));
    const leave = (): void => {
      sequence.waiting--;
      sequence.lastUsed = this.#now();
    };
    sequence.tail = result.then(leave, leave);
    return result;
  }

  /** Forgets everything. */
  close(): void {
    clearInterval(this.#sweeper);
    this.#sequences.clear();
  }

  #enter(position: SequencePosition | undefined): Sequence<State> {
    const { model } = this.#options;
    if (position === undefined || position.id === 0n) {
      throw requestError(
        `inference request to model '${model}' must specify a non-zero or non-empty correlation ID`,
        "give all requests of a stream the same sequence id",
      );
    }
    const { id, start, end } = position;
    const known = this.#sequences.get(id);
    let sequence = known !== undefined && !this.#isIdle(known) ? known : undefined;
    if (start) {
      // a sequence that was not ended gives way, as in Triton
      const { open } = this.#options;
      sequence = { state: open(), tail: Promise.resolve(), waiting: 0, lastUsed: this.#now() };
      this.#sequences.set(id, sequence);
      this.#startSweeping();
    }
    if (sequence === undefined) {
      this.#sequences.delete(id);
      throw requestError(
        `inference request for sequence ${id} to model '${model}' must specify the START flag on the first request of the sequence`,
        "the sequence has ended, or nothing was sent for longer than max_sequence_idle_microseconds",
      );
    }
    if (end) this.#sequences.delete(id);
    return sequence;
  }

  #isIdle(sequence: Sequence<State>): boolean {
    return sequence.waiting === 0 && this.#now() - sequence.lastUsed > this.#options.maxIdleMs;
  }

  #startSweeping(): void {
    this.#sweeper ??= setInterval(
      () => this.#sweep(),
      Math.min(Math.max(this.#options.maxIdleMs, 100), 10_000),
    ).unref();
  }

  #sweep(): void {
    for (const [id, sequence] of this.#sequences) {
      if (this.#isIdle(sequence)) this.#sequences.delete(id);
    }
    if (this.#sequences.size > 0) return;
    clearInterval(this.#sweeper);
    this.#sweeper = undefined;
  }
}
