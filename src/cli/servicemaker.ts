/** `servicemaker`: what is not one of the original's tools. */
import type { Program } from "./command.ts";
import { extract } from "./extract.ts";
import { inspect } from "./inspect.ts";
import { speak } from "./speak.ts";
import { transcribe } from "./transcribe.ts";
import { understand } from "./understand.ts";
import { VERSION } from "./version.ts";

export const command: Program = {
  name: "servicemaker",
  summary: "Look into checkpoints, archives and repositories, and try a running service.",
  kind: "command",
  commands: [inspect, extract, transcribe, speak, understand],
  version: VERSION,
};
