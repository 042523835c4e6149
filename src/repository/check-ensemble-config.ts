/** Triton's rules for an ensemble by itself, before its models are looked at. */
import { ToolError } from "../errors/tool-error.ts";
import type { ModelConfig, ModelEnsembling } from "../gen/model_config_pb.ts";

/** @throws ToolError INVALID_CONFIG with Triton's text */
export function checkEnsembleConfig(config: ModelConfig, ensemble: ModelEnsembling): void {
  const { name } = config;
  if (config.modelWarmup.length > 0) {
    fail(`model_warmup can not be specified for ensemble '${name}'`);
  }
  if (config.optimization !== undefined) {
    fail(`optimization should not be specified for ensemble '${name}'`);
  }
  if (ensemble.step.length === 0) fail(`must specify 'step' for ensemble '${name}'`);
  const written = new Set(config.input.map((input) => input.name));
  const read = new Set<string>();
  ensemble.step.forEach((step, index) => {
    const place = `in step ${index} of ensemble '${name}'`;
    if (step.modelName === "") fail(`must specify 'model_name' ${place}`);
    if (Object.keys(step.inputMap).length === 0) fail(`must specify 'input_map' ${place}`);
    if (Object.keys(step.outputMap).length === 0) fail(`must specify 'output_map' ${place}`);
    for (const tensor of Object.values(step.inputMap)) read.add(tensor);
    for (const tensor of Object.values(step.outputMap)) {
      if (written.has(tensor)) {
        fail(
          `ensemble tensor '${tensor}' can appear in an output map only once for ensemble '${name}' step ${index}`,
        );
      }
      written.add(tensor);
    }
  });
  for (const input of config.input) {
    if (!read.has(input.name)) {
      fail(`ensemble input '${input.name}' for ensemble ${name}' is not used`);
    }
  }
  const outputs = new Set(config.output.map((output) => output.name));
  for (const output of outputs) {
    if (!written.has(output)) fail(`ensemble output '${output}' for ensemble ${name}' is not used`);
  }
  for (const tensor of written) {
    if (!read.has(tensor) && !outputs.has(tensor)) {
      fail(`ensemble tensor '${tensor}' is unused in ensemble '${name}'`);
    }
  }
  for (const tensor of read) {
    if (written.has(tensor)) continue;
    fail(`ensemble tensor '${tensor}' is read in ensemble '${name}' but nothing writes it`);
  }
}

function fail(message: string): never {
  throw new ToolError("INVALID_CONFIG", message, {
    hint: "mend the ensemble's steps; Triton would refuse them in the same words",
  });
}
