/**
 * What nemo2riva notes about a model in the `.riva` archive it writes: the properties of each
 * file and the metadata of the whole. Spellings are nemo2riva's (2.22.0, MIT), also where they
 * look odd: `has_pytorch_checkpoint` is always false in the metadata.
 */
import { effMap, type EffMap, type EffValue } from "../eff/value.ts";

/** What the model itself is stored as. */
export const RIVA_FORMATS = {
  ONNX: { onnx: true, onnx_archive_format: 1, runtime: "ONNX" },
  TS: { torchscript: true, nemo_archive_version: 2, runtime: "TorchScript" },
  CKPT: { has_pytorch_checkpoint: true, runtime: "PyTorch" },
  NEMO: { has_pytorch_checkpoint: true, runtime: "Python" },
} as const satisfies Record<string, Readonly<Record<string, EffValue>>>;

export type RivaFormat = keyof typeof RIVA_FORMATS;

/** Properties of a file that comes out of the checkpoint; `member` is its name there. */
export function checkpointFileProperties(member: string): EffMap {
  return effMap({ conf_path: member.replace(/^\.\//, ""), path_type: "TAR_PATH" });
}

/** Properties of a file that is in the archive only. */
export function generatedFileProperties(description: string): EffMap {
  return effMap({ description, nemo_artifact: true, path_type: "TAR_PATH" });
}

/** Properties of the exported model. */
export function graphProperties(format: RivaFormat): EffMap {
  return effMap({ description: "Exported model", ...RIVA_FORMATS[format] });
}

/** Metadata of the archive; `format_version` is added by the archive's writer. */
export function archiveMetadata(format: RivaFormat, target: string): EffMap {
  return effMap({
    ...RIVA_FORMATS[format],
    description: "Exported Nemo Model",
    has_pytorch_checkpoint: false,
    min_nemo_version: "1.3",
    obj_cls: normalizeClassPath(target),
  });
}

/**
 * `nemo.collections.asr.models.ctc_bpe_models.EncDecCTCModelBPE` without the module between
 * `models` and the class. Readers meet both forms.
 */
export function normalizeClassPath(target: string): string {
  return target.replace(/\.models\..*\.([^.]+)$/, ".models.$1");
}
