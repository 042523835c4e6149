/**
 * A checkpoint as torch has written it since 1.6: a zip of stored entries, `<prefix>/data.pkl`
 * beside `<prefix>/data/<key>` for each storage. Only the directory and the pickle are read.
 */
import { ToolError } from "../../errors/tool-error.ts";
import type { ByteSource } from "../../io/byte-source.ts";
import type { StateDict } from "../../tensor/tensor-view.ts";
import { unpickle } from "../pickle/machine.ts";
import { readZip, readZipEntry, type ZipEntry } from "../zip/read.ts";
import { loadPersistentId, refuseTorchGlobal, TORCH_GLOBALS } from "./globals.ts";
import { toStateDict, type LazyBytes } from "./state-dict.ts";

/** About 100 bytes a tensor. */
const MAX_PICKLE_BYTES = 256 * 1024 * 1024;
/** torch reads file format versions 1 to 10; all have this layout. */
const MAX_VERSION = 10;

type Entries = ReadonlyMap<string, ZipEntry>;

export async function readZipForm(source: ByteSource): Promise<StateDict> {
  const entries = await readZip(source);
  const prefix = findPrefix(entries);
  await checkByteOrder(entries, prefix);
  await checkVersion(entries, prefix);
  const pickle = await readZipEntry(entries.get(`${prefix}data.pkl`) as ZipEntry, MAX_PICKLE_BYTES);
  const context = {
    globals: TORCH_GLOBALS,
    refuse: refuseTorchGlobal,
    persistentLoad: loadPersistentId,
  };
  const { value } = unpickle(pickle, context);
  return toStateDict(value, (key, sizeBytes) =>
    openEntry(entries, `${prefix}data/${key}`, sizeBytes),
  );
}

/** The folder of `data.pkl`: the name that the file had when it was saved, or `archive`. */
function findPrefix(entries: Entries): string {
  const found = [...entries.keys()].filter(
    (name) => name === "data.pkl" || name.endsWith("/data.pkl"),
  );
  const [name] = found;
  if (name === undefined || found.length > 1) {
    throw new ToolError(
      "INVALID_FILE",
      `torch: expected one data.pkl in the zip archive, got ${found.length}`,
      {
        hint: "this is a zip archive, but not a checkpoint; convert the .nemo file or what torch.save wrote",
      },
    );
  }
  const prefix = name.slice(0, -"data.pkl".length);
  if (entries.has(`${prefix}constants.pkl`)) {
    throw new ToolError("UNSUPPORTED", "torch: this is a TorchScript archive (code and weights)", {
      hint: "convert the .nemo checkpoint that it was made from",
    });
  }
  return prefix;
}

async function checkByteOrder(entries: Entries, prefix: string): Promise<void> {
  const order = await readShortText(entries, `${prefix}byteorder`);
  if (order === undefined || order === "little") return;
  throw new ToolError(
    "UNSUPPORTED",
    `torch: byte order '${order.slice(0, 20)}', expected 'little'`,
    {
      hint: "save the checkpoint again on a little-endian machine",
    },
  );
}

async function checkVersion(entries: Entries, prefix: string): Promise<void> {
  const text = await readShortText(entries, `${prefix}version`);
  const version = text === undefined ? 1 : Number(text);
  if (Number.isInteger(version) && version >= 1 && version <= MAX_VERSION) return;
  throw new ToolError(
    "UNSUPPORTED",
    `torch: file format version '${text}', expected 1 to ${MAX_VERSION}`,
    {
      hint: "save the checkpoint with a current PyTorch",
    },
  );
}

async function readShortText(entries: Entries, name: string): Promise<string | undefined> {
  const entry = entries.get(name);
  return entry === undefined
    ? undefined
    : new TextDecoder().decode(await readZipEntry(entry, 100)).trim();
}

function openEntry(entries: Entries, name: string, sizeBytes: number): LazyBytes {
  const entry = entries.get(name);
  if (entry === undefined || entry.sizeBytes !== sizeBytes) {
    throw new ToolError(
      "INVALID_FILE",
      `torch: storage '${name}' should have ${sizeBytes} bytes, got ${entry === undefined ? "none" : entry.sizeBytes}`,
      { hint: "the checkpoint is damaged or hostile; copy or download it again" },
    );
  }
  return entry;
}
