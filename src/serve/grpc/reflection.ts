/** Server reflection: the descriptors of the served services, for grpcurl and the like. */
import { create, type DescFile, type DescService, toBinary } from "@bufbuild/protobuf";
import { FileDescriptorSetSchema } from "@bufbuild/protobuf/wkt";
import { ServerReflection, ServerReflectionService } from "nice-grpc-server-reflection";
import type { Server } from "nice-grpc";

/** Adds the reflection service, which shows `services`. */
export function addReflection(server: Server, services: readonly DescService[]): void {
  const files = new Map<string, DescFile>();
  const visit = (file: DescFile): void => {
    if (files.has(file.name)) return;
    // a file stands after those it imports
    for (const dependency of file.dependencies) visit(dependency);
    files.set(file.name, file);
  };
  for (const service of services) visit(service.file);
  const protoset = toBinary(
    FileDescriptorSetSchema,
    create(FileDescriptorSetSchema, { file: [...files.values()].map(({ proto }) => proto) }),
  );
  const names = services.map(({ typeName }) => typeName);
  server.add(ServerReflectionService, ServerReflection(protoset, names));
}
