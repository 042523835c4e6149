/** What Triton fills in before it looks at a config: backend, version policy, batching defaults. */
import { clone, create } from "@bufbuild/protobuf";
import {
  type ModelConfig,
  ModelConfigSchema,
  ModelVersionPolicySchema,
} from "../gen/model_config_pb.ts";

/** One second: Triton's default for a sequence that nobody sends anything to. */
const DEFAULT_SEQUENCE_IDLE_MICROSECONDS = 1_000_000n;

/** Pairs of an old platform name and its backend. */
const BACKEND_OF_PLATFORM: Readonly<Record<string, string>> = {
  onnxruntime_onnx: "onnxruntime",
  tensorrt_plan: "tensorrt",
  pytorch_libtorch: "pytorch",
};

/** Model files by which a backend is recognised, with the default file name. */
const BACKEND_OF_FILE: Readonly<Record<string, string>> = {
  "model.plan": "tensorrt",
  "model.onnx": "onnxruntime",
  "model.xml": "openvino",
  "model.pt": "pytorch",
  "model.py": "python",
};

/** A completed copy; `files` are the names in the first version folder. */
export function completeModelConfig(config: ModelConfig, files: readonly string[]): ModelConfig {
  const completed = clone(ModelConfigSchema, config);
  if (completed.backend === "" && completed.platform !== "ensemble") {
    completed.backend =
      BACKEND_OF_PLATFORM[completed.platform] ?? (completed.platform === "" ? guess(files) : "");
  }
  completed.versionPolicy ??= create(ModelVersionPolicySchema, {
    policyChoice: { case: "latest", value: { numVersions: 1 } },
  });
  const scheduling = completed.schedulingChoice;
  if (scheduling.case === "dynamicBatching") {
    const { preferredBatchSize } = scheduling.value;
    if (preferredBatchSize.length === 0 && completed.maxBatchSize > 0) {
      preferredBatchSize.push(completed.maxBatchSize);
    }
  } else if (scheduling.case === "sequenceBatching") {
    scheduling.value.maxSequenceIdleMicroseconds ||= DEFAULT_SEQUENCE_IDLE_MICROSECONDS;
  }
  return completed;
}

function guess(files: readonly string[]): string {
  const known = files.find((file) => BACKEND_OF_FILE[file] !== undefined);
  return known === undefined ? "" : (BACKEND_OF_FILE[known] as string);
}
