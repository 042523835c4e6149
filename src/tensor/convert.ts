/**
 * Changes the element type of raw little-endian bytes, whole arrays at a time: weights of some
 * gigabytes pass through here, so the loops work on typed arrays and tables.
 * (Every system that Node runs our engines on is little-endian.)
 */
import { ToolError } from "../errors/tool-error.ts";
import { sizeOfDType, type NumericDType } from "./dtype.ts";
import { floatToHalf, halfToFloat } from "./half.ts";
import { ARRAY_TYPES } from "./tensor.ts";

/**
 * The same numbers in another type: anything to `float32` or `float16` (rounded to nearest, ties
 * to even; beyond 65504 infinity), or unchanged, in which case `bytes` itself is returned.
 * @throws ToolError UNSUPPORTED for another target
 */
export function convertElements(
  bytes: Uint8Array,
  from: NumericDType,
  to: NumericDType,
): Uint8Array {
  if (from === to) return bytes;
  if (to === "float32") return bytesOf(toFloat32(bytes, from));
  if (to === "float16") return bytesOf(toFloat16(toFloat32(bytes, from)));
  throw new ToolError("UNSUPPORTED", `no conversion of weights from ${from} to ${to}`, {
    hint: "weights are kept as they are, or become float32 or float16",
  });
}

/** The bytes at an address where typed arrays of this element size may start. */
export function alignedBytes(bytes: Uint8Array, elementBytes: number): Uint8Array {
  // not slice(): for Node's Buffer that is a view, not a copy
  return bytes.byteOffset % elementBytes === 0 ? bytes : new Uint8Array(bytes);
}

function bytesOf(array: Float32Array | Uint16Array): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

function toFloat32(bytes: Uint8Array, from: NumericDType): Float32Array {
  const elementBytes = sizeOfDType(from);
  const aligned = alignedBytes(bytes, elementBytes);
  const length = aligned.byteLength / elementBytes;
  const data = new ARRAY_TYPES[from](aligned.buffer as ArrayBuffer, aligned.byteOffset, length);
  if (data instanceof Float32Array) return data;
  if (from === "bfloat16") return widenBfloat16(data as Uint16Array);
  if (from === "float16") return widenHalf(data as Uint16Array);
  if (data instanceof BigInt64Array || data instanceof BigUint64Array) {
    return Float32Array.from(data, Number);
  }
  return new Float32Array(data);
}

function widenBfloat16(data: Uint16Array): Float32Array {
  const result = new Float32Array(data.length);
  const words = new Uint32Array(result.buffer);
  for (let i = 0; i < data.length; i++) words[i] = (data[i] as number) << 16;
  return result;
}

/** All 65536 values as bits; made when the first half-precision checkpoint is read. */
let halfTable: Uint32Array | undefined;

function widenHalf(data: Uint16Array): Float32Array {
  halfTable ??= new Uint32Array(
    Float32Array.from({ length: 65536 }, (_, bits) => halfToFloat(bits)).buffer,
  );
  const result = new Float32Array(data.length);
  const words = new Uint32Array(result.buffer);
  for (let i = 0; i < data.length; i++) words[i] = halfTable[data[i] as number] as number;
  return result;
}

/** As `floatToHalf`, with the common case (normal numbers) inline. */
function toFloat16(data: Float32Array): Uint16Array {
  const words = new Uint32Array(data.buffer, data.byteOffset, data.length);
  const result = new Uint16Array(data.length);
  for (let i = 0; i < words.length; i++) {
    const bits = words[i] as number;
    const magnitude = bits & 0x7fffffff;
    // 2^-14 up to what rounds to 65504
    if (magnitude >= 0x38800000 && magnitude < 0x477ff000) {
      const rounded = magnitude + 0xfff + ((magnitude >>> 13) & 1) - 0x38000000;
      result[i] = ((bits >>> 16) & 0x8000) | (rounded >>> 13);
    } else {
      result[i] = magnitude === 0 ? (bits >>> 16) & 0x8000 : floatToHalf(data[i] as number);
    }
  }
  return result;
}
