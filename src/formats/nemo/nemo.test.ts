/** Container variants written by real torch and NeMo, and everything that is not a checkpoint. */
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { countingSource } from "../../../test/support/counting-source.ts";
import { projectRoot, sharedRoot, skipWithoutShared } from "../../../test/support/paths.ts";
import { scratchFolder } from "../../../test/support/scratch.ts";
import { isToolError } from "../../errors/tool-error.ts";
import { MemorySink } from "../../io/byte-sink.ts";
import { bytesSource, readAll } from "../../io/byte-source.ts";
import { openFile } from "../../io/file-source.ts";
import { halfToFloat, floatToHalf } from "../../tensor/half.ts";
import { readFloat32 } from "../../tensor/read-tensor.ts";
import { finishTar, writeTarMember } from "../tar/write.ts";
import { toPlainObject } from "../yaml/value.ts";
import { openNemo, type NemoCheckpoint } from "./read.ts";

const fixtures = path.join(projectRoot, "test/fixtures/nemo");
const fixture = (name: string): string => path.join(fixtures, name, "model.nemo");
const BASE = "quartznet-char-numclasses-1";

async function withCheckpoint<T>(
  file: string,
  use: (nemo: NemoCheckpoint) => Promise<T>,
): Promise<T> {
  const nemo = await openNemo(file);
  try {
    return await use(nemo);
  } finally {
    await nemo.close();
  }
}

const readWeights = (
  file: string,
): Promise<Map<string, { shape: readonly number[]; data: Float32Array }>> =>
  withCheckpoint(file, async (nemo) => {
    const result = new Map();
    for (const [name, view] of await nemo.weights()) {
      result.set(name, { shape: view.shape, data: await readFloat32(view) });
    }
    return result;
  });

/** The low 16 bits of a float rounded away, ties to even, as torch does. */
function roundToBfloat16(value: number): number {
  const words = new Uint32Array(Float32Array.of(value).buffer);
  const bits = words[0] as number;
  words[0] = (bits + 0x7fff + ((bits >>> 16) & 1)) & 0xffff0000;
  return new Float32Array(words.buffer)[0] as number;
}

const rounding: Record<string, (value: number) => number> = {
  "container-fp16": (value) => halfToFloat(floatToHalf(value)),
  "container-bf16": roundToBfloat16,
};
const variants = readdirSync(fixtures).filter((name) => name.startsWith("container-"));

test("all container variants are here", () => assert.equal(variants.length, 11));

for (const name of variants) {
  test(`${name}: the weights and the configuration of its base model`, async () => {
    const base = await readWeights(fixture(BASE));
    const found = await readWeights(fixture(name));
    assert.equal(base.size, 44);
    assert.deepEqual([...found.keys()], [...base.keys()]);
    const round = rounding[name] ?? ((value: number) => value);
    for (const [key, { shape, data }] of base) {
      assert.deepEqual(found.get(key)?.shape, shape, key);
      const isInteger = key.endsWith("num_batches_tracked");
      assert.deepEqual(found.get(key)?.data, isInteger ? data : data.map(round), key);
    }
    await withCheckpoint(fixture(name), async (nemo) => {
      await withCheckpoint(fixture(BASE), async (plain) => {
        assert.equal(nemo.target, "nemo.collections.asr.models.ctc_models.EncDecCTCModel");
        assert.deepEqual(
          nemo.members.map((m) => m.name),
          ["model_config.yaml", "model_weights.ckpt"],
        );
        const expected = toPlainObject(plain.config.value as never) as Record<string, unknown>;
        if (name === "container-oldconfig") delete expected["nemo_version"];
        assert.deepEqual(toPlainObject(nemo.config.value as never), expected);
        assert.equal(nemo.nemoVersion, expected["nemo_version"]);
        assert.deepEqual(nemo.config.get("decoder.vocabulary").strings().slice(13, 16), [
          "m",
          "n",
          "o",
        ]);
      });
    });
  });
}

test("tied storages are one storage", async () => {
  await withCheckpoint(fixture("container-views"), async (nemo) => {
    const weights = await nemo.weights();
    const storages = new Set(
      [...weights].filter(([key]) => key.startsWith("decoder.")).map(([, view]) => view.storage),
    );
    assert.equal(storages.size, 1);
  });
});

test(
  "listing the weights reads kilobytes, whatever the size",
  { skip: skipWithoutShared },
  async () => {
    const file = path.join(sharedRoot as string, "models/tts-fastpitch.nemo");
    const source = await openFile(file);
    try {
      const counting = countingSource(source);
      const nemo = await openNemo(counting);
      const weights = await nemo.weights();
      assert.ok(weights.size > 50 && counting.sizeBytes > 20_000_000);
      assert.ok(
        counting.bytesRead < 200_000,
        `${counting.bytesRead} bytes in ${counting.readCount} reads`,
      );
      await nemo.close();
    } finally {
      await source.close();
    }
  },
);

