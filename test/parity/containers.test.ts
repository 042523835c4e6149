/** One model in all forms that checkpoints had over the years gives one graph. */
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { convertCheckpoint } from "../../src/converters/convert.ts";
import { assertClose } from "../support/compare.ts";
import { openCheckpoint, openNemoFixture, readIo } from "../support/nemo-fixtures.ts";
import { onnxSession } from "../support/onnx.ts";
import { projectRoot } from "../support/paths.ts";

const base = await openNemoFixture("quartznet-char-numclasses-1");
const variants = readdirSync(path.join(projectRoot, "test/fixtures/nemo")).filter((name) =>
  name.startsWith("container-"),
);
/** Rounded weights have their own results. */
const ROUNDED = ["container-bf16", "container-fp16"];

assert.ok(variants.length >= 11);
for (const name of variants) {
  test(`${name} computes what NeMo computed from it`, async () => {
    const { graphs } = await convertCheckpoint(await openCheckpoint(name));
    const session = await onnxSession(graphs[0]!.graph);
    const expected = ROUNDED.includes(name) ? readIo(name) : base.io;
    for (const set of ["a", "b", "c"]) {
      const { logprobs } = await session.run({ audio_signal: base.io[`${set}.features`]! });
      assertClose(logprobs, expected[`${set}.logprobs`], 1e-4, `set ${set}`);
    }
  });
}
