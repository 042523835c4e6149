/**
 * Reads the safetensors format: an 8-byte header length, a JSON header, then the tensors' bytes.
 * Tensors are lazy views in place. Format: huggingface/safetensors, README "Format".
 */
import { ToolError, withPlace } from "../../errors/tool-error.ts";
import { sliceSource, type ByteSource } from "../../io/byte-source.ts";
import { dtypeFromSafetensors, sizeOfDType } from "../../tensor/dtype.ts";
import { contiguousStrides, countElements } from "../../tensor/shape.ts";
import type { StateDict, TensorView } from "../../tensor/tensor-view.ts";

/** The limit of the format's own reader. */
const MAX_HEADER_BYTES = 100_000_000;
const LENGTH_BYTES = 8;

/**
 * The tensors by name, in the order of the header.
 * @throws ToolError INVALID_FILE, LIMIT_EXCEEDED or UNSUPPORTED (an element type)
 */
export async function readSafetensors(source: ByteSource): Promise<StateDict> {
  return withPlace(source.name, async () => {
    const { header, dataStart } = await readHeader(source);
    const data = sliceSource(source, dataStart, source.sizeBytes, source.name);
    const views = new Map<string, TensorView>();
    for (const [name, entry] of Object.entries(header)) {
      if (name !== "__metadata__")
        views.set(
          name,
          withPlace(name, () => toView(name, entry, data)),
        );
    }
    return views;
  });
}

async function readHeader(source: ByteSource): Promise<{ header: object; dataStart: number }> {
  const prefix = await source.read(0, LENGTH_BYTES);
  const length = Number(new DataView(prefix.buffer, prefix.byteOffset).getBigUint64(0, true));
  if (length > MAX_HEADER_BYTES) {
    throw new ToolError(
      "LIMIT_EXCEEDED",
      `safetensors: a header of ${length} bytes, at most ${MAX_HEADER_BYTES}`,
      {
        hint: "the file is not in the safetensors format, or it is damaged",
      },
    );
  }
  const dataStart = LENGTH_BYTES + length;
  const text = new TextDecoder().decode(await source.read(LENGTH_BYTES, dataStart));
  let header: unknown;
  try {
    header = JSON.parse(text);
  } catch (cause) {
    throw malformed("the header is not JSON", cause);
  }
  if (typeof header !== "object" || header === null) throw malformed("the header is not a map");
  return { header, dataStart };
}

function toView(name: string, entry: unknown, data: ByteSource): TensorView {
  const {
    dtype: typeName,
    shape,
    data_offsets: offsets,
  } = (entry ?? {}) as Record<string, unknown>;
  const dtype = typeof typeName === "string" ? dtypeFromSafetensors(typeName) : undefined;
  if (dtype === undefined) {
    throw new ToolError("UNSUPPORTED", `safetensors: element type ${JSON.stringify(typeName)}`, {
      hint: "save the tensor as F32, F16 or BF16",
    });
  }
  const [start, end] = isCounts(offsets) ? offsets : [];
  if (!isCounts(shape) || start === undefined || end === undefined)
    throw malformed("no shape or offsets");
  const elementCount = countElements(shape);
  const elementBytes = sizeOfDType(dtype);
  if (end - start !== elementCount * elementBytes) {
    throw malformed(`${end - start} bytes for ${elementCount} elements of ${dtype}`);
  }
  const bytes = sliceSource(data, start, end, name);
  return {
    dtype,
    shape,
    strides: contiguousStrides(shape),
    offset: 0,
    storage: {
      name,
      dtype,
      elementCount,
      read: (from, to) => bytes.read(from * elementBytes, to * elementBytes),
    },
  };
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((item) => Number.isSafeInteger(item) && item >= 0);
}

function malformed(what: string, cause?: unknown): ToolError {
  return new ToolError("INVALID_FILE", `safetensors: ${what}`, {
    hint: "the file is cut short or damaged; copy or download it again",
    cause,
  });
}
