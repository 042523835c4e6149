/**
 * Looks whether the front end of a checkpoint is the one that its configuration describes. The
 * mel filterbank and the window are buffers of the model; whoever changed them in training needs
 * them in the service too.
 */
import { isToolError, ToolError } from "../errors/tool-error.ts";
import type { ConfigNode } from "../formats/nemo/config-node.ts";
import { encodeFeaturizer, FEATURIZER_NAME } from "../formats/riva/featurizer.ts";
import type { GeneratedFile } from "../formats/riva/write.ts";
import { type FeaturizerConfig, parseFeaturizerConfig } from "../nn/featurizer/config.ts";
import { compareConstants } from "../nn/featurizer/constants.ts";
import type { NumericDType } from "../tensor/dtype.ts";
import { readFloat32 } from "../tensor/read-tensor.ts";
import type { StateDict } from "../tensor/tensor-view.ts";

const FILTERBANK = "preprocessor.featurizer.fb";
const WINDOW = "preprocessor.featurizer.window";

/** How far rounding may carry the constants, relative to the largest: by what they are stored as. */
const ROUNDING: Partial<Record<NumericDType, number>> = {
  float32: 1e-5,
  float64: 1e-5,
  float16: 1e-3,
  bfloat16: 1e-2,
};

/**
 * The constants as a file for the archive if they differ from those of the configuration.
 * @throws ToolError INVALID_CONFIG if they have other sizes than the configuration says
 */
export async function featurizerFile(
  config: ConfigNode,
  weights: StateDict,
): Promise<GeneratedFile | undefined> {
  const [filterbankView, windowView] = [weights.get(FILTERBANK), weights.get(WINDOW)];
  const settings = logMelSettings(config);
  if (filterbankView === undefined || windowView === undefined || settings === undefined)
    return undefined;
  const constants = {
    filterbank: new Float32Array(await readFloat32(filterbankView)),
    window: new Float32Array(await readFloat32(windowView)),
  };
  const differences = compareConstants(constants, settings);
  for (const [name, difference] of Object.entries(differences)) {
    if (difference === undefined) throw otherSize(name === "window" ? WINDOW : FILTERBANK);
  }
  const largest = Math.max(differences.filterbank ?? 0, differences.window ?? 0);
  if (largest <= (ROUNDING[filterbankView.dtype] ?? 0)) return undefined;
  return {
    name: FEATURIZER_NAME,
    description: "Constants of the front end",
    content: encodeFeaturizer(constants),
  };
}

/** The settings of a log-mel front end; undefined for another one. */
function logMelSettings(config: ConfigNode): FeaturizerConfig | undefined {
  const section = config.get("preprocessor");
  const target = section.get("_target_").value;
  if (typeof target !== "string" || !target.endsWith(".AudioToMelSpectrogramPreprocessor"))
    return undefined;
  try {
    return parseFeaturizerConfig(section, "2.4");
  } catch (error) {
    // the archive is of use without a front end; building a pipeline of it says what is wrong
    if (isToolError(error)) return undefined;
    throw error;
  }
}

function otherSize(name: string): ToolError {
  return new ToolError(
    "INVALID_CONFIG",
    "the constants of the front end have another size than the configuration says",
    {
      at: name,
      hint: "weights and configuration are of different models: compare features, n_fft and window_size",
    },
  );
}
