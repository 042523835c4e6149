/** Is the process alive, is it ready, and what does it count? */
import type { Metrics } from "../metrics.ts";
import type { HealthState } from "../services/health.ts";
import type { HttpRoute } from "./server.ts";

/** The paths of Riva's NIM containers, Triton and Prometheus. */
export function healthRoutes(health: HealthState, metrics: Metrics): HttpRoute[] {
  const ready = () =>
    health.isServing
      ? { status: 200, body: JSON.stringify({ status: "ready" }) }
      : { status: 503, body: JSON.stringify({ status: "not ready" }) };
  const live = () => ({ status: 200, body: JSON.stringify({ status: "live" }) });
  return [
    { method: "GET", path: "/v1/health/ready", handle: ready },
    { method: "GET", path: "/v1/health/live", handle: live },
    { method: "GET", path: "/v2/health/ready", handle: () => ({ status: ready().status }) },
    { method: "GET", path: "/v2/health/live", handle: () => ({ status: 200 }) },
    {
      method: "GET",
      path: "/metrics",
      handle: async () => ({
        status: 200,
        contentType: metrics.contentType,
        body: await metrics.read(),
      }),
    },
  ];
}
