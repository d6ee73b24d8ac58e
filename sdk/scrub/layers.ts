/**
 * What a text says in another encoding: percent, `\u` and `\x`, hex, base64, UTF-16.
 *
 * Detectors and carry-over look at these layers as they do at the text itself; a find is mapped back
 * to the bytes of the text that it stands in. Most texts have none, and most of those that have one
 * hold nothing in it: both are told without a map.
 *
 * @module
 */
import {
  ESCAPE,
  escapeAt,
  hasEscape,
  hexAt,
  type LeastRun,
  longRunsIn,
  NUL,
  type Range,
  type Run,
  surveyOf,
} from "./runs.ts";

/** A decoded text: byte `i` stands for `[starts[i], ends[i])` of the source. */
export interface Layer {
  readonly bytes: Uint8Array;
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
}

const PERCENT = 37;

/** Value of each digit of base64 and base64url; 255 for none. */
const BASE64 = base64Values();

/** Fewer bytes are printable by chance. */
const LEAST_TEXT = 8;
/** Where a value may begin in a run of base64. */
const SHIFTS = 4;
/** Runs that have room for {@link LEAST_TEXT}. */
const TEXT_RUN: LeastRun = { hex: LEAST_TEXT * 2, base64: 11 };

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
  const survey = surveyOf(text, 0, text.length);
  const { seen } = survey;
  const runs = tokens === undefined ? survey.runs : outside(survey.runs, tokens);
  const layers: Layer[] = [];
  const add = (layer: Layer): void => {
    if (accept === undefined || accept(layer.bytes)) layers.push(layer);
  };
  if ((seen & ESCAPE) !== 0 && hasEscape(text, 0, text.length)) add(withoutZeros(unescaped(text)));
  if ((seen & NUL) !== 0) add(withoutZeros(plain(text)));
  const onlyText = accept === undefined;
  const take = (length: number, place: PlaceOf): void => {
    if (length >= 0) addDecoded(layers, { length, place, accept });
  };
  for (const { start, end, isHex, isBase64 } of runs) {
    if (isHex) take(hexInto(text, { start, end }, onlyText), hexPlaces(start));
    if (!isBase64) continue;
    // The run may begin with what is no part of the value, such as the path before it.
    for (let from = start; from < start + SHIFTS; from++) {
      take(base64Into(text, { start: from, end }, onlyText), base64Places(from));
    }
  }
  return layers;
}

/**
 * Decodes each layer of `bytes[start, end)`, be it text or not, and asks `isFound` of the first bytes
 * of an array, which are good for the call; true at the first layer for which it is.
 */
export function eachLayer(bytes: Uint8Array, { start, end }: Range, isFound: IsFound): boolean {
  const { seen, runs } = surveyOf(bytes, start, end);
  if (seen !== 0 && isFoundInWhole(bytes, { start, end }, isFound)) return true;
  for (const run of runs) if (isFoundInRun(bytes, run, false, isFound)) return true;
  return false;
}

/** As {@link eachLayer}, of layers that are text. `hasSigns`: there is a `%`, `\` or zero. */
// oxlint-disable-next-line max-params -- hot path: an object a text is what it avoids
export function eachTextLayer(
  bytes: Uint8Array,
  { start, end }: Range,
  hasSigns: boolean,
  isFound: IsFound,
): boolean {
  if (hasSigns && isFoundInWhole(bytes, { start, end }, isFound)) return true;
  for (const run of longRunsIn(bytes, start, end, TEXT_RUN)) {
    if (isFoundInRun(bytes, run, true, isFound)) return true;
  }
  return false;
}

function isFoundInWhole(bytes: Uint8Array, { start, end }: Range, isFound: IsFound): boolean {
  if (hasEscape(bytes, start, end)) {
    if (isFound(scratch, withoutZerosIn(unescapedInto(bytes, start, end)))) return true;
  }
  if (!hasZero(bytes, start, end)) return false;
  makeRoom(end - start);
  for (let at = start; at < end; at++) scratch[at - start] = bytes[at]!;
  return isFound(scratch, withoutZerosIn(end - start));
}

function hasZero(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (bytes[at] === 0) return true;
  return false;
}

type IsFound = (decoded: Uint8Array, length: number) => boolean;

// oxlint-disable-next-line max-params -- hot path: an object a run is what it avoids
function isFoundInRun(bytes: Uint8Array, run: Run, onlyText: boolean, isFound: IsFound): boolean {
  const { start, end } = run;
  const least = onlyText ? LEAST_TEXT : 0;
  if (run.isHex) {
    const length = withoutZerosIn(hexInto(bytes, run, onlyText));
    if (length >= least && isFound(scratch, length)) return true;
  }
  for (let from = start; run.isBase64 && from < start + SHIFTS; from++) {
    const length = withoutZerosIn(base64Into(bytes, { start: from, end }, onlyText));
    if (length >= least && isFound(scratch, length)) return true;
  }
  return false;
}

