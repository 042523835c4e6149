/**
 * ARPA n-gram language models (also gzip-compressed) from a file, read piece by piece. What comes
 * out is the bytes of a KenLM binary: ready to be queried in place or written to a repository.
 */
import { withPlace } from "../../errors/tool-error.ts";
import { readPieces, type ByteSource } from "../../io/byte-source.ts";
import { ArpaReader, type ArpaModel } from "../../language-model/arpa-reader.ts";
import { compileArpa } from "../../language-model/compile-arpa.ts";
import { gunzip, isGzip } from "../gzip/read.ts";

/**
 * Compiles an ARPA file to the bytes of a KenLM probing binary.
 * @throws ToolError INVALID_FILE with the line's number, LIMIT_EXCEEDED
 */
export async function compileArpaFile(source: ByteSource): Promise<Uint8Array> {
  return withPlace(source.name, async () => compileArpa(await readArpa(source)));
}

async function readArpa(source: ByteSource): Promise<ArpaModel> {
  if (!(await isGzip(source))) return readPlain(source);
  const inflated = await gunzip(source);
  try {
    return await readPlain(inflated);
  } finally {
    await inflated.close();
  }
}

async function readPlain(source: ByteSource): Promise<ArpaModel> {
  const reader = new ArpaReader();
  for await (const piece of readPieces(source)) reader.push(piece);
  return reader.finish();
}
