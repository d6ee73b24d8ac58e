/**
 * Which tokens are new, and what they stand for, until that is sealed to the reveal key.
 *
 * The scrubber tells of each value that it judges for the first time; here it costs a look-up and a
 * copy, no cryptography. Plain values are in memory alone, and in a bounded number.
 *
 * @module
 */
import { MOST_VALUE_BYTES } from "../sdk/keys/reveal_box.ts";
import type { OnToken } from "../sdk/scrub/token.ts";

/** A token and its value. */
export interface RevealPair {
  readonly kind: string;
  readonly epoch: number;
  /** 16 bytes. */
  readonly token: Uint8Array;
  readonly value: Uint8Array;
}

export interface RevealPairs {
  /** For the scrubber of `epoch`. With another reveal key `to` all tokens are new again. */
  tellerOf(epoch: number, to: Uint8Array): OnToken;
  /** Up to `most` pairs, oldest first; they are forgotten here. */
  take(most: number): readonly RevealPair[];
  /** How many were too long, or too many, since the last call. */
  skipped(): number;
}

/** Pairs that wait. */
const MOST_WAITING = 16_384;
/** Tokens that are known to be sent: the newest so many, and up to as many older ones. */
const MOST_KNOWN = 65_536;

export function createRevealPairs(
  { mostWaiting = MOST_WAITING, mostKnown = MOST_KNOWN } = {},
): RevealPairs {
  const waiting: RevealPair[] = [];
  let known = new Set<string>();
  let older = new Set<string>();
  let skipped = 0;
  /** False if it was there. */
  const isNew = (key: string): boolean => {
    if (known.has(key) || older.has(key)) return false;
    if (known.size >= mostKnown) [known, older] = [new Set(), known];
    known.add(key);
    return true;
  };
  return {
    tellerOf(epoch, to) {
      const under = `${Buffer.from(to).toString("latin1")} ${epoch}`;
      return (kind, token, value) => {
        if (value.length > MOST_VALUE_BYTES || waiting.length >= mostWaiting) skipped++;
        else if (isNew(`${under} ${kind} ${Buffer.from(token).toString("latin1")}`)) {
          waiting.push({ kind, epoch, token: new Uint8Array(token), value: new Uint8Array(value) });
        }
      };
    },
    take: (most) => waiting.splice(0, most),
    skipped() {
      const count = skipped;
      skipped = 0;
      return count;
    },
  };
}
