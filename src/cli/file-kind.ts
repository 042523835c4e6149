/** What a file is, by its content and never by its name. */
import { archiveKind, type ArchiveKind } from "../formats/archive-kind.ts";
import { openFile } from "../io/file-source.ts";

export type FileKind = ArchiveKind | "onnx";

/** @throws ToolError NOT_FOUND, INVALID_FILE for something that is no file */
export async function kindOfFile(path: string): Promise<FileKind> {
  const file = await openFile(path);
  try {
    // an ONNX model begins with its first field, the IR version, as a small varint
    const head = await file.read(0, Math.min(2, file.sizeBytes));
    if (head[0] === 0x08 && (head[1] ?? 0x80) < 0x40) return "onnx";
  } finally {
    await file.close();
  }
  return archiveKind(path);
}
