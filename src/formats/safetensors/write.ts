/** Encodes small tensors as safetensors, for files beside a model. */
import { DTYPES, type NumericDType } from "../../tensor/dtype.ts";
import type { TensorOf } from "../../tensor/tensor.ts";

/** The data starts at a multiple of this, so that it can be mapped. */
const ALIGNMENT = 8;

/** All tensors by name, in the order given. */
export function encodeSafetensors(
  tensors: Readonly<Record<string, TensorOf<NumericDType>>>,
): Uint8Array {
  const pieces: Uint8Array[] = [];
  const header: Record<string, object> = {};
  let position = 0;
  for (const [name, { dtype, shape, data }] of Object.entries(tensors)) {
    const array: ArrayBufferView = data;
    const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
    const end = position + bytes.byteLength;
    header[name] = { dtype: DTYPES[dtype].safetensors, shape, data_offsets: [position, end] };
    pieces.push(bytes);
    position = end;
  }
  const json = JSON.stringify(header);
  const text = Buffer.from(json.padEnd(Math.ceil(json.length / ALIGNMENT) * ALIGNMENT));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.byteLength));
  return Buffer.concat([length, text, ...pieces]);
}
