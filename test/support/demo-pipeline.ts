/** The demonstration models taken through all phases by the public commands. */
import { readFileSync } from "node:fs";
import path from "node:path";
import { runBinOk } from "./bins.ts";
import { projectRoot } from "./paths.ts";

export const DEMO_MODELS = {
  quartznet: "asr-quartznet-digits-commands-en.nemo",
  fastconformer: "asr-fastconformer-digits-commands-en.nemo",
} as const;

export type DemoModel = keyof typeof DEMO_MODELS;

export const demoAudio = path.join(projectRoot, "examples/audio");

export function demoModelPath(model: DemoModel): string {
  return path.join(projectRoot, "examples/models", DEMO_MODELS[model]);
}

/** Build options of one pipeline; the name tells them apart on the server. */
export interface DemoPipeline {
  readonly name: string;
  readonly model: DemoModel;
  readonly options: readonly string[];
}

export const STREAMING = ["--chunk_size=0.16", "--padding_size=1.92"] as const;
export const OFFLINE = [
  "--offline",
  "--streaming=False",
  "--chunk_size=300",
  "--padding_size=0",
] as const;

/** Builds and deploys the pipelines into one repository below `folder`; returns its path. */
export function buildDemoRepository(folder: string, pipelines: readonly DemoPipeline[]): string {
  const repository = path.join(folder, "models");
  for (const model of new Set(pipelines.map((pipeline) => pipeline.model))) {
    runBinOk("nemo2riva", ["--out", path.join(folder, `${model}.riva`), demoModelPath(model)]);
  }
  const rmirs = pipelines.map(({ name, model, options }) => {
    const rmir = path.join(folder, `${name}.rmir`);
    runBinOk("riva-build", [
      "speech_recognition",
      rmir,
      path.join(folder, `${model}.riva`),
      `--name=${name}`,
      ...options,
    ]);
    return rmir;
  });
  runBinOk("riva-deploy", [...rmirs, repository]);
  return repository;
}

/** One recording with its text and the greedy transcript that NeMo gave. */
export interface ReferenceItem {
  readonly audio: string;
  readonly text: string;
  readonly greedy: string;
}

interface JsonLine {
  readonly audio_filepath: string;
  readonly text?: string;
  readonly greedy?: string;
  readonly pred_text?: string;
}

/** The recordings of `folder` with the transcripts of a `reference*.jsonl`. */
export function readReference(folder: string, referenceFile: string): ReferenceItem[] {
  const lines = (file: string): JsonLine[] =>
    readFileSync(path.join(folder, file), "utf8")
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as JsonLine);
  const texts = new Map(
    lines("manifest.jsonl").map((item) => [item.audio_filepath, item.text ?? ""]),
  );
  return lines(referenceFile).map((item) => ({
    audio: path.join(folder, item.audio_filepath),
    text: texts.get(item.audio_filepath) ?? "",
    greedy: item.greedy ?? item.pred_text ?? "",
  }));
}
