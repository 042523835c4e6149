/** Archives of language models against those that the original nemo2riva made of the same files. */
import assert from "node:assert/strict";
import path from "node:path";
import { test, type TestContext } from "node:test";
import { nemoToRiva } from "../../src/converters/nemo-to-riva.ts";
import { openRiva, type RivaArchive } from "../../src/formats/riva/read.ts";
import { checkSchema, schemaOfClass } from "../../src/formats/riva/schema.ts";
import { parseYaml } from "../../src/formats/yaml/read.ts";
import { readAll } from "../../src/io/byte-source.ts";
import { languageFixtures } from "../support/language-fixtures.ts";
import { scratchFolder } from "../support/scratch.ts";

const ARCHIVES = [
  "pc-bert",
  "pc-distilbert",
  "isc-bert",
  "tkc-spe",
  "qa-bert",
  "qa-bertqa",
  "tc-bert",
  "tc-roberta",
  "nmt",
];

async function converted(name: string, context: TestContext): Promise<RivaArchive> {
  const out = path.join(scratchFolder(context), "model.riva");
  const source = path.join(languageFixtures, name, "model.nemo");
  await nemoToRiva({ source, out, force: false, format: "ONNX", convert: {} });
  return openRiva(out);
}

/** Metadata and all artifacts with properties and content, but the graphs' content. */
async function contentOf({ metadata, artifacts }: RivaArchive): Promise<unknown> {
  const entries = artifacts.map(async ({ name, properties, source }) => {
    const content = comparable(name, await readAll(source, 1 << 24));
    return [name, { properties: Object.fromEntries(properties), content }];
  });
  return {
    metadata: Object.fromEntries(metadata),
    artifacts: Object.fromEntries(await Promise.all(entries)) as unknown,
  };
}

/** Graphs differ; the original sorts the configurations that it changes. */
function comparable(name: string, bytes: Uint8Array): unknown {
  if (name.endsWith(".onnx")) return "";
  return name.endsWith(".yaml") ? parseYaml(bytes) : Buffer.from(bytes).toString("latin1");
}

for (const name of ARCHIVES) {
  test(`${name}: the archive holds what nemo2riva's holds`, async (context) => {
    const ours = await converted(name, context);
    const theirs = await openRiva(path.join(languageFixtures, name, "model.riva"));
    assert.deepEqual(await contentOf(ours), await contentOf(theirs));
    const schema = schemaOfClass(ours.className);
    assert.equal(schema === undefined, name === "qa-bertqa");
    if (schema !== undefined) {
      assert.deepEqual(await checkSchema(ours, schema), []);
      assert.deepEqual(await checkSchema(theirs, schema), []);
    }
    await ours.close();
    await theirs.close();
  });
}

test("a schema misses the files that the configuration names", async (context) => {
  const archive = await converted("pc-bert", context);
  const labels = archive.artifacts.find(({ name }) => name.endsWith("_punct_label_ids.csv"))!;
  const rest = { ...archive, artifacts: archive.artifacts.filter((a) => a !== labels) };
  assert.deepEqual(await checkSchema(rest, schemaOfClass(archive.className)!), [
    `The required file \`${labels.name}\` not present in the archive!`,
  ]);
  await archive.close();
});
