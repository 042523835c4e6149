/** A graph as text that a reviewer can read and compare; weights appear by type and shape. */
import type { Attribute, GraphNode, ModelGraph, ValueInfo } from "../tensor/model-graph.ts";
import { formatShape } from "../tensor/shape.ts";

/** The same graph always gives the same text. */
export function printGraph(graph: ModelGraph): string {
  const opsets = Object.entries(graph.opsets).map(
    ([domain, version]) => `${domain || "onnx"} ${version}`,
  );
  const metadata = Object.entries(graph.metadata).sort(([a], [b]) => (a < b ? -1 : 1));
  return [
    `graph ${graph.name} (ir ${graph.irVersion}, ${opsets.sort().join(", ")})`,
    ...metadata.map(([key, value]) => `metadata ${key} = ${value}`),
    ...graph.inputs.map((value) => `input ${printInfo(value)}`),
    ...graph.initializers.map(
      ({ name, dtype, shape }) => `weight ${name}: ${dtype} ${formatShape(shape)}`,
    ),
    ...graph.nodes.map(printNode),
    ...graph.outputs.map((value) => `output ${printInfo(value)}`),
    "",
  ].join("\n");
}

function printInfo({ name, dtype, shape }: ValueInfo): string {
  return `${name}: ${dtype} ${shape === undefined ? "of unknown rank" : formatShape(shape)}`;
}

function printNode(node: GraphNode): string {
  const attributes = Object.entries(node.attributes).map(
    ([key, value]) => `${key}=${printAttribute(value)}`,
  );
  const type = node.domain === "" ? node.opType : `${node.domain}.${node.opType}`;
  const inputs = node.inputs.map((name) => name || "-").join(", ");
  const braces = attributes.length === 0 ? "" : ` {${attributes.sort().join(", ")}}`;
  return `${node.outputs.join(", ")} = ${type}(${inputs})${braces}`;
}

function printAttribute(attribute: Attribute): string {
  if ("int" in attribute) return String(attribute.int);
  if ("float" in attribute) return printFloat(attribute.float);
  if ("string" in attribute) return JSON.stringify(attribute.string);
  if ("ints" in attribute) return `[${attribute.ints.join(",")}]`;
  if ("floats" in attribute) return `[${attribute.floats.map(printFloat).join(",")}]`;
  return `<${attribute.encoded.byteLength} bytes>`;
}

/** Shortest text that tells single-precision values apart, with a point to tell them from ints. */
function printFloat(value: number): string {
  const text = String(Number(Math.fround(value).toPrecision(8)));
  return /^-?\d+$/.test(text) ? `${text}.0` : text;
}
