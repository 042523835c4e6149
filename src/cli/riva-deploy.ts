/** `riva-deploy`: pipeline archives become models of a Triton repository. */
import { deploy } from "../deploy/deploy.ts";
import { parseArchiveRef } from "../options/archive-ref.ts";
import { defineOptions } from "../options/option.ts";
import { defineCommand } from "./command.ts";
import { logger } from "./log-line.ts";

const options = defineOptions({
  force: { type: "bool", short: "f", default: false, doc: "Replace models that exist" },
});

export const command = defineCommand({
  name: "riva-deploy",
  summary:
    "Turn RMIR files into a Triton model repository: engines, steps and an ensemble for each pipeline. riva-server serves it, and so does stock NVIDIA Triton.",
  usage: "<rmir>… <repository>",
  positionals: [
    { name: "rmir", doc: "RMIR files, PATH or PATH:KEY", required: true },
    {
      name: "repository",
      doc: "Folder of the model repository; made if it is missing",
      required: true,
      variadic: true,
    },
  ],
  options,
  examples: [
    ["riva-deploy asr.rmir /data/models", "deploy one pipeline"],
    [
      "riva-deploy -f streaming.rmir offline.rmir /data/models",
      "deploy two, replacing what was there",
    ],
  ],
  run: async ({ values, positionals, context }) => {
    await deploy({
      rmirs: positionals.slice(0, -1).map(parseArchiveRef),
      repository: positionals.at(-1) ?? "",
      force: values.force,
      onProgress: logger(context),
    });
  },
});
