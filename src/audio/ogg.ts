/**
 * Ogg pages to Opus packets, as the bytes arrive. One logical stream is followed: the first that
 * starts with OpusHead; others in the same file (a video track) are passed over. Pages: RFC 3533;
 * Opus in Ogg: RFC 7845.
 */
import { ToolError } from "../errors/tool-error.ts";
import { oggChecksum } from "./ogg-checksum.ts";
import { joinBytes } from "./pcm.ts";

/** The stream's first packet (RFC 7845 section 5.1). */
export interface OpusHead {
  readonly channels: number;
  /** Samples at 48 kHz to drop from the start of the decoded audio. */
  readonly preSkip: number;
  /** Rate of the original input; only for information, Opus decodes at 48 kHz. */
  readonly inputSampleRate: number;
  /** To be multiplied with the decoded samples. */
  readonly gain: number;
  readonly streamCount: number;
  readonly coupledStreamCount: number;
  /** Which decoded channel each output channel is, one entry a channel. */
  readonly channelMapping: readonly number[];
}

/** Reads one Ogg Opus file as a stream. */
export interface OggOpusReader {
  /** Undefined until the first packet has arrived. */
  readonly head: OpusHead | undefined;
  /** Samples at 48 kHz, with pre-skip, at the end of the newest page; for cutting off the padding. */
  readonly granulePosition: bigint;
  /**
   * Audio packets that are complete with these bytes.
   * @throws ToolError INVALID_REQUEST for damaged pages or no Opus in it, LIMIT_EXCEEDED for a
   * packet larger than any encoder makes.
   */
  push(bytes: Uint8Array): Uint8Array[];
  /** @throws ToolError INVALID_REQUEST if the stream ended within the headers. */
  end(): void;
}

const PAGE_HEADER_BYTES = 27;
/** RFC 7845 section 6: 61440 bytes hold the largest sensible packet, 120 ms at full rate. */
const MAX_PACKET_BYTES = 61_440;
const NO_POSITION = -1n;

/** True if the bytes start like an Ogg file; needs the first 4. */
export function looksLikeOgg(bytes: Uint8Array): boolean {
  return bytes.length >= 4 && String.fromCharCode(...bytes.subarray(0, 4)) === "OggS";
}

/** @returns a reader at the start of a file. */
export function createOggOpusReader(): OggOpusReader {
  let pending: Uint8Array = new Uint8Array(0);
  let serial: number | undefined;
  let head: OpusHead | undefined;
  let granulePosition = 0n;
  let ended = false;
  let packetsSeen = 0;
  let unfinished: Uint8Array = new Uint8Array(0);
  /** Within a packet whose start is missing or of no interest (the tags, often with a picture). */
  let skipping = false;

  function readPage(page: OggPage, packets: Uint8Array[]): void {
    if (page.isFirst) openStream(page);
    else if (serial === undefined) throw invalid("no Opus stream in it");
    if (page.serial !== serial) return;
    if (!page.isContinued && (unfinished.length > 0 || skipping)) forgetUnfinished();
    if (page.isContinued && unfinished.length === 0) skipping = true;
    for (const piece of page.pieces) readPiece(piece, packets);
    if (page.granulePosition !== NO_POSITION) granulePosition = page.granulePosition;
    ended ||= page.isLast;
  }

  /** A page was lost: the packet that it finished is lost too. */
  function forgetUnfinished(): void {
    unfinished = new Uint8Array(0);
    skipping = false;
    packetsSeen++;
  }

  function openStream(page: OggPage): void {
    if (serial === undefined && isOpusHead(page)) serial = page.serial;
    else if (ended) {
      throw new ToolError("UNSUPPORTED", "ogg: a second stream follows the first one", {
        hint: "send one recording at a time",
      });
    }
  }

  function readPiece(piece: PagePiece, packets: Uint8Array[]): void {
    const isTags = packetsSeen === 1;
    if (!skipping && !isTags) unfinished = joinBytes(unfinished, piece.bytes);
    if (unfinished.length > MAX_PACKET_BYTES) {
      throw new ToolError(
        "LIMIT_EXCEEDED",
        `ogg: a packet of more than ${MAX_PACKET_BYTES} bytes`,
        {
          hint: "the file is damaged; encode the audio again",
        },
      );
    }
    if (!piece.endsPacket) {
      skipping ||= isTags;
      return;
    }
    const packet = unfinished;
    const isWhole = !skipping;
    unfinished = new Uint8Array(0);
    skipping = false;
    if (packetsSeen++ === 0) head = parseOpusHead(packet);
    else if (!isTags && isWhole && packet.length > 0) packets.push(packet);
  }

  return {
    get head() {
      return head;
    },
    get granulePosition() {
      return granulePosition;
    },
    push: (bytes) => {
      const packets: Uint8Array[] = [];
      pending = joinBytes(pending, bytes);
      for (let page = takePage(pending); page !== undefined; page = takePage(pending)) {
        readPage(page, packets);
        pending = pending.subarray(page.sizeBytes);
      }
      return packets;
    },
    end: () => {
      if (head === undefined) throw invalid("the audio ends before its first packet");
    },
  };
}

