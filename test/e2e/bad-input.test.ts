/**
 * What users get wrong and attackers try, through the bins: one error of three lines with a hint,
 * the right exit status, and nothing left behind. (The readers' own tests have many more files.)
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { gzipSync } from "node:zlib";
import {
  fastConformerConfig,
  fastConformerParameters,
  type FastConformerSize,
} from "../../bench/support/fast-conformer.ts";
import { writeRandomNemo } from "../../bench/support/random-checkpoint.ts";
import { binPath, runBin, runBinOk } from "../support/bins.ts";
import { demoModelPath } from "../support/demo-pipeline.ts";

const TINY: FastConformerSize = { layers: 1, model: 16, heads: 2, channels: 8, vocabulary: 12 };

let folder: string;
const file = (name: string): string => path.join(folder, name);

before(() => {
  folder = mkdtempSync(path.join(tmpdir(), "bad-input-"));
});
after(() => rmSync(folder, { recursive: true, force: true }));

/** Runs a bin that must fail, and checks that the folder of its output is as before. */
function refuse(name: string, args: readonly string[], status: number, says: RegExp): void {
  const out = file("out");
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out);
  const result = runBin(name, args, out);
  assert.equal(result.status, status, result.stderr);
  const error = result.stderr.slice(result.stderr.indexOf("error: "));
  assert.match(error, /^error: .+\n( {2}at .+\n)? {2}hint: .+\n$/, "three lines");
  assert.match(error, says);
  assert.deepEqual(readdirSync(out), [], "nothing is left behind");
}

const convert = (source: string): string[] => ["--out", "model.riva", source];
const tiny = (config: string, name = "tiny.nemo"): string => {
  writeRandomNemo(file(name), config, fastConformerParameters(TINY));
  return file(name);
};

test("a tiny checkpoint made here converts, so that what follows fails for its own reason", () => {
  runBinOk("nemo2riva", ["--out", file("tiny.riva"), tiny(fastConformerConfig(TINY))]);
});

test("files that are no checkpoint", () => {
  writeFileSync(file("text.nemo"), "hello");
  writeFileSync(file("empty.nemo"), "");
  writeFileSync(file("bomb.nemo"), gzipSync(Buffer.alloc(200 << 20)));
  refuse("nemo2riva", convert(file("missing.nemo")), 66, /no such file/);
  refuse("nemo2riva", convert(folder), 65, /folder/);
  refuse("nemo2riva", convert(file("text.nemo")), 65, /tar/);
  refuse("nemo2riva", convert(file("empty.nemo")), 65, /empty/);
  refuse("nemo2riva", convert(file("bomb.nemo")), 65, /bytes/);
});

test("a checkpoint cut short at twenty places", () => {
  const whole = readFileSync(tiny(fastConformerConfig(TINY)));
  for (let i = 0; i < 20; i++) {
    writeFileSync(file("cut.nemo"), whole.subarray(0, Math.floor((whole.length * i) / 20)));
    refuse("nemo2riva", convert(file("cut.nemo")), 65, /hint/);
  }
});

test("configurations that do not fit the weights, or that no converter knows", () => {
  const config = fastConformerConfig(TINY);
  const cases: [string, number, RegExp][] = [
    [config.replace("n_layers: 1", "n_layers: 2"), 65, /layers\.1\./],
    [config.replace("d_model: 16", "d_model: 24"), 65, /shape/],
    [
      config.replace("EncDecCTCModelBPE", "EncDecDiarLabelModel"),
      69,
      /no converter for 'EncDecDiarLabelModel'/,
    ],
    [config.replace("n_heads: 2", "n_heads: two"), 65, /n_heads/],
    [
      config.replace("modules.ConformerEncoder", "modules.SqueezeformerEncoder"),
      69,
      /Squeezeformer/,
    ],
    [config.replace(/^target: .*\n/, ""), 65, /target/],
    [`${config}tokenizer:\n  model_path: nemo:gone.model\n`, 65, /gone\.model/],
    ["a: &a [x, x]\nb: &b [*a, *a]\n", 65, /hint/],
  ];
  for (const [text, status, says] of cases)
    refuse("nemo2riva", convert(tiny(text, "changed.nemo")), status, says);
});

