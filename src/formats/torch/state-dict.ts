/**
 * From the unpickled object to lazy views: every number of every tensor is checked here against
 * the storage it looks into, so that nothing later can read outside of it.
 */
import { ToolError, withPlace } from "../../errors/tool-error.ts";
import type { ByteSource } from "../../io/byte-source.ts";
import { sizeOfDType, type NumericDType } from "../../tensor/dtype.ts";
import { spanOf } from "../../tensor/read-tensor.ts";
import { countElements, formatShape } from "../../tensor/shape.ts";
import type { StateDict, Storage, TensorView } from "../../tensor/tensor-view.ts";
import { describePickleValue, isKind, showPickleValue, type PickleValue } from "../pickle/value.ts";
import { isCount, PickledStorage, PickledTensor } from "./globals.ts";

/** The bytes of a storage; `sizeBytes` must be what the file holds for it, or it throws. */
export type OpenStorage = (key: string, sizeBytes: number) => LazyBytes;

/** Bytes that are found when they are first read. */
export interface LazyBytes {
  readonly name: string;
  open(): Promise<ByteSource>;
}

/** torch's own limit. */
const MAX_RANK = 64;
/** An expanded tensor (stride 0) may have more elements than its storage, but not without limit. */
const MAX_EXPANDED_ELEMENTS = 1 << 24;

/**
 * The weights of a checkpoint's root object: a dictionary of tensors, or one that holds it under
 * `state_dict` (Lightning).
 * @throws ToolError INVALID_FILE naming the tensor
 */
export function toStateDict(root: PickleValue, openStorage: OpenStorage): StateDict {
  if (!isKind(root, "dict")) {
    throw new ToolError(
      "INVALID_FILE",
      `torch: expected a dictionary of weights, got ${describePickleValue(root)}`,
      {
        hint: "save the weights with torch.save(model.state_dict(), path)",
      },
    );
  }
  const nested = root.entries.get("state_dict");
  const entries = isKind(nested, "dict") ? nested.entries : root.entries;
  const storages = new StorageTable(openStorage);
  const weights = new Map<string, TensorView>();
  for (const [key, value] of entries) {
    const name = String(key);
    const tensor =
      isKind(value, "opaque") && value.value instanceof PickledTensor ? value.value : undefined;
    if (tensor !== undefined)
      weights.set(
        name,
        withPlace(name, () => toView(tensor, storages)),
      );
    else if (!name.endsWith("_extra_state")) throw notATensor(name, value);
  }
  return weights;
}

function notATensor(name: string, value: PickleValue): ToolError {
  return new ToolError(
    "INVALID_FILE",
    `torch: expected a tensor, got ${describePickleValue(value)}`,
    {
      at: name,
      hint: "save only the weights, with torch.save(model.state_dict(), path)",
    },
  );
}

/** One `Storage` object a storage and type, so that tied weights are recognised as such. */
class StorageTable {
  readonly #open: OpenStorage;
  readonly #known = new Map<string, Storage>();

  constructor(open: OpenStorage) {
    this.#open = open;
  }

  get(pickled: PickledStorage, dtype: NumericDType): Storage {
    const id = `${pickled.key} ${dtype}`;
    const known = this.#known.get(id);
    if (known !== undefined) return known;
    const elementBytes = sizeOfDType(dtype);
    const sizeBytes =
      pickled.count * (pickled.dtype === undefined ? 1 : sizeOfDType(pickled.dtype));
    const storage = lazyStorage(
      this.#open(pickled.key, sizeBytes),
      dtype,
      Math.floor(sizeBytes / elementBytes),
    );
    this.#known.set(id, storage);
    return storage;
  }
}

function lazyStorage(bytes: LazyBytes, dtype: NumericDType, elementCount: number): Storage {
  const elementBytes = sizeOfDType(dtype);
  let opened: Promise<ByteSource> | undefined;
  const open = (): Promise<ByteSource> => (opened ??= bytes.open());
  return {
    name: bytes.name,
    dtype,
    elementCount,
    read: async (start, end) => (await open()).read(start * elementBytes, end * elementBytes),
    readInto: async (start, target) => {
      const source = await open();
      const from = start * elementBytes;
      if (source.readInto !== undefined) await source.readInto(from, target);
      else target.set(await source.read(from, from + target.byteLength));
    },
  };
}

function toView(tensor: PickledTensor, storages: StorageTable): TensorView {
  const pickled = isKind(tensor.storage, "opaque") ? tensor.storage.value : undefined;
  if (!(pickled instanceof PickledStorage)) throw malformed("a tensor without a storage");
  const dtype = pickled.dtype ?? dtypeOf(tensor.dtypeName);
  const shape = countsOf(tensor.shape, "shape");
  const strides = countsOf(tensor.strides, "strides");
  const { offset } = tensor;
  if (!isCount(offset)) throw malformed(`offset ${showPickleValue(offset)}`);
  if (shape.length !== strides.length || shape.length > MAX_RANK) {
    throw malformed(`${shape.length} sizes and ${strides.length} strides`);
  }
  const storage = storages.get(pickled, dtype);
  const elements = countElements(shape);
  const end = elements === 0 ? offset : offset + spanOf(shape, strides);
  if (!Number.isSafeInteger(elements) || !Number.isSafeInteger(end) || end > storage.elementCount) {
    throw malformed(
      `shape ${formatShape(shape)} with strides ${formatShape(strides)} at ${offset} reaches element ${end} of ${storage.elementCount}`,
    );
  }
  if (elements > Math.max(storage.elementCount, MAX_EXPANDED_ELEMENTS)) {
    throw new ToolError(
      "LIMIT_EXCEEDED",
      `torch: ${elements} elements out of a storage of ${storage.elementCount}`,
      { hint: "the tensor repeats its storage; save it again after .contiguous()" },
    );
  }
  return { dtype, shape, strides, offset, storage };
}

function countsOf(value: PickleValue | undefined, what: string): number[] {
  const items = isKind(value, "tuple") || isKind(value, "list") ? value.items : undefined;
  if (items === undefined || !items.every(isCount)) {
    const found =
      items === undefined ? showPickleValue(value) : `[${items.map(showPickleValue).join(", ")}]`;
    throw malformed(`${what} that are not whole numbers from 0: ${found}`);
  }
  return [...items];
}

function dtypeOf(name: PickleValue | undefined): NumericDType {
  if (isKind(name, "global") && name.name.startsWith("torch ")) {
    const dtype = name.name.slice("torch ".length);
    if (!dtype.endsWith("Storage")) return dtype as NumericDType; // the closed list has no others
  }
  throw malformed("an untyped storage without an element type");
}

function malformed(what: string): ToolError {
  return new ToolError("INVALID_FILE", `torch: ${what}`, {
    hint: "the file is damaged or hostile; where you trust it, load it in PyTorch and save it again",
  });
}