let scratch = new Uint8Array(1024);

/** Closes the gaps that zeros leave in the first `length` bytes of `scratch`; gives what is left. */
function withoutZerosIn(length: number): number {
  let kept = 0;
  for (let i = 0; i < length; i++) {
    const byte = scratch[i]!;
    if (byte === 0) continue;
    scratch[kept++] = byte;
  }
  return length < 0 ? length : kept;
}

function makeRoom(bytes: number): void {
  if (scratch.length < bytes) scratch = new Uint8Array(bytes * 2);
}

/** Bytes of the source that decoded byte `i` stands for: start and end. */
type PlaceOf = (i: number) => readonly [number, number];

const hexPlaces = (start: number): PlaceOf => (i) => [start + i * 2, start + i * 2 + 2];

const base64Places = (start: number): PlaceOf => (i) => {
  const from = start + Math.floor(i / 3) * 4 + (i % 3);
  return [from, from + 2];
};

/** Adds the first `length` bytes of `scratch`. */
function addDecoded(
  layers: Layer[],
  { length, place, accept }: {
    readonly length: number;
    readonly place: PlaceOf;
    readonly accept: Accept | undefined;
  },
): void {
  const kept: number[] = [];
  for (let i = 0; i < length; i++) if (scratch[i] !== 0) kept.push(i);
  const bytes = Uint8Array.from(kept, (i) => scratch[i]!);
  if (accept === undefined ? bytes.length < LEAST_TEXT : !accept(bytes)) return;
  layers.push({
    bytes,
    starts: Uint32Array.from(kept, (i) => place(i)[0]),
    ends: Uint32Array.from(kept, (i) => place(i)[1]),
  });
}

/** Decodes to `scratch`, gives how many bytes; -1 if only text is asked for and it is none. */
function hexInto(text: Uint8Array, { start, end }: Range, onlyText: boolean): number {
  makeRoom(end - start);
  let length = 0;
  for (let at = start; at + 1 < end; at += 2) {
    const byte = hexAt(text, at, 2, end);
    if (onlyText && !mayBeText(byte)) return -1;
    scratch[length++] = byte;
  }
  return length;
}

/** As {@link hexInto}. */
function base64Into(text: Uint8Array, { start, end }: Range, onlyText: boolean): number {
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
    if (onlyText && !mayBeText(byte)) return -1;
    scratch[length++] = byte;
  }
  return length;
}

/** ASCII with nothing but white space among its control characters, and the zeros of UTF-16. */
function mayBeText(byte: number): boolean {
  return (byte >= 32 && byte < 127) || (byte >= 9 && byte <= 13) || byte === 0;
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

function unescaped(text: Uint8Array): Layer {
  const starts = new Uint32Array(text.length);
  const ends = new Uint32Array(text.length);
  const length = unescapedInto(text, 0, text.length, { starts, ends });
  return {
    bytes: scratch.slice(0, length),
    starts: starts.subarray(0, length),
    ends: ends.subarray(0, length),
  };
}

/** Replaces escapes by what they stand for, in `scratch`; it is never longer. Gives its length. */
// oxlint-disable-next-line max-params -- hot path: an object a text is what it avoids
function unescapedInto(
  text: Uint8Array,
  start: number,
  end: number,
  places?: Omit<Layer, "bytes">,
): number {
  makeRoom(end - start);
  let length = 0;
  const add = (byte: number, from: number, to: number): void => {
    scratch[length] = byte;
    if (places !== undefined) {
      places.starts[length] = from;
      places.ends[length] = to;
    }
    length++;
  };
  for (let at = start; at < end;) {
    const [value, used] = escapeAt(text, at, end);
    if (value < 128 || used === 1 || text[at] === PERCENT) add(value, at, at + used);
    else for (const byte of Buffer.from(String.fromCodePoint(value))) add(byte, at, at + used);
    at += used;
  }
  return length;
}

function base64Values(): Uint8Array {
  const table = new Uint8Array(256).fill(255);
  const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  for (const [i, digit] of Array.from(digits).entries()) table[digit.charCodeAt(0)] = i;
  for (const byte of Buffer.from("+-")) table[byte] = 62;
  for (const byte of Buffer.from("/_")) table[byte] = 63;
  return table;
}
