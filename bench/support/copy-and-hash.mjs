/**
 * The least that any conversion must do: read the bytes, hash them, write them to a new file,
 * fsync, and put it in the place of the old one. Arguments: source, target.
 */
import { createHash } from "node:crypto";
import { closeSync, fsyncSync, openSync, readSync, renameSync, writeSync } from "node:fs";

const [source, target] = process.argv.slice(2);
const input = openSync(source, "r");
const output = openSync(`${target}.partial`, "w");
const hash = createHash("sha256");
const piece = Buffer.alloc(1 << 20);
for (let count = readSync(input, piece); count > 0; count = readSync(input, piece)) {
  hash.update(piece.subarray(0, count));
  writeSync(output, piece, 0, count);
}
fsyncSync(output);
closeSync(output);
renameSync(`${target}.partial`, target);
process.stdout.write(`${hash.digest("hex")}\n`);
