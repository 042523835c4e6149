import assert from "node:assert/strict";
import { test } from "node:test";
import { seededRandom } from "../../../test/support/cut.ts";
import { mergePairs, MergeRules, type MergeRule } from "./pair-merge.ts";

type Table = ReadonlyMap<string, MergeRule>;

/** The slow, obvious way: look for the best pair of all, merge it, start again. */
function mergeSlowly(symbols: readonly number[], table: Table): number[] {
  const merged = [...symbols];
  for (;;) {
    let best: { at: number; rule: MergeRule } | undefined;
    for (let at = 0; at + 1 < merged.length; at++) {
      const rule = table.get(`${merged[at]} ${merged[at + 1]}`);
      if (rule !== undefined && (best === undefined || rule.priority < best.rule.priority)) {
        best = { at, rule };
      }
    }
    if (best === undefined) return merged;
    merged.splice(best.at, 2, best.rule.result);
  }
}

test("pair merge: random rules give what the slow way gives", () => {
  const random = seededRandom(3);
  const draw = (below: number): number => Math.floor(random() * below);
  for (let round = 0; round < 500; round++) {
    const table = new Map<string, MergeRule>();
    const rules = new MergeRules();
    // a result is a new symbol, so that merging comes to an end; priorities may be equal
    for (let result = 4; result < 16; result++) {
      const left = draw(result);
      const right = draw(result);
      if (table.has(`${left} ${right}`)) continue;
      const rule = { result, priority: draw(8) };
      table.set(`${left} ${right}`, rule);
      rules.add(left, right, rule);
    }
    const symbols = Array.from({ length: draw(30) }, () => draw(5) - 1);
    const merged = [...symbols];
    const starts = mergePairs(merged, rules);
    assert.deepEqual(
      starts.map((at) => merged[at]),
      mergeSlowly(symbols, table),
      `round ${round}: ${symbols.join(" ")}`,
    );
  }
});
