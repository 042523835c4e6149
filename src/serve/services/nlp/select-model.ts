/** Which model answers a request: the one that is named, else one for the RPC in the language. */
import { ToolError } from "../../../errors/tool-error.ts";
import { byLanguage, DEFAULT_LANGUAGE } from "../language.ts";
import type { LanguageModel, LanguageTask } from "./models.ts";

export interface ModelWish {
  /** Empty: any. */
  readonly modelName: string;
  /** Empty: English of the United States, or the only model there is. */
  readonly languageCode: string;
}

/** What a request without `model` wishes. */
const ANY: ModelWish = { modelName: "", languageCode: "" };

/**
 * @param tasks what the RPC can use; without a name only the first one counts
 * @throws ToolError INVALID_REQUEST in Riva's words
 */
export function selectModel(
  models: readonly LanguageModel[],
  tasks: readonly [LanguageTask, ...LanguageTask[]],
  wish: ModelWish = ANY,
): LanguageModel {
  if (wish.modelName !== "") {
    const named = models.find(({ name, task }) => name === wish.modelName && tasks.includes(task));
    if (named === undefined) throw notAModel(wish.modelName, ofTasks(models, tasks));
    return named;
  }
  const [task] = tasks;
  const fitting = ofTasks(models, [task]);
  const [only] = fitting;
  if (wish.languageCode === "" && fitting.length === 1 && only !== undefined) return only;
  const language = wish.languageCode === "" ? DEFAULT_LANGUAGE : wish.languageCode;
  const found = byLanguage(fitting, language);
  // one without a domain of its own is meant for everything
  const chosen = found.find(({ domain }) => domain === "" || domain === "default") ?? found[0];
  if (chosen !== undefined) return chosen;
  throw new ToolError(
    "INVALID_REQUEST",
    `Error: Unavailable model requested given these parameters: language_code=${language}; type=${task}; `,
    { hint: deployed(fitting) },
  );
}

/** @param usable what could have been named */
export function notAModel(name: string, usable: readonly LanguageModel[]): ToolError {
  return new ToolError(
    "INVALID_REQUEST",
    `Error: Model ${name} is not a Riva API model, execution cannot be done`,
    { hint: deployed(usable) },
  );
}

const ofTasks = (
  models: readonly LanguageModel[],
  tasks: readonly LanguageTask[],
): LanguageModel[] => models.filter(({ task }) => tasks.includes(task));

function deployed(models: readonly LanguageModel[]): string {
  const list = models.map(({ name, languageCode }) => `${name} (${languageCode})`);
  return list.length === 0 ? "no model for this is deployed" : `deployed: ${list.join(", ")}`;
}
