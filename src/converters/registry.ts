/** All architectures; a new one is a folder and a line here. */
import { bert } from "./bert/architecture.ts";
import { conformerCtc } from "./conformer-ctc/architecture.ts";
import { convCtc } from "./conv-ctc/architecture.ts";
import { fastPitch } from "./fastpitch/architecture.ts";
import { hifiGan } from "./hifigan/architecture.ts";
import { translation } from "./translation/architecture.ts";

export const ARCHITECTURES = [
  convCtc,
  conformerCtc,
  fastPitch,
  hifiGan,
  bert,
  translation,
] as const;
export type ArchitectureName = (typeof ARCHITECTURES)[number]["name"];
