/** A sink that stops accepting bytes when a signal fires, and says how far it is. */
import { ToolError } from "../errors/tool-error.ts";
import type { ByteSink } from "./byte-sink.ts";

export interface CancellableSinkOptions {
  readonly signal?: AbortSignal | undefined;
  /** Bytes written so far, after each piece. */
  readonly onProgress?: ((writtenBytes: number) => void) | undefined;
}

/** Wraps `sink`. @throws ToolError CANCELLED from `write` once the signal has fired */
export function cancellableSink(
  sink: ByteSink,
  { signal, onProgress }: CancellableSinkOptions,
): ByteSink {
  return {
    get sizeBytes() {
      return sink.sizeBytes;
    },
    write: async (bytes) => {
      if (signal?.aborted === true) {
        throw new ToolError("CANCELLED", "stopped before the output was complete", {
          hint: "nothing was left behind; start again when you like",
        });
      }
      await sink.write(bytes);
      onProgress?.(sink.sizeBytes);
    },
  };
}
