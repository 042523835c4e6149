/**
 * Archives of speech synthesis models against those that the original nemo2riva made of the same
 * files. The original encrypts the graphs, so of these only the properties are compared; it also
 * writes the configuration of FastPitch anew, with sorted keys, so that is compared as data.
 */
import assert from "node:assert/strict";
import path from "node:path";
import { test, type TestContext } from "node:test";
import { type ConversionEvent, nemoToRiva } from "../../src/converters/nemo-to-riva.ts";
import type { ConvertOptions } from "../../src/converters/architecture.ts";
import { patchConfig } from "../../src/converters/patch-config.ts";
import { ConfigNode } from "../../src/formats/nemo/config-node.ts";
import { openRiva, readArtifactText, type RivaArchive } from "../../src/formats/riva/read.ts";
import { checkSchema, schemaOfClass } from "../../src/formats/riva/schema.ts";
import { parseYaml } from "../../src/formats/yaml/read.ts";
import { toPlainObject } from "../../src/formats/yaml/value.ts";
import { readAll } from "../../src/io/byte-source.ts";
import { projectRoot } from "../support/paths.ts";
import { scratchFolder } from "../support/scratch.ts";

const fixture = (name: string, file: string): string =>
  path.join(projectRoot, "test/fixtures/nemo", name, file);

async function converted(
  name: string,
  context: TestContext,
  convert: ConvertOptions = {},
): Promise<{ archive: RivaArchive; events: ConversionEvent[] }> {
  const out = path.join(scratchFolder(context), "model.riva");
  const events: ConversionEvent[] = [];
  const onEvent = (event: ConversionEvent): void => void events.push(event);
  const source = fixture(name, "model.nemo");
  await nemoToRiva({ source, out, force: false, format: "ONNX", convert, onEvent });
  return { archive: await openRiva(out), events };
}

/** Metadata, artifacts with properties, and the content of all that is not encrypted. */
async function contentOf({ metadata, artifacts }: RivaArchive): Promise<unknown> {
  const entries = artifacts.map(async ({ name, properties, source }) => {
    if (name.endsWith(".onnx")) {
      const { encryption, sha256, ...others } = Object.fromEntries(properties);
      assert.equal(typeof encryption === "string", sha256 !== undefined);
      return [name, { properties: others }];
    }
    const bytes = Buffer.from(await readAll(source, 1 << 24));
    const content =
      name === "model_config.yaml" ? toPlainObject(parseYaml(bytes)) : bytes.toString("latin1");
    return [name, { properties: Object.fromEntries(properties), content }];
  });
  return {
    metadata: Object.fromEntries(metadata),
    artifacts: Object.fromEntries(await Promise.all(entries)) as unknown,
  };
}

for (const name of [
  "fastpitch-arpabet",
  "fastpitch-ipa-energy",
  "fastpitch-multispeaker",
  "hifigan-resblock1",
  "hifigan-resblock2",
]) {
  test(`${name}: the archive holds what nemo2riva's holds`, async (context) => {
    const { archive: ours, events } = await converted(name, context);
    const theirs = await openRiva(fixture(name, "model.riva"));
    assert.deepEqual(await contentOf(ours), await contentOf(theirs));
    const schema = schemaOfClass(ours.className)!;
    assert.deepEqual(await checkSchema(ours, schema), []);
    assert.deepEqual(await checkSchema(theirs, schema), []);
    assert.deepEqual(
      events.filter(({ kind }) => kind === "unencrypted" || kind === "warning"),
      [{ kind: "unencrypted" }],
    );
    await ours.close();
    await theirs.close();
  });
}

test("the configuration says how the graph was made", async (context) => {
  const { archive } = await converted("fastpitch-arpabet", context, { volume: false });
  const text = await readArtifactText(archive, "model_config.yaml");
  assert.match(
    text,
    /^export_config:\n {2}enable_ragged_batches: true\n {2}enable_volume: false\n$/m,
  );
  await archive.close();
});

test("a section export_config that is there already is replaced, and nothing else", () => {
  const text = [
    "a: 1",
    "export_config:",
    "  # as trained",
    "  enable_volume: false",
    "",
    "  other: [1, x]",
    "text: |",
    "  export_config:",
    "target: nemo.collections.tts.models.FastPitchModel",
  ].join("\n");
  const known = parseYaml(Buffer.from(text));
  const target = "nemo.collections.tts.models.FastPitchModel";
  const config = new ConfigNode(known);
  const checkpoint = { target, configText: text, config, artifact: () => undefined };
  const patched = parseYaml(Buffer.from(patchConfig(checkpoint, { enable_volume: true })));
  assert.deepEqual(toPlainObject(patched), {
    ...(toPlainObject(known) as object),
    export_config: { enable_volume: true, other: [1, "x"] },
  });
});
