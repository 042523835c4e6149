import assert from "node:assert/strict";
import { test } from "node:test";
import { isToolError } from "../errors/tool-error.ts";
import { isHydraCommand, parseHydraCommand } from "./hydra.ts";

const BASE = ["--config-path=pkg://servicemaker.configs.asr", "--config-name=offline"];

test("key=value words become the options of the classic line", () => {
  const words = [
    ...BASE,
    "output_path=/o.rmir:k",
    "source_path=[/a.riva:k, '/b,c.riva']",
    "nn.max_batch_size=4",
    "decoder=greedy",
    "force=true",
  ];
  assert(isHydraCommand(words));
  assert.deepEqual(parseHydraCommand(words), {
    pipeline: "speech_recognition",
    configName: "offline",
    wantsHelp: false,
    output: "/o.rmir:k",
    inputs: [{ reference: "/a.riva:k" }, { reference: "/b,c.riva" }],
    options: [
      { name: "offline", value: "true" },
      { name: "nn.max_batch_size", value: "4" },
      { name: "decoder_type", value: "greedy" },
      { name: "force", value: "true" },
    ],
  });
});

test("a .nemo source brings its conversion along", () => {
  const source = "source_path=[{path: /m.nemo:key, nemo2riva: {format:onnx, onnx_opset:19}}]";
  const { inputs } = parseHydraCommand([...BASE, "output_path=o", source]);
  assert.deepEqual(inputs, [
    { reference: "/m.nemo:key", nemo2riva: { format: "onnx", onnx_opset: "19" } },
  ]);
});

test("flags may have their value in the next word", () => {
  const words = ["--config-path", "pkg://servicemaker.configs.tts", "--config-name", "x", "-h"];
  const command = parseHydraCommand(words);
  assert.deepEqual(
    [command.pipeline, command.configName, command.wantsHelp],
    ["speech_synthesis", "x", true],
  );
});

test("offline=false beats the name of the configuration", () => {
  const { options } = parseHydraCommand([
    ...BASE,
    "output_path=o",
    "source_path=[a]",
    "offline=false",
  ]);
  assert.deepEqual(options, [{ name: "offline", value: "false" }]);
});

const refused: [string[], RegExp][] = [
  [["--config-path=pkg://servicemaker.configs.nlp"], /configs\.asr/],
  [[...BASE, "output_path=o", "source_path=a"], /\[a\]/],
  [[...BASE, "output_path=o", "source_path=[{nemo2riva: {}}]"], /path/],
  [[...BASE, "output_path=o", "source_path=[a]", "-f"], /force=true/],
  [[...BASE, "output_path=o", "source_path=[a]", "--name=x"], /name=x/],
  [[...BASE, "output_path=o"], /source_path/],
];

for (const [words, hint] of refused) {
  test(`refused: ${words.slice(2).join(" ") || words.join(" ")}`, () => {
    assert.throws(
      () => parseHydraCommand(words),
      (e) => isToolError(e, "USAGE") && hint.test(e.hint),
    );
  });
}

test("the classic line is not of this form", () => {
  assert(!isHydraCommand(["speech_recognition", "o.rmir", "a.riva", "--name=x"]));
});
