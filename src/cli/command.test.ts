import assert from "node:assert/strict";
import { test } from "node:test";
import { ToolError } from "../errors/tool-error.ts";
import { type CommandContext, defineCommand, type Program, runCli } from "./command.ts";
import { formatLogLine } from "./log-line.ts";
import { formatError } from "./report-error.ts";

function fakeContext(): CommandContext & { stdout: string; stderr: string } {
  const context = {
    stdout: "",
    stderr: "",
    out: (text: string) => void (context.stdout += text),
    log: (text: string) => void (context.stderr += text),
    env: {},
    isTerminal: false,
    signal: new AbortController().signal,
  };
  return context;
}

const greet = defineCommand({
  name: "greet",
  summary: "Says a word.",
  positionals: [{ name: "who", doc: "Whom to greet", required: true }],
  options: { times: { type: "int", default: 1, min: 1, doc: "How often" } },
  examples: [["greet world", "once"]],
  run: async ({ values, positionals, context }) => {
    if (positionals[0] === "bug") throw new TypeError("oops");
    if (positionals[0] === "bad") {
      throw new ToolError("INVALID_FILE", "expected a name", {
        at: ["a.txt", "line 3"],
        hint: "write one",
      });
    }
    context.out(`hello ${positionals[0]} `.repeat(values.times));
  },
});
const program: Program = {
  name: "tool",
  summary: "Tools.",
  kind: "command",
  commands: [greet],
  version: "1.2.3",
};

test("a command gets typed options and positionals", async () => {
  const context = fakeContext();
  assert.equal(await runCli(greet, ["world", "--times=2"], context), 0);
  assert.equal(context.stdout, "hello world hello world ");
});

test("an error is three lines on stderr and the code of the table", async () => {
  const context = fakeContext();
  assert.equal(await runCli(greet, ["bad"], context), 65);
  assert.equal(context.stderr, "error: expected a name\n  at a.txt → line 3\n  hint: write one\n");
  assert.equal(context.stdout, "");
});

test("with --json an error is one object, also for a wrong option", async () => {
  const context = fakeContext();
  assert.equal(await runCli(greet, ["bad", "--json"], context), 64);
  const { error } = JSON.parse(context.stderr) as { error: Record<string, unknown> };
  assert.equal(error["code"], "USAGE");
});

test("control characters out of a file do not reach the terminal", () => {
  const error = new ToolError("INVALID_FILE", "a\u001b[2Jb", { at: "x\ny", hint: "z" });
  assert.equal(formatError(error), "error: a\\x1b[2Jb\n  at x\\x0ay\n  hint: z\n");
});

test("what is no ToolError is a bug: exit 70 with the stack", async () => {
  const context = fakeContext();
  assert.equal(await runCli(greet, ["bug"], context), 70);
  assert.match(context.stderr, /bug in ServiceMaker[^]*TypeError: oops\n\s+at /);
});

test("help names arguments, options, defaults and examples", async () => {
  const context = fakeContext();
  assert.equal(await runCli(program, ["greet", "--help"], context), 0);
  for (const part of [
    "Usage: tool greet [options] <who>",
    "--times=N",
    "default: 1",
    "greet world",
    "-h, --help",
  ]) {
    assert.ok(context.stdout.includes(part), part);
  }
});

test("a program lists its commands, suggests and knows its version", async () => {
  const list = fakeContext();
  assert.equal(await runCli(program, [], list), 0);
  assert.match(list.stdout, /greet\s+Says a word/);
  const typo = fakeContext();
  assert.equal(await runCli(program, ["gret"], typo), 64);
  assert.match(typo.stderr, /did you mean greet/);
  const version = fakeContext();
  await runCli(program, ["--version"], version);
  assert.equal(version.stdout, "tool 1.2.3\n");
});

test("log lines look like the original's", () => {
  const line = formatLogLine("INFO", "Saving to x", new Date(2026, 0, 2, 3, 4, 5, 67));
  assert.equal(line, "2026-01-02 03:04:05,067 [INFO] Saving to x\n");
});
