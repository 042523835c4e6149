/**
 * A translation Transformer as slow and plain as can be: one text, no padding, no memory, numbers
 * of 64 bits. For variants of which there is no recording.
 */
export type Matrix = readonly (readonly number[])[];

export interface Transformer {
  /** Rows of a weight; a vector is one row. */
  weight(name: string): Matrix;
  readonly layerCount: number;
  readonly headCount: number;
  readonly preNorm: boolean;
  readonly finalNorm: boolean;
}

/** Hidden states of all tokens of the source. */
export function encode(model: Transformer, ids: readonly number[]): Matrix {
  let x = embed(model, "encoder", ids);
  for (let i = 0; i < model.layerCount; i++) {
    const layer = `encoder._encoder.layers.${i}`;
    x = residual(model, `${layer}.layer_norm_1`, x, (y) =>
      attend(model, `${layer}.first_sub_layer`, y, y, false),
    );
    x = residual(model, `${layer}.layer_norm_2`, x, (y) =>
      feedForward(model, `${layer}.second_sub_layer`, y),
    );
  }
  return finish(model, "encoder._encoder", x);
}

/** Hidden states of all tokens of the translation, each of which sees those before it. */
export function decode(model: Transformer, ids: readonly number[], encoded: Matrix): Matrix {
  let x = embed(model, "decoder", ids);
  for (let i = 0; i < model.layerCount; i++) {
    const layer = `decoder._decoder.layers.${i}`;
    x = residual(model, `${layer}.layer_norm_1`, x, (y) =>
      attend(model, `${layer}.first_sub_layer`, y, y, true),
    );
    x = residual(model, `${layer}.layer_norm_2`, x, (y) =>
      attend(model, `${layer}.second_sub_layer`, y, encoded, false),
    );
    x = residual(model, `${layer}.layer_norm_3`, x, (y) =>
      feedForward(model, `${layer}.third_sub_layer`, y),
    );
  }
  return finish(model, "decoder._decoder", x);
}

function embed(model: Transformer, side: string, ids: readonly number[]): Matrix {
  const tokens = model.weight(`${side}._embedding.token_embedding.weight`);
  const positions = model.weight(`${side}._embedding.position_embedding.pos_enc`);
  const sum = ids.map((id, place) => add(tokens[id]!, positions[place]!));
  return normalise(model, `${side}._embedding.layer_norm`, sum);
}

function finish(model: Transformer, path: string, x: Matrix): Matrix {
  const hasNorm = model.preNorm && model.finalNorm;
  return hasNorm ? normalise(model, `${path}.final_layer_norm`, x) : x;
}

function residual(
  model: Transformer,
  norm: string,
  x: Matrix,
  part: (y: Matrix) => Matrix,
): Matrix {
  if (model.preNorm) {
    const change = part(normalise(model, norm, x));
    return x.map((row, i) => add(row, change[i]!));
  }
  const change = part(x);
  return normalise(
    model,
    norm,
    x.map((row, i) => add(row, change[i]!)),
  );
}

function attend(
  model: Transformer,
  path: string,
  x: Matrix,
  memory: Matrix,
  causal: boolean,
): Matrix {
  const queries = project(model, `${path}.query_net`, x);
  const keys = project(model, `${path}.key_net`, memory);
  const values = project(model, `${path}.value_net`, memory);
  const headSize = queries[0]!.length / model.headCount;
  const mixed = queries.map((query, place) =>
    query.map((_, column) => {
      const start = Math.floor(column / headSize) * headSize;
      const part = (row: readonly number[]): readonly number[] =>
        row.slice(start, start + headSize);
      const seen = causal ? keys.slice(0, place + 1) : keys;
      const scores = seen.map((key) => Math.exp(dot(part(query), part(key)) / Math.sqrt(headSize)));
      const total = scores.reduce((sum, score) => sum + score, 0);
      return scores.reduce((sum, score, i) => sum + (score / total) * values[i]![column]!, 0);
    }),
  );
  return project(model, `${path}.out_projection`, mixed);
}

function feedForward(model: Transformer, path: string, x: Matrix): Matrix {
  const wide = project(model, `${path}.dense_in`, x);
  const active = wide.map((row) => row.map((value) => Math.max(0, value)));
  return project(model, `${path}.dense_out`, active);
}

function project(model: Transformer, path: string, x: Matrix): Matrix {
  const weight = model.weight(`${path}.weight`);
  const bias = model.weight(`${path}.bias`)[0]!;
  return x.map((row) => weight.map((weights, out) => dot(weights, row) + bias[out]!));
}

function normalise(model: Transformer, path: string, x: Matrix): Matrix {
  const [weight, bias] = [model.weight(`${path}.weight`)[0]!, model.weight(`${path}.bias`)[0]!];
  return x.map((row) => {
    const mean = row.reduce((sum, value) => sum + value, 0) / row.length;
    const variance = row.reduce((sum, value) => sum + (value - mean) ** 2, 0) / row.length;
    const scale = 1 / Math.sqrt(variance + 1e-5);
    return row.map((value, i) => (value - mean) * scale * weight[i]! + bias[i]!);
  });
}

function add(a: readonly number[], b: readonly number[]): number[] {
  return a.map((value, i) => value + b[i]!);
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, i) => sum + value * b[i]!, 0);
}