test(
  "every shared checkpoint opens, with finite weights and findable artifacts",
  { skip: skipWithoutShared },
  async () => {
    let count = 0;
    let artifacts = 0;
    for (const folder of ["fixtures/nemo", "fixtures/nemo-nlp"]) {
      const root = path.join(sharedRoot as string, folder);
      for (const name of readdirSync(root)) {
        const file = path.join(root, name, "model.nemo");
        if (!existsSync(file)) continue;
        count++;
        await withCheckpoint(file, async (nemo) => {
          for (const [key, view] of await nemo.weights()) {
            assert.ok(
              (await readFloat32(view)).every((x) => !Number.isNaN(x)),
              `${name} ${key}`,
            );
          }
          for (const match of nemo.configText.matchAll(/: (nemo:\S+)$/gm)) {
            assert.ok(nemo.artifact(match[1])?.sizeBytes, `${name} ${match[1]}`);
            artifacts++;
          }
        });
      }
    }
    assert.ok(count > 50 && artifacts > 50, `${count} checkpoints, ${artifacts} artifacts`);
  },
);

type Files = Record<string, string | Uint8Array>;

async function pack(files: Files): Promise<Uint8Array> {
  const sink = new MemorySink();
  for (const [name, content] of Object.entries(files)) {
    const bytes = typeof content === "string" ? Buffer.from(content) : content;
    await writeTarMember(sink, { name, sizeBytes: bytes.byteLength, content: [bytes] });
  }
  await finishTar(sink);
  return sink.bytes();
}

const openFiles = async (files: Files): Promise<NemoCheckpoint> =>
  openNemo(bytesSource(await pack(files), "x.nemo"));
const CONFIG = "target: a.b.C\n";

test("artifacts are found as NeMo finds them", async () => {
  const nemo = await openFiles({
    "./model_config.yaml": `${CONFIG}t: {new: 'nemo:12ab_vocab.txt', old: /data/train/vocab.txt, none: null, gone: /x/y.txt, lost: 'nemo:z'}\n`,
    "model_weights.ckpt": "",
    "12ab_vocab.txt": "new",
    "vocab.txt": "old",
  });
  const text = async (key: string): Promise<string | undefined> => {
    const member = nemo.artifact(nemo.config.get(`t.${key}`));
    return member && Buffer.from(await readAll(member.source, 100)).toString();
  };
  assert.equal(await text("new"), "new");
  assert.equal(await text("old"), "old");
  assert.equal(await text("none"), undefined);
  assert.equal(await text("gone"), undefined);
  assert.equal(await text("absent"), undefined);
  await assert.rejects(
    text("lost"),
    (e) => isToolError(e, "INVALID_FILE") && /no z/.test(e.message),
  );
});

test("old configuration syntax is spliced at every depth", async () => {
  const nemo = await openFiles({
    "model_config.yaml": [
      CONFIG.trim(),
      "encoder: {cls: x.Enc, params: {d: 1, list: [{target: x.Block, params: {k: 2}}]}}",
      "plain: {target: keep, other: 1}",
      "optim: {name: adam, params: {lr: 1e-3}}",
    ].join("\n"),
    "model_weights.ckpt": "",
  });
  assert.deepEqual(toPlainObject(nemo.config.value as never), {
    target: "a.b.C",
    encoder: { _target_: "x.Enc", d: 1, list: [{ _target_: "x.Block", k: 2 }] },
    plain: { target: "keep", other: 1 },
    optim: { name: "adam", params: { lr: 0.001 } },
  });
});

