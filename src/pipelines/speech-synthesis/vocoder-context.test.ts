/** The context that is worked out is exactly what the network's own graph shows. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { convertCheckpoint } from "../../converters/convert.ts";
import { tensor } from "../../tensor/tensor.ts";
import { openNemoFixture } from "../../../test/support/nemo-fixtures.ts";
import { onnxSession } from "../../../test/support/onnx.ts";
import { contextOf } from "./vocoder-context.ts";
import { parseGenerator } from "./vocoder.ts";

const FRAMES = 61;
const MIDDLE = 30;

for (const name of ["hifigan-resblock1", "hifigan-resblock2"]) {
  test(`${name}: a change of one frame reaches so far and no further`, async () => {
    const { checkpoint } = await openNemoFixture(name);
    const generator = parseGenerator(checkpoint.config.get("generator"));
    const context = contextOf(generator);
    const { graphs } = await convertCheckpoint(checkpoint, {});
    const session = await onnxSession((graphs[0] as (typeof graphs)[0]).graph);
    const mels = checkpoint.config.get("generator.initial_input_size").positiveInteger(80);
    const input = Float32Array.from({ length: mels * FRAMES }, (_, i) => Math.sin(i * 1.7));
    const changed = input.map((value, i) => (i % FRAMES === MIDDLE ? value + 3 : value));
    const [before, after] = await Promise.all(
      [input, changed].map(async (data) => {
        const { audio } = await session.run({ spec: tensor("float32", data, [1, mels, FRAMES]) });
        return audio?.data as Float32Array;
      }),
    );
    const perFrame = (before?.length ?? 0) / FRAMES;
    const reached = Array.from({ length: FRAMES }, (_, frame) => frame).filter((frame) => {
      const from = frame * perFrame;
      return before
        ?.subarray(from, from + perFrame)
        .some((sample, i) => sample !== after?.[from + i]);
    });
    const [first = 0, last = 0] = [reached[0], reached.at(-1)];
    // a frame reaches as far to the left as others look to the right
    assert.ok(MIDDLE - first <= context.right, `${MIDDLE - first} > ${context.right}`);
    assert.ok(last - MIDDLE <= context.left, `${last - MIDDLE} > ${context.left}`);
    assert.ok(context.right - (MIDDLE - first) <= 1 && context.left - (last - MIDDLE) <= 1);
  });
}

test("the widest published generator looks 14 frames around at most", () => {
  const dilations = [1, 3, 5];
  const v1 = contextOf({
    upsamplings: [
      { rate: 8, kernel: 16 },
      { rate: 8, kernel: 16 },
      { rate: 2, kernel: 4 },
      { rate: 2, kernel: 4 },
    ],
    resblockKind: 1,
    resblocks: [3, 7, 11].map((kernel) => ({ kernel, dilations })),
  });
  assert.ok(v1.left >= 8 && v1.left <= 14 && v1.right >= 8 && v1.right <= 14, JSON.stringify(v1));
});
