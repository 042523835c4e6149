/** Convolutions and pooling over the axes behind batch and channels. */
import type { Dim } from "../../tensor/model-graph.ts";
import { addDim, dimsFit, multiplyDims, windowCount } from "../dims.ts";
import { describeValue, type Value } from "../value.ts";
import { ShapeOps } from "./shape.ts";

export interface ConvOptions {
  readonly bias?: Value | undefined;
  /** One number an axis; all default to 1. */
  readonly strides?: readonly number[];
  readonly dilations?: readonly number[];
  /** `[begin of each axis…, end of each axis…]`; default: none. */
  readonly pads?: readonly number[];
  readonly group?: number;
}

export interface ConvTransposeOptions {
  readonly bias?: Value | undefined;
  /** One number an axis. */
  readonly strides: readonly number[];
  /** `[begin of each axis…, end of each axis…]`. */
  readonly pads: readonly number[];
}

export interface PoolOptions {
  readonly kernelShape: readonly number[];
  readonly strides: readonly number[];
  /** Counts a last window that is only partly filled. */
  readonly ceilMode?: boolean;
}

export class ConvolutionOps extends ShapeOps {
  /** `x` [B, C, …] with `weight` [M, C / group, …] gives [B, M, …]. */
  Conv(x: Value, weight: Value, options: ConvOptions = {}): Value {
    const { bias, group = 1 } = options;
    const spatial = weight.shape.length - 2;
    const [outChannels, channels] = weight.shape as readonly number[];
    const strides = options.strides ?? repeat(1, spatial);
    const dilations = options.dilations ?? repeat(1, spatial);
    const pads = options.pads ?? repeat(0, 2 * spatial);
    const fits =
      x.shape.length === weight.shape.length &&
      strides.length === spatial &&
      dilations.length === spatial &&
      pads.length === 2 * spatial &&
      dimsFit(x.shape[1] as Dim, (channels ?? 0) * group) &&
      (outChannels ?? 0) % group === 0;
    const biasFits =
      bias === undefined || (bias.shape.length === 1 && bias.shape[0] === outChannels);
    if (!fits || !biasFits) {
      this.fail(
        `Conv (group ${group}): ${describeValue(x)} does not fit the weight ${describeValue(weight)}` +
          (bias === undefined ? "" : ` with bias ${describeValue(bias)}`),
      );
    }
    const sizes = x.shape.slice(2).map((dim, axis) => {
      const extent = (dilations[axis] as number) * ((weight.shape[axis + 2] as number) - 1) + 1;
      const padding = (pads[axis] as number) + (pads[axis + spatial] as number);
      return windowCount(dim, extent - padding, strides[axis] as number);
    });
    const shape = [x.shape[0] as Dim, outChannels as Dim, ...sizes];
    return this.single(
      "Conv",
      bias === undefined ? [x, weight] : [x, weight, bias],
      x.dtype,
      shape,
      {
        dilations: { ints: dilations },
        group: { int: group },
        kernel_shape: { ints: weight.shape.slice(2) as readonly number[] },
        pads: { ints: pads },
        strides: { ints: strides },
      },
    );
  }

  /** `x` [B, C, …] with `weight` [C, M, …] gives [B, M, …], longer by the strides. */
  ConvTranspose(x: Value, weight: Value, options: ConvTransposeOptions): Value {
    const { bias, strides, pads } = options;
    const spatial = weight.shape.length - 2;
    const [inChannels, outChannels, ...kernel] = weight.shape as readonly number[];
    const fits =
      x.shape.length === weight.shape.length &&
      strides.length === spatial &&
      pads.length === 2 * spatial &&
      dimsFit(x.shape[1] as Dim, inChannels as Dim) &&
      (bias === undefined || (bias.shape.length === 1 && bias.shape[0] === outChannels));
    if (!fits) {
      this.fail(
        `ConvTranspose: ${describeValue(x)} does not fit the weight ${describeValue(weight)}`,
      );
    }
    const sizes = x.shape.slice(2).map((dim, axis) => {
      const stride = strides[axis] as number;
      const padding = (pads[axis] as number) + (pads[axis + spatial] as number);
      return addDim(multiplyDims(stride, dim), (kernel[axis] as number) - stride - padding);
    });
    const shape = [x.shape[0] as Dim, outChannels as Dim, ...sizes];
    const inputs = bias === undefined ? [x, weight] : [x, weight, bias];
    return this.single("ConvTranspose", inputs, x.dtype, shape, {
      kernel_shape: { ints: kernel },
      pads: { ints: pads },
      strides: { ints: strides },
    });
  }

  /** Maximum over windows, without padding. */
  MaxPool(x: Value, options: PoolOptions): Value {
    const { kernelShape, strides, ceilMode = false } = options;
    if (x.shape.length !== kernelShape.length + 2 || strides.length !== kernelShape.length) {
      this.fail(`MaxPool [${kernelShape.join(", ")}] does not fit ${describeValue(x)}`);
    }
    const sizes = x.shape.slice(2).map((dim, axis) => {
      const stride = strides[axis] as number;
      const roundedUp = ceilMode ? addDim(dim, stride - 1) : dim;
      return windowCount(roundedUp, kernelShape[axis] as number, stride);
    });
    return this.single("MaxPool", [x], x.dtype, [...x.shape.slice(0, 2), ...sizes], {
      ceil_mode: { int: Number(ceilMode) },
      kernel_shape: { ints: kernelShape },
      strides: { ints: strides },
    });
  }
}

function repeat(value: number, count: number): number[] {
  return Array.from({ length: count }, () => value);
}
