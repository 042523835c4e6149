import assert from "node:assert/strict";
import { test } from "node:test";
import { isToolError } from "../errors/tool-error.ts";
import { parseArchiveRef } from "./archive-ref.ts";
import { nearest } from "./nearest.ts";
import { defineOptions, scoped } from "./option.ts";
import { checkPositionals, splitWords, typeOptions } from "./parse.ts";

const table = defineOptions({
  force: { type: "bool", short: "f", default: false, doc: "Overwrite" },
  offline: { type: "bool", default: false, doc: "Offline" },
  name: { type: "string", default: "riva-asr", doc: "Name" },
  chunk_size: { type: "float", min: 0, aliases: ["chunk-size"], doc: "Seconds" },
  ms_per_timestep: { type: "int", doc: "Milliseconds" },
  decoder_type: {
    type: "enum",
    values: ["greedy", "flashlight"],
    default: "greedy",
    doc: "Search",
  },
  "export-config": { type: "key-values", doc: "Export settings" },
  ...scoped("featurizer", defineOptions({ max_batch_size: { type: "int", min: 1, doc: "Batch" } })),
});

function parse(line: string): {
  values: Record<string, unknown>;
  positionals: readonly string[];
  given: ReadonlySet<string>;
} {
  const words = splitWords(
    line.split(" ").filter((word) => word !== ""),
    table,
  );
  return { ...typeOptions(words.options, table), positionals: words.positionals };
}

const accepted: [string, Record<string, unknown>, string[]][] = [
  ["out.rmir in.riva", { force: false, name: "riva-asr" }, ["out.rmir", "in.riva"]],
  ["-f --offline out in", { force: true, offline: true }, ["out", "in"]],
  ["--force -f out", { force: true }, ["out"]],
  ["--offline=False out", { offline: false }, ["out"]],
  ["--offline False out", { offline: false }, ["out"]],
  ["--offline true out", { offline: true }, ["out"]],
  ["--chunk_size=20. --ms_per_timestep 80", { chunk_size: 20, ms_per_timestep: 80 }, []],
  ["--chunk-size=0.16", { chunk_size: 0.16 }, []],
  ["--ms_per_timestep=-1", { ms_per_timestep: -1 }, []],
  ["--name=a --name=b", { name: "b" }, []],
  ["--decoder_type=Greedy", { decoder_type: "greedy" }, []],
  ["--featurizer.max_batch_size=512 out", { "featurizer.max_batch_size": 512 }, ["out"]],
  ["--export-config a=1 b=2 out", { "export-config": { a: "1", b: "2" } }, ["out"]],
  ["--export-config a=1 --export-config b=2=3", { "export-config": { a: "1", b: "2=3" } }, []],
];

for (const [line, values, positionals] of accepted) {
  test(`accepts: ${line}`, () => {
    const result = parse(line);
    for (const [name, value] of Object.entries(values))
      assert.deepEqual(result.values[name], value, name);
    assert.deepEqual(result.positionals, positionals);
  });
}

const refused: [string, string, string][] = [
  ["--decoder_tpye=greedy", "--decoder_tpye", "did you mean --decoder_type?"],
  ["--featurizer.max_batchsize=3", "--featurizer.max_batchsize", "--featurizer.max_batch_size"],
  ["--nothing_like_it", "--nothing_like_it", "--help"],
  ["--chunk_size=abc", '"abc"', "--chunk_size="],
  ["--chunk_size=-1", "at least 0", "range"],
  ["--ms_per_timestep=1.5", "whole number", "--ms_per_timestep"],
  ["--ms_per_timestep", "expected a value", "--ms_per_timestep=…"],
  ["--offline=maybe", '"maybe"', "--offline=True"],
  ["--decoder_type=kaldy", '"kaldy"', "greedy, flashlight"],
  ["--export-config nothing", '"nothing"', "decoder_type=ctc"],
];

for (const [line, message, hint] of refused) {
  test(`refuses: ${line}`, () => {
    assert.throws(
      () => parse(line),
      (error: unknown) =>
        isToolError(error, "USAGE") && error.message.includes(message) && error.hint.includes(hint),
    );
  });
}

test("given tells defaults from what the user wrote", () => {
  const { given } = parse("--name=riva-asr -f");
  assert.deepEqual([...given].sort(), ["force", "name"]);
});

test("a required option and a required positional are asked for by name", () => {
  const required = defineOptions({ out: { type: "path", required: true, doc: "Where to write" } });
  assert.throws(() => typeOptions([], required), /missing --out/);
  const specs = [{ name: "source", doc: "The checkpoint", required: true }];
  assert.throws(() => checkPositionals([], specs), /missing <source>/);
  assert.throws(() => checkPositionals(["a", "b"], specs), /unexpected argument "b"/);
  checkPositionals(["a", "b"], [{ name: "sources", doc: "", required: true, variadic: true }]);
});

test("path:key splits at the last colon that no slash follows", () => {
  const cases: [string, string, string | undefined][] = [
    ["a.riva", "a.riva", undefined],
    ["a.riva:tlt_encode", "a.riva", "tlt_encode"],
    ["a.riva:", "a.riva", undefined],
    ["/x:y/a.riva", "/x:y/a.riva", undefined],
    ["/x:y/a.riva:k:2", "/x:y/a.riva:k", "2"],
    [":key", ":key", undefined],
  ];
  for (const [text, path, key] of cases)
    assert.deepEqual(parseArchiveRef(text), { path, key }, text);
});

test("nearest suggests only what is near", () => {
  assert.equal(nearest("onnx_opset", ["onnx-opset", "out"]), "onnx-opset");
  assert.equal(nearest("zzz", ["out", "key"]), undefined);
});
