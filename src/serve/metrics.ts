/** Prometheus metrics: the RPCs, the models (under Triton's names) and the process. */
import type { CallContext, ServerMiddlewareCall } from "nice-grpc";
import { ServerError, Status } from "nice-grpc";
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "prom-client";
import type { ModelStatistics } from "./engine/embedded/statistics.ts";

/** From a token of a stream to minutes of audio. */
const DURATION_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];

export interface Metrics {
  readonly contentType: string;
  /** The text that Prometheus scrapes. */
  read(): Promise<string>;
  /** nice-grpc middleware; stands outside of the one for errors. */
  readonly middleware: <Request, Response>(
    call: ServerMiddlewareCall<Request, Response>,
    context: CallContext,
  ) => AsyncGenerator<Response, Response | void, undefined>;
}

/** @param statistics counts of the models now, asked for at each scrape */
export function createMetrics(statistics: () => readonly ModelStatistics[]): Metrics {
  const registry = new Registry();
  // event loop delay, memory, CPU
  collectDefaultMetrics({ register: registry });
  addModelMetrics(registry, statistics);
  const requests = new Counter({
    name: "riva_requests_total",
    help: "RPCs by method and gRPC status",
    labelNames: ["method", "code"],
    registers: [registry],
  });
  const durations = new Histogram({
    name: "riva_request_duration_seconds",
    help: "Time from the start of an RPC to its end",
    labelNames: ["method"],
    buckets: DURATION_BUCKETS,
    registers: [registry],
  });
  const open = new Gauge({
    name: "riva_open_streams",
    help: "RPCs under way",
    labelNames: ["method"],
    registers: [registry],
  });
  return {
    contentType: registry.contentType,
    read: () => registry.metrics(),
    middleware: async function* count(call, context) {
      const method = call.method.path;
      open.inc({ method });
      const stop = durations.startTimer({ method });
      // what ends without a result was given up by the client
      let code: string = Status[Status.CANCELLED];
      try {
        const result = yield* call.next(call.request, context);
        code = Status[Status.OK];
        return result;
      } catch (error) {
        if (error instanceof ServerError) code = Status[error.code];
        throw error;
      } finally {
        open.dec({ method });
        stop();
        requests.inc({ method, code });
      }
    },
  };
}

const MODEL_METRICS: readonly [string, string, (model: ModelStatistics) => number][] = [
  ["nv_inference_request_success", "Successful inference requests", (model) => model.succeeded],
  ["nv_inference_request_failure", "Failed inference requests", (model) => model.failed],
  [
    "nv_inference_request_duration_us",
    "Microseconds of all successful requests together",
    (model) => Math.round(model.totalMs * 1000),
  ],
  ["nv_inference_pending_request_count", "Requests that wait", (model) => model.queued],
];

function addModelMetrics(registry: Registry, statistics: () => readonly ModelStatistics[]): void {
  for (const [name, help, read] of MODEL_METRICS) {
    new Gauge({
      name,
      help,
      labelNames: ["model", "version"],
      registers: [registry],
      collect() {
        for (const entry of statistics()) {
          this.set({ model: entry.model, version: entry.version }, read(entry));
        }
      },
    });
  }
}
