/** `reshape`: what a client sees as `dims` and the graph as another shape of equal size. */
import type { ModelConfig } from "../../../gen/model_config_pb.ts";
import type { Tensors } from "../../../tensor/tensor.ts";

interface Reshaped {
  readonly name: string;
  readonly dims: readonly bigint[];
  readonly reshape?: { readonly shape: readonly bigint[] } | undefined;
}

/** Inputs as the graph wants them. */
export function toGraphShapes(inputs: Tensors, config: ModelConfig): Tensors {
  return changeShapes(inputs, config.input, config, (tensor) => [
    tensor.dims,
    tensor.reshape?.shape ?? tensor.dims,
  ]);
}

/** The graph's outputs as clients see them. */
export function toClientShapes(outputs: Tensors, config: ModelConfig): Tensors {
  return changeShapes(outputs, config.output, config, (tensor) => [
    tensor.reshape?.shape ?? tensor.dims,
    tensor.dims,
  ]);
}

function changeShapes(
  tensors: Tensors,
  declared: readonly Reshaped[],
  config: ModelConfig,
  fromTo: (tensor: Reshaped) => [readonly bigint[], readonly bigint[]],
): Tensors {
  const reshaped = declared.filter(({ reshape }) => reshape !== undefined);
  if (reshaped.length === 0) return tensors;
  const batchAxes = config.maxBatchSize > 0 ? 1 : 0;
  const changed: Record<string, Tensors[string]> = { ...tensors };
  for (const declaration of reshaped) {
    const tensor = tensors[declaration.name];
    if (tensor === undefined) continue;
    const [from, to] = fromTo(declaration);
    const sizes = tensor.shape.slice(batchAxes);
    // variable sizes keep their order
    const variable = sizes.filter((_, axis) => from[axis] === -1n);
    const shape = to.map((dim) => (dim === -1n ? (variable.shift() ?? 1) : Number(dim)));
    changed[declaration.name] = {
      ...tensor,
      shape: [...tensor.shape.slice(0, batchAxes), ...shape],
    };
  }
  return changed;
}
