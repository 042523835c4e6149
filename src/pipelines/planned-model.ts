/** A model of the repository that a deployment will write. */
import type { FileContent } from "../io/atomic-output.ts";
import type { RepositoryModel } from "../repository/layout.ts";

export interface PlannedModel extends RepositoryModel {
  /** Component of the RMIR it comes from, or `self` for the pipeline itself; for the log. */
  readonly component: string;
  /** Files that are taken out of the RMIR, by key; for the log. */
  readonly extracted: Readonly<Record<string, string>>;
  /** More that the log says of it. */
  readonly log?: readonly string[];
}

/** What every step model's version folder holds besides its own files, by file name. */
export type StepFiles = Readonly<Record<string, FileContent>>;
