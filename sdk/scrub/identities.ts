/**
 * Carry-over: values of typed columns that stand once more elsewhere in the same event.
 *
 * A filter of three-byte beginnings is made once a batch; a text in which none of them occurs costs
 * a look-up a byte and nothing else.
 *
 * @module
 */
import { entryBytes, type Strings } from "../columns/column.ts";
import { type Layer, layersOf } from "./layers.ts";
import { isWellKnown } from "./well_known.ts";

/** A typed column: whose values, and how one of them becomes a token. */
export interface IdentitySource {
  readonly entries: Strings;
  /** By row: entry + 1; 0 is absent. */
  readonly indexes: Uint32Array;
  /** The values in an entry: one, or the strings of a dynamic value. */
  valuesIn(entry: Uint8Array): readonly Uint8Array[];
  /** The text of the token of a value. */
  tokenOf(value: Uint8Array): string;
}

/** Bytes of a text that a token takes the place of. */
export interface Span {
  readonly start: number;
  readonly end: number;
  readonly token: string;
}

interface Needle {
  /** Folded, at most {@link MOST_BYTES}. */
  readonly folded: Uint8Array;
  /** Shorter ones count as whole words alone. */
  readonly isShort: boolean;
  readonly token: string;
}

/** Shorter values say nothing; of digits alone, even those of three. */
const LEAST_BYTES = 3;
const LEAST_DIGITS = 4;
/** From that length on a value is found within words too. */
const LEAST_WITHIN = 6;
/** A longer value is looked for by its beginning. */
const MOST_BYTES = 256;
/** They stand for no value. */
const EMPTY_WORDS = new Set([
  "none",
  "null",
  "unknown",
  "undefined",
  "n/a",
  "localhost",
  "true",
  "false",
]);

const FOLD = folds(0);
/** For the filter: also makes bytes equal that differ by case in some letter that is not ASCII. */
const COARSE = folds(32);
const BACKSLASH = 92;
const AT = 64;
const COLON = 58;
const PLUS = 43;

export class Identities {
  readonly #sources: readonly IdentitySource[];
  /** A bit for each hash of the first three bytes of a value. */
  readonly #filter = new Uint32Array(2048);
  readonly #needles = new Map<string, readonly Needle[]>();

  constructor(sources: readonly IdentitySource[]) {
    this.#sources = sources;
    for (const { entries, valuesIn } of sources) {
      for (let i = 0; i < entries.ends.length; i++) {
        for (const value of valuesIn(entryBytes(entries, i))) this.#enter(value);
      }
    }
  }

  /** True if some row's value may be in the text or in one of its layers. */
  mayBeIn(text: Uint8Array): boolean {
    return this.#hits(text) || layersOf(text).some(({ bytes }) => this.#hits(bytes));
  }

  /** Where values of `row` stand in `text`, in order. */
  spansIn(text: Uint8Array, row: number): readonly Span[] {
    const needles = this.#needlesOf(row);
    if (needles.length === 0) return [];
    const spans = this.#findIn(text, needles);
    for (const layer of layersOf(text)) {
      spans.push(...this.#findIn(layer.bytes, needles).map((span) => inSource(layer, span)));
    }
    return spans.toSorted((a, b) => a.start - b.start);
  }

  #enter(value: Uint8Array): void {
    this.#enterPrefix(value, 0);
    for (let at = 0; at < value.length; at++) {
      const byte = value[at]!;
      if (byte === BACKSLASH || byte === COLON || byte === PLUS) this.#enterPrefix(value, at + 1);
    }
  }

  #enterPrefix(bytes: Uint8Array, start: number): void {
    if (bytes.length - start < LEAST_BYTES) return;
    const hash = hashOf(
      (COARSE[bytes[start]!]! << 16) | (COARSE[bytes[start + 1]!]! << 8) |
        COARSE[bytes[start + 2]!]!,
    );
    this.#filter[hash >>> 5]! |= 1 << (hash & 31);
  }

  #hits(text: Uint8Array): boolean {
    let last = 0;
    for (let at = 0; at < text.length; at++) {
      last = ((last << 8) | COARSE[text[at]!]!) & 0xffffff;
      if (at >= 2 && this.#isEntered(last)) return true;
    }
    return false;
  }

  #isEntered(three: number): boolean {
    const hash = hashOf(three);
    return (this.#filter[hash >>> 5]! & (1 << (hash & 31))) !== 0;
  }

  #needlesOf(row: number): readonly Needle[] {
    const needles: Needle[] = [];
    for (const [i, { indexes }] of this.#sources.entries()) {
      const index = indexes[row]!;
      if (index > 0) needles.push(...this.#needlesOfEntry(i, index - 1));
    }
    return needles;
  }

  #needlesOfEntry(source: number, entry: number): readonly Needle[] {
    const id = `${source} ${entry}`;
    let needles = this.#needles.get(id);
    if (needles === undefined) {
      const { entries, valuesIn, tokenOf } = this.#sources[source]!;
      needles = valuesIn(entryBytes(entries, entry)).flatMap(namesIn)
        .map((value) => needleOf(value, tokenOf(value)));
      this.#needles.set(id, needles);
    }
    return needles;
  }

  #findIn(text: Uint8Array, needles: readonly Needle[]): Span[] {
    const spans: Span[] = [];
    let last = 0;
    for (let at = 0; at < text.length; at++) {
      last = ((last << 8) | COARSE[text[at]!]!) & 0xffffff;
      if (at < 2 || !this.#isEntered(last)) continue;
      const span = longestAt(text, at - 2, needles);
      if (span === undefined) continue;
      spans.push(span);
      at = span.end - 1;
    }
    return spans;
  }
}

