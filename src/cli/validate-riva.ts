/** The report of `nemo2riva --validate`. */
import { ToolError } from "../errors/tool-error.ts";
import { openRiva } from "../formats/riva/read.ts";
import { checkSchema, readSchemaFile, schemaOfClass } from "../formats/riva/schema.ts";

/**
 * Logs whether the archive complies with the schema file, or with the one of its class.
 * @throws ToolError INVALID_FILE if it fails a schema that the user gave; the archive stays
 */
export async function validateArchive(
  path: string,
  schemaPath: string | undefined,
  log: (level: "INFO" | "WARNING", text: string) => void,
): Promise<void> {
  const archive = await openRiva(path);
  try {
    const schema =
      schemaPath === undefined
        ? schemaOfClass(archive.className)
        : await readSchemaFile(schemaPath);
    if (schema === undefined) {
      log("WARNING", "--validate option used, but no --schema and no default schema found!");
      return;
    }
    const place = schemaPath ?? `the built-in schema of ${archive.className}`;
    const failures = await checkSchema(archive, schema);
    for (const failure of failures) log("WARNING", failure);
    if (failures.length === 0) {
      log("INFO", `Exported model at ${path} is compliant with Riva, using schema at ${place}`);
    } else if (schemaPath === undefined) {
      log(
        "WARNING",
        `Exported model at ${path} failed Riva compliance, using schema at ${place} !`,
      );
    } else {
      throw new ToolError("INVALID_FILE", `the archive fails its schema: ${failures.join("; ")}`, {
        at: [path, schemaPath],
        hint: "the archive was written and stays; mend the schema or the checkpoint's configuration",
      });
    }
  } finally {
    await archive.close();
  }
}
