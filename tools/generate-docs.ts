/** Writes the generated pages of `docs/reference`. */
import { writeFileSync } from "node:fs";
import path from "node:path";
import { projectRoot } from "../test/support/paths.ts";
import { referenceDocs } from "./reference-docs.ts";

for (const [file, text] of Object.entries(referenceDocs()))
  writeFileSync(path.join(projectRoot, file), text);
