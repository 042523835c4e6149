/** What must stay true of the package: its surface, its bins, its dependencies. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { VERSION } from "../src/cli/version.ts";
import { projectRoot } from "./support/paths.ts";
import { runBinOk } from "./support/bins.ts";

interface PackageJson {
  readonly version: string;
  readonly type: string;
  readonly engines: { readonly node: string };
  readonly bin: Readonly<Record<string, string>>;
  readonly exports: Readonly<Record<string, unknown>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly optionalDependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
  readonly allowScripts: Readonly<Record<string, boolean>>;
}

const read = (file: string): string => readFileSync(path.join(projectRoot, file), "utf8");
const manifest = JSON.parse(read("package.json")) as PackageJson;

test("bins, exports and engines", () => {
  assert.deepEqual(Object.keys(manifest.bin), [
    "nemo2riva",
    "riva-build",
    "riva-deploy",
    "riva-server",
    "servicemaker",
  ]);
  assert.deepEqual(Object.keys(manifest.exports), [".", "./graph", "./formats"]);
  assert.equal(manifest.engines.node, ">=20.19");
  assert.equal(manifest.version, VERSION);
});

test("every dependency has one exact version and a reason, and runs no install script", () => {
  const all = {
    ...manifest.dependencies,
    ...manifest.optionalDependencies,
    ...manifest.devDependencies,
  };
  const reasons = read("docs/decisions/0003-dependencies.md");
  for (const [name, version] of Object.entries(all)) {
    assert.match(version, /^\d+\.\d+\.\d+$/, name);
    assert.ok(
      name.startsWith("@types/") || reasons.includes(`\`${name}\``),
      `${name} has no reason`,
    );
  }
  assert.ok(Object.values(manifest.allowScripts).every((allowed) => !allowed));
});

test("the inference engine, an optional dependency, is installed", async () => {
  const { InferenceSession } = await import("onnxruntime-node");
  assert.equal(typeof InferenceSession.create, "function");
});

test("only the embedded engine loads onnxruntime-node", () => {
  const users = readdirSync(path.join(projectRoot, "src"), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts"))
    .filter((file) =>
      /from "onnxruntime-node"|import\("onnxruntime-node"\)/.test(read(path.join("src", file))),
    )
    .filter((file) => !file.startsWith("serve/engine/embedded/"));
  assert.deepEqual(users, []);
});

test("every bin starts and knows its help", () => {
  for (const name of Object.keys(manifest.bin))
    assert.match(runBinOk(name, ["--help"]), /^Usage: /);
});

test("the built entry points export what they promise", async () => {
  const load = (file: string): Promise<Record<string, unknown>> =>
    import(path.join(projectRoot, "dist", file)) as Promise<Record<string, unknown>>;
  const main = await load("index.js");
  for (const name of [
    "nemoToRiva",
    "buildPipeline",
    "deploy",
    "startServer",
    "openNemo",
    "ToolError",
    "isToolError",
  ]) {
    assert.equal(typeof main[name], "function", name);
  }
  assert.equal(typeof (await load("graph/index.js"))["GraphBuilder"], "function");
  assert.equal(typeof (await load("formats/index.js"))["openEff"], "function");
});
