/** What a command is, and how one is run: parse, help, run, print an error, give an exit code. */
import { ToolError } from "../errors/tool-error.ts";
import { nearest } from "../options/nearest.ts";
import {
  defineOptions,
  type OptionTable,
  type OptionValues,
  type PositionalSpec,
} from "../options/option.ts";
import { checkPositionals, type GivenOption, splitWords, typeOptions } from "../options/parse.ts";
import { formatCommandHelp, formatProgramHelp } from "./help.ts";
import { exitCodeOf, formatError } from "./report-error.ts";

/** The outside world as a command sees it; tests pass their own. */
export interface CommandContext {
  /** Standard output: data, and nothing but data. */
  readonly out: (text: string) => void;
  /** Standard error: logs, progress, errors. */
  readonly log: (text: string) => void;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Progress is drawn only on a terminal. */
  readonly isTerminal: boolean;
  /** Fires on Ctrl-C and SIGTERM. */
  readonly signal: AbortSignal;
}

export interface CommandCall<T extends OptionTable> {
  readonly values: OptionValues<T>;
  readonly given: ReadonlySet<string>;
  readonly positionals: readonly string[];
  readonly context: CommandContext;
}

export interface CommandSpec<T extends OptionTable> {
  readonly name: string;
  readonly summary: string;
  readonly positionals: readonly PositionalSpec[];
  /** The positionals in the usage line, where their order says more than their list. */
  readonly usage?: string;
  readonly options: T;
  /** Command lines for `--help`, each with a word of what it does. */
  readonly examples: readonly (readonly [command: string, meaning: string])[];
  run(call: CommandCall<T>): Promise<void>;
}

/** A command with its option types hidden, for lists. */
export interface Command extends Omit<CommandSpec<OptionTable>, "run"> {
  execute(words: readonly string[], context: CommandContext): Promise<void>;
  /** Runs with options from another notation than `--name=value`. */
  executeGiven(
    options: readonly GivenOption[],
    positionals: readonly string[],
    context: CommandContext,
  ): Promise<void>;
}

const COMMON = defineOptions({
  help: { type: "bool", short: "h", default: false, group: "General", doc: "Show this help" },
});

export function defineCommand<const T extends OptionTable>(spec: CommandSpec<T>): Command {
  const table: OptionTable = { ...spec.options, ...COMMON };
  const executeGiven: Command["executeGiven"] = async (options, positionals, context) => {
    const { values, given } = typeOptions(options, spec.options);
    checkPositionals(positionals, spec.positionals);
    await spec.run({ values, given, positionals, context });
  };
  return {
    name: spec.name,
    summary: spec.summary,
    positionals: spec.positionals,
    ...(spec.usage === undefined ? {} : { usage: spec.usage }),
    options: table,
    examples: spec.examples,
    executeGiven,
    execute: async (words, context) => {
      const { options, positionals } = splitWords(words, table);
      if (options.some(({ name }) => name === "help")) {
        context.out(formatCommandHelp(spec.name, { ...spec, options: table }));
        return;
      }
      await executeGiven(options, positionals, context);
    },
  };
}

/** Several commands behind one name, such as `riva-build <pipeline>`. */
export interface Program {
  readonly name: string;
  readonly summary: string;
  /** What the first word selects, for messages: "pipeline", "command". */
  readonly kind: string;
  readonly commands: readonly Command[];
  readonly version: string;
  /** Throws a better error for an unknown first word than the list of commands. */
  readonly unknown?: (name: string) => unknown;
  /** A second way of writing the whole command line. */
  readonly otherNotation?: {
    matches(words: readonly string[]): boolean;
    execute(words: readonly string[], context: CommandContext): Promise<void>;
  };
}

async function runProgram(
  program: Program,
  words: readonly string[],
  context: CommandContext,
): Promise<void> {
  if (program.otherNotation?.matches(words) === true) {
    await program.otherNotation.execute(words, context);
    return;
  }
  const [first, ...rest] = words;
  if (first === undefined || first === "-h" || first === "--help") {
    context.out(formatProgramHelp(program));
    return;
  }
  if (first === "--version") {
    context.out(`${program.name} ${program.version}\n`);
    return;
  }
  const command = program.commands.find(({ name }) => name === first);
  if (command === undefined) {
    program.unknown?.(first);
    const names = program.commands.map(({ name }) => name);
    const suggestion = nearest(first, names);
    throw new ToolError("USAGE", `unknown ${program.kind} "${first}"`, {
      hint:
        suggestion === undefined
          ? `choose one of ${names.join(", ")}`
          : `did you mean ${suggestion}?`,
    });
  }
  const qualified = { ...command, name: `${program.name} ${command.name}` };
  if (rest.includes("--help") || rest.includes("-h"))
    context.out(formatCommandHelp(qualified.name, command));
  else await command.execute(rest, context);
}

/** Runs a command or program; the result is the exit code. Nothing is thrown. */
export async function runCli(
  target: Program | Command,
  words: readonly string[],
  context: CommandContext,
): Promise<number> {
  try {
    if ("commands" in target) await runProgram(target, words, context);
    else await target.execute(words, context);
    return 0;
  } catch (error) {
    context.log(formatError(error, { asJson: words.includes("--json") }));
    return exitCodeOf(error);
  }
}
