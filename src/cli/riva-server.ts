/** `riva-server`: serves a model repository until it is told to stop. */
import { defineOptions } from "../options/option.ts";
import { startServer } from "../serve/server.ts";
import { defineCommand } from "./command.ts";
import { logger } from "./log-line.ts";

const options = defineOptions({
  "model-repository": { type: "path", required: true, doc: "Folder that riva-deploy wrote" },
  "riva-uri": {
    type: "string",
    default: "127.0.0.1:50051",
    doc: "host:port of the Riva gRPC API; port 0 picks a free one; 0.0.0.0 listens on all interfaces",
  },
  "http-uri": {
    type: "string",
    default: "127.0.0.1:8000",
    doc: "host:port of health and metrics over HTTP",
  },
});

export const command = defineCommand({
  name: "riva-server",
  summary:
    "Serve a model repository: the Riva gRPC API for Riva's clients, gRPC health and reflection, and /v1/health/ready and /metrics over HTTP. Stops gracefully on SIGTERM and Ctrl-C.",
  positionals: [],
  options,
  examples: [
    ["riva-server --model-repository models", "on this machine only"],
    ["riva-server --model-repository models --riva-uri 0.0.0.0:50051", "for the network"],
  ],
  run: async ({ values, context }) => {
    const log = logger(context);
    const started = performance.now();
    const server = await startServer({
      repository: values["model-repository"],
      rivaUri: values["riva-uri"],
      httpUri: values["http-uri"],
      signal: context.signal,
      log: (level, text, error) =>
        log(level, error instanceof Error ? `${text}\n${error.stack ?? ""}` : text),
    });
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    log(
      "INFO",
      `${server.models.length} models ready after ${seconds} s: ${server.models.join(", ")}`,
    );
    context.out(
      `Riva Conversational AI Server listening on ${server.rivaAddress} (HTTP on ${server.httpAddress})\n`,
    );
    await server.stopped;
    log("INFO", "Stopped");
  },
});
