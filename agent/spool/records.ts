/**
 * The spool's own records between frames: where each stream stands, and schemas.
 *
 * A state record starts each segment, so that no file besides the segments is needed and older
 * segments can go. What it says about the end of an epoch outranks frames found before it.
 *
 * | offset | size | content of a state record, big-endian                         |
 * | -----: | ---: | ------------------------------------------------------------- |
 * |      0 |    4 | `CUSS`                                                        |
 * |      4 |    2 | number of streams; then for each:                             |
 * |        |    8 | stream id                                                     |
 * |        |    1 | priority: 0 audit, 1 normal, 2 bulk                           |
 * |        |  1+n | name of the source, UTF-8, length first                       |
 * |        |  1+n | its plugin                                                    |
 * |        |  2+n | its sealed cursor; length 65,535: none                        |
 * |        |    1 | number of epochs, oldest first; then for each:                |
 * |        |    4 | epoch                                                         |
 * |        |    8 | first seq that is not acknowledged                            |
 * |        |    8 | one past the last seq                                         |
 * |        |   32 | hash of the last frame; zeros without one                     |
 * |        |  1+n | why it was opened                                             |
 *
 * A schema record is `CUSH` and the schema's canonical JSON; it stands before the first frame of
 * that schema in each segment.
 *
 * @module
 */
import type { Priority } from "../../sdk/table.ts";

export const FRAME_START = 0x43555346;
const STATE_START = 0x43555353;
const SCHEMA_START = 0x43555348;
const NO_CURSOR = 0xffff;
const PRIORITIES: readonly Priority[] = ["audit", "normal", "bulk"];

export interface EpochState {
  readonly epoch: number;
  readonly first: number;
  readonly next: number;
  /** 32 bytes. */
  readonly tail: Uint8Array;
  readonly reason: string;
}

export interface StreamState {
  /** 8 bytes. */
  readonly id: Uint8Array;
  readonly name: string;
  readonly plugin: string;
  readonly priority: Priority;
  /** Sealed cursor after the last epoch's `next`. */
  readonly cursor: Uint8Array | undefined;
  /** Never empty. */
  readonly epochs: readonly EpochState[];
}

/** Tells what a payload is by its first four bytes; undefined for anything that is not ours. */
export function recordKind(first: number): "frame" | "state" | "schema" | undefined {
  if (first === FRAME_START) return "frame";
  if (first === STATE_START) return "state";
  return first === SCHEMA_START ? "schema" : undefined;
}

export function encodeState(streams: readonly StreamState[]): Uint8Array {
  const parts: Uint8Array[] = [number(STATE_START, 4), number(streams.length, 2)];
  for (const stream of streams) {
    parts.push(stream.id, number(PRIORITIES.indexOf(stream.priority), 1));
    parts.push(...text(stream.name), ...text(stream.plugin));
    const { cursor } = stream;
    if (cursor === undefined) parts.push(number(NO_CURSOR, 2));
    else parts.push(number(cursor.length, 2), cursor);
    parts.push(number(stream.epochs.length, 1));
    for (const epoch of stream.epochs) {
      parts.push(number(epoch.epoch, 4), number(epoch.first, 8), number(epoch.next, 8));
      parts.push(epoch.tail, ...text(epoch.reason));
    }
  }
  return new Uint8Array(Buffer.concat(parts));
}

function number(n: number, size: 1 | 2 | 4 | 8): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(n));
  return bytes.subarray(8 - size);
}

/** At most 255 bytes: longer text is cut, it is for people. */
function text(value: string): [Uint8Array, Uint8Array] {
  const bytes = new TextEncoder().encode(value).subarray(0, 255);
  return [number(bytes.length, 1), bytes];
}

/**
 * Reads what {@link encodeState} wrote, copied; undefined if `payload` is something else. A checksum
 * tells an accident, not who can write the file: so its form is checked as well.
 */
export function decodeState(payload: Uint8Array): readonly StreamState[] | undefined {
  const bytes = new Uint8Array(payload);
  let at = 4;
  const take = (size: number): Uint8Array => bytes.subarray(at, at += size);
  const uint = (size: number): number => take(size).reduce((n, byte) => n * 256 + byte, 0);
  const string = (): string => new TextDecoder().decode(take(uint(1)));
  const streams: StreamState[] = [];
  for (let left = uint(2); left > 0; left--) {
    const id = take(8);
    const priority = PRIORITIES[uint(1)] ?? "normal";
    const name = string();
    const plugin = string();
    const cursorBytes = uint(2);
    const cursor = cursorBytes === NO_CURSOR ? undefined : take(cursorBytes);
    const epochs: EpochState[] = [];
    for (let more = uint(1); more > 0; more--) {
      const epoch = uint(4);
      epochs.push({ epoch, first: uint(8), next: uint(8), tail: take(32), reason: string() });
    }
    if (at > bytes.length || epochs.length === 0) return undefined;
    streams.push({ id, name, plugin, priority, cursor, epochs });
  }
  return at === bytes.length ? streams : undefined;
}

export function encodeSchema(json: string): Uint8Array {
  return new Uint8Array(Buffer.concat([number(SCHEMA_START, 4), Buffer.from(json)]));
}

export function decodeSchema(payload: Uint8Array): string {
  return new TextDecoder().decode(payload.subarray(4));
}
