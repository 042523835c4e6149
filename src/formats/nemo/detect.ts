/** Says what a file is when it is not a `.nemo` checkpoint: each common mistake has its sentence. */
import { ToolError } from "../../errors/tool-error.ts";
import type { ByteSource } from "../../io/byte-source.ts";
import { sniffTorch } from "../torch/read.ts";

interface Foreign {
  readonly starts: string;
  readonly what: string;
  readonly hint: string;
}

const FOREIGN: readonly Foreign[] = [
  {
    starts: "version https://git-lfs",
    what: "a Git LFS pointer: the checkpoint itself was not downloaded",
    hint: "run 'git lfs pull', or download the file by itself",
  },
  {
    starts: "<",
    what: "a web page",
    hint: "the download gave an HTML page (a login or an error); open it in a browser to see which",
  },
  {
    starts: "{",
    what: "a JSON text",
    hint: "the download may have given an error message; look into the file",
  },
  {
    starts: "\u0008",
    what: "probably an ONNX model",
    hint: "a .nemo checkpoint is needed to convert; an ONNX model is converted already",
  },
];

/** @throws ToolError INVALID_FILE if the first bytes show that this is no tar archive */
export async function refuseForeignFile(source: ByteSource): Promise<void> {
  if (source.sizeBytes === 0) throw notNemo("an empty file", "copy or download it again");
  const form = await sniffTorch(source);
  if (form === "zip" || form === "legacy") {
    throw notNemo(
      "bare torch weights without a configuration",
      "a converter needs the model's configuration too; give the .nemo file that NeMo's save_to() writes",
    );
  }
  const head = Buffer.from(await source.read(0, Math.min(source.sizeBytes, 64))).toString("latin1");
  const foreign = FOREIGN.find(({ starts }) => head.trimStart().startsWith(starts));
  if (foreign !== undefined && form === undefined) throw notNemo(foreign.what, foreign.hint);
}

/** @throws ToolError if the members show that this is another archive */
export function refuseForeignArchive(names: readonly string[]): void {
  if (names.includes("model_config.yaml")) return refuseSharded(names);
  if (names.includes("manifest.yaml")) {
    throw notNemo(
      "an EFF archive (.riva, .rmir, or a .tlt of TAO)",
      "a .riva archive is converted already: give it to riva-build; for a .tlt get the .nemo checkpoint of the model",
    );
  }
  const shown = names.slice(0, 5).join(", ");
  throw notNemo(
    `an archive without model_config.yaml (it holds ${shown === "" ? "nothing" : shown})`,
    "the members of a .nemo lie at the top of the archive; pack it again with: tar -cf model.nemo -C folder .",
  );
}

function refuseSharded(names: readonly string[]): void {
  if (names.includes("model_weights.ckpt")) return;
  const sharded = names.find((name) =>
    /(^|\/)(mp_rank_\d+|tp_rank_\d+(_pp_rank_\d+)?)\//.test(name),
  );
  const distributed = names.find((name) => name.startsWith("model_weights/"));
  if (sharded !== undefined || distributed !== undefined) {
    throw new ToolError(
      "UNSUPPORTED",
      `a ${sharded === undefined ? "distributed" : "sharded Megatron"} checkpoint: the weights are in parts`,
      {
        at: sharded ?? (distributed as string),
        hint: "merge the parts in NeMo first (restore with tensor and pipeline parallel size 1, then save_to)",
      },
    );
  }
  throw new ToolError("INVALID_FILE", "the archive has no model_weights.ckpt", {
    hint: "the checkpoint is incomplete; save it again with NeMo's save_to()",
  });
}

function notNemo(what: string, hint: string): ToolError {
  return new ToolError("INVALID_FILE", `expected a .nemo checkpoint, got ${what}`, { hint });
}
