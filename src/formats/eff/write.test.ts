import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { effEnvironment, openWithEffLibrary } from "../../../test/support/eff-library.ts";
import { type ByteSink, MemorySink } from "../../io/byte-sink.ts";
import { bytesSource, readAll } from "../../io/byte-source.ts";
import { openEff } from "./read.ts";
import { effMap, type EffValue } from "./value.ts";
import { writeEff, type EffWriteRequest } from "./write.ts";

/** Strings that readers of YAML 1.1, 1.2 and the original's own mixture understand differently. */
const TRICKY = [
  "yes",
  "no",
  "off",
  "null",
  "~",
  "=",
  "<<",
  "1_000",
  "0b1",
  "017",
  "12:30:45",
  "2024-01-02",
  "1.10",
  "",
  " ",
  "a: b",
  "#",
  "&a",
  "*a",
  "!x",
  "%x",
  "@x",
  "{a}",
  "- x",
  "tab\tx",
  "l1\nl2\n",
  "cr\rx",
  "quote\"'",
  "back\\slash",
  "\u007f\u0085\u2028\u2029\ufeffx",
  "žluť 日本 😀",
  "\u0000\u001b[0m",
  "word ".repeat(80),
];

const metadata: Record<string, EffValue> = {
  ...Object.fromEntries(TRICKY.map((text, i) => [`t${i}`, text])),
  ...Object.fromEntries(TRICKY.map((text) => [`k${text}`, true])),
  int: 3,
  big: 2n ** 70n,
  float: 1.5,
  small: 1e-7,
  huge: 1e300,
  none: null,
  list: ["yes", 1, [], new Map()],
  nested: effMap({ a: effMap({ no: false }) }),
  bytes: Uint8Array.of(0, 1, 255),
};

const large = new Uint8Array(3 << 20).map((_, i) => (i * 7919) >> 5);
const request: EffWriteRequest = {
  metadata: effMap(metadata),
  artifacts: [
    {
      name: "model_config.yaml",
      properties: effMap({ conf_path: "model_config.yaml" }),
      content: Buffer.from("a: 1\n"),
    },
    {
      name: "model_graph.onnx",
      properties: effMap({ description: "Exported model", onnx: true }),
      content: bytesSource(large),
    },
    {
      name: "žluť 日本.txt",
      properties: new Map(),
      content: {
        sizeBytes: 3,
        write: async (sink: ByteSink) => {
          await sink.write(Buffer.from("ab"));
          await sink.write(Buffer.from("c"));
        },
      },
    },
    { name: "empty", properties: new Map(), content: new Uint8Array() },
  ],
};

async function written(what = request): Promise<Uint8Array> {
  const sink = new MemorySink();
  await writeEff(sink, what);
  return sink.bytes();
}

test("what is written is read back", async () => {
  const archive = await openEff(bytesSource(await written(), "x.riva"));
  const stored = new Map<string, EffValue>([...request.metadata, ["format_version", 3]]);
  assert.deepEqual(archive.metadata, stored);
  assert.deepEqual(
    new Set(archive.artifacts.map(({ name }) => name)),
    new Set(request.artifacts.map(({ name }) => name)),
  );
  const graph = archive.artifacts.find(({ name }) => name === "model_graph.onnx");
  assert.equal(Buffer.compare(await readAll(graph!.source, 1 << 30), large), 0);
  assert.equal(graph!.properties.get("description"), "Exported model");
  assert.equal(graph!.encryption, undefined);
  await archive.close();
});

test("the same content gives the same bytes, and large payloads are stored", async () => {
  const first = await written();
  assert.deepEqual(await written(), first);
  assert(first.byteLength > large.byteLength, "not compressed");
  assert(first.byteLength < large.byteLength + 20_000, "little around it");
});

test("a content of another size than announced is our bug", async () => {
  const content = {
    sizeBytes: 5,
    write: (sink: ByteSink) => sink.write(new Uint8Array(4)),
  };
  const wrong = { metadata: new Map(), artifacts: [{ name: "a", properties: new Map(), content }] };
  await assert.rejects(written(wrong), /bug: .*4 bytes/);
});

test("keys that the original cannot store are our bug", async () => {
  await assert.rejects(written({ metadata: effMap({ passphrase: "x" }), artifacts: [] }), /bug/);
  const entry = { name: "a", properties: effMap({ filepath: "x" }), content: new Uint8Array() };
  await assert.rejects(written({ metadata: new Map(), artifacts: [entry] }), /bug/);
});

test("the original library reads the same", { skip: effEnvironment.skip }, async () => {
  const folder = mkdtempSync(path.join(tmpdir(), "eff-"));
  try {
    const file = path.join(folder, "ours.riva");
    writeFileSync(file, await written());
    const seen = openWithEffLibrary(file);
    for (const [key, value] of Object.entries(metadata)) {
      if (typeof value === "string" || typeof value === "boolean")
        assert.equal(seen.metadata[key], value, key);
    }
    assert.deepEqual(seen.metadata["big"], { $int: String(2n ** 70n) });
    assert.deepEqual(seen.metadata["bytes"], { $bytes: "AAH/" });
    assert.deepEqual(seen.metadata["list"], ["yes", 1, [], {}]);
    assert.equal(seen.metadata["small"], 1e-7);
    const graph = seen.artifacts["model_graph.onnx"];
    assert.equal(graph?.sha256, createHash("sha256").update(large).digest("hex"));
    assert.equal(graph?.properties["onnx"], true);
    assert.equal(seen.artifacts["žluť 日本.txt"]?.size, 3);
    assert.equal(seen.artifacts["empty"]?.size, 0);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
