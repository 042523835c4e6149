/** Labelled words to entities (or slots): neighbours of one kind together, the rest left out. */
import { tensor } from "../../tensor/tensor.ts";
import { findEntities, type LabelledWord } from "../../text/language/entities.ts";
import { invalidInput } from "../inputs.ts";
import { readList, readMatrix } from "../language/matrix.ts";
import { defineStep } from "../step.ts";

export const detokenizer = defineStep({
  name: "detokenizer",
  doc: "labelled words to entities with their place in the text",
  stateful: false,
  hasBatchAxis: false,
  inputs: [
    { name: "WORDS", dtype: "string", dims: [-1] },
    { name: "WORD_SPANS", dtype: "int32", dims: [-1, 2] },
    { name: "WORD_LABELS", dtype: "string", dims: [-1] },
    { name: "WORD_SCORES", dtype: "float32", dims: [-1] },
  ],
  outputs: [
    { name: "ENTITY_TEXTS", dtype: "string", dims: [-1] },
    { name: "ENTITY_LABELS", dtype: "string", dims: [-1] },
    { name: "ENTITY_SCORES", dtype: "float32", dims: [-1] },
    { name: "ENTITY_SPANS", dtype: "int32", dims: [-1, 2] },
  ],
  load: () => ({
    open: () => undefined,
    run: (inputs) => {
      const texts = readList(inputs, "WORDS", "string");
      const labels = readList(inputs, "WORD_LABELS", "string");
      const scores = readList(inputs, "WORD_SCORES", "float32");
      const spans = readMatrix(inputs, "WORD_SPANS", "int32");
      const counts = [labels.length, scores.length, spans.rows];
      if (counts.some((count) => count !== texts.length) || spans.columns !== 2) {
        throw invalidInput(
          "WORDS",
          `${texts.length} words, but ${counts.join(", ")} of the others`,
        );
      }
      const words = texts.map((text, i): LabelledWord => ({
        text,
        start: spans.data[2 * i] as number,
        end: spans.data[2 * i + 1] as number,
        label: labels[i] as string,
        score: scores[i] as number,
      }));
      const entities = findEntities(words);
      const strings = (values: readonly string[]) => tensor("string", values);
      return {
        ENTITY_TEXTS: strings(entities.map(({ text }) => text)),
        ENTITY_LABELS: strings(entities.map(({ label }) => label)),
        ENTITY_SCORES: tensor(
          "float32",
          Float32Array.from(entities, ({ score }) => score),
        ),
        ENTITY_SPANS: tensor(
          "int32",
          Int32Array.from(entities.flatMap(({ start, end }) => [start, end])),
          [entities.length, 2],
        ),
      };
    },
  }),
});
