/** Checks of options that several pipelines have; none needs a model. */
import { ToolError } from "../errors/tool-error.ts";
import { entryKind } from "../io/folder.ts";
import type { OptionTable } from "../options/option.ts";

/** A name that becomes part of the folders in the repository. @throws ToolError USAGE */
export function checkModelFolderName(option: string, name: string): void {
  if (name === "") {
    throw new ToolError("USAGE", `--${option} is empty`, {
      hint: "give a name, or leave the option out; was a variable of the shell not set?",
    });
  }
  if (/^[^./\\\0\s][^/\\\0]*$/.test(name)) return;
  throw new ToolError("USAGE", `--${option}: "${name}" cannot be the name of a folder`, {
    hint: "use letters, digits, '-', '_' and '.'",
  });
}

/** @throws ToolError USAGE */
export function checkLanguageCode(code: string): void {
  if (/^[a-z]{2,8}(-[a-z0-9]{1,8})*$/i.test(code)) return;
  const mended = code.replaceAll("_", "-");
  throw new ToolError("USAGE", `--language_code: expected a BCP-47 code, got "${code}"`, {
    hint: mended === code ? "for example en-US or de-DE" : `did you mean ${mended}?`,
  });
}

/**
 * Files that options name must exist.
 * @throws ToolError NOT_FOUND, or USAGE for a key, which only archives have
 */
export async function checkFiles(
  table: OptionTable,
  values: Readonly<Record<string, unknown>>,
  given: ReadonlySet<string>,
): Promise<void> {
  for (const [name, spec] of Object.entries(table)) {
    if (spec.type !== "path" || !given.has(name)) continue;
    const path = values[name] as string;
    if ((await entryKind(path)) === "file") continue;
    const beforeColon = path.slice(0, path.lastIndexOf(":"));
    if (path.includes(":") && (await entryKind(beforeColon)) === "file") {
      throw new ToolError("USAGE", `--${name}: only archives carry a key`, {
        hint: `write --${name}=${beforeColon}`,
      });
    }
    throw new ToolError("NOT_FOUND", `--${name}: no such file`, {
      at: path,
      hint: "check the spelling; a relative path starts at the current folder",
    });
  }
}
