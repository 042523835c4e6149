/** `servicemaker understand`: texts through the language service of a Riva server, ours or any other. */
import { ToolError } from "../errors/tool-error.ts";
import { readFileBytes } from "../io/folder.ts";
import { defineOptions, type OptionValues } from "../options/option.ts";
import { type CommandContext, defineCommand } from "./command.ts";
import { connectNlp, type NlpClient } from "./nlp-client.ts";

/** A passage to look for answers in; a gRPC message takes more, a model hardly. */
const MAX_CONTEXT_BYTES = 16 << 20;

const options = defineOptions({
  server: { type: "string", default: "127.0.0.1:50051", doc: "Address of the Riva API, host:port" },
  model: {
    type: "string",
    default: "",
    doc: "Name of the deployed pipeline; empty lets the server choose (classify, entities, punctuate)",
  },
  domain: { type: "string", default: "", doc: "Domain of an intent; empty lets the server choose" },
  "language-code": { type: "string", default: "en-US", doc: "Language asked for" },
  context: { type: "string", default: "", doc: "Text in which an answer is looked for (ask)" },
  "context-file": { type: "path", doc: "The same out of a file" },
  "top-n": { type: "int", default: 1, min: 1, doc: "Most answers or classes" },
  json: { type: "bool", default: false, doc: "One JSON object a text" },
});
type Options = OptionValues<typeof options>;

/** One text: what the server said, and how it is printed. */
type Task = (client: NlpClient, text: string, values: Options) => Promise<TaskResult>;

interface TaskResult {
  readonly answer: object;
  readonly lines: readonly string[];
}

const percent = (score: number): string => `${(100 * score).toFixed(1).padStart(5)} %`;

const TASKS: Readonly<Record<string, Task>> = {
  punctuate: async (client, text, values) => {
    const answer = await client.punctuate({ text: [text], model: modelOf(values) });
    return { answer: { text: answer.text[0] ?? "" }, lines: [answer.text[0] ?? ""] };
  },
  entities: async (client, text, values) => {
    const answer = await client.classifyTokens({ text: [text], model: modelOf(values) });
    const found = answer.results[0]?.results ?? [];
    return tokens(found, {});
  },
  classify: async (client, text, values) => {
    const request = { text: [text], model: modelOf(values), topN: values["top-n"] };
    const classes = (await client.classifyText(request)).results[0]?.labels ?? [];
    const answer = classes.map(({ className, score }) => ({ class: className, score }));
    return {
      answer: { classes: answer },
      lines: classes.map(({ className, score }) => `${percent(score)}  ${className}`),
    };
  },
  intent: async (client, text, values) => {
    const request = {
      query: text,
      options: { domain: values.domain, lang: values["language-code"] },
    };
    const { intent, slots, domainStr } = await client.analyzeIntent(request);
    const name = intent?.className ?? "";
    const result = tokens(slots, { domain: domainStr, intent: name, score: intent?.score ?? 0 });
    return {
      answer: result.answer,
      lines: [`${percent(intent?.score ?? 0)}  ${name} (${domainStr})`, ...result.lines],
    };
  },
  ask: async (client, query, values) => {
    const context = await contextOf(values);
    const { results } = await client.naturalQuery({ query, context, topN: values["top-n"] });
    return {
      answer: { answers: results.map(({ answer, score }) => ({ answer, score })) },
      lines: results.map(
        ({ answer, score }) => `${percent(score)}  ${answer === "" ? "(no answer)" : answer}`,
      ),
    };
  },
};

const NAMES = Object.keys(TASKS);

export const understand = defineCommand({
  name: "understand",
  summary: "Send texts to a Riva server: punctuation, entities, classes, intents, answers.",
  positionals: [
    { name: "task", doc: `One of ${NAMES.join(", ")}`, required: true },
    { name: "text", doc: "Texts, or questions to ask", required: true, variadic: true },
  ],
  options,
  examples: [
    ['servicemaker understand punctuate "how are you today"', "marks and capitals"],
    ['servicemaker understand intent "will it rain in boston"', "intent and slots"],
    [
      'servicemaker understand ask "Who opens it?" --context "Anna opens the door."',
      "an answer out of a text",
    ],
  ],
  run: async ({ values, positionals, context }) => {
    const [name = "", ...texts] = positionals;
    const task = Object.hasOwn(TASKS, name) ? TASKS[name] : undefined;
    if (task === undefined) {
      throw new ToolError("USAGE", `unknown task "${name}"`, {
        hint: `choose one of ${NAMES.join(", ")}`,
      });
    }
    const client = connectNlp(values.server);
    try {
      for (const text of texts) print(text, await task(client, text, values), values, context);
    } finally {
      client.close();
    }
  },
});

function print(
  text: string,
  { answer, lines }: TaskResult,
  values: Options,
  context: CommandContext,
): void {
  if (values.json) context.out(`${JSON.stringify({ input: text, ...answer })}\n`);
  else context.out(`${text}\n${lines.map((line) => `  ${line}\n`).join("")}`);
}

const modelOf = (values: Options) => ({
  modelName: values.model,
  languageCode: values["language-code"],
});

async function contextOf({ context, "context-file": file }: Options): Promise<string> {
  if (file === undefined && context !== "") return context;
  if (file === undefined) {
    throw new ToolError("USAGE", "ask needs a text to look for the answer in", {
      hint: "give --context TEXT or --context-file FILE",
    });
  }
  return new TextDecoder().decode(await readFileBytes(file, MAX_CONTEXT_BYTES));
}

interface Token {
  readonly token: string;
  readonly label: readonly { readonly className: string; readonly score: number }[];
  readonly span: readonly { readonly start: number; readonly end: number }[];
}

function tokens(found: readonly Token[], rest: object): TaskResult {
  const entities = found.map(({ token, label: [label], span: [span] }) => ({
    token,
    label: label?.className ?? "",
    score: label?.score ?? 0,
    start: span?.start ?? 0,
    end: span?.end ?? 0,
  }));
  return {
    answer: { ...rest, entities },
    lines: entities.map(
      ({ token, label, score, start, end }) =>
        `${percent(score)}  ${label}: ${token} (${start}–${end})`,
    ),
  };
}
