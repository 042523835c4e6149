/** Generated pages are fresh, and links between the documents lead somewhere. */
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { ERROR_CODES } from "../src/errors/codes.ts";
import { referenceDocs } from "../tools/reference-docs.ts";
import { projectRoot } from "./support/paths.ts";

for (const [file, text] of Object.entries(referenceDocs())) {
  test(`${file} is what \`npm run docs\` writes`, () => {
    assert.equal(readFileSync(path.join(projectRoot, file), "utf8"), text);
  });
}

function markdownFiles(): string[] {
  const docs = readdirSync(path.join(projectRoot, "docs"), { recursive: true, encoding: "utf8" });
  const pages = docs.filter((file) => file.endsWith(".md")).map((file) => path.join("docs", file));
  return ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md", ...pages];
}

test("paths that the documents name exist", () => {
  const missing = markdownFiles().flatMap((file) => {
    const text = readFileSync(path.join(projectRoot, file), "utf8");
    const links = [...text.matchAll(/\]\((?!https?:)([^)#]+)/g)].map((match) =>
      path.join(path.dirname(file), match[1] as string),
    );
    const sources = [...text.matchAll(/`((?:src|test|docs|examples|tools|bench)\/[\w./-]+)`/g)].map(
      (match) => match[1] as string,
    );
    return [...links, ...sources]
      .filter((target) => !existsSync(path.join(projectRoot, target)))
      .map((target) => `${file}: ${target}`);
  });
  assert.deepEqual(missing, []);
});

test("every error code is thrown somewhere and expected by some test", () => {
  const files = ["src", "test"].flatMap((folder) =>
    readdirSync(path.join(projectRoot, folder), { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".ts"))
      .map((file) => path.join(folder, file)),
  );
  const texts = files.map(
    (file) => [file, readFileSync(path.join(projectRoot, file), "utf8")] as const,
  );
  const uses = (code: string, inTests: boolean): boolean =>
    texts.some(
      ([file, text]) =>
        file.endsWith(".test.ts") === inTests &&
        !file.endsWith("codes.ts") &&
        text.includes(`"${code}"`),
    );
  const codes = Object.keys(ERROR_CODES);
  assert.deepEqual(
    codes.filter((code) => !uses(code, false)),
    [],
    "never thrown",
  );
  assert.deepEqual(
    codes.filter((code) => !uses(code, true)),
    [],
    "never expected by a test",
  );
});
