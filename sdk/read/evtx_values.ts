/**
 * Values of binary XML as Windows writes them in text (MS-EVEN6 §2.2.12.3, libevtx "value types").
 *
 * Hexadecimal numbers have no leading zeros, times have seven digits and `Z`, GUIDs stand in braces.
 *
 * @module
 */
import { type ChunkBytes, EvtxError } from "./evtx_bytes.ts";

/** The values that one record has for the slots of a template. */
export interface Frame {
  /** Offset of the sizes and types, four bytes a value; the first value follows the last of them. */
  readonly heads: number;
  readonly count: number;
  /** Where each value ends. */
  readonly ends: Int32Array;
}

/** Token and type of a value that stands in the tokens themselves. */
export const VALUE_HEAD_BYTES = 2;

const TYPE = {
  none: 0,
  string: 1,
  ansi: 2,
  int8: 3,
  uint8: 4,
  int16: 5,
  uint16: 6,
  int32: 7,
  uint32: 8,
  int64: 9,
  uint64: 10,
  real32: 11,
  real64: 12,
  bool: 13,
  binary: 14,
  guid: 15,
  size: 16,
  fileTime: 17,
  systemTime: 18,
  sid: 19,
  hex32: 20,
  hex64: 21,
  binXml: 33,
} as const;
/** An array of the type in the other bits. */
const ARRAY = 0x80;

/** Bytes of one item, for the types that have a fixed size. */
const SIZE_OF: Readonly<Record<number, number>> = {
  [TYPE.int8]: 1,
  [TYPE.uint8]: 1,
  [TYPE.int16]: 2,
  [TYPE.uint16]: 2,
  [TYPE.int32]: 4,
  [TYPE.uint32]: 4,
  [TYPE.int64]: 8,
  [TYPE.uint64]: 8,
  [TYPE.real32]: 4,
  [TYPE.real64]: 8,
  [TYPE.bool]: 4,
  [TYPE.guid]: 16,
  [TYPE.fileTime]: 8,
  [TYPE.systemTime]: 16,
  [TYPE.hex32]: 4,
  [TYPE.hex64]: 8,
};

/** Where a value stands and of which type it is. */
export interface Place {
  readonly type: number;
  readonly at: number;
  readonly size: number;
}

/** The value of a frame for a slot; undefined where it has none, or an empty one. */
export function placeOf(chunk: ChunkBytes, frame: Frame, index: number): Place | undefined {
  if (index >= frame.count) return undefined;
  const type = chunk.bytes[frame.heads + index * 4 + 2]!;
  if (type === TYPE.none) return undefined;
  const at = index === 0 ? frame.heads + frame.count * 4 : frame.ends[index - 1]!;
  return { type, at, size: frame.ends[index]! - at };
}

export function isBinXml({ type }: Place): boolean {
  return type === TYPE.binXml;
}

/** A value that stands in the tokens: its type is at `at`. `size` is what follows the type. */
export function valueAt(
  chunk: ChunkBytes,
  at: number,
): { readonly text: string; readonly size: number } {
  const type = chunk.u8(at);
  if (type === TYPE.none) return { text: "", size: 0 };
  const fixed = SIZE_OF[type];
  if (fixed !== undefined) {
    return { text: textOf(chunk, { type, at: at + 1, size: fixed }), size: fixed };
  }
  const size = type === TYPE.string ? chunk.u16(at + 1) * 2 : chunk.u16(at + 1);
  return { text: textOf(chunk, { type, at: at + 3, size }), size: size + 2 };
}

/** A value as text. */
export function textOf(chunk: ChunkBytes, place: Place): string {
  const { type, at, size } = place;
  if (type === TYPE.string) return untilNul(chunk.utf16(at, size));
  if ((type & ARRAY) !== 0) return (itemsOf(chunk, place) ?? []).join(", ");
  if (size === 0) return "";
  const least = SIZE_OF[type] ?? 0;
  if (size < least) {
    throw new EvtxError("size", `A value of type ${type} has ${size} bytes, must have ${least}`);
  }
  chunk.demand(at, size);
  return scalarText(chunk, place);
}

/** As {@link textOf}; a GUID has no braces in a field named `…Guid`, as in Azure's tables. */
export function textNamed(chunk: ChunkBytes, place: Place, name: string): string {
  const text = textOf(chunk, place);
  return place.type === TYPE.guid && /guid$/i.test(name) ? bareGuid(text) : text;
}

/** A GUID without braces, in capitals. */
export function bareGuid(text: string): string {
  const isInBraces = text.startsWith("{") && text.endsWith("}");
  return (isInBraces ? text.slice(1, -1) : text).toUpperCase();
}

/** The items of an array, each as text; undefined where the value is none. */
export function itemsOf(
  chunk: ChunkBytes,
  { type: arrayType, at, size }: Place,
): readonly string[] | undefined {
  if ((arrayType & ARRAY) === 0) return undefined;
  const type = arrayType & ~ARRAY;
  if (type === TYPE.string) {
    const text = chunk.utf16(at, size);
    return (text.endsWith("\0") ? text.slice(0, -1) : text).split("\0");
  }
  const each = SIZE_OF[type];
  if (each === undefined) return [chunk.hex(at, size)];
  chunk.spend(size * 4);
  chunk.demand(at, size);
  const items: string[] = [];
  for (let from = at; from + each <= at + size; from += each) {
    items.push(scalarText(chunk, { type, at: from, size: each }));
  }
  return items;
}

