/** Who may import whom. Changing the table needs a decision record. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { builtinModules } from "node:module";
import path from "node:path";
import { test } from "node:test";
import { projectRoot } from "./support/paths.ts";

const LAYERS: Readonly<Record<string, readonly string[]>> = {
  errors: [],
  gen: [],
  options: ["errors"],
  tensor: ["errors"],
  io: ["errors"],
  "language-model": ["errors", "text"],
  formats: ["errors", "tensor", "io", "gen", "language-model"],
  graph: ["errors", "tensor", "gen"],
  nn: ["errors", "tensor", "graph"],
  "speech-mapping": ["errors", "text"],
  converters: ["errors", "options", "tensor", "io", "formats", "graph", "nn", "speech-mapping"],
  audio: ["errors", "tensor"],
  text: ["errors", "tensor"],
  decoding: ["errors", "tensor", "language-model"],
  steps: ["errors", "options", "tensor", "audio", "text", "language-model", "decoding"],
  repository: ["errors", "io", "gen", "tensor"],
  pipelines: ["errors", "options", "tensor", "io", "formats", "graph", "nn", "steps", "repository"],
  deploy: ["errors", "options", "io", "formats", "pipelines", "repository", "steps"],
  serve: ["errors", "options", "tensor", "io", "gen", "audio", "text", "repository", "steps"],
};

/** Folders that run in V8 inside Triton too. */
const WITHOUT_NODE = [
  "errors",
  "tensor",
  "audio",
  "text",
  "language-model",
  "speech-mapping",
  "decoding",
  "steps",
];
const MAY_USE_FILE_SYSTEM = ["io", "cli"];
const MAY_OPEN_SOCKETS = ["serve", "cli"];
const MAY_PRINT = ["cli", "serve"];

const FILE_SYSTEM = /^(node:)?fs(\/promises)?$/;
const SOCKETS = /^(node:)?(net|http|http2|https|tls|dgram)$|^(nice-grpc|@grpc\/grpc-js)/;

interface SourceFile {
  readonly path: string;
  readonly folder: string;
  readonly text: string;
  readonly imports: readonly string[];
}

function sourceFiles(): SourceFile[] {
  const root = path.join(projectRoot, "src");
  return readdirSync(root, { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"))
    .map((name) => {
      const text = readFileSync(path.join(root, name), "utf8");
      const imports = [...text.matchAll(/(?:\bfrom\s*|\bimport\s*\(?\s*)"([^"]+)"/g)].map(
        (m) => m[1] as string,
      );
      return {
        path: name,
        folder: name.includes(path.sep) ? (name.split(path.sep)[0] as string) : "",
        text,
        imports,
      };
    });
}

function folderOfImport(file: SourceFile, specifier: string): string | undefined {
  if (!specifier.startsWith(".")) return undefined;
  const target = path.normalize(path.join(path.dirname(file.path), specifier));
  return target.includes(path.sep) ? target.split(path.sep)[0] : "";
}

const files = sourceFiles();

test("a folder imports only the layers below it", () => {
  const wrong = files.flatMap((file) =>
    file.imports
      .map((specifier) => folderOfImport(file, specifier))
      .filter((target): target is string => target !== undefined && target !== file.folder)
      .filter(
        (target) => LAYERS[file.folder] !== undefined && !LAYERS[file.folder]?.includes(target),
      )
      .map((target) => `${file.path} imports ${target}`),
  );
  assert.deepEqual(wrong, []);
});

test("every folder of src is in the table", () => {
  const folders = new Set(
    files.map((file) => file.folder).filter((folder) => folder !== "" && folder !== "cli"),
  );
  assert.deepEqual(
    [...folders].filter((folder) => LAYERS[folder] === undefined),
    [],
  );
});

test("steps and what they stand on use no Node API", () => {
  const wrong = files
    .filter((file) => WITHOUT_NODE.includes(file.folder))
    .flatMap((file) =>
      file.imports
        .filter((specifier) => specifier.startsWith("node:") || builtinModules.includes(specifier))
        .map((specifier) => `${file.path} imports ${specifier}`),
    );
  assert.deepEqual(wrong, []);
});

test("only io touches the file system and only serve opens sockets", () => {
  const offenders = (pattern: RegExp, allowed: readonly string[]): string[] =>
    files
      .filter(
        (file) => !allowed.includes(file.folder) && file.imports.some((name) => pattern.test(name)),
      )
      .map((file) => file.path);
  assert.deepEqual(offenders(FILE_SYSTEM, MAY_USE_FILE_SYSTEM), []);
  assert.deepEqual(offenders(SOCKETS, MAY_OPEN_SOCKETS), []);
});

test("nothing below cli and serve prints, reads the environment or exits", () => {
  const wrong = files
    .filter((file) => !MAY_PRINT.includes(file.folder))
    .filter((file) => /\bconsole\.|\bprocess\.(env|exit|stdout|stderr|argv)\b/.test(file.text))
    .map((file) => file.path);
  assert.deepEqual(wrong, []);
});
