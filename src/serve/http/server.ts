/** The HTTP side on node:http: a list of routes, errors as JSON, an orderly end. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { ERROR_CODES } from "../../errors/codes.ts";
import { ToolError } from "../../errors/tool-error.ts";
import type { ServerUri } from "../uri.ts";
import type { Log } from "../log.ts";

export interface HttpReply {
  readonly status: number;
  readonly contentType?: string;
  readonly body?: string | Uint8Array;
}

export interface HttpRoute {
  readonly method: "GET" | "POST" | "HEAD";
  /** The whole path, or a prefix if it ends in `/`. */
  readonly path: string;
  handle(request: IncomingMessage): Promise<HttpReply> | HttpReply;
}

export interface RunningHttpServer {
  readonly port: number;
  close(): Promise<void>;
}

/** @throws ToolError UNAVAILABLE if the address cannot be listened on */
export async function startHttpServer(
  uri: ServerUri,
  routes: readonly HttpRoute[],
  log: Log,
): Promise<RunningHttpServer> {
  const server = createServer((request, response) => {
    void answer(routes, request, response, log);
  });
  await listen(server, uri);
  return {
    port: (server.address() as AddressInfo).port,
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      await closed;
    },
  };
}

function listen(server: Server, { host, port, text }: ServerUri): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (cause) => {
      reject(
        new ToolError("UNAVAILABLE", `cannot listen: ${cause.message}`, {
          at: text,
          hint: "another program may use the port; choose another one",
          cause,
        }),
      );
    });
    server.listen(port, host, resolve);
  });
}

async function answer(
  routes: readonly HttpRoute[],
  request: IncomingMessage,
  response: ServerResponse,
  log: Log,
): Promise<void> {
  const path = (request.url ?? "/").split("?")[0] ?? "/";
  let reply: HttpReply;
  try {
    reply = await findRoute(routes, path, request.method ?? "").handle(request);
  } catch (error) {
    reply = errorReply(error, path, log);
  }
  response.writeHead(reply.status, { "content-type": reply.contentType ?? "application/json" });
  response.end(request.method === "HEAD" ? undefined : reply.body);
}

function findRoute(routes: readonly HttpRoute[], path: string, method: string): HttpRoute {
  const here = routes.filter((route) =>
    route.path.endsWith("/") && route.path !== "/"
      ? path.startsWith(route.path)
      : path === route.path,
  );
  const found = here.find(
    (route) => route.method === method || (method === "HEAD" && route.method === "GET"),
  );
  if (found !== undefined) return found;
  throw new ToolError("NOT_FOUND", `nothing answers ${method} ${path}`, {
    hint: `there are ${routes.map((route) => `${route.method} ${route.path}`).join(", ")}`,
  });
}

function errorReply(error: unknown, path: string, log: Log): HttpReply {
  if (error instanceof ToolError) {
    return {
      status: ERROR_CODES[error.code].http,
      body: JSON.stringify({ error: error.message, hint: error.hint }),
    };
  }
  log("ERROR", `${path}: unexpected error`, error);
  return { status: 500, body: JSON.stringify({ error: "internal error" }) };
}