const notNemo: readonly (readonly [
  string,
  () => Promise<Uint8Array>,
  "INVALID_FILE" | "UNSUPPORTED" | "INVALID_CONFIG",
  RegExp,
])[] = [
  ["empty", async () => new Uint8Array(0), "INVALID_FILE", /empty file/],
  ["text", async () => Buffer.alloc(2000, "hello "), "INVALID_FILE", /checksum/],
  ["short text", async () => Buffer.from("hello"), "INVALID_FILE", /end mark/],
  [
    "LFS pointer",
    async () => Buffer.from("version https://git-lfs.github.com/spec/v1\noid sha256:1\n"),
    "INVALID_FILE",
    /LFS/,
  ],
  ["web page", async () => Buffer.from("\n<!DOCTYPE html><html>"), "INVALID_FILE", /web page/],
  [
    "bare torch zip",
    async () => Buffer.from("PK\u0003\u0004rest of it"),
    "INVALID_FILE",
    /bare torch weights/,
  ],
  [
    "bare legacy torch",
    async () => Buffer.from([0x80, 2, 0x8a, 0x0a, 1, 2, 3]),
    "INVALID_FILE",
    /bare torch weights/,
  ],
  ["gzip of something else", async () => gzipSync("hello"), "INVALID_FILE", /end mark/],
  [
    "gzip cut short",
    async () => gzipSync(await pack({ "model_config.yaml": CONFIG })).subarray(0, 60),
    "INVALID_FILE",
    /gzip/,
  ],
  [
    "EFF archive",
    () => pack({ "manifest.yaml": "", "artifacts/model_graph.onnx": "" }),
    "INVALID_FILE",
    /EFF/,
  ],
  [
    "no configuration",
    () => pack({ "model/model_config.yaml": CONFIG }),
    "INVALID_FILE",
    /model\/model_config\.yaml/,
  ],
  ["empty archive", () => pack({}), "INVALID_FILE", /nothing/],
  [
    "no weights",
    () => pack({ "model_config.yaml": CONFIG }),
    "INVALID_FILE",
    /model_weights\.ckpt/,
  ],
  [
    "Megatron shards",
    () => pack({ "model_config.yaml": CONFIG, "mp_rank_00/model_weights.ckpt": "" }),
    "UNSUPPORTED",
    /sharded Megatron/,
  ],
  [
    "Megatron pipeline shards",
    () => pack({ "model_config.yaml": CONFIG, "tp_rank_00_pp_rank_001/model_weights.ckpt": "" }),
    "UNSUPPORTED",
    /sharded Megatron/,
  ],
  [
    "distributed checkpoint",
    () => pack({ "model_config.yaml": CONFIG, "model_weights/metadata.json": "" }),
    "UNSUPPORTED",
    /distributed/,
  ],
  [
    "no target",
    () => pack({ "model_config.yaml": "a: 1", "model_weights.ckpt": "" }),
    "INVALID_CONFIG",
    /target/,
  ],
  [
    "a list as configuration",
    () => pack({ "model_config.yaml": "- 1", "model_weights.ckpt": "" }),
    "INVALID_CONFIG",
    /map/,
  ],
  [
    "Python object in the configuration",
    () =>
      pack({ "model_config.yaml": "target: !!python/name:os.system", "model_weights.ckpt": "" }),
    "INVALID_FILE",
    /YAML/,
  ],
];
for (const [what, make, code, says] of notNemo) {
  test(`refused: ${what}`, async () => {
    const bytes = await make();
    await assert.rejects(
      openNemo(bytesSource(bytes, "x.nemo")),
      (e) => isToolError(e, code) && says.test(e.message) && e.at[0] === "x.nemo" && e.hint !== "",
    );
  });
}

test("refused: a folder, a missing file", async (t) => {
  const folder = scratchFolder(t);
  mkdirSync(path.join(folder, "unpacked"));
  writeFileSync(path.join(folder, "unpacked/model_config.yaml"), CONFIG);
  await assert.rejects(
    openNemo(path.join(folder, "unpacked")),
    (e) => isToolError(e, "INVALID_FILE") && /folder/.test(e.message) && /tar/.test(e.hint),
  );
  await assert.rejects(openNemo(path.join(folder, "none.nemo")), (e) =>
    isToolError(e, "NOT_FOUND"),
  );
});

test("a real checkpoint cut short at 20 places is refused at each", async () => {
  const source = await openFile(fixture(BASE));
  const whole = await readAll(source, 1e6);
  await source.close();
  for (let i = 0; i < 20; i++) {
    const cut = whole.subarray(0, Math.floor((71_000 * i) / 20));
    await assert.rejects(
      openNemo(bytesSource(cut, "cut")),
      (e) => isToolError(e, "INVALID_FILE"),
      `${cut.byteLength}`,
    );
  }
});

test("bit flips anywhere give a ToolError or a checkpoint, never another failure", async () => {
  const source = await openFile(fixture("container-archive-prefix"));
  const whole = await readAll(source, 1e6);
  await source.close();
  let seed = 12345;
  const random = (below: number): number =>
    (seed = (seed * 1103515245 + 12345) % 2147483648) % below;
  let refused = 0;
  for (let i = 0; i < 300; i++) {
    const bytes = Uint8Array.from(whole);
    const at = i % 2 === 0 ? random(bytes.length) : 5000 + random(5000);
    bytes[at] = random(256);
    try {
      const nemo = await openNemo(bytesSource(bytes, "flipped"));
      for (const view of (await nemo.weights()).values()) await readFloat32(view);
    } catch (error) {
      assert.ok(isToolError(error), `byte ${at}: ${String(error)}`);
      refused++;
    }
  }
  assert.ok(refused > 50, `${refused} refused`);
});
