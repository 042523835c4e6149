/** The gRPC server: services, errors, health, reflection, limits. */
import type { DescService } from "@bufbuild/protobuf";
import { createServer, type Server, type ServiceImplementation } from "nice-grpc";
import { ToolError } from "../../errors/tool-error.ts";
import { Health } from "../../gen/health_pb.ts";
import type { Log } from "../log.ts";
import type { Metrics } from "../metrics.ts";
import { type HealthState, healthService } from "../services/health.ts";
import { formatAddress, type ServerUri } from "../uri.ts";
import { type DefinitionOf, defineGrpcService } from "./definition.ts";
import { errorMiddleware } from "./errors.ts";
import { addReflection } from "./reflection.ts";

export interface GrpcServerOptions {
  readonly uri: ServerUri;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly health: HealthState;
  readonly maxMessageBytes: number;
}

/** A service to serve; made by {@link grpcService}, which ties descriptor and implementation. */
export interface GrpcService {
  readonly descriptor: DescService;
  addTo(server: Server): void;
}

export interface RunningGrpcServer {
  readonly port: number;
  /** Lets calls finish for `graceMs`, then cancels what is left. */
  close(graceMs: number): Promise<void>;
}

/** One service with its RPCs. */
export function grpcService<Service extends DescService>(
  descriptor: Service,
  implementation: ServiceImplementation<DefinitionOf<Service>>,
): GrpcService {
  return {
    descriptor,
    addTo: (server) => server.add(defineGrpcService(descriptor), implementation),
  };
}

/** @throws ToolError UNAVAILABLE if the address cannot be listened on */
export async function startGrpcServer(
  { uri, log, metrics, health, maxMessageBytes }: GrpcServerOptions,
  services: readonly GrpcService[],
): Promise<RunningGrpcServer> {
  const server = createServer({
    "grpc.max_receive_message_length": maxMessageBytes,
    "grpc.max_send_message_length": -1,
    // fewer waits for large messages
    "grpc-node.flow_control_window": 4 * 1024 * 1024,
  })
    .use(metrics.middleware)
    .use(errorMiddleware(log));
  const names = services.map(({ descriptor }) => descriptor.typeName);
  const all = [...services, grpcService(Health, healthService(health, names))];
  for (const service of all) service.addTo(server);
  addReflection(
    server,
    all.map(({ descriptor }) => descriptor),
  );
  return {
    port: await listen(server, uri),
    close: async (graceMs) => {
      const timer = setTimeout(() => server.forceShutdown(), graceMs);
      await server.shutdown();
      clearTimeout(timer);
    },
  };
}

async function listen(server: Server, uri: ServerUri): Promise<number> {
  try {
    return await server.listen(formatAddress(uri.host, uri.port));
  } catch (cause) {
    throw new ToolError(
      "UNAVAILABLE",
      `cannot listen: ${cause instanceof Error ? cause.message : String(cause)}`,
      { at: uri.text, hint: "another program may use the port; choose another one", cause },
    );
  }
}
