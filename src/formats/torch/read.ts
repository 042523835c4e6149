/**
 * Reads the weights of a torch checkpoint as lazy views: names, shapes and places, no numbers.
 * Nothing in the file is executed; see `pickle/machine.ts`.
 */
import { ToolError, withPlace } from "../../errors/tool-error.ts";
import type { ByteSource } from "../../io/byte-source.ts";
import type { StateDict } from "../../tensor/tensor-view.ts";
import { readLegacyForm } from "./legacy-form.ts";
import { readZipForm } from "./zip-form.ts";

export type TorchForm = "zip" | "legacy" | "tar";

/** Which of torch's three file forms the source has, by its first bytes, or undefined. */
export async function sniffTorch(source: ByteSource): Promise<TorchForm | undefined> {
  const head = await source.read(0, Math.min(source.sizeBytes, 262));
  const text = Buffer.from(head).toString("latin1");
  if (text.startsWith("PK\u0003\u0004")) return "zip";
  // protocol 2 and a 10-byte integer: the magic number
  if (text.startsWith("\u0080\u0002\u008a\u000a")) return "legacy";
  return text.slice(257) === "ustar" ? "tar" : undefined;
}

/**
 * The weights by name, in the order in which they were saved.
 * @throws ToolError INVALID_FILE, UNSUPPORTED (quantized, complex, sharded, TorchScript, the tar
 *   form of before 0.1.10) or LIMIT_EXCEEDED
 */
export async function readStateDict(source: ByteSource): Promise<StateDict> {
  return withPlace(source.name, async () => {
    const form = await sniffTorch(source);
    if (form === "zip") return readZipForm(source);
    if (form === "legacy") return readLegacyForm(source);
    if (form === "tar") {
      throw new ToolError("UNSUPPORTED", "torch: the tar form of before torch 0.1.10", {
        hint: "load the checkpoint in PyTorch and save it again",
      });
    }
    throw new ToolError(
      "INVALID_FILE",
      "not a torch checkpoint: expected a zip archive or torch's magic number",
      {
        hint: "the file is damaged or has another format; copy or download it again",
      },
    );
  });
}