function scalarText(chunk: ChunkBytes, place: Place): string {
  const { view } = chunk;
  const { type, at, size } = place;
  switch (type) {
    case TYPE.ansi:
      return untilNul(chunk.latin1(at, size));
    case TYPE.real32:
      return realText(view.getFloat32(at, true), 6);
    case TYPE.real64:
      return realText(view.getFloat64(at, true), 15);
    case TYPE.bool:
      return view.getUint32(at, true) === 0 ? "false" : "true";
    case TYPE.guid:
      return guidText(chunk, at);
    case TYPE.fileTime:
      return ticksText(view.getBigUint64(at, true) - FILE_TIME_EPOCH);
    case TYPE.systemTime:
      return systemTimeText(chunk, at);
    case TYPE.sid:
      return sidText(chunk, place);
    case TYPE.hex32:
    case TYPE.hex64:
    case TYPE.size:
      return `0x${wholeNumber(view, place).toString(16)}`;
    default:
      return SIZE_OF[type] === undefined ? chunk.hex(at, size) : String(wholeNumber(view, place));
  }
}

function wholeNumber(view: DataView, { type, at, size }: Place): number | bigint {
  switch (type) {
    case TYPE.int8:
      return view.getInt8(at);
    case TYPE.uint8:
      return view.getUint8(at);
    case TYPE.int16:
      return view.getInt16(at, true);
    case TYPE.uint16:
      return view.getUint16(at, true);
    case TYPE.int32:
      return view.getInt32(at, true);
    case TYPE.uint32:
    case TYPE.hex32:
      return view.getUint32(at, true);
    case TYPE.int64:
      return view.getBigInt64(at, true);
    default:
      return size >= 8 ? view.getBigUint64(at, true) : view.getUint32(at, true);
  }
}

/** A string value may be longer than its text; what is behind the NUL is left over. */
function untilNul(text: string): string {
  const end = text.indexOf("\0");
  return end < 0 ? text : text.slice(0, end);
}

function realText(value: number, digits: number): string {
  return Number.isFinite(value) ? String(Number(value.toPrecision(digits))) : String(value);
}

const HEX = Array.from(
  { length: 256 },
  (_, byte) => byte.toString(16).toUpperCase().padStart(2, "0"),
);
/** The order in which the bytes of a GUID are written; -1 is a dash. */
const GUID_ORDER = [3, 2, 1, 0, -1, 5, 4, -1, 7, 6, -1, 8, 9, -1, 10, 11, 12, 13, 14, 15];

function guidText({ bytes }: ChunkBytes, at: number): string {
  let text = "{";
  for (const place of GUID_ORDER) text += place < 0 ? "-" : HEX[bytes[at + place]!]!;
  return `${text}}`;
}

/** Ticks of 100 ns from 1601 to 1970. */
const FILE_TIME_EPOCH = 116_444_736_000_000_000n;
const TICKS_PER_MS = 10_000n;
const LAST_YEAR_MS = 253_402_300_799_999;

/** Ticks of 100 ns since 1970 as ISO 8601. */
function ticksText(ticks: bigint): string {
  const ms = Number(ticks / TICKS_PER_MS) - (ticks % TICKS_PER_MS < 0n ? 1 : 0);
  if (ms > LAST_YEAR_MS) return String(ticks + FILE_TIME_EPOCH);
  const rest = Number(ticks - BigInt(ms) * TICKS_PER_MS);
  return `${new Date(ms).toISOString().slice(0, -1)}${String(rest).padStart(4, "0")}Z`;
}

/** Ticks of 100 ns since 1970 of a value that is a FILETIME; undefined of others. */
export function ticksOf({ view }: ChunkBytes, { type, at, size }: Place): bigint | undefined {
  if (type !== TYPE.fileTime || size !== 8) return undefined;
  return view.getBigUint64(at, true) - FILE_TIME_EPOCH;
}

function systemTimeText({ view }: ChunkBytes, at: number): string {
  const part = (index: number, digits: number): string =>
    String(view.getUint16(at + index * 2, true)).padStart(digits, "0");
  const day = `${part(0, 4)}-${part(1, 2)}-${part(3, 2)}`;
  return `${day}T${part(4, 2)}:${part(5, 2)}:${part(6, 2)}.${part(7, 3)}0000Z`;
}

/** A security identifier (MS-DTYP §2.4.2). */
function sidText(chunk: ChunkBytes, { at, size }: Place): string {
  const { bytes, view } = chunk;
  const parts = size < 8 ? 0 : bytes[at + 1]!;
  if (size < 8 + parts * 4) throw new EvtxError("size", `A SID has ${size} bytes`);
  const authority = view.getUint16(at + 2) * 2 ** 32 + view.getUint32(at + 4);
  let text = `S-${bytes[at]!}-${authority}`;
  for (let i = 0; i < parts; i++) text += `-${view.getUint32(at + 8 + i * 4, true)}`;
  return text;
}
