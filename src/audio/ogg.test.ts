import assert from "node:assert/strict";
import { test } from "node:test";
import { isToolError } from "../errors/tool-error.ts";
import { cutRandomly } from "../../test/support/cut.ts";
import { oggChecksum } from "./ogg-checksum.ts";
import { createOggOpusReader } from "./ogg.ts";

interface PageParts {
  readonly flags?: number;
  readonly granule?: bigint;
  readonly serial?: number;
  /** Whole packets; the last one may be cut (`open`) to go on in the next page. */
  readonly packets: readonly Uint8Array[];
  readonly open?: boolean;
}

function makePage({
  flags = 0,
  granule = 0n,
  serial = 1,
  packets,
  open = false,
}: PageParts): Uint8Array {
  const lacing = packets.flatMap((packet, index) => {
    const full = Array.from({ length: Math.floor(packet.length / 255) }, () => 255);
    return open && index === packets.length - 1 ? full : [...full, packet.length % 255];
  });
  const page = new Uint8Array(
    27 + lacing.length + packets.reduce((sum, packet) => sum + packet.length, 0),
  );
  const fields = new DataView(page.buffer);
  page.set([0x4f, 0x67, 0x67, 0x53, 0, flags]);
  fields.setBigInt64(6, granule, true);
  fields.setUint32(14, serial, true);
  page[26] = lacing.length;
  page.set(lacing, 27);
  let at = 27 + lacing.length;
  for (const packet of packets) {
    page.set(packet, at);
    at += packet.length;
  }
  fields.setUint32(22, oggChecksum(page), true);
  return page;
}

function makeHead(channels = 1, family = 0, table: readonly number[] = []): Uint8Array {
  const head = new Uint8Array(19 + table.length);
  head.set([...new TextEncoder().encode("OpusHead"), 1, channels]);
  new DataView(head.buffer).setUint16(10, 312, true);
  new DataView(head.buffer).setUint32(12, 16000, true);
  head[18] = family;
  head.set(table, 19);
  return head;
}

const filled = (length: number, value: number): Uint8Array => new Uint8Array(length).fill(value);
const FIRST = 2;
const LAST = 4;
const CONTINUED = 1;
const TAGS = new TextEncoder().encode("OpusTags____");

function join(pages: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(pages.flatMap((page) => [...page]));
}

/** Tags with a picture over two pages, a packet over two pages, a packet of exactly 510 bytes. */
const PAGES = [
  makePage({ flags: FIRST, packets: [makeHead()] }),
  makePage({ packets: [filled(765, 9)], open: true }),
  makePage({ flags: CONTINUED, packets: [filled(40, 9), filled(3, 1)], granule: 960n }),
  makePage({ packets: [filled(510, 2), filled(255, 3)], open: true, granule: 1920n }),
  makePage({ flags: CONTINUED, packets: [filled(5, 3)], granule: -1n }),
  makePage({ flags: LAST, packets: [filled(1, 4)], granule: 3000n }),
];
const PACKETS = [filled(3, 1), filled(510, 2), join([filled(255, 3), filled(5, 3)]), filled(1, 4)];

test("ogg: packets come out whole, however the bytes are cut", () => {
  const bytes = join(PAGES);
  for (const pieces of [[bytes], cutRandomly(bytes, 2, 3), cutRandomly(bytes, 300, 4)]) {
    const reader = createOggOpusReader();
    const packets = pieces.flatMap((piece) => reader.push(piece));
    reader.end();
    assert.deepEqual(packets, PACKETS);
    assert.equal(reader.granulePosition, 3000n);
    assert.equal(reader.head?.preSkip, 312);
    assert.equal(reader.head.inputSampleRate, 16000);
    assert.deepEqual(reader.head.channelMapping, [0]);
  }
});

test("ogg: other streams in the file are passed over", () => {
  const video = makePage({ flags: FIRST, serial: 7, packets: [filled(30, 8)] });
  const frame = makePage({ serial: 7, packets: [filled(30, 8)] });
  const [head = frame, ...rest] = PAGES;
  assert.deepEqual(createOggOpusReader().push(join([video, head, frame, ...rest, frame])), PACKETS);
});

test("ogg: a missing page loses the packets that it held, no more", () => {
  const reader = createOggOpusReader();
  assert.deepEqual(reader.push(join(PAGES.filter((_, index) => index !== 4))), [
    PACKETS[0],
    PACKETS[1],
    PACKETS[3],
  ]);
});

test("ogg: the channel table of larger layouts is read", () => {
  const reader = createOggOpusReader();
  reader.push(makePage({ flags: FIRST, packets: [makeHead(3, 1, [2, 1, 0, 2, 1])] }));
  assert.deepEqual(reader.head?.channelMapping, [0, 2, 1]);
  assert.equal(reader.head.streamCount, 2);
});

const damaged = join(PAGES);
damaged[60] = (damaged[60] as number) ^ 1;
const BROKEN: readonly {
  name: string;
  bytes: Uint8Array;
  code?: "UNSUPPORTED" | "LIMIT_EXCEEDED";
}[] = [
  { name: "a damaged page", bytes: damaged },
  { name: "rubbish between pages", bytes: join([...PAGES.slice(0, 2), filled(40, 1)]) },
  {
    name: "Vorbis",
    bytes: join([
      makePage({ flags: FIRST, packets: [filled(30, 1)] }),
      makePage({ packets: [TAGS] }),
    ]),
  },
  {
    name: "a short head",
    bytes: makePage({ flags: FIRST, packets: [makeHead().subarray(0, 12)] }),
  },
  { name: "0 channels", bytes: makePage({ flags: FIRST, packets: [makeHead(0)] }) },
  { name: "5 channels without a table", bytes: makePage({ flags: FIRST, packets: [makeHead(5)] }) },
  {
    name: "a table that points nowhere",
    bytes: makePage({ flags: FIRST, packets: [makeHead(2, 1, [1, 0, 0, 5])] }),
  },
  { name: "nothing", bytes: new Uint8Array(0) },
  { name: "a second stream", bytes: join([...PAGES, PAGES[0] as Uint8Array]), code: "UNSUPPORTED" },
  {
    name: "an endless packet",
    bytes: join([
      PAGES[0] as Uint8Array,
      makePage({ packets: [TAGS, filled(250 * 255, 1)], open: true }),
    ]),
    code: "LIMIT_EXCEEDED",
  },
];

for (const { name, bytes, code = "INVALID_REQUEST" } of BROKEN) {
  test(`ogg: refuses ${name}`, () => {
    assert.throws(
      () => {
        const reader = createOggOpusReader();
        reader.push(bytes);
        reader.end();
      },
      (error: unknown) => isToolError(error, code),
    );
  });
}
