import assert from "node:assert/strict";
import path from "node:path";
import { test } from "node:test";
import { projectRoot } from "../../../test/support/paths.ts";
import { isToolError } from "../../errors/tool-error.ts";
import { MemorySink } from "../../io/byte-sink.ts";
import { bytesSource, readAll } from "../../io/byte-source.ts";
import { openEff } from "../eff/read.ts";
import { normalizeClassPath } from "./metadata.ts";
import { findArtifact, openRiva, readArtifactText, type RivaArchive } from "./read.ts";
import { GRAPH_NAME, writeRiva } from "./write.ts";

const fixture = (name: string): string => path.join(projectRoot, "test/fixtures", name);

test("opens what the original nemo2riva wrote", async () => {
  const archive = await openRiva(fixture("riva/fastconformer-ctc-bpe.riva"));
  assert.equal(archive.className, "EncDecCTCModelBPE");
  assert.equal(archive.runtime, "ONNX");
  assert.match(
    await readArtifactText(archive, "model_config.yaml"),
    /^target: .*EncDecCTCModelBPE$/m,
  );
  assert.equal(findArtifact(archive, GRAPH_NAME).source.sizeBytes, 448387);
  assert.throws(
    () => findArtifact(archive, "none"),
    (error) => isToolError(error, "INVALID_FILE") && error.hint.includes(GRAPH_NAME),
  );
  await archive.close();
});

/** Name, properties and content of every artifact, and the metadata. */
async function contentOf(archive: Pick<RivaArchive, "artifacts" | "metadata">): Promise<unknown> {
  const artifacts = archive.artifacts.map(async ({ name, properties, source }) => [
    name,
    Object.fromEntries(properties),
    Buffer.from(await readAll(source, 1 << 30)).toString("base64"),
  ]);
  return {
    metadata: Object.fromEntries(archive.metadata),
    artifacts: new Set(await Promise.all(artifacts)),
  };
}

for (const name of ["quartznet-char", "fastconformer-ctc-bpe"]) {
  test(`writes the content that the original writes: ${name}`, async () => {
    const original = await openRiva(fixture(`riva/${name}.riva`));
    const files = original.artifacts.filter((artifact) => artifact.name !== GRAPH_NAME);
    const sink = new MemorySink();
    await writeRiva(sink, {
      target: original.objCls.replace(".models.", ".models.ctc_models."),
      format: "ONNX",
      files: files.map((artifact) => ({ member: `./${artifact.name}`, content: artifact.source })),
      graphs: [{ name: GRAPH_NAME, content: findArtifact(original, GRAPH_NAME).source }],
    });
    const ours = await openEff(bytesSource(sink.bytes(), "ours.riva"));
    assert.deepEqual(await contentOf(ours), await contentOf(original));
    await ours.close();
    await original.close();
  });
}

test("class paths lose the module below models, others stay", () => {
  const cases: [string, string][] = [
    [
      "nemo.collections.asr.models.ctc_bpe_models.EncDecCTCModelBPE",
      "nemo.collections.asr.models.EncDecCTCModelBPE",
    ],
    [
      "nemo.collections.nlp.models.token_classification.punctuation_capitalization_model.PunctuationCapitalizationModel",
      "nemo.collections.nlp.models.PunctuationCapitalizationModel",
    ],
    ["nemo.collections.asr.models.EncDecCTCModel", "nemo.collections.asr.models.EncDecCTCModel"],
    ["my.own.Model", "my.own.Model"],
  ];
  for (const [path, normalized] of cases) assert.equal(normalizeClassPath(path), normalized);
});

test("an EFF archive without a model class is refused", async () => {
  await assert.rejects(
    openRiva(fixture("eff/01-plain-one-file.riva")),
    (error) => isToolError(error, "INVALID_FILE") && error.message.includes("obj_cls"),
  );
});
