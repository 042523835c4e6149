/**
 * Inflates gzip (RFC 1952) into a spool, since what is inside is read by position. zlib checks
 * the sum and the length; we check that a small file does not become a disk full of zeros.
 */
import { createGunzip } from "node:zlib";
import { ToolError } from "../../errors/tool-error.ts";
import { readPieces, type ByteSource } from "../../io/byte-source.ts";
import type { ClosableSource } from "../../io/file-source.ts";
import { createSpool, type Spool } from "../../io/spool.ts";

export interface GzipLimits {
  readonly outputBytes: number;
  readonly ratio: number;
  readonly ratioFromBytes: number;
}

export const GZIP_LIMITS: GzipLimits = {
  /** Compressed checkpoints come from NeMo up to 1.6; the largest models of that time have 5 GB. */
  outputBytes: 64 * 1024 ** 3,
  /** Weights shrink by some percent, vocabularies by four; deflate's maximum is 1032. */
  ratio: 100,
  /** Small archives of zeros are harmless, and tests use them. */
  ratioFromBytes: 64 * 1024 * 1024,
};

/** True if the source starts with the magic `1f 8b`. */
export async function isGzip(source: ByteSource): Promise<boolean> {
  if (source.sizeBytes < 2) return false;
  const magic = await source.read(0, 2);
  return magic[0] === 0x1f && magic[1] === 0x8b;
}

/**
 * The inflated content (several gzip members one after the other are accepted), under the name
 * of `source`. Close it to free the memory or the temporary file.
 * @throws ToolError INVALID_FILE or LIMIT_EXCEEDED
 */
export async function gunzip(
  source: ByteSource,
  limits: GzipLimits = GZIP_LIMITS,
): Promise<ClosableSource> {
  const spool = createSpool({ name: source.name });
  try {
    await inflate(source, spool, limits);
    return await spool.finish();
  } catch (error) {
    await spool.abandon();
    throw error;
  }
}

async function inflate(source: ByteSource, spool: Spool, limits: GzipLimits): Promise<void> {
  const byRatio = Math.max(limits.ratioFromBytes, limits.ratio * source.sizeBytes);
  const limitBytes = Math.min(limits.outputBytes, byRatio);
  const inflater = createGunzip({ chunkSize: 256 * 1024 });
  const feeding = feed(source, inflater);
  // awaited below; without this a failure meanwhile would count as unhandled
  feeding.catch(() => {});
  try {
    for await (const piece of inflater as AsyncIterable<Uint8Array>) {
      if (spool.sizeBytes + piece.byteLength > limitBytes) throw bomb(source, limitBytes);
      await spool.write(piece);
    }
    await feeding;
  } catch (error) {
    throw isZlibError(error) ? damaged(error) : error;
  } finally {
    inflater.destroy();
  }
}

async function feed(source: ByteSource, inflater: ReturnType<typeof createGunzip>): Promise<void> {
  try {
    for await (const piece of readPieces(source)) {
      if (inflater.destroyed) return;
      await new Promise<void>((resolve) => {
        inflater.once("close", resolve);
        inflater.write(piece, () => {
          inflater.off("close", resolve);
          resolve();
        });
      });
    }
    inflater.end();
  } catch (error) {
    inflater.destroy(error as Error);
  }
}

function isZlibError(error: unknown): error is Error {
  return error instanceof Error && String((error as NodeJS.ErrnoException).code).startsWith("Z_");
}

function damaged(cause: Error): ToolError {
  return new ToolError("INVALID_FILE", `gzip: ${cause.message}`, {
    hint: "the file is cut short or damaged; copy or download it again",
    cause,
  });
}

function bomb(source: ByteSource, limitBytes: number): ToolError {
  return new ToolError(
    "LIMIT_EXCEEDED",
    `gzip: ${source.sizeBytes} bytes inflate to more than ${limitBytes}`,
    {
      hint: "no checkpoint compresses like this; if you trust the file, unpack it with gunzip first",
    },
  );
}
