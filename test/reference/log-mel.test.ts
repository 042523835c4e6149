import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { projectRoot } from "../support/paths.ts";
import { logMel, NEMO_ASR_DEFAULTS } from "./log-mel.ts";

interface Case {
  readonly model: string;
  readonly nemo: string;
  readonly options: { windowSamples: number; features: number; padTo: number };
  /** 16 bit samples. */
  readonly audio: readonly number[];
  readonly frames: number;
  readonly validFrames: number;
  /** Row by row. */
  readonly features: readonly number[];
}

const cases = JSON.parse(
  readFileSync(path.join(projectRoot, "test/fixtures/log-mel/cases.json"), "utf8"),
) as readonly Case[];

for (const { model, nemo, options, audio, frames, validFrames, features } of cases) {
  test(`the log-mel reference gives the features of NeMo ${nemo} (${model})`, () => {
    const samples = audio.map((sample) => sample / 32768);
    const era = nemo.startsWith("3") ? ({ edges: "constant", extraFrames: 0 } as const) : {};
    const result = logMel(samples, { ...NEMO_ASR_DEFAULTS, ...options, ...era });
    assert.equal(result.validFrames, validFrames);
    const values = result.rows.flatMap((row) => [...row]);
    assert.equal(result.rows[0]?.length, frames);
    const worst = Math.max(...values.map((value, n) => Math.abs(value - (features[n] as number))));
    assert.ok(worst < 2e-4, `largest difference ${worst}`);
  });
}
