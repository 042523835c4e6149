/** The server as a whole: engine, gRPC services, HTTP, and their orderly end. */
import { RivaSpeechRecognition } from "../gen/riva_asr_pb.ts";
import { RivaLanguageUnderstanding } from "../gen/riva_nlp_pb.ts";
import { RivaSpeechSynthesis } from "../gen/riva_tts_pb.ts";
import { STEPS } from "../steps/registry.ts";
import type { StepDefinition } from "../steps/step.ts";
import { createEmbeddedEngine } from "./engine/embedded/embedded-engine.ts";
import { type GrpcService, grpcService, startGrpcServer } from "./grpc/server.ts";
import { healthRoutes } from "./http/health-routes.ts";
import { startHttpServer } from "./http/server.ts";
import { type Log, silentLog } from "./log.ts";
import { createMetrics } from "./metrics.ts";
import { findRecognitionModels } from "./services/asr/models.ts";
import { asrService } from "./services/asr/service.ts";
import { createHealthState } from "./services/health.ts";
import { findLanguageModels } from "./services/nlp/models.ts";
import { createPunctuator } from "./services/nlp/punctuator.ts";
import { nlpService } from "./services/nlp/service.ts";
import { ttsService } from "./services/tts/service.ts";
import { findVoices } from "./services/tts/voices.ts";
import { formatAddress, parseServerUri } from "./uri.ts";

export interface ServerOptions {
  /** Folder of the model repository. */
  readonly repository: string;
  /** `host:port` of the Riva services; port 0 picks one. */
  readonly rivaUri: string;
  /** `host:port` of health and metrics. */
  readonly httpUri: string;
  readonly log?: Log;
  /** Stops the server. */
  readonly signal?: AbortSignal;
  /** Largest message that is accepted; the official clients send up to 128 MiB. */
  readonly maxMessageBytes?: number;
  /** How long calls may go on once the server stops. */
  readonly graceMs?: number;
  /** Components that `python` models may name; default: all of ours. */
  readonly steps?: readonly StepDefinition[];
}

export interface RunningServer {
  /** `host:port` as listened on. */
  readonly rivaAddress: string;
  readonly httpAddress: string;
  /** Names of the models that are ready. */
  readonly models: readonly string[];
  /** Lets calls finish, then frees everything; resolves when all is done, also when called twice. */
  close(): Promise<void>;
  /** Resolves when the server has stopped, for whatever reason. */
  readonly stopped: Promise<void>;
}

const DEFAULT_MAX_MESSAGE_BYTES = 128 * 1024 * 1024;
/** As other Riva-compatible servers. */
const DEFAULT_GRACE_MS = 10_000;

/**
 * Loads the repository and serves it.
 * @throws ToolError for a bad repository or address; nothing is left running then
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { log = silentLog, maxMessageBytes = DEFAULT_MAX_MESSAGE_BYTES } = options;
  const { graceMs = DEFAULT_GRACE_MS, steps = STEPS } = options;
  const uri = parseServerUri(options.rivaUri);
  const httpUri = parseServerUri(options.httpUri);
  const engine = await createEmbeddedEngine({ repository: options.repository, steps });
  const stoppers: (() => Promise<void>)[] = [() => engine.close()];
  const stop = async (): Promise<void> => {
    // the last that was started stops first
    for (const stopOne of stoppers.reverse()) await stopOne();
  };
  try {
    const health = createHealthState();
    const metrics = createMetrics(() => engine.statistics());
    const models = findRecognitionModels(engine);
    const services: GrpcService[] = [
      grpcService(
        RivaSpeechRecognition,
        asrService({ engine, models, log, punctuate: createPunctuator(engine) }),
      ),
      grpcService(
        RivaLanguageUnderstanding,
        nlpService({ engine, models: findLanguageModels(engine) }),
      ),
      grpcService(RivaSpeechSynthesis, ttsService({ engine, voices: findVoices(engine), log })),
    ];
    const http = await startHttpServer(httpUri, healthRoutes(health, metrics), log);
    stoppers.push(() => http.close());
    const grpc = await startGrpcServer({ uri, log, metrics, health, maxMessageBytes }, services);
    stoppers.push(() => grpc.close(graceMs));
    stoppers.push(async () => health.stop());
    return running({
      rivaAddress: formatAddress(uri.host, grpc.port),
      httpAddress: formatAddress(httpUri.host, http.port),
      models: engine.models().map(({ name }) => name),
      stop,
      signal: options.signal,
    });
  } catch (error) {
    await stop();
    throw error;
  }
}

interface Started extends Pick<RunningServer, "rivaAddress" | "httpAddress" | "models"> {
  readonly stop: () => Promise<void>;
  readonly signal: AbortSignal | undefined;
}

function running({ stop, signal, ...facts }: Started): RunningServer {
  let onStopped: (() => void) | undefined;
  const stopped = new Promise<void>((resolve) => (onStopped = resolve));
  let closing: Promise<void> | undefined;
  const close = (): Promise<void> => {
    closing ??= stop().finally(onStopped);
    return closing;
  };
  signal?.addEventListener("abort", () => void close(), { once: true });
  if (signal?.aborted === true) void close();
  return { ...facts, close, stopped };
}
