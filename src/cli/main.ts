/** The real outside world for a command; the only place that sets the exit code. */
import process from "node:process";
import { type Command, type CommandContext, type Program, runCli } from "./command.ts";

/** Runs a bin: the words of the command line, the standard streams, Ctrl-C. */
export async function main(target: Program | Command): Promise<void> {
  const interrupt = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => interrupt.abort());
  }
  ignoreClosedPipe(process.stdout);
  ignoreClosedPipe(process.stderr);
  process.exitCode = await runCli(target, process.argv.slice(2), context(interrupt.signal));
}

function context(signal: AbortSignal): CommandContext {
  return {
    out: (text) => void process.stdout.write(text),
    log: (text) => void process.stderr.write(text),
    env: process.env,
    isTerminal: process.stderr.isTTY,
    signal,
  };
}

/** `servicemaker inspect x | head` closes our output early; that is no error. */
function ignoreClosedPipe(stream: NodeJS.WriteStream): void {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });
}
