import assert from "node:assert/strict";
import path from "node:path";
import { test } from "node:test";
import { sharedRoot, skipWithoutShared } from "../../../test/support/paths.ts";
import { isToolError } from "../../errors/tool-error.ts";
import { bytesSource } from "../../io/byte-source.ts";
import { openFile } from "../../io/file-source.ts";
import { readFloat32 } from "../../tensor/read-tensor.ts";
import { readSafetensors } from "./read.ts";

function file(header: unknown, data: Uint8Array = new Uint8Array(0), length?: bigint): Uint8Array {
  const text = Buffer.from(typeof header === "string" ? header : JSON.stringify(header));
  const prefix = Buffer.alloc(8);
  prefix.writeBigUInt64LE(length ?? BigInt(text.length));
  return Buffer.concat([prefix, text, data]);
}
const entry = (dtype: string, shape: unknown, start: number, end: number): object => ({
  w: { dtype, shape, data_offsets: [start, end] },
});
const EIGHT = new Uint8Array(Float32Array.of(1.5, -2).buffer);

test("tensors in place", async () => {
  const views = await readSafetensors(
    bytesSource(file({ __metadata__: { a: "b" }, ...entry("F32", [2], 0, 8) }, EIGHT)),
  );
  assert.deepEqual([...views.keys()], ["w"]);
  assert.deepEqual([...(await readFloat32(views.get("w") as never))], [1.5, -2]);
});

test("a file of the real library", { skip: skipWithoutShared }, async () => {
  const source = await openFile(
    path.join(sharedRoot as string, "fixtures/nemo/quartznet-char-numclasses-1/io.safetensors"),
  );
  const views = await readSafetensors(source);
  const logprobs = views.get("a.logprobs") ?? views.get("a.logprobs_framework");
  const rows = await readFloat32(logprobs as never);
  const classes = logprobs?.shape.at(-1) as number;
  // a row of log-probabilities sums to one
  const sum = rows.subarray(0, classes).reduce((total, x) => total + Math.exp(x), 0);
  assert.ok(Math.abs(sum - 1) < 1e-4, `${sum}`);
  await source.close();
});

const refused: readonly (readonly [string, Uint8Array, string, RegExp])[] = [
  ["huge header", file("", EIGHT, 2n ** 60n), "LIMIT_EXCEEDED", /header/],
  ["header past the end", file("{}", EIGHT, 1000n), "INVALID_FILE", /only/],
  ["not JSON", file("{"), "INVALID_FILE", /JSON/],
  ["a number", file("5"), "INVALID_FILE", /map/],
  ["shorter than its prefix", new Uint8Array(3), "INVALID_FILE", /only/],
  ["past the end", file(entry("F32", [3], 0, 12), EIGHT), "INVALID_FILE", /only 8/],
  [
    "size does not fit the shape",
    file(entry("F32", [3], 0, 8), EIGHT),
    "INVALID_FILE",
    /8 bytes for 3/,
  ],
  ["negative offset", file(entry("F32", [2], -8, 0), EIGHT), "INVALID_FILE", /offsets/],
  ["unknown type", file(entry("F8_E4M3", [8], 0, 8), EIGHT), "UNSUPPORTED", /F8_E4M3/],
  ["null entry", file({ w: null }), "UNSUPPORTED", /type/],
];
for (const [what, bytes, code, says] of refused) {
  test(`refused: ${what}`, async () => {
    await assert.rejects(
      readSafetensors(bytesSource(bytes, "x.safetensors")),
      (e) => isToolError(e, code as never) && says.test(e.message) && e.at[0] === "x.safetensors",
    );
  });
}
