/**
 * The least that any conversion must do: read the bytes, hash them, write them, fsync.
 * Arguments: source, target.
 */
import { createHash } from "node:crypto";
import { closeSync, fsyncSync, openSync, readSync, writeSync } from "node:fs";

const [source, target] = process.argv.slice(2);
const input = openSync(source, "r");
const output = openSync(target, "w");
const hash = createHash("sha256");
const piece = Buffer.alloc(1 << 20);
for (let count = readSync(input, piece); count > 0; count = readSync(input, piece)) {
  hash.update(piece.subarray(0, count));
  writeSync(output, piece, 0, count);
}
fsyncSync(output);
closeSync(output);
process.stdout.write(`${hash.digest("hex")}\n`);
