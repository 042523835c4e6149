/** What all audio decoders of the services are: bytes in, samples of the first channel out. */
import { ToolError } from "../../errors/tool-error.ts";

export interface AudioDecoder {
  /** Samples per second; undefined until the header has arrived. */
  readonly sampleRate: number | undefined;
  /** Most bytes to push at a time: a few bytes of a hostile file may stand for much silence. */
  readonly sliceBytes: number;
  /**
   * Samples in [-1, 1] of the first channel that are complete with these bytes.
   * @throws ToolError INVALID_REQUEST for damaged audio
   */
  push(bytes: Uint8Array): Promise<Float32Array> | Float32Array;
  /** The rest. @throws ToolError INVALID_REQUEST if the audio ended too early to be any */
  finish(): Promise<Float32Array> | Float32Array;
  /** Frees what the decoder holds outside of the heap; harmless twice. */
  close(): void;
}

export const NO_SAMPLES = new Float32Array(0);

/** Audio that cannot be decoded. */
export function audioError(
  message: string,
  hint = "check the audio with another program",
): ToolError {
  return new ToolError("INVALID_REQUEST", message, { hint });
}
