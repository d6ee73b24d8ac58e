/**
 * Reads text as the first version of frames has it (form 3): templates, and streams of variables by
 * slot, which is the position of the variable in its message.
 *
 * | content                                                                                    |
 * | ------------------------------------------------------------------------------------------ |
 * | varint: bytes of all text; templates; words; varint: rows; template of each row             |
 * | varint n: IPv4 addresses; 4 planes of n bytes                                              |
 * | three times (numbers, words, addresses): varint slots used; of each varint n and n values   |
 * | varint n: hex bytes; n bytes                                                               |
 *
 * Markers are those of `template.ts` but for tokens. Variables beyond the last slot are in it.
 *
 * @module
 */
import { entryBytes, type Strings } from "../columns/column.ts";
import { BodyError, type ByteReader } from "./bytes.ts";
import { readIndexes, readInts } from "./ints.ts";
import { MAX_STRINGS, readStrings } from "./strings.ts";
import {
  type HexBytes,
  MAX_TEXT_BYTES,
  type Output,
  putByte,
  putEntry,
  putHex,
  putIp,
  putNumber,
} from "./template_text.ts";
import { MARK_HEX, MARK_INT, MARK_IP, MARK_PAD, MARK_WORD } from "./template_words.ts";

const SLOTS = 64;
/** Most variables of the last slot. */
const MAX_LAST_SLOT = 1 << 20;

interface Streams {
  readonly templates: Strings;
  readonly words: Strings;
  readonly numbers: readonly Cursor<Float64Array>[];
  readonly wordNumbers: readonly Cursor<Uint32Array>[];
  /** 4 planes: all first bytes of the addresses, all second ones, … */
  readonly ips: Uint8Array;
  readonly ipNumbers: readonly Cursor<Uint32Array>[];
  readonly hex: HexBytes;
}

interface Cursor<T> {
  readonly values: T;
  at: number;
}

/**
 * Reads the text of `rows` rows.
 *
 * @throws {BodyError} If the streams do not fit together exactly.
 */
export function readSlotTemplates(input: ByteReader, rows: number): Strings {
  const textBytes = input.varint();
  if (textBytes > MAX_TEXT_BYTES) throw new BodyError("Cannot read body: a text is too long");
  const templates = readStrings(input);
  const words = readStrings(input);
  if (input.varint() !== rows) throw new BodyError("Cannot read body: rows of a text are missing");
  const rowTemplates = readIndexes(input, rows, templates.ends.length - 1);
  const ipCount = input.varint();
  if (ipCount > MAX_STRINGS) throw new BodyError("Cannot read body: too many addresses");
  const ips = input.take(ipCount * 4);
  const streams: Streams = {
    templates,
    words,
    numbers: readSlots(input, rows, (n) => readInts(input, n)),
    wordNumbers: readSlots(input, rows, (n) => readIndexes(input, n, words.ends.length - 1)),
    ips,
    ipNumbers: readSlots(input, rows, (n) => readIndexes(input, n, ipCount - 1)),
    hex: { bytes: input.take(input.varint()), at: 0 },
  };
  const out: Output = { bytes: new Uint8Array(textBytes), used: 0 };
  const ends = new Uint32Array(rows);
  for (let row = 0; row < rows; row++) {
    fill(out, entryBytes(templates, rowTemplates[row]!), streams);
    ends[row] = out.used;
  }
  if (out.used !== textBytes) throw new BodyError("Cannot read body: a text has another length");
  return { bytes: out.bytes, ends };
}

/** A row has at most one variable in each slot but the last, which takes all the rest. */
function readSlots<T>(input: ByteReader, rows: number, read: (n: number) => T): Cursor<T>[] {
  const used = input.varint();
  if (used > SLOTS) throw new BodyError("Cannot read body: too many slots");
  const slots: Cursor<T>[] = [];
  for (let slot = 0; slot < used; slot++) {
    const count = input.varint();
    const most = slot < SLOTS - 1 ? rows : MAX_LAST_SLOT;
    if (count > most) throw new BodyError("Cannot read body: too many variables");
    slots.push({ values: read(count), at: 0 });
  }
  return slots;
}

function fill(out: Output, template: Uint8Array, streams: Streams): void {
  let slot = 0;
  for (let i = 0; i < template.length; i++) {
    const byte = template[i]!;
    switch (byte) {
      case MARK_INT:
        putNumber(out, next(streams.numbers[slot]), 0);
        break;
      case MARK_PAD:
        putNumber(out, next(streams.numbers[slot]), (template[++i] ?? 48) - 48);
        break;
      case MARK_WORD:
        putEntry(out, streams.words, next(streams.wordNumbers[slot]));
        break;
      case MARK_IP:
        putIp(out, streams.ips, next(streams.ipNumbers[slot]));
        break;
      case MARK_HEX:
        i = putHex(out, template, i + 1, streams.hex);
        break;
      default:
        putByte(out, byte);
        continue;
    }
    if (slot < SLOTS - 1) slot++;
  }
}

function next(stream: Cursor<Float64Array> | Cursor<Uint32Array> | undefined): number {
  const value = stream?.values[stream.at++];
  if (value === undefined) throw new BodyError("Cannot read body: a variable is missing");
  return value;
}
