/** `host:port`, as `--riva-uri` and its relatives take it. */
import { ToolError } from "../errors/tool-error.ts";

export interface ServerUri {
  readonly host: string;
  /** 0: the system picks one. */
  readonly port: number;
  readonly text: string;
}

/** @throws ToolError USAGE */
export function parseServerUri(text: string): ServerUri {
  const match = /^(?:[a-z]+:\/\/)?(\[[0-9a-fA-F:.]+\]|[^:/[\]]+):(\d{1,5})\/?$/.exec(text);
  const port = Number(match?.[2] ?? -1);
  if (match?.[1] === undefined || port < 0 || port > 65_535) {
    throw new ToolError("USAGE", `'${text}' is not an address, expected host:port`, {
      hint: "for example 0.0.0.0:50051, or port 0 for any free one",
    });
  }
  return { host: match[1].replace(/^\[|\]$/g, ""), port, text };
}

/** `host:port` with the port that was picked; IPv6 addresses in brackets. */
export function formatAddress(host: string, port: number): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}
