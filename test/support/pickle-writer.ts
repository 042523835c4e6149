/** Pickles put together by hand, for tests: each function gives the bytes of one value. */

const u32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
};
const op = (code: string, ...rest: Uint8Array[]): Buffer =>
  Buffer.concat([Buffer.from(code, "latin1"), ...rest]);

export const MARK = op("(");
export const REDUCE = op("R");

export const text = (value: string): Buffer =>
  op("X", u32(Buffer.byteLength(value)), Buffer.from(value));
export const int = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value);
  return op("J", bytes);
};
export const long = (value: bigint, size: number): Buffer => {
  const bytes = Buffer.alloc(size);
  for (let i = 0; i < size; i++) bytes[i] = Number((value >> BigInt(8 * i)) & 0xffn);
  return op("\u008a", Buffer.of(size), bytes);
};
export const NONE = op("N");
export const FALSE = op("\u0089");
export const tuple = (...items: Uint8Array[]): Buffer => op("(", ...items, op("t"));
export const list = (...items: Uint8Array[]): Buffer => op("](", ...items, op("e"));
export const dict = (...pairs: (readonly [Uint8Array, Uint8Array])[]): Buffer =>
  op("}(", ...pairs.flat(), op("u"));
export const global = (module: string, name: string): Buffer => op(`c${module}\n${name}\n`);
export const call = (callee: Uint8Array, ...args: Uint8Array[]): Buffer =>
  Buffer.concat([callee, tuple(...args), REDUCE]);
export const persistent = (id: Uint8Array): Buffer => Buffer.concat([id, op("Q")]);
export const pickle = (...parts: Uint8Array[]): Buffer => op("\u0080\u0002", ...parts, op("."));
export const storage = (
  key: string,
  count: number,
  type = "FloatStorage",
  module = "torch",
): Buffer =>
  persistent(tuple(text("storage"), global(module, type), text(key), text("cuda:0"), int(count)));

/** `torch._utils._rebuild_tensor_v2` over a storage. */
export function tensor(
  store: Uint8Array,
  offset: number,
  shape: readonly number[],
  strides: readonly number[],
): Buffer {
  return call(
    global("torch._utils", "_rebuild_tensor_v2"),
    store,
    int(offset),
    tuple(...shape.map(int)),
    tuple(...strides.map(int)),
    FALSE,
    call(global("collections", "OrderedDict")),
  );
}
