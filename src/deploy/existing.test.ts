/** Models that several pipelines share lie in a repository once. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { buildRmir, deployLanguageModels } from "../../test/support/language-pipelines.ts";
import { projectRoot } from "../../test/support/paths.ts";
import { scratchFolder } from "../../test/support/scratch.ts";
import { isToolError } from "../errors/tool-error.ts";
import { readRepository } from "../repository/read.ts";
import { deploy } from "./deploy.ts";

const source = path.join(projectRoot, "test/fixtures/nemo-nlp/isc-bert/model.nemo");
const exists = (name: string) => (error: unknown) =>
  isToolError(error, "OUTPUT_EXISTS") && error.message.includes(name);

test("domains deployed one after the other share what is the same", async (context) => {
  const scratch = scratchFolder(context);
  const home = { pipeline: "intent_slot", source, words: ["--domain_name=a"] };
  const repository = await deployLanguageModels(scratch, [home]);
  let builds = 0;
  const deployMore = async (domain: string, force = false): Promise<unknown> => {
    const rmir = path.join(scratch, `build-${++builds}.rmir`);
    await buildRmir(scratch, rmir, { ...home, words: [`--domain_name=${domain}`] });
    const rmirs = [{ path: rmir, key: undefined }];
    return deploy({ rmirs, repository, force, stepsFolder: path.join(scratch, "no-steps") });
  };
  await deployMore("b");
  const names = (await readRepository(repository)).map(({ name }) => name);
  assert.equal(names.filter((name) => name === "intent_slot_detokenizer").length, 1);
  assert.ok(names.includes("riva_intent_a") && names.includes("riva_intent_b"));
  await assert.rejects(deployMore("b"), exists("riva_intent_b"));
  writeFileSync(path.join(repository, "intent_slot_detokenizer/1/model.py"), "changed");
  await assert.rejects(deployMore("d"), exists("intent_slot_detokenizer"));
  await deployMore("d", true);
});
