/**
 * The closed list of names in a torch checkpoint, and what a call of each stands for. Tensors
 * become `PickledTensor`s: numbers that are checked later, when the tensor's name is known.
 */
import { ToolError } from "../../errors/tool-error.ts";
import { dtypeFromTorchStorage, type NumericDType } from "../../tensor/dtype.ts";
import type { GlobalRule } from "../pickle/machine.ts";
import { isKind, type PickleValue } from "../pickle/value.ts";

/** A storage as its persistent id names it. */
export class PickledStorage {
  readonly key: string;
  /** Undefined for an untyped storage, whose `count` is in bytes. */
  readonly dtype: NumericDType | undefined;
  readonly count: number;

  constructor(key: string, dtype: NumericDType | undefined, count: number) {
    this.key = key;
    this.dtype = dtype;
    this.count = count;
  }
}

/** The arguments of a tensor as they stand in the pickle, not checked yet. */
export class PickledTensor {
  readonly storage: PickleValue | undefined;
  readonly offset: PickleValue | undefined;
  readonly shape: PickleValue | undefined;
  readonly strides: PickleValue | undefined;
  /** `torch float32`; only for untyped storages. */
  readonly dtypeName: PickleValue | undefined;

  constructor(args: readonly PickleValue[], dtypeName?: PickleValue) {
    [this.storage, this.offset, this.shape, this.strides] = args;
    this.dtypeName = dtypeName;
  }
}

/** Names of torch element types as constants, `torch float32`. */
const DTYPE_CONSTANTS: readonly NumericDType[] = [
  "float32",
  "float64",
  "float16",
  "bfloat16",
  "int8",
  "int16",
  "int32",
  "int64",
  "uint8",
  "uint16",
  "uint32",
  "uint64",
  "bool",
];

const STORAGE_CLASSES = [
  "Float",
  "Half",
  "BFloat16",
  "Double",
  "Long",
  "Int",
  "Short",
  "Char",
  "Byte",
  "Bool",
].map((type) => `torch ${type}Storage`);
const UNTYPED_STORAGE = "torch.storage UntypedStorage";

const opaque = (value: unknown): PickleValue => ({ kind: "opaque", value });
const mention: GlobalRule = {};

export const TORCH_GLOBALS: ReadonlyMap<string, GlobalRule> = new Map<string, GlobalRule>([
  ["collections OrderedDict", { call: orderedDict }],
  ["torch._utils _rebuild_tensor", { call: (args) => opaque(new PickledTensor(args)) }],
  ["torch._utils _rebuild_tensor_v2", { call: (args) => opaque(new PickledTensor(args)) }],
  [
    "torch._utils _rebuild_tensor_v3",
    { call: (args) => opaque(new PickledTensor(args, args[6] ?? null)) },
  ],
  // (tensor, requires_grad, hooks): the tensor is all that a graph needs
  ["torch._utils _rebuild_parameter", { call: (args) => args[0] ?? null }],
  ["torch Size", { call: (args) => args[0] ?? null }],
  ["torch device", { call: () => null }],
  [UNTYPED_STORAGE, mention],
  ...STORAGE_CLASSES.map((name): [string, GlobalRule] => [name, mention]),
  ...DTYPE_CONSTANTS.map((dtype): [string, GlobalRule] => [`torch ${dtype}`, mention]),
]);

/** Names that honest checkpoints contain and that we do not read, with the reason. */
export function refuseTorchGlobal(name: string): ToolError | undefined {
  const unsupported = (what: string, hint: string): ToolError =>
    new ToolError("UNSUPPORTED", `${what} ('${name}')`, { hint });
  if (/rebuild_qtensor|^torch Q\w+Storage$|^torch q\w+$/.test(name)) {
    return unsupported("a quantized tensor", "convert the checkpoint from before quantization");
  }
  if (/^torch Complex|^torch complex/.test(name)) {
    return unsupported(
      "a complex tensor",
      "complex weights have no counterpart in the graphs that are built here",
    );
  }
  if (/^torch [Ff]loat8/.test(name)) {
    return unsupported(
      "a tensor of 8-bit floats",
      "convert the checkpoint from before quantization",
    );
  }
  if (name.includes("_rebuild_sparse")) {
    return unsupported("a sparse tensor", "save the tensor in dense form");
  }
  if (/^torch\.distributed|^megatron\.core\.dist_checkpointing/.test(name)) {
    return unsupported(
      "a sharded (distributed) checkpoint",
      "merge the shards into one checkpoint in NeMo first",
    );
  }
  if (/^(torch\.nn\.modules|nemo\.|__torch__|pytorch_lightning|lightning)/.test(name)) {
    return new ToolError("INVALID_FILE", `a whole pickled object instead of weights ('${name}')`, {
      hint: "nothing is ever executed from a file; load it in PyTorch and save only torch.save(model.state_dict(), path)",
    });
  }
  return undefined;
}

/**
 * `('storage', class, key, location, count[, view])`; the location (`cuda:0`) does not matter.
 * @throws ToolError INVALID_FILE
 */
export function loadPersistentId(id: PickleValue): PickleValue {
  const [tag, type, key, , count, view] = isKind(id, "tuple") ? id.items : [];
  if (tag === "module") {
    throw new ToolError("INVALID_FILE", "a whole pickled module instead of weights", {
      hint: "load it in PyTorch and save only torch.save(model.state_dict(), path)",
    });
  }
  const isPlain = tag === "storage" && isKind(type, "global") && typeof key === "string";
  if (!isPlain || !isCount(count) || (view ?? null) !== null) {
    throw new ToolError("INVALID_FILE", "torch: a persistent id that is not a plain storage", {
      hint: "load the checkpoint in PyTorch and save it again with torch.save(model.state_dict(), path)",
    });
  }
  const dtype = dtypeFromTorchStorage(type.name.replace(/^torch /, ""));
  if (dtype === undefined && type.name !== UNTYPED_STORAGE) {
    throw new ToolError("INVALID_FILE", `torch: '${type.name}' is not a storage class`, {
      hint: "the file is damaged or hostile",
    });
  }
  return opaque(new PickledStorage(key, dtype, count));
}

/** True for a size, an offset or a count as it may stand in a checkpoint. */
export function isCount(value: PickleValue | undefined): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

/** `OrderedDict()`, or the old `OrderedDict([[key, value], …])`. */
function orderedDict(args: readonly PickleValue[]): PickleValue {
  const pairs = isKind(args[0], "list") ? args[0].items : [];
  const entries = new Map<string, PickleValue>();
  for (const pair of pairs) {
    const [key, value] = isKind(pair, "tuple") || isKind(pair, "list") ? pair.items : [];
    if (typeof key !== "string" || value === undefined) {
      throw new ToolError(
        "INVALID_FILE",
        "torch: OrderedDict with a pair that is not a name and a value",
        {
          hint: "the file is damaged or hostile",
        },
      );
    }
    entries.set(key, value);
  }
  return { kind: "dict", entries: entries as Map<never, PickleValue> };
}
