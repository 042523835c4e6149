/**
 * A checkpoint as torch wrote it up to 1.5: pickles one after the other (magic number, protocol,
 * system, object, list of storage keys), then for each key an element count and the raw bytes.
 */
import { ToolError } from "../../errors/tool-error.ts";
import { sliceSource, type ByteSource } from "../../io/byte-source.ts";
import { sizeOfDType } from "../../tensor/dtype.ts";
import type { StateDict } from "../../tensor/tensor-view.ts";
import { tryUnpickle, unpickle, type PickleContext, type Unpickled } from "../pickle/machine.ts";
import { isKind, showPickleValue, type PickleValue } from "../pickle/value.ts";
import {
  isCount,
  loadPersistentId,
  PickledStorage,
  refuseTorchGlobal,
  TORCH_GLOBALS,
} from "./globals.ts";
import { toStateDict, type LazyBytes } from "./state-dict.ts";

const MAGIC = 0x1950a86a20f9469cfc6cn;
const PROTOCOL = 1001;
const COUNT_BYTES = 8;

/** The length of a pickle is not known beforehand: the window grows until the pickle is whole. */
const FIRST_WINDOW_BYTES = 64 * 1024;
const MAX_PICKLE_BYTES = 256 * 1024 * 1024;

const NO_NAMES: PickleContext = { globals: new Map() };

export async function readLegacyForm(source: ByteSource): Promise<StateDict> {
  const magic = await unpickleAt(source, 0, NO_NAMES);
  if (magic.value !== MAGIC) throw malformed("a pickle without torch's magic number");
  const protocol = await unpickleAt(source, magic.end, NO_NAMES);
  if (protocol.value !== PROTOCOL)
    throw malformed(`protocol ${showPickleValue(protocol.value)}, expected ${PROTOCOL}`);
  const system = await unpickleAt(source, protocol.end, NO_NAMES);
  checkSystem(system.value);

  const storages = new Map<string, PickledStorage>();
  const object = await unpickleAt(source, system.end, {
    globals: TORCH_GLOBALS,
    refuse: refuseTorchGlobal,
    persistentLoad: (id) => rememberStorage(loadPersistentId(id), storages),
  });
  const keys = await unpickleAt(source, object.end, NO_NAMES);
  const contents = await locateStorages(source, keys, storages);
  return toStateDict(object.value, (key, sizeBytes) => storageOf(contents, key, sizeBytes));
}

/** Reads as little of the file as the pickle at `start` needs. */
async function unpickleAt(
  source: ByteSource,
  start: number,
  context: PickleContext,
): Promise<Unpickled> {
  for (let windowBytes = FIRST_WINDOW_BYTES; ; windowBytes *= 4) {
    const length = Math.min(windowBytes, MAX_PICKLE_BYTES, source.sizeBytes - start);
    const bytes = await source.read(start, start + length);
    const isAll = length < windowBytes;
    const result = isAll ? unpickle(bytes, context) : tryUnpickle(bytes, context, 0);
    if (result !== undefined) return { value: result.value, end: start + result.end };
  }
}

function checkSystem(value: PickleValue): void {
  if (!isKind(value, "dict")) throw malformed("no description of the system");
  if (value.entries.get("little_endian") === true) return;
  throw new ToolError("UNSUPPORTED", "torch: a big-endian checkpoint", {
    hint: "save the checkpoint again on a little-endian machine",
  });
}

function rememberStorage(loaded: PickleValue, storages: Map<string, PickledStorage>): PickleValue {
  const storage = isKind(loaded, "opaque") ? loaded.value : undefined;
  if (storage instanceof PickledStorage) storages.set(storage.key, storage);
  return loaded;
}

/** Where the bytes of each storage are; reads only the counts in front of them. */
async function locateStorages(
  source: ByteSource,
  keys: Unpickled,
  storages: ReadonlyMap<string, PickledStorage>,
): Promise<ReadonlyMap<string, ByteSource>> {
  if (!isKind(keys.value, "list")) throw malformed("no list of storages");
  const contents = new Map<string, ByteSource>();
  let position = keys.end;
  for (const key of keys.value.items) {
    const storage = typeof key === "string" ? storages.get(key) : undefined;
    if (storage === undefined || contents.has(storage.key))
      throw malformed(`a list of storages with ${showPickleValue(key)}`);
    const start = position + COUNT_BYTES;
    const count = readCount(await source.read(position, start));
    if (!isCount(count) || count !== storage.count) {
      throw malformed(
        `storage '${storage.key}' should have ${storage.count} elements, got ${count}`,
      );
    }
    position = start + count * (storage.dtype === undefined ? 1 : sizeOfDType(storage.dtype));
    contents.set(storage.key, sliceSource(source, start, position, `storage ${storage.key}`));
  }
  return contents;
}

function readCount(bytes: Uint8Array): number {
  return Number(new DataView(bytes.buffer, bytes.byteOffset).getBigInt64(0, true));
}

function storageOf(
  contents: ReadonlyMap<string, ByteSource>,
  key: string,
  sizeBytes: number,
): LazyBytes {
  const source = contents.get(key);
  if (source === undefined || source.sizeBytes !== sizeBytes) {
    throw malformed(
      `storage '${key}' should have ${sizeBytes} bytes, got ${source?.sizeBytes ?? "none"}`,
    );
  }
  return { name: source.name, open: async () => source };
}

function malformed(what: string): ToolError {
  return new ToolError("INVALID_FILE", `torch: ${what}`, {
    hint: "the file is damaged, or not what torch.save(model.state_dict(), path) writes",
  });
}
