/**
 * The files that a cursor lists, packed into a short text.
 *
 * Ids are sorted and packed as differences; with many files ids and checks are shortened, as far
 * as all known files can still be told apart.
 *
 * | bits    | content                                                                       |
 * | ------- | ----------------------------------------------------------------------------- |
 * | 8       | level: how ids and checks are shortened                                       |
 * | 16      | number of files; then for each:                                               |
 * | Rice    | id, less the one before it                                                    |
 * | 1       | more was to come from it                                                      |
 * | 1, 6 + n | whether it has a generation; the generation                                  |
 * | 6 + n   | offset                                                                        |
 * | 6 times | check; zeros if it is unknown                                                 |
 *
 * Ids alone, at the same level: their number (16 bits), then each less the one before it (Rice).
 *
 * @module
 */
import { BitReader, BitWriter, sizeOf } from "./bits.ts";

/** A file as a cursor keeps it. */
export interface Entry {
  /** Eight characters of base64url; of a listed file maybe fewer. */
  readonly id: string;
  readonly generation: number;
  readonly offset: number;
  /** What the bytes before `offset` are known by, or the start of it; "" if that is unknown. */
  readonly check: string;
  /** More was to come from it: that it vanished is a loss. */
  readonly live: boolean;
}

/** How ids and checks are shortened, in characters. */
export interface Level {
  readonly from: number;
  readonly id: number;
  readonly check: number;
}

export const LEVELS: readonly Level[] = [
  { from: 0, id: 8, check: 6 },
  { from: 0, id: 6, check: 3 },
  { from: 0, id: 4, check: 2 },
  { from: 4, id: 4, check: 2 },
  { from: 2, id: 4, check: 2 },
];

/** Room for the entries: with all else a cursor has less than 3 KiB. */
export const MAX_BITS = 17_760;

const HEAD_BITS = 24;
/** A difference of ids has this many bits less than an id; all quotients come to at most 2^8. */
const SAVED_BITS = 8;
const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/** What a list takes besides its entries, in bits at most. */
export const LIST_BITS = HEAD_BITS + 2 ** SAVED_BITS;

/** Bits that an entry takes, but for its share of {@link LIST_BITS}. */
export function bitsOf(entry: Omit<Entry, "check">, level: Level): number {
  const generation = entry.generation === 0 ? 1 : 7 + sizeOf(entry.generation);
  return idBitsOf(level) + 1 + generation + 6 + sizeOf(entry.offset) + 6 * level.check;
}

/** What a list of ids alone takes besides them, with its place in the cursor, in bits at most. */
export const ID_LIST_BITS = 16 + 2 ** SAVED_BITS + 56;

/** Bits that an id alone takes, but for its share of {@link ID_LIST_BITS}. */
export function idBitsOf(level: Level): number {
  return 6 * level.id - SAVED_BITS + 1;
}

/** The part of an id that `level` keeps. */
export function shortId(id: string, level: Level): string {
  return id.slice(level.from, level.from + level.id);
}

/** Whether an entry's check is the start of `check`. */
export function isCheckOf(entry: Pick<Entry, "check">, check: string): boolean {
  return entry.check === "" || shortCheck(check, entry.check.length) === entry.check;
}

/** Packs entries whose ids `level` tells apart. */
export function packEntries(entries: readonly Entry[], level: Level): string {
  const writer = new BitWriter(new Uint8Array((MAX_BITS + 7) >> 3));
  writer.write(LEVELS.indexOf(level), 8);
  writer.write(entries.length, 16);
  const sorted = entries.map((entry) => ({ entry, id: numberOf(shortId(entry.id, level)) }))
    .toSorted((a, b) => a.id - b.id);
  let last = 0;
  for (const { entry, id } of sorted) {
    writer.writeRice(id - last, 6 * level.id - SAVED_BITS);
    last = id;
    writer.write(Number(entry.live), 1);
    writer.write(entry.generation === 0 ? 0 : 1, 1);
    if (entry.generation > 0) writer.writeSized(entry.generation);
    writer.writeSized(entry.offset);
    writer.write(numberOf(shortCheck(entry.check, level.check)), 6 * level.check);
  }
  return Buffer.from(writer.bytes.subarray(0, writer.length)).toString("base64url");
}

/** Reads what {@link packEntries} packed; undefined if it is no such text. */
export function unpackEntries(
  text: string,
): { readonly level: Level; readonly entries: readonly Entry[] } | undefined {
  const bytes = Buffer.from(text, "base64url");
  const reader = new BitReader(bytes);
  const level = LEVELS[reader.read(8)];
  const count = reader.read(16);
  // An entry has two bytes at least.
  if (level === undefined || count * 2 > bytes.length) return undefined;
  const entries: Entry[] = [];
  let last = 0;
  for (let k = 0; k < count; k++) {
    last += reader.readRice(6 * level.id - SAVED_BITS);
    const live = reader.read(1) === 1;
    const generation = reader.read(1) === 1 ? reader.readSized() : 0;
    const offset = reader.readSized();
    const check = reader.read(6 * level.check);
    const id = textOf(last, level.id);
    entries.push({
      id,
      generation,
      offset,
      live,
      check: check === 0 ? "" : textOf(check, level.check),
    });
  }
  return { level, entries };
}

/** Packs ids that `level` tells apart. */
export function packIds(ids: readonly string[], level: Level): string {
  const writer = new BitWriter(new Uint8Array((MAX_BITS + 7) >> 3));
  writer.write(ids.length, 16);
  let last = 0;
  for (const id of ids.map((one) => numberOf(shortId(one, level))).toSorted((a, b) => a - b)) {
    writer.writeRice(id - last, 6 * level.id - SAVED_BITS);
    last = id;
  }
  return Buffer.from(writer.bytes.subarray(0, writer.length)).toString("base64url");
}

/** Reads what {@link packIds} packed, each as `level` keeps it; undefined if it is no such text. */
export function unpackIds(text: string, level: Level): ReadonlySet<string> | undefined {
  const bytes = Buffer.from(text, "base64url");
  const reader = new BitReader(bytes);
  const count = reader.read(16);
  if (count * 2 > bytes.length) return undefined;
  const ids = new Set<string>();
  let last = 0;
  for (let k = 0; k < count; k++) {
    last += reader.readRice(6 * level.id - SAVED_BITS);
    ids.add(textOf(last, level.id));
  }
  return ids;
}

/** The start of a check; never all zeros, which stand for an unknown one. */
function shortCheck(check: string, chars: number): string {
  if (check === "") return "";
  const short = check.slice(0, chars);
  return numberOf(short) === 0 ? textOf(1, chars) : short;
}

function numberOf(text: string): number {
  let value = 0;
  for (let i = 0; i < text.length; i++) value = value * 64 + DIGITS.indexOf(text[i]!);
  return value;
}

function textOf(value: number, chars: number): string {
  let text = "";
  for (let i = chars - 1; i >= 0; i--) text += DIGITS[Math.floor(value / 64 ** i) % 64]!;
  return text;
}
