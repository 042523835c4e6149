/** What a graph takes and gives, in a form in which ours and a recorded one can be compared. */

interface AnySignature {
  readonly inputs: readonly AnyValue[];
  readonly outputs: readonly AnyValue[];
}
interface AnyValue {
  readonly name: string;
  /** Of our graphs. */
  readonly dtype?: string;
  /** ONNX's name, of recorded graphs. */
  readonly type?: string;
  readonly shape?: readonly (number | string)[] | undefined;
}

const ONNX_NAMES: Readonly<Record<string, string>> = {
  float32: "FLOAT",
  int32: "INT32",
  int64: "INT64",
};

/** Names, types and shapes; sizes that are known at run time become null, whatever their name. */
export function signatureOf({ inputs, outputs }: AnySignature): unknown {
  const values = (list: readonly AnyValue[]): unknown[] =>
    list.map(({ name, dtype, type, shape }) => [
      name,
      type ?? ONNX_NAMES[dtype ?? ""],
      shape?.map((dim) => (typeof dim === "number" ? dim : null)),
    ]);
  return { inputs: values(inputs), outputs: values(outputs) };
}
