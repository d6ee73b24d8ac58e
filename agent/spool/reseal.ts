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

/** Where a frame goes that is sealed again: groups are numbered anew. */
export interface NewPlace extends Chain {
  readonly groupIndex: number;
  readonly groupLast: boolean;
}

/** The key in force. */
export interface SigningKey {
  /** 8 bytes. */
  readonly keyId: Uint8Array;
  sign(message: Uint8Array): Uint8Array;
}

/** Gives `frame` anew as the next one of `place`, and where the chain then stands. */
export function reseal(
  frame: Uint8Array,
  place: NewPlace,
  key: SigningKey,
): { readonly frame: Uint8Array; readonly chain: Chain } {
  const { epoch, seq, tail, groupIndex, groupLast } = place;
  const bytes = new Uint8Array(frame);
  const header = parseHeader(frame);
  const dictionarySeq = Math.max(0, seq - (header.seq - header.dictionarySeq));
  const anew = {
    epoch,
    seq,
    dictionarySeq,
    groupIndex,
    groupLast,
    previous: tail,
    keyId: key.keyId,
  };
  writeHeader(bytes, { ...header, ...anew });
  bytes.set(key.sign(bytes.subarray(0, SIGNED_BYTES)), SIGNED_BYTES);
  return { frame: bytes, chain: { epoch, seq: seq + 1, tail: frameHash(bytes) } };
}

/** Gives a frame's new bytes at a new place in the chain. */
export type Reseal = (frame: Uint8Array, place: NewPlace) => { readonly frame: Uint8Array };

/** Why and from where a stream goes on in a new epoch. */
export interface Renewal {
  /** The new epoch is higher. */
  readonly above: number;
  readonly reason: string;
  /** What the hub has: it is not sealed again. */
  readonly held?: { readonly epoch: number; readonly next: number } | undefined;
  /** The sealed cursor behind what the hub has, for a stream that was cut. */
  readonly cursor?: Uint8Array | undefined;
  /** What hub and spool have lost both. */
  readonly lost?: {
    readonly epoch: number;
    /** Acknowledged frames from here on are kept, and sealed again. */
    readonly to: number;
    /** Seals what says so, with the stream's cursor. */
    gap(stream: Uint8Array, place: NewPlace, cursor: Uint8Array | undefined): Uint8Array;
  } | undefined;
}

/** Seals a whole group anew, so that it goes on from `chain`. */
export function resealGroup(
  frames: readonly Uint8Array[],
  chain: Chain,
  seal: Reseal,
): readonly Uint8Array[] {
  let { seq, tail } = chain;
  return frames.map((old, groupIndex) => {
    const groupLast = groupIndex === frames.length - 1;
    const { frame } = seal(old, { epoch: chain.epoch, seq, tail, groupIndex, groupLast });
    seq++;
    tail = frameHash(frame);
    return frame;
  });
}
