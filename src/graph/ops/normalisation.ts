/** Softmax and normalisations. */
import type { Dim } from "../../tensor/model-graph.ts";
import { dimsFit } from "../dims.ts";
import { describeValue, type Value } from "../value.ts";
import { ConvolutionOps } from "./convolution.ts";

/** LayerNormalization is one op from this opset on; below, it is spelled out. */
const LAYER_NORMALIZATION_OPSET = 17;

export class NormalisationOps extends ConvolutionOps {
  Softmax = (x: Value, axis: number): Value => this.#softmax("Softmax", x, axis);
  LogSoftmax = (x: Value, axis: number): Value => this.#softmax("LogSoftmax", x, axis);

  /** Over the last axis; `scale` and `bias` have its size. */
  LayerNormalization(x: Value, scale: Value, bias: Value, epsilon: number): Value {
    this.#requireChannels("LayerNormalization", x, scale, bias, x.shape.length - 1);
    if (this.opset >= LAYER_NORMALIZATION_OPSET) {
      return this.single("LayerNormalization", [x, scale, bias], x.dtype, x.shape, {
        axis: { int: -1 },
        epsilon: { float: epsilon },
      });
    }
    const options = { axes: [-1], keepdims: true };
    const centred = this.Sub(x, this.ReduceMean(x, options));
    const variance = this.ReduceMean(this.Mul(centred, centred), options);
    const normalised = this.Div(centred, this.Sqrt(this.Add(variance, epsilon)));
    return this.Add(this.Mul(normalised, scale), bias);
  }

  /** Over all axes behind the channels, axis 1; `scale` and `bias` have the channels' size. */
  InstanceNormalization(x: Value, scale: Value, bias: Value, epsilon: number): Value {
    this.#requireChannels("InstanceNormalization", x, scale, bias, 1);
    return this.single("InstanceNormalization", [x, scale, bias], x.dtype, x.shape, {
      epsilon: { float: epsilon },
    });
  }

  #requireChannels(opType: string, x: Value, scale: Value, bias: Value, axis: number): void {
    const fits = [scale, bias].every(
      (value) => value.shape.length === 1 && dimsFit(value.shape[0] as Dim, x.shape[axis] as Dim),
    );
    if (!fits) this.fail(`${opType}: ${describeValue(scale)} does not fit ${describeValue(x)}`);
  }

  #softmax(opType: string, x: Value, axis: number): Value {
    return this.single(opType, [x], x.dtype, x.shape, { axis: { int: this.axisOf(x, axis) } });
  }
}
