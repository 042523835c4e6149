/** Numbers that must agree within a stated tolerance. */
import assert from "node:assert/strict";
import type { Tensor } from "../../src/tensor/tensor.ts";

/** Same shape, and no element further apart than `tolerance`. */
export function assertClose(
  got: Tensor | undefined,
  expected: Tensor | undefined,
  tolerance: number,
  what: string,
): void {
  assert.ok(got !== undefined && expected !== undefined, `${what}: not there`);
  assert.deepEqual(got.shape, expected.shape, what);
  let worst = 0;
  expected.data.forEach((value, index) => {
    const difference = Math.abs(Number(value) - Number(got.data[index]));
    worst = Math.max(worst, Number.isNaN(difference) ? Infinity : difference);
  });
  assert.ok(worst <= tolerance, `${what}: differs by ${worst}`);
}
