/** The file formats as a library of their own: `servicemaker/formats`. Everything reads lazily. */
export { type EffArchive, type EffArtifact, openEff } from "./eff/read.ts";
export { type EffEntry, type EffWriteRequest, writeEff } from "./eff/write.ts";
export { type NemoCheckpoint, openNemo } from "./nemo/read.ts";
export { readOnnx, type ReadOnnxOptions } from "./onnx/read.ts";
export { layOutOnnx, type OnnxLayout, writeOnnx } from "./onnx/write.ts";
export { openRiva, type RivaArchive } from "./riva/read.ts";
export { openRmir, type RmirArchive } from "./rmir/read.ts";
export { readSafetensors } from "./safetensors/read.ts";
export { readTar, type TarMember } from "./tar/read.ts";
export { readStateDict } from "./torch/read.ts";
export { type ByteSource, bytesSource } from "../io/byte-source.ts";
export { openFile } from "../io/file-source.ts";
export { readFloat32, readTensor } from "../tensor/read-tensor.ts";
export type { StateDict, TensorView } from "../tensor/tensor-view.ts";
