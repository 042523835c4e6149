/**
 * What a build will do, as plain data: every option with where its value came from, what the
 * user should hear, the description for the RMIR and the content of its files.
 */
import type { RmirDescription } from "../formats/rmir/description.ts";
import type { RmirFiles } from "../formats/rmir/write.ts";

/** `given` by the user, derived from the `model`, or a `default`. */
export type ValueSource = "given" | "model" | "default";

export interface ResolvedOption {
  readonly name: string;
  readonly value: string | number | boolean;
  readonly source: ValueSource;
}

/** Something the user should hear about, once. */
export interface Notice {
  readonly level: "INFO" | "WARNING";
  /** The option it is about, if it is about one. */
  readonly option?: string;
  readonly text: string;
}

/** One file that goes into the RMIR; `origin` is for the log. */
export interface PlannedFile {
  readonly component: string;
  /** What the component needs it for (`onnx`, `vocab_file`). */
  readonly key: string;
  /** Name inside the RMIR. */
  readonly name: string;
  readonly origin: string;
}

export interface PipelinePlan {
  readonly options: readonly ResolvedOption[];
  readonly notices: readonly Notice[];
  readonly description: RmirDescription;
  /** In the order of the log. */
  readonly files: readonly PlannedFile[];
  readonly contents: RmirFiles;
}

/** Lines for the log, in the words of the original tools. */
export type Progress = (level: "INFO" | "WARNING", text: string) => void;
