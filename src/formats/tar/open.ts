/** Opens a tar archive whether it is gzip-compressed (NeMo up to 1.6, EFF) or plain. */
import { withPlace } from "../../errors/tool-error.ts";
import type { ByteSource } from "../../io/byte-source.ts";
import { gunzip, isGzip, type GzipLimits } from "../gzip/read.ts";
import { readTar, type TarMember } from "./read.ts";

export interface TarArchive {
  readonly members: readonly TarMember[];
  readonly isCompressed: boolean;
  /** Frees what was inflated; the members are of no use afterwards. The source stays open. */
  close(): Promise<void>;
}

/** @throws ToolError INVALID_FILE, UNSUPPORTED or LIMIT_EXCEEDED */
export async function openTar(source: ByteSource, limits?: GzipLimits): Promise<TarArchive> {
  if (!(await isGzip(source))) {
    return { members: await readTar(source), isCompressed: false, close: async () => {} };
  }
  const inflated = await withPlace(source.name, () => gunzip(source, limits));
  try {
    return { members: await readTar(inflated), isCompressed: true, close: () => inflated.close() };
  } catch (error) {
    await inflated.close();
    throw error;
  }
}