/** Part of a packet that lies in one page. */
interface PagePiece {
  readonly bytes: Uint8Array;
  readonly endsPacket: boolean;
}

interface OggPage {
  readonly sizeBytes: number;
  readonly serial: number;
  readonly granulePosition: bigint;
  /** The first piece continues a packet of the page before. */
  readonly isContinued: boolean;
  readonly isFirst: boolean;
  readonly isLast: boolean;
  readonly pieces: readonly PagePiece[];
}

/** The page at the start of the bytes, or undefined if it has not arrived whole. */
function takePage(bytes: Uint8Array): OggPage | undefined {
  if (bytes.length < PAGE_HEADER_BYTES) return undefined;
  if (!looksLikeOgg(bytes) || bytes[4] !== 0)
    throw invalid("expected the start of a page (OggS, version 0)");
  const segmentCount = bytes[26] as number;
  const bodyStart = PAGE_HEADER_BYTES + segmentCount;
  if (bytes.length < bodyStart) return undefined;
  const lacing = bytes.subarray(PAGE_HEADER_BYTES, bodyStart);
  const sizeBytes = lacing.reduce((sum, size) => sum + size, bodyStart);
  if (bytes.length < sizeBytes) return undefined;
  const header = new DataView(bytes.buffer, bytes.byteOffset, PAGE_HEADER_BYTES);
  if (oggChecksum(bytes.subarray(0, sizeBytes)) !== header.getUint32(22, true)) {
    throw invalid("the checksum of a page is wrong");
  }
  const flags = header.getUint8(5);
  return {
    sizeBytes,
    serial: header.getUint32(14, true),
    granulePosition: header.getBigInt64(6, true),
    isContinued: (flags & 1) !== 0,
    isFirst: (flags & 2) !== 0,
    isLast: (flags & 4) !== 0,
    pieces: splitBody(lacing, bytes.subarray(bodyStart, sizeBytes)),
  };
}

/** A packet ends at the first segment shorter than 255 bytes. */
function splitBody(lacing: Uint8Array, body: Uint8Array): PagePiece[] {
  const pieces: PagePiece[] = [];
  let start = 0;
  let end = 0;
  lacing.forEach((size, index) => {
    end += size;
    if (size === 255 && index < lacing.length - 1) return;
    pieces.push({ bytes: body.subarray(start, end), endsPacket: size < 255 });
    start = end;
  });
  return pieces;
}

const OPUS_HEAD_BYTES = 19;

function isOpusHead(page: OggPage): boolean {
  const first = page.pieces[0]?.bytes.subarray(0, 8) ?? [];
  return String.fromCharCode(...first) === "OpusHead";
}

function parseOpusHead(packet: Uint8Array): OpusHead {
  if (packet.length < OPUS_HEAD_BYTES)
    throw invalid(`an OpusHead of ${packet.length} bytes, expected 19 or more`);
  const fields = new DataView(packet.buffer, packet.byteOffset, packet.byteLength);
  // The upper half is the major version; a newer one may mean anything.
  if (fields.getUint8(8) >> 4 !== 0)
    throw invalid(`OpusHead version ${fields.getUint8(8)}, expected 1`);
  const channels = fields.getUint8(9);
  if (channels === 0) throw invalid("0 channels, expected at least 1");
  return {
    channels,
    preSkip: fields.getUint16(10, true),
    inputSampleRate: fields.getUint32(12, true),
    gain: 10 ** (fields.getInt16(16, true) / 256 / 20),
    ...parseMapping(packet, channels),
  };
}

type ChannelMapping = Pick<OpusHead, "streamCount" | "coupledStreamCount" | "channelMapping">;

/** Mapping family 0 is mono or stereo in one stream; the others spell a table out. */
function parseMapping(packet: Uint8Array, channels: number): ChannelMapping {
  if (packet[18] === 0) {
    if (channels > 2) throw invalid(`${channels} channels in mapping family 0, expected 1 or 2`);
    const channelMapping = channels === 1 ? [0] : [0, 1];
    return { streamCount: 1, coupledStreamCount: channels - 1, channelMapping };
  }
  const streamCount = packet[19] ?? 0;
  const coupledStreamCount = packet[20] ?? 0;
  const channelMapping = [...packet.subarray(21, 21 + channels)];
  const isWrong =
    channelMapping.length < channels ||
    streamCount === 0 ||
    coupledStreamCount > streamCount ||
    channelMapping.some((index) => index !== 255 && index >= streamCount + coupledStreamCount);
  if (isWrong) throw invalid("the channel mapping of OpusHead is wrong");
  return { streamCount, coupledStreamCount, channelMapping };
}

function invalid(message: string): ToolError {
  return new ToolError("INVALID_REQUEST", `ogg: ${message}`, {
    hint: "send Opus in an Ogg file, as opusenc or ffmpeg writes it, or another supported encoding",
  });
}
