/**
 * A hash of a multiset of rows: the sum of the rows' hashes, so that order does not matter and a
 * row that is missing, doubled or changed shows.
 *
 * @module
 */
import { createHash } from "node:crypto";

/** Adds up rows. */
export class Multiset {
  count = 0;
  #low = 0n;

  /** Adds one row. */
  add(row: readonly unknown[]): void {
    const digest = createHash("sha256").update(JSON.stringify(row)).digest();
    this.#low = BigInt.asUintN(
      128,
      this.#low + digest.readBigUInt64BE(0) * 2n ** 64n + digest.readBigUInt64BE(8),
    );
    this.count++;
  }

  /** 32 hex digits. */
  get hash(): string {
    return this.#low.toString(16).padStart(32, "0");
  }
}
