/**
 * What does the engine cost over a bare `session.run`? The same network in this process and
 * through the engine (worker thread, queue, validation), alternating, as ratios of one run.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import path from "node:path";
import * as ort from "onnxruntime-node";
import { createEmbeddedEngine } from "../src/serve/engine/embedded/embedded-engine.ts";
import { tensor } from "../src/tensor/tensor.ts";
import { tinyOnnx, type TinyNode, type TinyWeight } from "../test/support/tiny-onnx.ts";

const WIDTH = 1024;
const LAYERS = 12;
const FRAMES = 100;
const RUNS = 60;
const ROUNDS = 9;
const IN_FLIGHT = 4;
/** Instances, batching. */
const SETTINGS: readonly [number, boolean][] = [
  [1, false],
  [2, false],
  [1, true],
];

/** A stack of dense layers over frames: [batch, frames, width], as an acoustic model has them. */
function network(): Uint8Array {
  const weights: TinyWeight[] = [];
  const nodes: TinyNode[] = [];
  let random = 1;
  for (let layer = 0; layer < LAYERS; layer++) {
    const values = Float32Array.from({ length: WIDTH * WIDTH }, () => {
      random = (random * 16807) % 2147483647;
      return (random / 2147483647 - 0.5) / 8;
    });
    weights.push({ name: `w${layer}`, shape: [WIDTH, WIDTH], values });
    nodes.push({
      op: "MatMul",
      inputs: [layer === 0 ? "X" : `r${layer - 1}`, `w${layer}`],
      outputs: [`m${layer}`],
    });
    nodes.push({
      op: "Relu",
      inputs: [`m${layer}`],
      outputs: [layer === LAYERS - 1 ? "Y" : `r${layer}`],
    });
  }
  const shape = ["batch", "frames", WIDTH];
  return tinyOnnx({
    inputs: [{ name: "X", dtype: "float32", shape }],
    outputs: [{ name: "Y", dtype: "float32", shape }],
    nodes,
    weights,
  });
}

/** Rate of `RUNS` calls with `IN_FLIGHT` at a time. */
async function rate(run: () => Promise<unknown>): Promise<number> {
  let left = RUNS;
  const since = performance.now();
  const lane = async (): Promise<void> => {
    while (left-- > 0) await run();
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, lane));
  return RUNS / ((performance.now() - since) / 1000);
}

/** The least disturbed round: other programs only ever slow one down. */
const best = (values: readonly number[]): number => Math.max(...values);

async function main(): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), "bench-"));
  const model = network();
  const data = new Float32Array(FRAMES * WIDTH).fill(0.1);
  console.log(
    `${LAYERS} layers of ${WIDTH}, ${FRAMES} frames, ${IN_FLIGHT} in flight, ${availableParallelism()} cores`,
  );
  console.log("instances  batching  raw runs/s  engine runs/s  ratio");
  for (const [count, batching] of SETTINGS) {
    const home = path.join(folder, `${count}${batching}`, "net");
    mkdirSync(path.join(home, "1"), { recursive: true });
    writeFileSync(path.join(home, "1/model.onnx"), model);
    writeFileSync(
      path.join(home, "config.pbtxt"),
      `name: "net" backend: "onnxruntime" max_batch_size: 8 instance_group { kind: KIND_CPU count: ${count} }
       input { name: "X" data_type: TYPE_FP32 dims: [ -1, ${WIDTH} ] } output { name: "Y" data_type: TYPE_FP32 dims: [ -1, ${WIDTH} ] }
       ${batching ? "dynamic_batching { }" : ""}`,
    );
    const engine = await createEmbeddedEngine({ repository: path.dirname(home), steps: [] });
    const session = await ort.InferenceSession.create(path.join(home, "1/model.onnx"), {
      intraOpNumThreads: availableParallelism(),
    });
    const X = tensor("float32", data, [1, FRAMES, WIDTH]);
    const raw = () => session.run({ X: new ort.Tensor("float32", data, [1, FRAMES, WIDTH]) });
    const ours = () => engine.infer({ model: "net", inputs: { X } });
    const rates: { raw: number[]; ours: number[] } = { raw: [], ours: [] };
    for (let round = 0; round <= ROUNDS; round++) {
      const rawRate = await rate(raw);
      const ourRate = await rate(ours);
      if (round === 0) continue; // warming up
      rates.raw.push(rawRate);
      rates.ours.push(ourRate);
    }
    const [rawRate, ourRate] = [best(rates.raw), best(rates.ours)];
    console.log(
      [
        String(count).padStart(9),
        String(batching).padStart(9),
        rawRate.toFixed(0).padStart(11),
        ourRate.toFixed(0).padStart(14),
        (ourRate / rawRate).toFixed(2).padStart(6),
      ].join(" "),
    );
    await session.release();
    await engine.close();
  }
  rmSync(folder, { recursive: true });
}

await main();
