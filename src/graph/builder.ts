/**
 * The way to make a graph: `const y = g.Add(g.MatMul(x, w), b)`. Each op checks ranks, types and
 * sizes at the call and infers the result's, so a mistake fails with the layer's path and not
 * when an engine loads the file. Op and attribute names are ONNX's own. The families of ops in
 * `ops/` build on one another (a layer norm below opset 17 is arithmetic), hence the chain.
 */
import { NormalisationOps } from "./ops/normalisation.ts";

export class GraphBuilder extends NormalisationOps {}
