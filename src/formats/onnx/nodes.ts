/**
 * NodeProto and AttributeProto. Attributes that we do not look into (subgraphs, tensors) keep
 * their bytes, so that editing a model cannot change or lose them.
 */
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import {
  AttributeProto_AttributeType,
  AttributeProtoSchema,
  type AttributeProto,
} from "../../gen/onnx_pb.ts";
import type { Attribute, GraphNode } from "../../tensor/model-graph.ts";
import { BYTES, concatBytes, damaged, encodeField, fieldsOf } from "./wire.ts";

const NODE = { input: 1, output: 2, name: 3, opType: 4, attribute: 5, domain: 7 };
/** name, f, i, s, floats, ints, doc_string, type: with other fields the bytes are kept. */
const PLAIN_FIELDS = new Set([1, 2, 3, 4, 7, 8, 13, 20]);
const { FLOAT, INT, STRING, FLOATS, INTS } = AttributeProto_AttributeType;

const utf8 = new TextDecoder("utf-8", { fatal: true });

export function encodeNode(node: GraphNode): Uint8Array {
  const text = (field: number, value: string): Uint8Array => encodeField(field, Buffer.from(value));
  return concatBytes([
    ...node.inputs.map((name) => text(NODE.input, name)),
    ...node.outputs.map((name) => text(NODE.output, name)),
    ...(node.name === "" ? [] : [text(NODE.name, node.name)]),
    text(NODE.opType, node.opType),
    ...Object.entries(node.attributes).map(([name, value]) =>
      encodeField(NODE.attribute, encodeAttribute(name, value)),
    ),
    ...(node.domain === "" ? [] : [text(NODE.domain, node.domain)]),
  ]);
}

/** @throws ToolError INVALID_FILE if the bytes are no node. */
export function decodeNode(bytes: Uint8Array, place: string): GraphNode {
  const inputs: string[] = [];
  const outputs: string[] = [];
  const texts = new Map<number, string>();
  const attributes: Record<string, Attribute> = {};
  for (const field of fieldsOf(bytes, place)) {
    if (field.wireType !== BYTES) continue;
    const payload = bytes.subarray(field.start, field.end);
    if (field.number === NODE.attribute) {
      const [name, attribute] = decodeAttribute(payload, place);
      attributes[name] = attribute;
    } else if (field.number === NODE.input) inputs.push(decodeText(payload, place));
    else if (field.number === NODE.output) outputs.push(decodeText(payload, place));
    else texts.set(field.number, decodeText(payload, place));
  }
  const opType = texts.get(NODE.opType) ?? damaged(place, "a node without an operator");
  const domain = texts.get(NODE.domain) ?? "";
  return { name: texts.get(NODE.name) ?? "", opType, domain, inputs, outputs, attributes };
}

export function decodeText(bytes: Uint8Array, place: string): string {
  try {
    return utf8.decode(bytes);
  } catch {
    return damaged(place, "a name is not UTF-8");
  }
}

function encodeAttribute(name: string, attribute: Attribute): Uint8Array {
  if ("encoded" in attribute) return attribute.encoded;
  return toBinary(
    AttributeProtoSchema,
    create(AttributeProtoSchema, { name, ...attributeFields(attribute) }),
  );
}

function attributeFields(attribute: Exclude<Attribute, { readonly encoded: Uint8Array }>) {
  if ("int" in attribute) return { type: INT, i: BigInt(attribute.int) };
  if ("float" in attribute) return { type: FLOAT, f: attribute.float };
  if ("string" in attribute)
    return { type: STRING, s: new Uint8Array(Buffer.from(attribute.string)) };
  if ("ints" in attribute) return { type: INTS, ints: attribute.ints.map(BigInt) };
  return { type: FLOATS, floats: [...attribute.floats] };
}

function decodeAttribute(bytes: Uint8Array, place: string): [string, Attribute] {
  let name = "";
  let isPlain = true;
  for (const field of fieldsOf(bytes, place)) {
    if (field.number === 1) name = decodeText(bytes.subarray(field.start, field.end), place);
    isPlain &&= PLAIN_FIELDS.has(field.number);
  }
  const kept = { encoded: new Uint8Array(bytes) };
  if (!isPlain) return [name, kept];
  try {
    return [name, plainAttribute(fromBinary(AttributeProtoSchema, bytes)) ?? kept];
  } catch {
    return damaged(place, `the attribute ${name} cannot be decoded`);
  }
}

/** Undefined if a JavaScript value would not hold it exactly. */
function plainAttribute(proto: AttributeProto): Attribute | undefined {
  if (proto.type === FLOAT) return { float: proto.f };
  if (proto.type === FLOATS) return { floats: proto.floats };
  if (proto.type === STRING) return { string: utf8.decode(proto.s) };
  if (proto.type !== INT && proto.type !== INTS) return undefined;
  const ints = (proto.type === INT ? [proto.i] : proto.ints).map(Number);
  if (!ints.every(Number.isSafeInteger)) return undefined;
  return proto.type === INT ? { int: ints[0] as number } : { ints };
}
