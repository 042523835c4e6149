/** Counts a model: what `/metrics` and Triton's statistics show. */

export interface ModelStatistics {
  readonly model: string;
  readonly version: string;
  readonly succeeded: number;
  readonly failed: number;
  /** Milliseconds of all requests that succeeded, from acceptance to answer. */
  readonly totalMs: number;
  /** Requests that wait now. */
  readonly queued: number;
}

/** Counts the requests of one model. */
export class RequestCounter {
  #succeeded = 0;
  #failed = 0;
  #totalMs = 0;

  async count<T>(action: () => Promise<T>): Promise<T> {
    const since = performance.now();
    try {
      const result = await action();
      this.#succeeded++;
      this.#totalMs += performance.now() - since;
      return result;
    } catch (error) {
      this.#failed++;
      throw error;
    }
  }

  read(): Pick<ModelStatistics, "succeeded" | "failed" | "totalMs"> {
    return { succeeded: this.#succeeded, failed: this.#failed, totalMs: this.#totalMs };
  }
}
