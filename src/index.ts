/** The public surface: every stage as a function. `./graph` and `./formats` hold the parts. */
export {
  nemoToRiva,
  type ConversionEvent,
  type ExportFormat,
  type NemoToRivaRequest,
  type RivaSummary,
} from "./converters/nemo-to-riva.ts";
export type { ConvertOptions } from "./converters/architecture.ts";
export { deploy, type DeployRequest } from "./deploy/deploy.ts";
export { ERROR_CODES, type ErrorCode } from "./errors/codes.ts";
export { isToolError, ToolError, type ToolErrorDetails } from "./errors/tool-error.ts";
export { type NemoCheckpoint, openNemo } from "./formats/nemo/read.ts";
export { buildPipeline, type BuildPipelineRequest } from "./pipelines/build-pipeline.ts";
export type { Pipeline } from "./pipelines/define-pipeline.ts";
export type { PipelinePlan } from "./pipelines/plan.ts";
export { findPipeline, PIPELINES } from "./pipelines/registry.ts";
export { type RunningServer, type ServerOptions, startServer } from "./serve/server.ts";
