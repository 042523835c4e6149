import assert from "node:assert/strict";
import { test } from "node:test";
import { isToolError } from "../errors/tool-error.ts";
import { cutRandomly, joinFloats } from "../../test/support/cut.ts";
import { createSampleReader } from "./pcm.ts";
import { createWavReader, looksLikeWav } from "./wav.ts";

interface WavParts {
  readonly format?: number;
  readonly subFormat?: number;
  readonly channels?: number;
  readonly rate?: number;
  readonly bits?: number;
  readonly frameBytes?: number;
  /** Chunks before the data: name and content. */
  readonly chunks?: readonly (readonly [string, number[]])[];
  readonly data: readonly number[];
  readonly dataSize?: number;
  readonly after?: readonly number[];
}

const ascii = (text: string): number[] => Array.from(text, (letter) => letter.charCodeAt(0));
const u16 = (value: number): number[] => [value & 255, (value >> 8) & 255];
const u32 = (value: number): number[] => [...u16(value & 0xffff), ...u16(value >>> 16)];
const chunk = (name: string, content: readonly number[], size = content.length): number[] => [
  ...ascii(name),
  ...u32(size),
  ...content,
  ...(content.length % 2 === 1 ? [0] : []),
];

function makeWav(parts: WavParts): Uint8Array {
  const { format = 1, channels = 1, rate = 16000, bits = 16 } = parts;
  const frameBytes = parts.frameBytes ?? channels * Math.ceil(bits / 8);
  const fields = [
    ...u16(format),
    ...u16(channels),
    ...u32(rate),
    ...u32(rate * frameBytes),
    ...u16(frameBytes),
    ...u16(bits),
  ];
  const extension = [
    ...u16(22),
    ...u16(bits),
    ...u32(4),
    ...u16(parts.subFormat ?? 1),
    ...Array.from({ length: 14 }, () => 7),
  ];
  const body = [
    ...chunk("fmt ", parts.subFormat === undefined ? fields : [...fields, ...extension]),
    ...(parts.chunks ?? []).flatMap(([name, content]) => chunk(name, content)),
    ...ascii("data"),
    ...u32(parts.dataSize ?? parts.data.length),
    ...parts.data,
    ...(parts.after ?? []),
  ];
  return Uint8Array.from([...ascii("RIFF"), ...u32(body.length + 4), ...ascii("WAVE"), ...body]);
}

const floatBytes = (values: readonly number[]): number[] => [
  ...new Uint8Array(Float32Array.from(values).buffer),
];
const doubleBytes = (values: readonly number[]): number[] => [
  ...new Uint8Array(Float64Array.from(values).buffer),
];
const PCM = [...u16(16384), ...u16(0x8000), ...u16(1)];
const PCM_SAMPLES = [0.5, -1, 1 / 32768];

const READABLE: readonly { name: string; wav: WavParts; samples: readonly number[] }[] = [
  { name: "16 bit", wav: { data: PCM }, samples: PCM_SAMPLES },
  { name: "8 bit", wav: { bits: 8, data: [0, 128, 192] }, samples: [-1, 0, 0.5] },
  {
    name: "24 bit",
    wav: { bits: 24, data: [0, 0, 0x40, 0, 0, 0x80, 1, 0, 0] },
    samples: [0.5, -1, 2 ** -23],
  },
  { name: "32 bit", wav: { bits: 32, data: [0, 0, 0, 0x40, 0, 0, 0, 0x80] }, samples: [0.5, -1] },
  { name: "20 bit in 3 bytes", wav: { bits: 20, data: [0, 0, 0x40] }, samples: [0.5] },
  {
    name: "float",
    wav: { format: 3, bits: 32, data: floatBytes([0.25, -7, NaN, Infinity]) },
    samples: [0.25, -1, 0, 1],
  },
  {
    name: "double",
    wav: { format: 3, bits: 64, data: doubleBytes([0.25, -0.5]) },
    samples: [0.25, -0.5],
  },
  {
    name: "A-law",
    wav: { format: 6, bits: 8, data: [0xd5, 0x2a] },
    samples: [8 / 32768, -32256 / 32768],
  },
  { name: "mu-law", wav: { format: 7, bits: 8, data: [0x80, 0xff] }, samples: [32124 / 32768, 0] },
  { name: "extensible", wav: { format: 0xfffe, subFormat: 1, data: PCM }, samples: PCM_SAMPLES },
  {
    name: "extensible float",
    wav: { format: 0xfffe, subFormat: 3, bits: 32, data: floatBytes([0.5]) },
    samples: [0.5],
  },
  {
    name: "first of two channels",
    wav: { channels: 2, data: [...PCM, ...u16(5)] },
    samples: [0.5, 1 / 32768],
  },
  {
    name: "other chunks, one of odd size",
    wav: {
      chunks: [
        ["LIST", ascii("INFOx")],
        ["fact", u32(3)],
      ],
      data: PCM,
    },
    samples: PCM_SAMPLES,
  },
  { name: "data size 0", wav: { data: PCM, dataSize: 0 }, samples: PCM_SAMPLES },
  { name: "data size unknown", wav: { data: PCM, dataSize: 0xffff_ffff }, samples: PCM_SAMPLES },
  {
    name: "chunks after the data",
    wav: { data: PCM, after: chunk("LIST", ascii("INFO")) },
    samples: PCM_SAMPLES,
  },
  { name: "data cut short", wav: { data: PCM.slice(0, 5), dataSize: 600 }, samples: [0.5, -1] },
  { name: "frame size left 0", wav: { data: PCM, frameBytes: 0 }, samples: PCM_SAMPLES },
];

