import assert from "node:assert/strict";
import { test } from "node:test";
import { isToolError, ToolError, withPlace } from "./tool-error.ts";

const inner = (): never => {
  throw new ToolError("INVALID_FILE", "tar: bad checksum", {
    hint: "copy it again",
    at: "byte 512",
  });
};

test("withPlace puts the outer place first, for sync and async", async () => {
  const expected = (error: unknown): boolean =>
    isToolError(error, "INVALID_FILE") && error.at.join(" → ") === "model.nemo → byte 512";
  assert.throws(() => withPlace("model.nemo", inner), expected);
  await assert.rejects(
    withPlace("model.nemo", async () => inner()),
    expected,
  );
});

test("withPlace leaves other errors alone and does not repeat a place", () => {
  assert.throws(
    () =>
      withPlace("x", () => {
        throw new RangeError("bug");
      }),
    RangeError,
  );
  assert.throws(
    () => withPlace("byte 512", inner),
    (error: unknown) => isToolError(error) && error.at.length === 1,
  );
});

test("isToolError narrows by code", () => {
  const error = new ToolError("USAGE", "no", { hint: "try" });
  assert.ok(isToolError(error));
  assert.ok(!isToolError(error, "INVALID_FILE"));
  assert.ok(!isToolError(new Error("USAGE")));
});
