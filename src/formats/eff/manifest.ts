/**
 * `manifest.yaml` of an EFF archive: metadata, and for each registry (a folder of the tar) its
 * artifacts with their properties. Format version 3 is what every released writer makes;
 * versions 1 and 2 (`files`, members at the top level) are read too.
 */
import { assert, ToolError } from "../../errors/tool-error.ts";
import { parseManifestYaml, printFlow, quote, sortedEntries } from "./manifest-yaml.ts";
import { effMap, isEffMap, type EffMap, type EffValue } from "./value.ts";

export interface ManifestArtifact {
  /** Name of the registry; the folder of the tar. */
  readonly registry: string;
  readonly name: string;
  readonly properties: EffMap;
  /** Name of the tar member that holds the content. */
  readonly member: string;
  /** Name of the encryption scheme, or undefined for plain content. */
  readonly encryption: string | undefined;
}

export interface Manifest {
  readonly formatVersion: number;
  readonly metadata: EffMap;
  readonly artifacts: readonly ManifestArtifact[];
}

/** Keys that the original reader trips over; they must never be written. */
const RESERVED_METADATA = ["self", "passphrase"];
const RESERVED_PROPERTIES = [
  "name",
  "self",
  "passphrase",
  "key_callback",
  "content",
  "filepath",
  "content_type",
  "force",
];

/**
 * Reads a manifest.
 * @throws ToolError INVALID_FILE, LIMIT_EXCEEDED
 */
export function parseManifest(bytes: Uint8Array): Manifest {
  const root = expectMap(parseManifestYaml(bytes), "the manifest");
  const metadata = expectMap(root.get("metadata"), "metadata");
  const formatVersion = metadata.get("format_version");
  if (typeof formatVersion !== "number" || formatVersion < 1) {
    throw invalid(`metadata.format_version: expected a number from 1, got ${show(formatVersion)}`);
  }
  const artifacts = formatVersion < 3 ? parseOldFiles(root) : parseRegistries(root);
  return { formatVersion, metadata, artifacts };
}

function parseRegistries(root: EffMap): ManifestArtifact[] {
  return [...root]
    .filter(([registry]) => registry !== "metadata")
    .flatMap(([registry, entries]) => {
      if (registry !== "") checkName(registry);
      return [...expectMap(entries, registry)].map(([name, properties]) =>
        parseArtifact(registry, name, expectMap(properties, `${registry}.${name}`)),
      );
    });
}

function parseArtifact(registry: string, name: string, properties: EffMap): ManifestArtifact {
  checkName(name);
  const encryption = properties.get("encryption");
  if (encryption === undefined) {
    throw invalid(`${registry}.${name}.encryption: expected false or a scheme, got nothing`);
  }
  const isPlain = encryption === null || encryption === false || encryption === 0;
  return {
    registry,
    name,
    properties,
    member: registry === "" ? name : `${registry}/${name}`,
    encryption: isPlain ? undefined : show(encryption),
  };
}

/** Versions 1 and 2: one unnamed registry, `encrypted` and `binary` in place of today's keys. */
function parseOldFiles(root: EffMap): ManifestArtifact[] {
  return [...expectMap(root.get("files"), "files")].map(([name, raw]) => {
    checkName(name);
    const old = expectMap(raw, `files.${name}`);
    const encrypted = old.get("encrypted");
    if (typeof encrypted !== "boolean") {
      throw invalid(`files.${name}.encrypted: expected true or false, got ${show(encrypted)}`);
    }
    const properties = effMap({
      artifact_type: "File",
      content_callback:
        old.get("binary") === false ? "StringContentCallback" : "BinaryContentCallback",
      description: old.get("description") ?? "",
      encryption: encrypted,
    });
    const member = encrypted ? `encrypted_${name}` : name;
    return {
      registry: "artifacts",
      name,
      properties,
      member,
      encryption: encrypted ? "true" : undefined,
    };
  });
}

/**
 * The text of a format version 3 manifest with one registry `artifacts`. Keys are sorted, so
 * equal content gives equal bytes.
 */
export function printManifest(
  metadata: EffMap,
  artifacts: readonly { readonly name: string; readonly properties: EffMap }[],
): string {
  for (const { name, properties } of artifacts) {
    checkName(name);
    const reserved = RESERVED_PROPERTIES.find((key) => properties.has(key));
    assert(reserved === undefined, `artifact property ${reserved ?? ""} cannot be stored`);
  }
  const reserved = RESERVED_METADATA.find((key) => metadata.has(key));
  assert(reserved === undefined, `metadata key ${reserved ?? ""} cannot be stored`);
  const section = (name: string, lines: string[]): string =>
    lines.length === 0 ? `${quote(name)}: {}\n` : `${quote(name)}:\n${lines.join("")}`;
  const line = ([key, value]: [string, EffValue]): string =>
    `  ${quote(key)}: ${printFlow(value)}\n`;
  const registry = new Map(artifacts.map(({ name, properties }) => [name, properties]));
  assert(registry.size === artifacts.length, "artifact names differ");
  return (
    section("artifacts", sortedEntries(registry).map(line)) +
    section("metadata", sortedEntries(metadata).map(line))
  );
}

/**
 * Refuses a name that could mean a place outside the archive, here or on another system.
 * @throws ToolError INVALID_FILE
 */
export function checkName(name: string): void {
  // a backslash is an ordinary character here, but a separator elsewhere
  const segments = name.split(/[/\\]/);
  const isSafe =
    segments.every((segment) => segment !== "" && segment !== "." && segment !== "..") &&
    !name.includes("\0") &&
    !/^[A-Za-z]:[/\\]/.test(name);
  if (isSafe) return;
  throw new ToolError(
    "INVALID_FILE",
    `the name ${JSON.stringify(name)} is not allowed in an archive`,
    {
      hint: "names are relative, with / between folders and without . or ..; do not trust this archive",
    },
  );
}

function expectMap(value: EffValue | undefined, what: string): EffMap {
  if (isEffMap(value)) return value;
  throw invalid(`${what}: expected a mapping, got ${show(value)}`);
}

function show(value: EffValue | undefined): string {
  if (value === undefined) return "nothing";
  return typeof value === "string" ? value : printFlow(value).slice(0, 60);
}

function invalid(message: string): ToolError {
  return new ToolError("INVALID_FILE", message, {
    hint: "the archive was not written by an EFF tool, or for a version that is not known yet",
  });
}