for (const { name, wav, samples } of READABLE) {
  test(`wav: ${name}, whole and in pieces`, () => {
    const bytes = makeWav(wav);
    assert.ok(looksLikeWav(bytes));
    for (const pieces of [[bytes], cutRandomly(bytes, 1, 1), cutRandomly(bytes, 30, 2)]) {
      const reader = createWavReader();
      const read = joinFloats(pieces.map((piece) => reader.push(piece)));
      reader.end();
      assert.deepEqual(
        [...read].map((x) => x + 0),
        [...Float32Array.from(samples)],
      );
      assert.equal(reader.header?.sampleRate, 16000);
    }
  });
}

const BROKEN: readonly { name: string; bytes: Uint8Array; message: RegExp }[] = [
  { name: "0 Hz", bytes: makeWav({ rate: 0, data: PCM }), message: /0 Hz/ },
  { name: "0 channels", bytes: makeWav({ channels: 0, data: PCM }), message: /0 channels/ },
  {
    name: "ADPCM",
    bytes: makeWav({ format: 2, bits: 4, data: PCM }),
    message: /format 2 with 4 bits/,
  },
  {
    name: "mu-law of 16 bits",
    bytes: makeWav({ format: 7, data: PCM }),
    message: /format 7 with 16 bits/,
  },
  {
    name: "frame size",
    bytes: makeWav({ frameBytes: 3, data: PCM }),
    message: /3 bytes a frame, expected 2/,
  },
  {
    name: "format chunk of 2 GB",
    bytes: Uint8Array.from([...ascii("RIFF____WAVEfmt "), ...u32(2 ** 31)]),
    message: /format chunk of 2147483648/,
  },
  {
    name: "data before format",
    bytes: Uint8Array.from([...ascii("RIFF____WAVEdata"), ...u32(4)]),
    message: /before the format/,
  },
  {
    name: "not WAVE",
    bytes: Uint8Array.from(ascii("RIFF____AVI LIST")),
    message: /expected RIFF and WAVE/,
  },
  {
    name: "cut within the header",
    bytes: makeWav({ data: PCM }).subarray(0, 30),
    message: /ends within/,
  },
  { name: "empty", bytes: new Uint8Array(0), message: /ends within/ },
];

for (const { name, bytes, message } of BROKEN) {
  test(`wav: refuses ${name}`, () => {
    const reader = createWavReader();
    assert.throws(
      () => {
        reader.push(bytes);
        reader.end();
      },
      (error: unknown) => isToolError(error, "INVALID_REQUEST") && message.test(error.message),
    );
  });
}

test("wav: a million empty chunks take linear time", () => {
  const empty = chunk("JUNK", []);
  const bytes = new Uint8Array(12 + 1_000_000 * empty.length);
  bytes.set(ascii("RIFF____WAVE"));
  for (let at = 12; at < bytes.length; at += empty.length) bytes.set(empty, at);
  assert.equal(createWavReader().push(bytes).length, 0);
});

test("pcm: a sample may be cut between messages", () => {
  const reader = createSampleReader({ format: "int16", channels: 2 });
  const cut = [[0], [64, 1, 1], [0, 128, 9], [9]].map((bytes) => [
    ...reader.push(Uint8Array.from(bytes)),
  ]);
  assert.deepEqual(cut, [[], [0.5], [], [-1]]);
});
