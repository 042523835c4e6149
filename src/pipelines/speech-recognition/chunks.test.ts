import assert from "node:assert/strict";
import { test } from "node:test";
import { isToolError } from "../../errors/tool-error.ts";
import { resolveChunks, type ChunkOptions, type Mode } from "./chunks.ts";

const none: ChunkOptions = {
  chunk_size: undefined,
  left_padding_size: undefined,
  right_padding_size: undefined,
  padding_size: undefined,
  padding_factor: undefined,
};

const accepted: [Mode, number, Partial<ChunkOptions>, [number, number, number]][] = [
  ["streaming", 80, {}, [0.16, 1.92, 1.92]],
  ["streaming", 40, {}, [0.16, 1.92, 1.92]],
  ["streaming", 20, {}, [0.16, 1.92, 1.92]],
  ["offline", 80, {}, [4.8, 1.6, 1.6]],
  ["oneShot", 80, {}, [300, 0, 0]],
  ["streaming", 60, {}, [0.18, 1.92, 1.92]],
  ["streaming", 320, {}, [0.32, 1.92, 1.92]],
  ["streaming", 1000, {}, [1, 2, 2]],
  ["streaming", 80, { chunk_size: 0.8, padding_size: 1.6 }, [0.8, 1.6, 1.6]],
  ["streaming", 80, { padding_factor: 2 }, [0.16, 0.32, 0.32]],
  ["offline", 80, { chunk_size: 900, left_padding_size: 0, right_padding_size: 0 }, [900, 0, 0]],
  ["streaming", 40, { left_padding_size: 3.2 }, [0.16, 3.2, 1.92]],
];

for (const [mode, timestep, options, [chunk, left, right]] of accepted) {
  test(`${mode}, ${timestep} ms, ${JSON.stringify(options)}`, () => {
    const chunks = resolveChunks(mode, { ...none, ...options }, timestep);
    assert.deepEqual(
      [chunks.chunkSeconds, chunks.leftPaddingSeconds, chunks.rightPaddingSeconds],
      [chunk, left, right],
    );
  });
}

const refused: [number, Partial<ChunkOptions>, string, string][] = [
  [80, { chunk_size: 0.1 }, "--chunk_size=0.1", "0.08 or 0.16"],
  [40, { padding_size: 1.9 }, "--padding_size=1.9", "1.88 or 1.92"],
  [80, { right_padding_size: 0.01 }, "--right_padding_size=0.01", "0 or 0.08"],
  [80, { chunk_size: 0 }, "--chunk_size=0", "0.08"],
  [80, { chunk_size: 0.03 }, "--chunk_size=0.03", "0.08"],
  [80, { padding_size: 1.92, left_padding_size: 1.6 }, "--padding_size", "--left_padding_size"],
  [80, { padding_size: 1.92, padding_factor: 2 }, "--padding_size", "--left_padding_size"],
];

for (const [timestep, options, message, hint] of refused) {
  test(`refused: ${timestep} ms, ${JSON.stringify(options)}`, () => {
    assert.throws(
      () => resolveChunks("streaming", { ...none, ...options }, timestep),
      (e) => isToolError(e, "USAGE") && e.message.includes(message) && e.hint.includes(hint),
    );
  });
}

test("a default that the timestep moves is said and counts as the model's", () => {
  const { options, notices } = resolveChunks("streaming", none, 60);
  assert.deepEqual(options[0], { name: "chunk_size", value: 0.18, source: "model" });
  assert.equal(options[1]?.source, "default");
  assert.equal(notices.length, 1);
  assert.match(notices[0]?.text ?? "", /0\.18 s.*60 ms.*0\.16 s/);
});
