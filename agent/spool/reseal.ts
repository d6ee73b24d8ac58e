/**
 * Signs held frames again, for a new epoch: same body, other place in the chain.
 *
 * @module
 */
import { frameHash } from "../../sdk/wire/frame.ts";
import { parseHeader, SIGNED_BYTES, writeHeader } from "../../sdk/wire/header.ts";

/** Where a stream's chain stands. */
export interface Chain {
  readonly epoch: number;
  /** Of the next frame. */
  readonly seq: number;
  /** Hash of the last frame; zeros before the first of an epoch. */
  readonly tail: Uint8Array;
}

/** Gives `frame` anew as the next one of `chain`, and where the chain then stands. */
export function reseal(
  frame: Uint8Array,
  chain: Chain,
  sign: (message: Uint8Array) => Uint8Array,
): { readonly frame: Uint8Array; readonly chain: Chain } {
  const { epoch, seq, tail } = chain;
  const bytes = frame.slice();
  const header = parseHeader(frame);
  const dictionarySeq = Math.max(0, seq - (header.seq - header.dictionarySeq));
  writeHeader(bytes, { ...header, epoch, seq, dictionarySeq, previous: tail });
  bytes.set(sign(bytes.subarray(0, SIGNED_BYTES)), SIGNED_BYTES);
  return { frame: bytes, chain: { epoch, seq: seq + 1, tail: frameHash(bytes) } };
}
