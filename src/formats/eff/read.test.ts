import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { projectRoot } from "../../../test/support/paths.ts";
import { isToolError } from "../../errors/tool-error.ts";
import { readAll } from "../../io/byte-source.ts";
import { openEff, type EffArchive } from "./read.ts";
import { isEffMap, type EffValue } from "./value.ts";

const fixtures = path.join(projectRoot, "test/fixtures/eff");

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

interface RecordedArtifact {
  readonly encrypted: boolean;
  readonly properties: Record<string, Json>;
  readonly size?: number;
  readonly sha256?: string;
}
interface Recorded {
  readonly metadata: Record<string, Json>;
  readonly registries: Record<string, Record<string, RecordedArtifact>>;
  readonly manifest?: Record<string, Record<string, Record<string, Json>>>;
}

function archives(folder: string): string[] {
  return readdirSync(path.join(fixtures, folder))
    .filter((name) => name.endsWith(".riva"))
    .map((name) => path.join(folder, name));
}

function recorded(name: string): Record<string, Json> {
  return JSON.parse(readFileSync(path.join(fixtures, `${name}.expect.json`), "utf8"));
}

/** Our values in the notation of the recordings. */
function toJson(value: EffValue): Json {
  if (isEffMap(value)) return Object.fromEntries([...value].map(([k, v]) => [k, toJson(v)]));
  if (value instanceof Uint8Array) return { $bytes: Buffer.from(value).toString("base64") };
  if (Array.isArray(value)) return value.map(toJson);
  if (typeof value === "bigint") return { $int: String(value) };
  return value as Json;
}

/** The recordings without what JavaScript does not tell apart: 2 and 2.0, dates, sets. */
function untag(value: Json): Json {
  if (Array.isArray(value)) return value.map(untag);
  if (value === null || typeof value !== "object") return value;
  const only = Object.entries(value)[0];
  if (only?.[0] === "$float") return Number((only[1] as string).replace("inf", "Infinity"));
  if (only?.[0] === "$date") return only[1];
  if (only?.[0] === "$datetime") return (only[1] as string).replace("T", " ");
  if (only?.[0] === "$set") return only[1];
  return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, untag(v)]));
}

/** Characters that the original's own writer loses or folds (18-metadata-exotic-characters). */
const LOST_BY_ITS_WRITER = ["ls", "ps", "nel"];

function compare(archive: EffArchive, expected: Recorded): void {
  const metadata = toJson(archive.metadata) as Record<string, Json>;
  const wanted = untag(expected.metadata) as Record<string, Json>;
  for (const key of LOST_BY_ITS_WRITER) {
    delete metadata[key];
    delete wanted[key];
  }
  assert.deepEqual(metadata, wanted);
  const names = Object.entries(expected.registries).flatMap(([registry, artifacts]) =>
    Object.keys(artifacts).map((name) => `${registry}:${name}`),
  );
  const found = archive.artifacts.map(({ registry, name }) => `${registry}:${name}`);
  assert.deepEqual(found.sort(), names.sort());
}

async function compareArtifacts(archive: EffArchive, expected: Recorded): Promise<void> {
  for (const artifact of archive.artifacts) {
    const wanted = expected.registries[artifact.registry]?.[artifact.name] as RecordedArtifact;
    const listed =
      archive.formatVersion < 3
        ? undefined
        : expected.manifest?.[artifact.registry]?.[artifact.name];
    assert.deepEqual(
      toJson(artifact.properties),
      untag(listed ?? wanted.properties),
      artifact.name,
    );
    assert.equal(artifact.encryption !== undefined, wanted.encrypted, artifact.name);
    if (wanted.encrypted) {
      await assert.rejects(artifact.source.read(0, 1), (error: unknown) => {
        assert(isToolError(error, "UNSUPPORTED"));
        assert(error.message.includes(artifact.name) && error.hint.includes("without a key"));
        return true;
      });
      continue;
    }
    const bytes = await readAll(artifact.source, 100 << 20);
    assert.equal(bytes.byteLength, wanted.size, artifact.name);
    assert.equal(createHash("sha256").update(bytes).digest("hex"), wanted.sha256, artifact.name);
  }
}

async function openAndCompare(name: string, expected: Recorded): Promise<void> {
  const archive = await openEff(path.join(fixtures, name));
  try {
    compare(archive, expected);
    await compareArtifacts(archive, expected);
  } finally {
    await archive.close();
  }
}

for (const name of archives(".")) {
  test(`reads what the original wrote: ${name}`, () =>
    openAndCompare(name, recorded(name) as unknown as Recorded));
}

/** Where we are stricter than the original, and why. */
const STRICTER: Readonly<Record<string, string>> = {
  "gzip-trailing-garbage.riva": "what follows the stream could be the rest of a damaged one",
};

for (const name of archives("variants/accepted")) {
  const reason = STRICTER[path.basename(name)];
  test(`reads what the original accepts: ${path.basename(name)}`, async () => {
    if (reason !== undefined) {
      await assert.rejects(
        openEff(path.join(fixtures, name)),
        (e) => isToolError(e, "INVALID_FILE"),
        reason,
      );
      return;
    }
    await openAndCompare(name, recorded(name)["real_library"] as unknown as Recorded);
  });
}

for (const name of archives("variants/rejected")) {
  test(`opens or refuses with advice: ${path.basename(name)}`, async () => {
    try {
      await (await openEff(path.join(fixtures, name))).close();
    } catch (error) {
      assert(isToolError(error, "INVALID_FILE"), String(error));
    }
  });
}

const HARMLESS = [
  "follow",
  "may open",
  "may refuse",
  "must never unpickle",
  "as plain data",
  "ordinary property",
  "not keep setuid",
  "must open or refuse",
  "when only the manifest",
];

for (const name of archives("hostile")) {
  const demand = recorded(name)["safe_reader"] as string;
  const mayOpen = HARMLESS.some((words) => demand.includes(words));
  test(`hostile ${path.basename(name)}: ${demand}`, async () => {
    const started = Date.now();
    const opening = openEff(path.join(fixtures, name)).then((archive) => archive.close());
    if (mayOpen) {
      await opening.catch((error: unknown) => assert(isToolError(error), String(error)));
    } else {
      await assert.rejects(opening, (error: unknown) => {
        assert(
          isToolError(error, "INVALID_FILE") || isToolError(error, "LIMIT_EXCEEDED"),
          String(error),
        );
        assert.equal(error.at[0], path.join(fixtures, name));
        return true;
      });
    }
    assert(Date.now() - started < 5000, "within seconds");
  });
}

test("a key that JavaScript gives a meaning to is plain data", async () => {
  const archive = await openEff(path.join(fixtures, "hostile/yaml-proto-key.riva"));
  assert(archive.artifacts.some(({ name }) => name === "__proto__"));
  assert.equal(({} as Record<string, unknown>)["polluted"], undefined);
  await archive.close();
});

test("a missing file is not found", async () => {
  await assert.rejects(openEff(path.join(fixtures, "none.riva")), (e) =>
    isToolError(e, "NOT_FOUND"),
  );
});
