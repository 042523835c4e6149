/** `--help`, made from the declarations of commands and options. */
import type { OptionSpec, OptionTable, PositionalSpec } from "../options/option.ts";
import type { Program } from "./command.ts";

const WIDTH = 96;
const INDENT = 30;

interface HelpSource {
  readonly summary: string;
  readonly positionals: readonly PositionalSpec[];
  readonly usage?: string;
  readonly options: OptionTable;
  readonly examples: readonly (readonly [string, string])[];
}

export function formatCommandHelp(name: string, command: HelpSource): string {
  const words = command.positionals.map((spec) => {
    const word = `<${spec.name}>${spec.variadic === true ? "…" : ""}`;
    return spec.required === true ? word : `[${word}]`;
  });
  const sections = [
    `Usage: ${name} [options] ${command.usage ?? words.join(" ")}`.trimEnd(),
    wrap(command.summary, 0),
    section(
      "Arguments",
      command.positionals.map((spec) => row(`<${spec.name}>`, spec.doc)),
    ),
    ...optionSections(command.options),
    section(
      "Examples",
      command.examples.map(([line, meaning]) => `  # ${meaning}\n  ${line}`),
    ),
  ];
  return `${sections.filter((text) => text !== "").join("\n\n")}\n`;
}

export function formatProgramHelp(program: Program): string {
  const rows = program.commands.map((command) => row(command.name, command.summary));
  return [
    `Usage: ${program.name} <${program.kind}> [options] …`,
    wrap(program.summary, 0),
    section(`Choose a ${program.kind}`, rows),
    `  ${program.name} <${program.kind}> --help shows its options.\n`,
  ].join("\n\n");
}

function optionSections(table: OptionTable): string[] {
  const groups = new Map<string, string[]>();
  for (const [name, spec] of Object.entries(table)) {
    if (spec.hidden === true) continue;
    const group = spec.group ?? "Options";
    groups.set(group, [...(groups.get(group) ?? []), row(flagText(name, spec), optionDoc(spec))]);
  }
  return [...groups].map(([group, rows]) => section(group, rows));
}

function flagText(name: string, spec: OptionSpec): string {
  const short = spec.short === undefined ? "" : `-${spec.short}, `;
  return `${short}--${name}${valueText(spec)}`;
}

function valueText(spec: OptionSpec): string {
  switch (spec.type) {
    case "bool":
      return "";
    case "enum":
      return "=NAME";
    case "key-values":
      return " KEY=VALUE …";
    case "path":
      return "=PATH";
    case "string":
      return "=TEXT";
    case "int":
    case "float":
      return "=N";
  }
}

function optionDoc(spec: OptionSpec): string {
  const extra = [
    spec.type === "enum" ? `one of ${spec.values.join(", ")}` : "",
    spec.required === true ? "required" : "",
    spec.default === undefined || spec.default === false || spec.default === ""
      ? ""
      : `default: ${spec.default}`,
  ].filter((text) => text !== "");
  return extra.length === 0 ? spec.doc : `${spec.doc} (${extra.join("; ")})`;
}

function section(title: string, rows: readonly string[]): string {
  return rows.length === 0 ? "" : `${title}:\n${rows.join("\n")}`;
}

function row(left: string, right: string): string {
  const gap =
    left.length + 2 < INDENT ? " ".repeat(INDENT - left.length - 2) : `\n${" ".repeat(INDENT)}`;
  return `  ${left}${gap}${wrap(right, INDENT)}`;
}

function wrap(text: string, indent: number): string {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && indent + line.length + 1 + word.length > WIDTH) {
      lines.push(line);
      line = word;
    } else {
      line = line === "" ? word : `${line} ${word}`;
    }
  }
  return [...lines, line].join(`\n${" ".repeat(indent)}`);
}
