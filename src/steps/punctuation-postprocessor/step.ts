/**
 * Words and what the network thinks of each to a punctuated text. Where windows overlap their
 * probabilities are multiplied, in single precision as NeMo does it.
 */
import { tensor } from "../../tensor/tensor.ts";
import { capitalize } from "../../text/language/capitalize.ts";
import { OUTSIDE } from "../../text/language/entities.ts";
import { checkClassCount, loadLabels } from "../language/labels.ts";
import { checkRows, type Matrix, readList, readMatrix } from "../language/matrix.ts";
import { defineStep } from "../step.ts";

export const punctuationPostprocessor = defineStep({
  name: "punctuation-postprocessor",
  doc: "words with their probabilities of marks and capitals to a text",
  stateful: false,
  hasBatchAxis: false,
  inputs: [
    { name: "WORDS", dtype: "string", dims: [-1] },
    { name: "TOKEN_WORDS", dtype: "int32", dims: [-1, -1] },
    { name: "PUNCT_PROBABILITIES", dtype: "float32", dims: [-1, -1, -1] },
    { name: "CAPIT_PROBABILITIES", dtype: "float32", dims: [-1, -1, -1] },
  ],
  outputs: [{ name: "PIPELINE_OUTPUT", dtype: "string", dims: [1] }],
  load: (setup) => {
    const marks = loadLabels(setup, "punct_labels_file");
    const capitals = loadLabels(setup, "capit_labels_file");
    const none = setup.parameters["outside_label"] ?? OUTSIDE;
    return {
      open: () => undefined,
      run: (inputs) => {
        const words = readList(inputs, "WORDS", "string");
        const places = readMatrix(inputs, "TOKEN_WORDS", "int32");
        const best = (name: string, labels: readonly string[]): string[] => {
          const probabilities = readMatrix(inputs, name, "float32", 3);
          checkRows(name, probabilities, places.rows);
          checkClassCount(name, probabilities.depth, labels);
          return bestLabels(places, probabilities, labels, words.length);
        };
        const mark = best("PUNCT_PROBABILITIES", marks);
        const capital = best("CAPIT_PROBABILITIES", capitals);
        const text = words
          .map((word, i) => {
            const cased = capital[i] === none ? word : capitalize(word);
            return mark[i] === none ? cased : `${cased}${mark[i]}`;
          })
          .join(" ");
        return { PIPELINE_OUTPUT: tensor("string", [text]) };
      },
    };
  },
});

/** The label with the largest product of probabilities for each word. */
function bestLabels(
  places: Matrix<"int32">,
  { data }: Matrix<"float32">,
  labels: readonly string[],
  words: number,
): string[] {
  const classes = labels.length;
  const products = new Float32Array(words * classes).fill(1);
  places.data.forEach((word, at) => {
    if (word < 0) return;
    for (let i = 0; i < classes; i++) {
      products[word * classes + i] =
        (products[word * classes + i] as number) * (data[at * classes + i] as number);
    }
  });
  return Array.from({ length: words }, (_, word) => {
    const row = products.subarray(word * classes, (word + 1) * classes);
    const largest = row.reduce((a, b) => Math.max(a, b), -Infinity);
    return labels[row.indexOf(largest)] as string;
  });
}
