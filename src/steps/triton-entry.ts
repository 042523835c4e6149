/**
 * The steps as stock Triton runs them: the start of the bundle that `triton/model.py` loads into
 * bare V8. Numbers cross in two byte buffers that both sides see, everything else as JSON. One
 * engine serves one model, so one step is loaded.
 */
import { ToolError } from "../errors/tool-error.ts";
import { ARRAY_TYPES } from "../tensor/tensor.ts";
import type { Tensor, Tensors } from "../tensor/tensor.ts";
import { findStep } from "./registry.ts";
import type { RunningStep, StepDefinition } from "./step.ts";

/** A tensor as JSON: strings in it, numbers at a place in a buffer. */
interface WireTensor {
  readonly dtype: Tensor["dtype"];
  readonly shape: readonly number[];
  readonly offset?: number;
  readonly strings?: readonly string[];
}

interface LoadMessage {
  readonly step: string;
  readonly parameters: Readonly<Record<string, string>>;
  /** Places of the files in the input buffer. */
  readonly files: Readonly<Record<string, { readonly offset: number; readonly sizeBytes: number }>>;
}

interface RunMessage {
  /** Key of the sequence. */
  readonly sequence: string;
  readonly start: boolean;
  readonly end: boolean;
  readonly inputs: Readonly<Record<string, WireTensor>>;
}

interface RunAnswer {
  readonly outputs: Record<string, WireTensor>;
  /** The output buffer was replaced by a larger one. */
  readonly isNewBuffer: boolean;
}

let input = new ArrayBuffer(0);
let output = new ArrayBuffer(0);
let definition: StepDefinition | undefined;
let running: RunningStep<unknown> | undefined;
const states = new Map<string, unknown>();

/** Bytes of the elements of a tensor start at multiples of this. */
const ALIGNMENT = 8;

/** The buffer for what comes in, with room for so many bytes. */
export function inputBuffer(sizeBytes: number): ArrayBuffer {
  if (input.byteLength < sizeBytes) input = new ArrayBuffer(roomFor(sizeBytes));
  return input;
}

/** The buffer in which the newest outputs lie. */
export function outputBuffer(): ArrayBuffer {
  return output;
}

/** Loads the step of this model; returns `{}` or an error as JSON. */
export function load(message: string): string {
  return answer(() => {
    const { step, parameters, files } = JSON.parse(message) as LoadMessage;
    const entries = Object.entries(files).map(([name, { offset, sizeBytes }]) => [
      name,
      new Uint8Array(input, offset, sizeBytes).slice(),
    ]);
    definition = findStep(step);
    running = definition.load({
      parameters,
      files: Object.fromEntries(entries) as Record<string, Uint8Array>,
    });
    return {};
  });
}

/** Runs one request, whose numbers lie in the input buffer; returns its outputs or an error as JSON. */
export function run(message: string): string {
  return answer((): RunAnswer => {
    const { sequence, start, end, inputs } = JSON.parse(message) as RunMessage;
    if (running === undefined || definition === undefined) throw new Error("bug: run before load");
    const state = start || !definition.stateful ? running.open() : states.get(sequence);
    if (state === undefined && definition.stateful) {
      throw new ToolError(
        "INVALID_REQUEST",
        "the sequence is not known, or it was idle for too long",
        {
          hint: "send the START flag with the first request of a sequence",
        },
      );
    }
    if (definition.stateful) states.set(sequence, state);
    const tensors = Object.entries(inputs).map(([name, wire]) => [name, fromWire(wire)]);
    const outputs = running.run(Object.fromEntries(tensors) as Tensors, state, { start, end });
    if (end) states.delete(sequence);
    return toWire(outputs);
  });
}

/** Forgets a sequence that Triton has given up. */
export function forget(sequence: string): void {
  states.delete(sequence);
}

function fromWire({ dtype, shape, offset = 0, strings }: WireTensor): Tensor {
  if (dtype === "string") return { dtype, shape, data: strings ?? [] };
  const count = shape.reduce((product, size) => product * size, 1);
  // A copy: steps may keep what they get, and the buffer is written again.
  const data = new ARRAY_TYPES[dtype](input, offset, count).slice();
  return { dtype, shape, data } as Tensor;
}

function toWire(tensors: Tensors): RunAnswer {
  const outputs: Record<string, WireTensor> = {};
  const numeric: { data: ArrayBufferView; offset: number }[] = [];
  let sizeBytes = 0;
  for (const [name, { dtype, shape, data }] of Object.entries(tensors)) {
    if (dtype === "string") {
      outputs[name] = { dtype, shape, strings: data };
      continue;
    }
    outputs[name] = { dtype, shape, offset: sizeBytes };
    numeric.push({ data, offset: sizeBytes });
    sizeBytes += Math.ceil(data.byteLength / ALIGNMENT) * ALIGNMENT;
  }
  const isNewBuffer = output.byteLength < sizeBytes;
  if (isNewBuffer) output = new ArrayBuffer(roomFor(sizeBytes));
  const bytes = new Uint8Array(output);
  for (const { data, offset } of numeric) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), offset);
  }
  return { outputs, isNewBuffer };
}

/** Buffers grow in powers of two, so that few requests replace them. */
const roomFor = (sizeBytes: number): number => 2 ** Math.ceil(Math.log2(Math.max(sizeBytes, 4096)));

function answer(action: () => object): string {
  try {
    return JSON.stringify(action());
  } catch (error) {
    return JSON.stringify({ error: describe(error) });
  }
}

function describe(error: unknown): { code: string; message: string } {
  if (!(error instanceof ToolError)) {
    return {
      code: "BUG",
      message: error instanceof Error ? `${error.message}\n${error.stack}` : String(error),
    };
  }
  const place = error.at.length === 0 ? "" : ` (at ${error.at.join(" → ")})`;
  return { code: error.code, message: `${error.message}${place}; hint: ${error.hint}` };
}
