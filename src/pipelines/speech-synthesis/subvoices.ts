/** `--subvoices=Female-1:0,Male-1:1`: names for the speakers of a model. */
import { ToolError } from "../../errors/tool-error.ts";

/**
 * The list as it goes into the repository, in the given order.
 * @throws ToolError USAGE for another form, a name twice or a speaker that the model does not have
 */
export function parseSubvoices(given: string | undefined, speakers: number): string {
  if (given === undefined || given.trim() === "") return defaultSubvoices(speakers);
  const names = new Set<string>();
  const entries = given.split(",").map((entry) => {
    const [, name, index] = /^\s*([^:,\s][^:,]*):(\d{1,6})\s*$/.exec(entry) ?? [];
    if (name === undefined) throw wrong(`expected name:index, got "${entry.trim()}"`);
    if (Number(index) >= speakers) {
      throw wrong(`${name} is speaker ${index}, the model has ${speakers}, counted from 0`);
    }
    if (names.has(name)) throw wrong(`the name ${name} is there twice`);
    names.add(name);
    return `${name}:${Number(index)}`;
  });
  return entries.join(",");
}

/** Several speakers must be told apart somehow; one needs no name of its own. */
function defaultSubvoices(speakers: number): string {
  if (speakers === 1) return "";
  return Array.from({ length: speakers }, (_, index) => `${index}:${index}`).join(",");
}

function wrong(message: string): ToolError {
  return new ToolError("USAGE", `--subvoices: ${message}`, {
    hint: "write --subvoices=Female-1:0,Male-1:1",
  });
}
