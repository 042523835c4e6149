/**
 * Writes an EFF archive that the original library opens. The manifest comes first, so that a
 * reader of the beginning knows the content; large payloads are stored instead of compressed,
 * because weights do not shrink and compressing took the original nine tenths of its time.
 * No clock, no user: the same content gives the same bytes.
 */
import { assert } from "../../errors/tool-error.ts";
import { readPieces, type ByteSource } from "../../io/byte-source.ts";
import type { ByteSink } from "../../io/byte-sink.ts";
import { createGzipSink, type GzipSink } from "../gzip/write.ts";
import { finishTar, writeTarMember, type TarEntry } from "../tar/write.ts";
import { printManifest } from "./manifest.ts";
import { MANIFEST_NAME } from "./read.ts";
import type { EffMap } from "./value.ts";

/** What an archive stores: bytes in memory, a source, or a stream of known length. */
export type EffContent = Uint8Array | ByteSource | EffStream;

export interface EffStream {
  readonly sizeBytes: number;
  /** Called once; writes exactly `sizeBytes` bytes. */
  readonly write: (sink: ByteSink) => Promise<void>;
}

export interface EffEntry {
  readonly name: string;
  /** Stored beside the defaults (plain file, binary content, no description). */
  readonly properties: EffMap;
  readonly content: EffContent;
}

export interface EffWriteRequest {
  /** `format_version` is added. */
  readonly metadata: EffMap;
  readonly artifacts: readonly EffEntry[];
}

/** Smaller artifacts are configs and vocabularies, which shrink by three to four. */
const STORE_FROM_BYTES = 1 << 20;
/** The mode that the original gives to every member. */
const MODE = 0o600;

/** Properties that every artifact has in archives of the original. */
const DEFAULT_PROPERTIES: EffMap = new Map([
  ["artifact_type", "File"],
  ["content_callback", "BinaryContentCallback"],
  ["description", ""],
]);

/** Streams the archive into `sink`. */
export async function writeEff(sink: ByteSink, request: EffWriteRequest): Promise<void> {
  const artifacts = request.artifacts.map((entry) => ({
    ...entry,
    properties: new Map([...DEFAULT_PROPERTIES, ...entry.properties, ["encryption", false]]),
  }));
  const metadata = new Map([...request.metadata, ["format_version", 3]]);
  const manifest = Buffer.from(printManifest(metadata, artifacts));
  const gzip = createGzipSink(sink);
  await writeMember(gzip, MANIFEST_NAME, manifest);
  for (const { name, content } of artifacts) await writeMember(gzip, `artifacts/${name}`, content);
  await finishTar(gzip);
  await gzip.finish();
}

async function writeMember(gzip: GzipSink, name: string, content: EffContent): Promise<void> {
  const sizeBytes = content instanceof Uint8Array ? content.byteLength : content.sizeBytes;
  assert(Number.isSafeInteger(sizeBytes) && sizeBytes >= 0, `size of ${name}`);
  gzip.setLevel(sizeBytes >= STORE_FROM_BYTES ? 0 : 6);
  await writeTarMember(gzip, { name, sizeBytes, content: tarContent(content), mode: MODE });
}

function tarContent(content: EffContent): TarEntry["content"] {
  if (content instanceof Uint8Array) return [content];
  return "write" in content ? content.write : readPieces(content);
}
