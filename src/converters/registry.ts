/** All architectures; a new one is a folder and a line here. */
import { conformerCtc } from "./conformer-ctc/architecture.ts";
import { convCtc } from "./conv-ctc/architecture.ts";

export const ARCHITECTURES = [convCtc, conformerCtc] as const;
export type ArchitectureName = (typeof ARCHITECTURES)[number]["name"];