test("archives given to the wrong tool, and options that are wrong", () => {
  runBinOk("nemo2riva", ["-f", "--out", file("tiny.riva"), tiny(fastConformerConfig(TINY))]);
  runBinOk("riva-build", ["speech_recognition", "-f", file("tiny.rmir"), file("tiny.riva")]);
  const build = ["speech_recognition", "asr.rmir"];
  refuse("riva-build", [...build, file("tiny.nemo")], 65, /nemo2riva/);
  refuse("riva-build", [...build, file("tiny.rmir")], 65, /RMIR/);
  refuse("riva-build", [...build, file("tiny.riva"), "--chunk_size=0.1"], 64, /0\.08|0\.16/);
  refuse("riva-build", [...build, file("tiny.riva"), "--chunk_sice=1.6"], 64, /--chunk_size/);
  refuse(
    "riva-build",
    ["speech_recogniton", "asr.rmir", file("tiny.riva")],
    64,
    /speech_recognition/,
  );
  refuse("riva-deploy", [file("tiny.riva"), "models"], 65, /riva-build/);
  refuse("riva-deploy", [file("tiny.nemo"), "models"], 65, /riva-build/);
  refuse("riva-server", ["--model-repository", file("nowhere")], 66, /nowhere/);
  refuse("riva-server", [], 64, /--model-repository/);
});

test("an existing model is kept without -f and replaced with it", () => {
  const models = file("models");
  runBinOk("riva-deploy", [file("tiny.rmir"), models]);
  const config = path.join(models, "riva-asr/config.pbtxt");
  const before = readFileSync(config, "utf8");
  const again = runBin("riva-deploy", [file("tiny.rmir"), models]);
  assert.equal(again.status, 73);
  assert.match(again.stderr, /riva-asr/);
  assert.equal(readFileSync(config, "utf8"), before);
  runBinOk("riva-deploy", ["-f", file("tiny.rmir"), models]);
});

test("a full disk leaves nothing behind", (t) => {
  const disk = file("disk");
  mkdirSync(disk);
  if (spawnSync("mount", ["-t", "tmpfs", "-o", "size=64k", "tmpfs", disk]).status !== 0) {
    t.skip("a small file system cannot be mounted here");
    return;
  }
  try {
    const result = runBin("nemo2riva", [
      "--out",
      path.join(disk, "model.riva"),
      demoModelPath("quartznet"),
    ]);
    assert.equal(result.status, 73, result.stderr);
    assert.match(result.stderr, /space/);
    assert.deepEqual(readdirSync(disk), []);
  } finally {
    spawnSync("umount", [disk]);
  }
});

test("an interrupted conversion leaves nothing behind", async () => {
  const size = { ...TINY, layers: 8, model: 512, channels: 64 };
  writeRandomNemo(file("large.nemo"), fastConformerConfig(size), fastConformerParameters(size));
  const out = file("interrupted");
  mkdirSync(out);
  // the signal comes while weights are written: the log says so
  const script = `exec "$0" "$1" --out model.riva "$2" 2> >(while read -r line; do case "$line" in *"Saving to"*) kill -INT $$;; esac; done)`;
  const result = spawnSync(
    "bash",
    ["-c", script, process.execPath, binPath("nemo2riva"), file("large.nemo")],
    { cwd: out },
  );
  const left = readdirSync(out);
  assert.ok(
    result.status === 130 ? left.length === 0 : left.join() === "model.riva",
    `${result.status}: ${left.join()}`,
  );
});

test("a repository with a broken model is explained before anything listens", () => {
  const broken = file("broken");
  cpSync(file("models"), broken, { recursive: true });
  writeFileSync(path.join(broken, "riva-asr/config.pbtxt"), 'name: "riva-asr"\nmax_batchsize: 4\n');
  const result = runBin("riva-server", [
    "--model-repository",
    broken,
    "--riva-uri",
    "127.0.0.1:0",
    "--http-uri",
    "127.0.0.1:0",
  ]);
  assert.equal(result.status, 65, result.stderr);
  assert.match(result.stderr, /max_batchsize/);
  assert.ok(!existsSync(path.join(broken, "riva-asr", ".partial")));
});
