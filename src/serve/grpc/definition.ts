/**
 * Generated service descriptors (protobuf-es) as definitions of nice-grpc, so that one protobuf
 * library does for everything.
 */
import {
  create,
  type DescService,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from "@bufbuild/protobuf";
import type { MethodDefinition } from "nice-grpc";

/** nice-grpc's type of a service: one definition a method, named as in the generated code. */
export type DefinitionOf<Service extends DescService> = {
  [Name in keyof Service["method"]]: Service["method"][Name] extends infer Method extends
    Service["method"][string]
    ? MethodDefinition<
        MessageInitShape<Method["input"]>,
        MessageShape<Method["input"]>,
        MessageInitShape<Method["output"]>,
        MessageShape<Method["output"]>,
        Method["methodKind"] extends "client_streaming" | "bidi_streaming" ? true : false,
        Method["methodKind"] extends "server_streaming" | "bidi_streaming" ? true : false
      >
    : never;
};

/** The definition of a service, for `server.add` and `createClient`. */
export function defineGrpcService<Service extends DescService>(
  service: Service,
): DefinitionOf<Service> {
  const methods = service.methods.map(({ name, localName, input, output, methodKind }) => [
    localName,
    {
      path: `/${service.typeName}/${name}`,
      requestStream: methodKind === "client_streaming" || methodKind === "bidi_streaming",
      responseStream: methodKind === "server_streaming" || methodKind === "bidi_streaming",
      requestSerialize: (value: Record<string, unknown>) => toBinary(input, create(input, value)),
      requestDeserialize: (bytes: Uint8Array) => fromBinary(input, bytes),
      responseSerialize: (value: Record<string, unknown>) =>
        toBinary(output, create(output, value)),
      responseDeserialize: (bytes: Uint8Array) => fromBinary(output, bytes),
      options: {},
    },
  ]);
  return Object.fromEntries(methods) as DefinitionOf<Service>;
}
