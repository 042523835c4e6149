/**
 * Writes a `.nemo` of any size with random weights, as `torch.save` and NeMo lay it out: a plain
 * tar of `model_config.yaml` and a torch zip (stored members, sizes in data descriptors, payloads
 * at multiples of 64 bytes). Streams, so a 2 GB checkpoint needs no memory.
 */
import { closeSync, openSync, readSync, rmSync, statSync, writeSync } from "node:fs";
import { crc32 } from "node:zlib";

export interface ParameterSpec {
  readonly name: string;
  readonly shape: readonly number[];
  /** Standard deviation of the values around `mean`; default: 1 / sqrt(fan in). */
  readonly deviation?: number;
  readonly mean?: number;
}

const PIECE_FLOATS = 1 << 18;

/** Writes the checkpoint; the same arguments give the same bytes. */
export function writeRandomNemo(
  file: string,
  config: string,
  parameters: readonly ParameterSpec[],
): void {
  const weights = `${file}.weights`;
  writeTorchZip(weights, parameters);
  const out = openSync(file, "w");
  try {
    writeTarMember(out, "./model_config.yaml", [Buffer.from(config)], Buffer.byteLength(config));
    writeTarMember(out, "./model_weights.ckpt", filePieces(weights), statSync(weights).size);
    writeSync(out, Buffer.alloc(1024));
  } finally {
    closeSync(out);
    rmSync(weights);
  }
}

function* filePieces(file: string): Generator<Buffer> {
  const input = openSync(file, "r");
  const piece = Buffer.alloc(1 << 20);
  for (let count = readSync(input, piece); count > 0; count = readSync(input, piece)) {
    yield piece.subarray(0, count);
  }
  closeSync(input);
}

