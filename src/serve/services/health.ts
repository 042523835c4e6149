/** grpc.health.v1: is the server, or one of its services, ready? */
import type { ServiceImplementation } from "nice-grpc";
import { Health, HealthCheckResponse_ServingStatus as ServingStatus } from "../../gen/health_pb.ts";
import { ToolError } from "../../errors/tool-error.ts";
import type { DefinitionOf } from "../grpc/definition.ts";

/** The health of the whole server; "" stands for it. */
export interface HealthState {
  readonly isServing: boolean;
  /** From now on NOT_SERVING; watchers are told. */
  stop(): void;
  /** Calls back when `isServing` changes; the result takes the call back. */
  onChange(listener: () => void): () => void;
}

export function createHealthState(): HealthState {
  let isServing = true;
  const listeners = new Set<() => void>();
  return {
    get isServing() {
      return isServing;
    },
    stop: () => {
      isServing = false;
      for (const listener of listeners) listener();
    },
    onChange: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** @param services full names of the services that are served */
export function healthService(
  health: HealthState,
  services: readonly string[],
): ServiceImplementation<DefinitionOf<typeof Health>> {
  const isKnown = (service: string): boolean => service === "" || services.includes(service);
  const status = (): ServingStatus =>
    health.isServing ? ServingStatus.SERVING : ServingStatus.NOT_SERVING;
  return {
    check: async ({ service }) => {
      if (isKnown(service)) return { status: status() };
      throw new ToolError("NOT_FOUND", `unknown service '${service}'`, {
        hint: `ask for '' or one of ${services.join(", ")}`,
      });
    },
    async *watch({ service }, { signal }) {
      if (!isKnown(service)) yield { status: ServingStatus.SERVICE_UNKNOWN };
      else yield { status: status() };
      while (!signal.aborted && health.isServing) {
        await changeOrAbort(health, signal);
        if (!signal.aborted && isKnown(service)) yield { status: status() };
      }
    },
  };
}

function changeOrAbort(health: HealthState, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      forget();
      signal.removeEventListener("abort", done);
      resolve();
    };
    const forget = health.onChange(done);
    signal.addEventListener("abort", done);
  });
}