/** A value, and the names in it: of `DOMAIN\name`, of `sip:name@host`, of `+49…`. */
function namesIn(value: Uint8Array): readonly Uint8Array[] {
  const names = [value];
  const scheme = value.indexOf(COLON);
  const bare = scheme >= 0 && scheme <= 4 ? value.subarray(scheme + 1) : value;
  const name = bare.subarray(bare.lastIndexOf(BACKSLASH) + 1);
  const at = name.indexOf(AT);
  const local = at < 0 ? name : name.subarray(0, at);
  for (const part of [bare, name, local, local[0] === PLUS ? local.subarray(1) : local]) {
    if (part.length < names.at(-1)!.length) names.push(part);
  }
  return names.filter(isTelling);
}

/** False for what is too short, or the same on every host. */
function isTelling(value: Uint8Array): boolean {
  if (value.length < LEAST_BYTES || isWellKnown(value)) return false;
  const isNumber = value.every((byte) => byte >= 48 && byte <= 57);
  if (isNumber && value.length < LEAST_DIGITS) return false;
  if (!value.some(isAlphanumeric)) return false;
  return value.length > 9 || !EMPTY_WORDS.has(Buffer.from(value).toString("latin1").toLowerCase());
}

function needleOf(value: Uint8Array, token: string): Needle {
  const folded = value.slice(0, MOST_BYTES);
  for (let i = folded.length - 1; i >= 0; i--) folded[i] = foldAt(folded, i);
  return { folded, isShort: value.length < LEAST_WITHIN, token };
}

function longestAt(text: Uint8Array, start: number, needles: readonly Needle[]): Span | undefined {
  let best: Span | undefined;
  for (const { folded, isShort, token } of needles) {
    const end = start + folded.length;
    if (end <= (best?.end ?? 0) || !isEqualAt(text, start, folded)) continue;
    if (isWhole(text, { start, end, isShort })) best = { start, end, token };
  }
  return best;
}

function isEqualAt(text: Uint8Array, start: number, folded: Uint8Array): boolean {
  if (start + folded.length > text.length) return false;
  for (let i = 0; i < folded.length; i++) {
    if (foldAt(text, start + i) !== folded[i]) return false;
  }
  return true;
}

/** Short values are whole words; a number never goes on, or begins earlier. */
function isWhole(
  text: Uint8Array,
  { start, end, isShort }: {
    readonly start: number;
    readonly end: number;
    readonly isShort: boolean;
  },
): boolean {
  const [before, after] = [text[start - 1] ?? 0, text[end] ?? 0];
  if (isShort) return !isAlphanumeric(before) && !isAlphanumeric(after);
  return !(isDigit(before) && isDigit(text[start]!)) &&
    !(isDigit(after) && isDigit(text[end - 1]!));
}

function inSource({ starts, ends }: Layer, { start, end, token }: Span): Span {
  return { start: starts[start]!, end: ends[end - 1]!, token };
}

function hashOf(three: number): number {
  return Math.imul(three, -1640531527) >>> 16;
}

function isDigit(byte: number): boolean {
  return byte >= 48 && byte <= 57;
}

function isAlphanumeric(byte: number): boolean {
  const lower = byte | 32;
  return isDigit(byte) || (lower >= 97 && lower <= 122) || byte >= 128;
}

/** In lower case: ASCII, and the letters of Latin-1 in UTF-8. */
function foldAt(bytes: Uint8Array, at: number): number {
  const byte = bytes[at]!;
  if (byte >= 0x80 && byte <= 0x9e && bytes[at - 1] === 0xc3) return byte | 32;
  return FOLD[byte]!;
}

function folds(beyondAscii: number): Uint8Array {
  return Uint8Array.from({ length: 256 }, (_, byte) => {
    if (byte >= 128) return byte | beyondAscii;
    return byte >= 65 && byte <= 90 ? byte | 32 : byte;
  });
}