function writeTarMember(
  out: number,
  name: string,
  pieces: Iterable<Buffer>,
  sizeBytes: number,
): void {
  const header = Buffer.alloc(512);
  header.write(name, 0);
  header.write("0000644\0", 100);
  header.write("0000000\0", 108);
  header.write("0000000\0", 116);
  header.write(`${sizeBytes.toString(8).padStart(11, "0")}\0`, 124);
  header.write("00000000000\0", 136);
  header.write("        ", 148);
  header.write("0", 156);
  header.write("ustar\x0000", 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  writeSync(out, header);
  for (const piece of pieces) writeSync(out, piece);
  writeSync(out, Buffer.alloc((512 - (sizeBytes % 512)) % 512));
}

interface ZipMember {
  readonly name: string;
  readonly offset: number;
  readonly crc: number;
  readonly sizeBytes: number;
}

function writeTorchZip(file: string, parameters: readonly ParameterSpec[]): void {
  const out = openSync(file, "w");
  const members: ZipMember[] = [];
  let position = 0;
  const put = (bytes: Uint8Array): void => {
    writeSync(out, bytes);
    position += bytes.byteLength;
  };
  const add = (name: string, pieces: Iterable<Uint8Array>): void => {
    const offset = position;
    const padding = (64 - ((position + 30 + name.length + 4) % 64)) % 64;
    put(Buffer.concat([localHeader(name, padding + 4), extraField(padding)]));
    let crc = 0;
    const start = position;
    for (const piece of pieces) {
      crc = crc32(piece, crc);
      put(piece);
    }
    const sizeBytes = position - start;
    put(record([0x08074b50, 4], [crc, 4], [sizeBytes, 4], [sizeBytes, 4]));
    members.push({ name, offset, crc, sizeBytes });
  };
  add("model_weights/data.pkl", [stateDictPickle(parameters)]);
  parameters.forEach((parameter, i) => add(`model_weights/data/${i}`, randomFloats(parameter, i)));
  add("model_weights/version", [Buffer.from("3\n")]);
  const directory = position;
  for (const member of members) put(directoryEntry(member));
  put(
    record(
      [0x06054b50, 4],
      [0, 4],
      [members.length, 2],
      [members.length, 2],
      [position - directory, 4],
      [directory, 4],
      [0, 2],
    ),
  );
  closeSync(out);
}

/** Little-endian fields, each a value and its size in bytes. */
function record(...fields: (readonly [value: number, size: number])[]): Buffer {
  return Buffer.concat(
    fields.map(([value, size]) => {
      const bytes = Buffer.alloc(size);
      bytes.writeUIntLE(value, 0, size);
      return bytes;
    }),
  );
}

const FLAGS = 0x0808; // sizes in a data descriptor, names in UTF-8

function localHeader(name: string, extraBytes: number): Buffer {
  const fixed = record(
    [0x04034b50, 4],
    [20, 2],
    [FLAGS, 2],
    [0, 2],
    [0, 4],
    [0, 4],
    [0, 4],
    [0, 4],
    [name.length, 2],
    [extraBytes, 2],
  );
  return Buffer.concat([fixed, Buffer.from(name)]);
}

function extraField(padding: number): Buffer {
  return Buffer.concat([Buffer.from("FB"), record([padding, 2]), Buffer.alloc(padding, "Z")]);
}

function directoryEntry({ name, offset, crc, sizeBytes }: ZipMember): Buffer {
  const fixed = record(
    [0x02014b50, 4],
    [20, 2],
    [20, 2],
    [FLAGS, 2],
    [0, 2],
    [0, 4],
    [crc, 4],
    [sizeBytes, 4],
    [sizeBytes, 4],
    [name.length, 2],
    [0, 2],
    [0, 2],
    [0, 2],
    [0, 2],
    [0, 4],
    [offset, 4],
  );
  return Buffer.concat([fixed, Buffer.from(name)]);
}

/** `OrderedDict` of `_rebuild_tensor_v2` calls, pickle protocol 2. */
function stateDictPickle(parameters: readonly ParameterSpec[]): Buffer {
  const parts: Buffer[] = [
    Buffer.from([0x80, 2]),
    global("collections", "OrderedDict"),
    Buffer.from(")R("),
  ];
  parameters.forEach(({ name, shape }, i) => {
    const count = shape.reduce((product, size) => product * size, 1);
    parts.push(text(name), global("torch._utils", "_rebuild_tensor_v2"), Buffer.from("(("));
    parts.push(
      text("storage"),
      global("torch", "FloatStorage"),
      text(String(i)),
      text("cpu"),
      integer(count),
      Buffer.from("tQ"),
    );
    const strides = shape.map((_, axis) =>
      shape.slice(axis + 1).reduce((product, size) => product * size, 1),
    );
    parts.push(
      integer(0),
      tuple(shape),
      tuple(strides),
      Buffer.from([0x89]),
      global("collections", "OrderedDict"),
      Buffer.from(")RtR"),
    );
  });
  return Buffer.concat([...parts, Buffer.from("u.")]);
}

const global = (module: string, name: string): Buffer => Buffer.from(`c${module}\n${name}\n`);
const text = (value: string): Buffer =>
  Buffer.concat([Buffer.from("X"), record([Buffer.byteLength(value), 4]), Buffer.from(value)]);
const integer = (value: number): Buffer => Buffer.concat([Buffer.from("J"), record([value, 4])]);
const tuple = (values: readonly number[]): Buffer =>
  Buffer.concat([Buffer.from("("), ...values.map(integer), Buffer.from("t")]);

function* randomFloats(
  { shape, deviation, mean = 0 }: ParameterSpec,
  seed: number,
): Generator<Uint8Array> {
  const count = shape.reduce((product, size) => product * size, 1);
  const fanIn = Math.max(1, count / (shape[0] ?? 1));
  const scale = (deviation ?? 1 / Math.sqrt(fanIn)) * Math.sqrt(12);
  let state = (seed * 2654435761 + 1) >>> 0;
  for (let start = 0; start < count; start += PIECE_FLOATS) {
    const piece = new Float32Array(Math.min(PIECE_FLOATS, count - start));
    for (let i = 0; i < piece.length; i++) {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      piece[i] = mean + ((state >>> 0) / 2 ** 32 - 0.5) * scale;
    }
    yield new Uint8Array(piece.buffer);
  }
}
