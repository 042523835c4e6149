/** Numbers of sequences: unique in this process, and very likely among several servers of one Triton. */
import { randomBytes } from "node:crypto";

/** Some clients and languages have no unsigned 64 bit numbers. */
const MASK = 0x3fff_ffff_ffff_ffffn;

let last = randomBytes(8).readBigUInt64BE() & MASK;

/** Never 0, which Triton takes for no sequence. */
export function nextSequenceId(): bigint {
  last = (last + 1n) & MASK;
  return last === 0n ? nextSequenceId() : last;
}
