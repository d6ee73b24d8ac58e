/**
 * What a text says in another encoding: percent, `\u` and `\x`, hex, base64, UTF-16.
 *
 * Detectors and carry-over look at these layers as they do at the text itself; a find is mapped back
 * to the bytes of the text that it stands in.
 *
 * @module
 */

/** A decoded text: byte `i` stands for `[starts[i], ends[i])` of the source. */
export interface Layer {
  readonly bytes: Uint8Array;
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
}

const PERCENT = 37;
const BACKSLASH = 92;
const UPPER = 1;
const LOWER = 2;
const DIGIT = 4;
/** Any other digit of base64 or base64url. */
const OTHER = 8;
const NO_HEX = 16;
const ESCAPE = 32;
const NUL = 64;
const CLASSES = classes();
const IN_RUN = UPPER | LOWER | DIGIT | OTHER;

/** Value of each digit of base64 and base64url; 255 for none. */
const BASE64 = base64Values();

/** Shorter runs hold no value of three bytes. */
const LEAST_HEX = 6;
const LEAST_BASE64 = 6;
/** Fewer bytes are printable by chance. */
const LEAST_TEXT = 8;

interface Range {
  readonly start: number;
  readonly end: number;
}

interface Run extends Range {
  readonly isHex: boolean;
  readonly isBase64: boolean;
}

/** Says of decoded bytes, without the zeros of UTF-16, whether they are worth a layer. */
export type Accept = (bytes: Uint8Array) => boolean;

/**
 * The layers of a text that `accept` takes; without it, those that are text and not any bytes. There
 * are none for most texts. Nothing is looked for within `tokens`, which are in order.
 */
export function layersOf(
  text: Uint8Array,
  { accept, tokens }: { readonly accept?: Accept; readonly tokens?: readonly Range[] } = {},
): readonly Layer[] {
  const survey = surveyOf(text);
  const { seen } = survey;
  const runs = tokens === undefined ? survey.runs : outside(survey.runs, tokens);
  const layers: Layer[] = [];
  const add = (layer: Layer): void => {
    if (accept === undefined || accept(layer.bytes)) layers.push(layer);
  };
  if ((seen & ESCAPE) !== 0 && hasEscape(text)) add(withoutZeros(unescaped(text)));
  if ((seen & NUL) !== 0) add(withoutZeros(plain(text)));
  for (const run of runs) {
    if (run.isHex) addDecoded(layers, hexInto(text, run, accept === undefined), accept);
    if (!run.isBase64) continue;
    // The run may begin with what is no part of the value, such as the path before it.
    for (let shift = 0; shift < 4; shift++) {
      const from = { start: run.start + shift, end: run.end };
      addDecoded(layers, base64Into(text, from, accept === undefined), accept);
    }
  }
  return layers;
}

/** What a run says: `scratch` has its bytes, and where each is from follows from its number. */
interface Decoded {
  readonly length: number;
  startOf(i: number): number;
  endOf(i: number): number;
}

let scratch = new Uint8Array(1024);

function addDecoded(layers: Layer[], decoded: Decoded | undefined, accept?: Accept): void {
  if (decoded === undefined) return;
  const places: number[] = [];
  for (let i = 0; i < decoded.length; i++) if (scratch[i] !== 0) places.push(i);
  const bytes = Uint8Array.from(places, (place) => scratch[place]!);
  if (accept === undefined ? bytes.length < LEAST_TEXT : !accept(bytes)) return;
  layers.push({
    bytes,
    starts: Uint32Array.from(places, decoded.startOf),
    ends: Uint32Array.from(places, decoded.endOf),
  });
}

function makeRoom(bytes: number): void {
  if (scratch.length < bytes) scratch = new Uint8Array(bytes * 2);
}

/** Undefined if `onlyText` is asked for and it is none. */
function hexInto(text: Uint8Array, { start, end }: Range, onlyText: boolean): Decoded | undefined {
  makeRoom(end - start);
  let length = 0;
  for (let at = start; at + 1 < end; at += 2) {
    const byte = hexAt(text, at, 2);
    if (onlyText && !mayBeText(byte)) return undefined;
    scratch[length++] = byte;
  }
  const startOf = (i: number): number => start + i * 2;
  return { length, startOf, endOf: (i) => startOf(i) + 2 };
}

/** As {@link hexInto}. */
function base64Into(text: Uint8Array, { start, end }: Range, onlyText: boolean) {
  makeRoom(end - start);
  let length = 0;
  let held = 0;
  let bits = 0;
  for (let at = start; at < end; at++) {
    held = ((held << 6) | BASE64[text[at]!]!) & 0xffff;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    const byte = (held >> bits) & 255;
    if (onlyText && !mayBeText(byte)) return undefined;
    scratch[length++] = byte;
  }
  const startOf = (i: number): number => start + Math.floor(i / 3) * 4 + (i % 3);
  return { length, startOf, endOf: (i: number): number => startOf(i) + 2 };
}

/** ASCII with nothing but white space among its control characters, and the zeros of UTF-16. */
function mayBeText(byte: number): boolean {
  return (byte >= 32 && byte < 127) || (byte >= 9 && byte <= 13) || byte === 0;
}

function hasEscape(text: Uint8Array): boolean {
  for (let at = 0; at < text.length; at++) {
    const byte = text[at]!;
    if ((byte === PERCENT || byte === BACKSLASH) && escapeAt(text, at)[1] > 1) return true;
  }
  return false;
}

