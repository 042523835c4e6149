/**
 * torch's weight norm: a weight kept as direction and magnitude while a model trains. The graph
 * gets their product, computed when it is written.
 */
import type { Value } from "../graph/value.ts";
import { foldWeightNorm } from "./derived-view.ts";
import type { Module } from "./module.ts";

/** Names of magnitude and direction: `weight_norm` of torch 1, parametrizations of torch 2. */
const FORMS = [
  ["weight_g", "weight_v"],
  ["parametrizations.weight.original0", "parametrizations.weight.original1"],
] as const;

/** True if the module has a weight in any form. */
export function hasNormedWeight(m: Module): boolean {
  return m.has("weight") || FORMS.some(([magnitude]) => m.has(magnitude));
}

/** The weight of a module, whether its norm was removed before saving or not. */
export function normedWeight(m: Module, shape: readonly number[]): Value {
  const form = FORMS.find(([magnitude]) => m.has(magnitude));
  if (form === undefined) return m.weight("weight", shape);
  const [magnitude, direction] = form;
  const rows = [shape[0] as number, ...shape.slice(1).map(() => 1)];
  return m.derived("weight", foldWeightNorm(m.take(direction, shape), m.take(magnitude, rows)));
}
