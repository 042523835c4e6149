/** The beam decoder in whole streams: what holds for greedy ones must hold here. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  BLANK,
  heard,
  loadRecognizer,
  requestsOf,
  spell,
  type Parameters,
} from "../../../test/support/ctc-stream.ts";
import { seededRandom } from "../../../test/support/cut.ts";
import { isToolError } from "../../errors/tool-error.ts";
import type { TensorOf, Tensors } from "../../tensor/tensor.ts";

const silence = (timesteps: number): number[] => Array.from({ length: timesteps }, () => BLANK);

const DECODERS: Readonly<Record<string, Parameters>> = {
  lexicon: { decoder_type: "flashlight", lexicon_file: "lexicon.txt", sil_token: "▁" },
  tokens: { decoder_type: "flashlight", use_lexicon_free_decoding: "True" },
  os2s: { decoder_type: "os2s" },
};

/** Speech and silence in turns of random lengths. */
function babble(random: () => number, timesteps: number): number[] {
  const ids: number[] = [];
  while (ids.length < timesteps) {
    const speech = Array.from({ length: Math.floor(random() * 20) }, () =>
      Math.floor(random() * (BLANK + 1)),
    );
    ids.push(...speech, ...silence(Math.floor(random() * 25)));
  }
  return ids.slice(0, timesteps);
}

const strings = (response: Tensors | undefined, name: string): readonly string[] =>
  (response?.[name] as TensorOf<"string">).data;

for (const [name, parameters] of Object.entries(DECODERS)) {
  const open = (more: Parameters = {}) =>
    loadRecognizer({ ...parameters, ...more }, "ctc-beam-decoder");

  test(`${name}: chunk by chunk gives what one request gives`, () => {
    const random = seededRandom(31);
    let words = 0;
    for (let round = 0; round < 20; round++) {
      const audio = spell(babble(random, 20 + Math.floor(random() * 150)));
      const opened = open({
        left_padding_size: ["0", "0.32"][round % 2] as string,
        right_padding_size: ["0", "0.24", "0.4"][round % 3] as string,
      });
      const stream = opened();
      const chunked = requestsOf(audio).map((request) => stream.push(request));
      const whole = opened().push({ audio, flags: { start: true, end: true } });
      assert.deepEqual(heard(chunked), heard([whole]), `round ${round}`);
      words += heard([whole]).wordScores.length;
    }
    assert.ok(words > 100, `${words} words`);
  });

  test(`${name}: streams do not hear each other`, () => {
    const random = seededRandom(8);
    const opened = open();
    const audios = [1, 2, 3].map(() => spell(babble(random, 80)));
    const alone = audios.map((audio) => {
      const stream = opened();
      return heard(requestsOf(audio).map((request) => stream.push(request)));
    });
    const streams = audios.map((audio) => ({ stream: opened(), requests: requestsOf(audio) }));
    const together: Tensors[][] = audios.map(() => []);
    for (let turn = 0; streams.some(({ requests }) => turn < requests.length); turn++) {
      streams.forEach(({ stream, requests }, n) => {
        const request = requests[turn];
        if (request !== undefined) together[n]?.push(stream.push(request));
      });
    }
    assert.deepEqual(together.map(heard), alone);
  });

  test(`${name}: partial transcripts come before the final`, () => {
    const stream = open()();
    const ids = [...silence(3), 0, BLANK, 1, BLANK, 2, 3, ...silence(20)];
    const responses = requestsOf(spell(ids)).map((request) => stream.push(request));
    const first = responses.findIndex(
      (response) => strings(response, "FINAL_TRANSCRIPTS").length > 0,
    );
    assert.deepEqual(strings(responses[first], "FINAL_TRANSCRIPTS"), ["one two three"]);
    const [partial = ""] = strings(responses[first - 1], "PARTIAL_TRANSCRIPTS");
    assert.ok(partial.startsWith("one two three"), partial);
    assert.deepEqual(strings(responses[first], "PARTIAL_TRANSCRIPTS"), []);
  });

  test(`${name}: force_eou closes the running utterance`, () => {
    const stream = open()();
    const [first, second] = requestsOf(spell([0, 0, 1, BLANK, BLANK, 0, BLANK, BLANK, 1, BLANK]));
    assert.ok(first !== undefined && second !== undefined);
    assert.deepEqual(heard([stream.push(first)]).finals, []);
    const forced = stream.push({ ...second, configuration: { force_eou: "true" } });
    assert.equal(heard([forced]).finals.length, 1);
  });

  test(`${name}: hours of noise do not grow the state`, () => {
    const random = seededRandom(4);
    const stream = open({ start_th: "0.5" })();
    let most = 0;
    requestsOf(spell(Array.from({ length: 8000 }, () => (random() < 0.1 ? 0 : BLANK)))).forEach(
      (request, n) => {
        stream.push({ ...request, flags: { start: n === 0, end: false } });
        const { buffer } = stream.states[2] as { buffer: { first(otherwise: number): number } };
        most = Math.max(most, (n + 1) * 4 - buffer.first(0));
      },
    );
    assert.ok(most <= 30_000 / 40 + 16, `${most} timesteps`);
  });
}

test("a row of alternatives has a column for each, the missing ones empty", () => {
  const opened = loadRecognizer(
    { ...DECODERS["lexicon"], max_supported_transcripts: "3" },
    "ctc-beam-decoder",
  );
  const response = opened().push({
    audio: spell([0, BLANK, 1, ...silence(20), 2, 3, 7, ...silence(20)]),
    flags: { start: true, end: true },
  });
  const found = response["FINAL_TRANSCRIPTS"] as TensorOf<"string">;
  assert.deepEqual(found.shape, [1, 2, 3]);
  assert.equal(found.data[0], "one two");
  assert.equal(found.data[3], "threes");
  assert.equal(response["FINAL_TRANSCRIPTS_SCORE"]?.data.length, 6);
});

const WRONG: readonly [Parameters, RegExp][] = [
  [{ decoder_type: "greedy" }, /expected flashlight or os2s, got "greedy"/],
  [{ decoder_type: "flashlight" }, /lexicon_file/],
  [{ ...DECODERS["lexicon"], lexicon_file: "none.txt" }, /no file 'none.txt'/],
  [{ ...DECODERS["os2s"], max_supported_transcripts: "0" }, /max_supported_transcripts/],
];

for (const [parameters, message] of WRONG) {
  test(`refused: ${JSON.stringify(parameters)}`, () => {
    assert.throws(
      () => loadRecognizer(parameters, "ctc-beam-decoder"),
      (error: unknown) => isToolError(error, "INVALID_CONFIG") && message.test(error.message),
    );
  });
}