function surveyOf(text: Uint8Array): { readonly seen: number; readonly runs: readonly Run[] } {
  const runs: Run[] = [];
  let seen = 0;
  let start = 0;
  let first = 0;
  let rest = 0;
  for (let at = 0; at <= text.length; at++) {
    const mask = at < text.length ? CLASSES[text[at]!]! : 0;
    if ((mask & IN_RUN) !== 0) {
      if (at === start) first = mask;
      else rest |= mask;
      continue;
    }
    seen |= mask;
    if (at - start >= LEAST_HEX) {
      const isHex = ((first | rest) & (NO_HEX | OTHER)) === 0;
      // A word, with or without a capital, is none: text in base64 mixes digits or cases, two of the
      // three classes at least. The digits of a card may come without any small letter.
      const mixed = rest & (UPPER | LOWER | DIGIT);
      const isBase64 = at - start >= LEAST_BASE64 && (mixed & (mixed - 1)) !== 0;
      if (isHex || isBase64) runs.push({ start, end: at, isHex, isBase64 });
    }
    start = at + 1;
    rest = 0;
  }
  return { seen, runs };
}

/** Runs that are no part of a token. */
function outside(runs: readonly Run[], tokens: readonly Range[]): readonly Run[] {
  let next = 0;
  return runs.filter(({ start, end }) => {
    while (next < tokens.length && tokens[next]!.end < end) next++;
    return next === tokens.length || start < tokens[next]!.start;
  });
}

function plain(text: Uint8Array): Layer {
  return {
    bytes: text,
    starts: Uint32Array.from(text, (_, i) => i),
    ends: Uint32Array.from(text, (_, i) => i + 1),
  };
}

/** UTF-16 of ASCII is ASCII with zeros between. */
function withoutZeros(layer: Layer): Layer {
  const { bytes, starts, ends } = layer;
  if (!bytes.includes(0)) return layer;
  const keep = (_: number, i: number): boolean => bytes[i] !== 0;
  return { bytes: bytes.filter(keep), starts: starts.filter(keep), ends: ends.filter(keep) };
}

class LayerWriter {
  readonly #bytes: number[] = [];
  readonly #starts: number[] = [];
  readonly #ends: number[] = [];

  add(byte: number, start: number, end: number): void {
    this.#bytes.push(byte);
    this.#starts.push(start);
    this.#ends.push(end);
  }

  layer(): Layer {
    return {
      bytes: Uint8Array.from(this.#bytes),
      starts: Uint32Array.from(this.#starts),
      ends: Uint32Array.from(this.#ends),
    };
  }
}

function unescaped(text: Uint8Array): Layer {
  const writer = new LayerWriter();
  for (let at = 0; at < text.length;) {
    const [value, length] = escapeAt(text, at);
    if (length === 1) writer.add(value, at, at + 1);
    else {
      const bytes = value < 128 || text[at] === PERCENT
        ? [value]
        : Buffer.from(String.fromCodePoint(value));
      for (const byte of bytes) writer.add(byte, at, at + length);
    }
    at += length;
  }
  return writer.layer();
}

/** What stands at `at`, and how long it is: `%41`, `\u0041`, `\x41`, a surrogate pair, or a byte. */
function escapeAt(text: Uint8Array, at: number): readonly [number, number] {
  const byte = text[at]!;
  if (byte === PERCENT) {
    const value = hexAt(text, at + 1, 2);
    if (value >= 0) return [value, 3];
  }
  const letter = byte === BACKSLASH ? text[at + 1]! | 32 : 0;
  if (letter === 120) {
    const value = hexAt(text, at + 2, 2);
    if (value >= 0) return [value, 4];
  }
  if (letter === 117) return unitAt(text, at);
  return [byte, 1];
}

function unitAt(text: Uint8Array, at: number): readonly [number, number] {
  const value = hexAt(text, at + 2, 4);
  if (value < 0) return [text[at]!, 1];
  if (value >= 0xd800 && value < 0xdc00 && text[at + 6] === BACKSLASH) {
    const low = hexAt(text, at + 8, 4);
    if (low >= 0xdc00 && low < 0xe000) {
      return [0x10000 + ((value - 0xd800) << 10) + (low - 0xdc00), 12];
    }
  }
  return [value, 6];
}

/** The number of `digits` hex digits at `at`; -1 if they are none. */
function hexAt(text: Uint8Array, at: number, digits: number): number {
  let value = 0;
  for (let i = at; i < at + digits; i++) {
    const byte = text[i] ?? 0;
    const lower = byte | 32;
    if (byte >= 48 && byte <= 57) value = value * 16 + byte - 48;
    else if (lower >= 97 && lower <= 102) value = value * 16 + lower - 87;
    else return -1;
  }
  return value;
}

function classes(): Uint8Array {
  const table = new Uint8Array(256);
  for (let byte = 65; byte <= 90; byte++) table[byte] = UPPER | (byte > 70 ? NO_HEX : 0);
  for (let byte = 97; byte <= 122; byte++) table[byte] = LOWER | (byte > 102 ? NO_HEX : 0);
  for (let byte = 48; byte <= 57; byte++) table[byte] = DIGIT;
  for (const byte of Buffer.from("+/-_")) table[byte] = OTHER;
  table[PERCENT] = ESCAPE;
  table[BACKSLASH] = ESCAPE;
  table[0] = NUL;
  return table;
}

function base64Values(): Uint8Array {
  const table = new Uint8Array(256).fill(255);
  const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  for (const [i, digit] of Array.from(digits).entries()) table[digit.charCodeAt(0)] = i;
  for (const byte of Buffer.from("+-")) table[byte] = 62;
  for (const byte of Buffer.from("/_")) table[byte] = 63;
  return table;
}
