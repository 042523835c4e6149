/**
 * Running a pipeline over a text, page by page: the models take so many windows at once, and say
 * where to go on. See docs/formats/language-repository.md.
 */
import { setMaxListeners } from "node:events";
import { type Tensor, tensor, type Tensors } from "../../../tensor/tensor.ts";
import type { NlpContext } from "./context.ts";
import type { LanguageModel } from "./models.ts";

/** Texts of one request that are under way at a time. */
const PARALLEL_TEXTS = 32;

/** Outputs of all pages of one input, in order; at least one. */
export async function runPages(
  { engine }: Pick<NlpContext, "engine">,
  model: LanguageModel,
  texts: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<Tensors[]> {
  const inputs: Record<string, Tensor> = Object.fromEntries(
    Object.entries(texts).map(([name, text]) => [name, tensor("string", [text])]),
  );
  const pages: Tensors[] = [];
  for (let cursor = 0; cursor >= 0;) {
    const page = cursor === 0 ? inputs : { ...inputs, CURSOR: cursorTensor(cursor) };
    const outputs = await engine.infer({ model: model.name, inputs: page }, signal);
    pages.push(outputs);
    const next = numbers(outputs, "NEXT_CURSOR")[0] ?? -1;
    // a page that does not lead on would be asked for again and again
    cursor = next > cursor ? next : -1;
  }
  return pages;
}

const cursorTensor = (cursor: number): Tensor => tensor("int32", Int32Array.of(cursor));

/** Answers in the order of the texts, a limited number at a time. */
export async function forEachText<T>(
  texts: readonly string[],
  signal: AbortSignal,
  answer: (text: string) => Promise<T>,
): Promise<T[]> {
  // each of the texts under way waits for it
  setMaxListeners(0, signal);
  const answers: T[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < texts.length) {
      const index = next++;
      answers[index] = await answer(texts[index] as string);
    }
  };
  await Promise.all(Array.from({ length: PARALLEL_TEXTS }, work));
  return answers;
}

/** A text output; empty if the pipeline has none of this name. */
export function strings(outputs: Tensors, name: string): readonly string[] {
  const found = outputs[name];
  return found?.dtype === "string" ? found.data : [];
}

/** A number output; empty if the pipeline has none of this name. */
export function numbers(outputs: Tensors, name: string): ArrayLike<number> {
  const found = outputs[name];
  return found?.dtype === "float32" || found?.dtype === "int32" ? found.data : [];
}
