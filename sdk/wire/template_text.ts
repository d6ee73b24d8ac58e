/**
 * The text of messages as it is put together again from a template's variables. Part of
 * `template_decode.ts` and `template_slots.ts`.
 *
 * @module
 */
import type { Strings } from "../columns/column.ts";
import { BodyError } from "./bytes.ts";

/** Most bytes of text of one column: bounds what a small hostile column can blow up to. */
export const MAX_TEXT_BYTES = 32 * 1024 * 1024;

export interface Output {
  readonly bytes: Uint8Array;
  used: number;
}

/** Bytes that are two hex digits each, read one after the other. */
export interface HexBytes {
  readonly bytes: Uint8Array;
  at: number;
}

function put(out: Output, bytes: Uint8Array): void {
  if (out.used + bytes.length > out.bytes.length) tooLong();
  out.bytes.set(bytes, out.used);
  out.used += bytes.length;
}

/** Writes entry `i` of `strings`. */
export function putEntry(out: Output, { bytes, ends }: Strings, i: number): void {
  const start = i === 0 ? 0 : ends[i - 1]!;
  const end = ends[i]!;
  if (end - start > MOST_BY_BYTE) {
    put(out, bytes.subarray(start, end));
    return;
  }
  if (out.used + end - start > out.bytes.length) tooLong();
  for (let at = start; at < end; at++) out.bytes[out.used++] = bytes[at]!;
}

export function putByte(out: Output, byte: number): void {
  if (out.used === out.bytes.length) tooLong();
  out.bytes[out.used++] = byte;
}

/** Writes a whole number with at least `padTo` digits. */
export function putNumber(out: Output, value: number, padTo: number): void {
  if (value < 0 || padTo < 0) throw new BodyError("Cannot read body: a variable is negative");
  let width = 1;
  for (let most = 10; value >= most; most *= 10) width++;
  if (padTo > width) width = padTo;
  if (out.used + width > out.bytes.length) tooLong();
  let at = out.used + width;
  let high = value;
  // Beyond 31 bits a number is no integer to the processor.
  for (; high > 0x7fff_ffff; high = Math.floor(high / 10)) out.bytes[--at] = 48 + (high % 10);
  for (let rest = high | 0; at > out.used;) {
    const tens = (rest / 10) | 0;
    out.bytes[--at] = 48 + rest - tens * 10;
    rest = tens;
  }
  out.used += width;
}

/** Writes address `number` of `ips`: 4 planes, all first bytes, all second ones, … */
export function putIp(out: Output, ips: Uint8Array, number: number): void {
  const count = ips.length / 4;
  for (let k = 0; k < 4; k++) {
    if (k > 0) putByte(out, DOT);
    putNumber(out, ips[k * count + number]!, 0);
  }
}

/**
 * Writes runs of hex digits, as they are described at `at` of a template; returns where that ends.
 */
// oxlint-disable-next-line max-params -- the hot path of decoding
export function putHex(out: Output, template: Uint8Array, at: number, hex: HexBytes): number {
  const runs = (template[at] ?? 48) - 48;
  let low = false;
  for (let run = 1; run <= runs; run++) {
    if (run > 1) putByte(out, DASH);
    for (let n = (template[at + run] ?? 48) - 48; n > 0; n--) {
      const pair = hex.bytes[hex.at];
      if (pair === undefined) throw new BodyError("Cannot read body: hex digits are missing");
      const digit = low ? pair & 15 : pair >> 4;
      if (low) hex.at++;
      low = !low;
      putByte(out, digit < 10 ? 48 + digit : 87 + digit);
    }
  }
  return at + Math.max(runs, 0);
}

/** Up to that length bytes one by one are sooner there than by a call. */
const MOST_BY_BYTE = 40;
const DASH = 45;
const DOT = 46;

function tooLong(): never {
  throw new BodyError("Cannot read body: a text has another length");
}
