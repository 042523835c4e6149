/**
 * torch.nn.GroupNorm over [B, C, T], from which NeMo also makes its instance norm (as many
 * groups as channels) and layer norm (one group).
 */
import { memoryView } from "../tensor/memory-view.ts";
import type { Value } from "../graph/value.ts";
import { reshaped } from "./derived-view.ts";
import { NORM_EPSILON } from "./layer-norm.ts";
import type { Module } from "./module.ts";

export interface GroupNormOptions {
  readonly groups: number;
  readonly channels: number;
}

export function groupNorm(m: Module, x: Value, { groups, channels }: GroupNormOptions): Value {
  return m.run((g) => {
    const grouped = g.Reshape(x, [0, groups, -1]);
    const constant = (name: string, value: number): Value =>
      g.weight(m.key(name), memoryView("float32", new Float32Array(groups).fill(value)));
    const [ones, zeros] = [constant("ones", 1), constant("zeros", 0)];
    const normalised = g.InstanceNormalization(grouped, ones, zeros, NORM_EPSILON);
    const perChannel = (name: string): Value =>
      m.weight(name, [channels], (view) => reshaped(view, [channels, 1]));
    const back = g.Reshape(normalised, [0, channels, -1], x.shape);
    return g.Add(g.Mul(back, perChannel("weight")), perChannel("bias"));
  });
}
