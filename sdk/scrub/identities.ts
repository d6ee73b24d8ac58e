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

/** Counts steps against what `row` may cost; throws if it has taken too many. */
export type Spend = (row: number, steps: number) => void;

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

/** In place of a hash: matches all. */
const ANY = -2;
const FOLD = folds(0);
/** For the filter: also makes bytes equal that differ by case in some letter that is not ASCII. */
const COARSE = folds(32);
const BACKSLASH = 92;
const AT = 64;
const COLON = 58;
const PLUS = 43;

/** Where in a text, or in one of its layers, some value of the batch may begin. */
export interface Candidates {
  readonly bytes: Uint8Array;
  /** Undefined for the text itself. */
  readonly layer: Layer | undefined;
  readonly places: readonly number[];
  /** Of the three bytes at each place. */
  readonly hashes: readonly number[];
}

const NONE: readonly Candidates[] = [];
/** Beginnings remembered of one value: its own, and of the names in it. */
const MOST_BEGINNINGS = 4;

export class Identities {
  readonly #sources: readonly IdentitySource[];
  /** A bit for each hash of the first three bytes of a value. */
  readonly #filter = new Uint32Array(2048);
  /** By source: {@link MOST_BEGINNINGS} hashes an entry, -1 for none. */
  readonly #beginnings: readonly Int32Array[];
  /** By source and entry. */
  readonly #needles: (readonly Needle[] | undefined)[][];
  readonly #accept = (bytes: Uint8Array): boolean => this.#hits(bytes);

  readonly #spend: Spend;

  constructor(sources: readonly IdentitySource[], spend: Spend) {
    this.#sources = sources;
    this.#spend = spend;
    this.#needles = sources.map(() => []);
    this.#beginnings = sources.map((source) => this.#enterAll(source));
  }

  /** Where values of the batch may be in a text; none for most texts. */
  candidatesIn(text: Uint8Array): readonly Candidates[] {
    const layers = layersOf(text, { accept: this.#accept });
    if (!this.#hits(text)) {
      return layers.length === 0
        ? NONE
        : layers.map((layer) => this.#candidates(layer.bytes, layer));
    }
    return [
      this.#candidates(text, undefined),
      ...layers.map((layer) => this.#candidates(layer.bytes, layer)),
    ];
  }

  /** Where values of `row` stand in the text of `candidates`. */
  spansAt(candidates: readonly Candidates[], row: number): readonly Span[] {
    const spans: Span[] = [];
    for (const { bytes, layer, places, hashes } of candidates) {
      let end = 0;
      for (let i = 0; i < places.length; i++) {
        if (places[i]! < end || !this.#begins(row, hashes[i]!)) continue;
        const span = this.#longestAt(bytes, places[i]!, row);
        if (span === undefined) continue;
        spans.push(layer === undefined ? span : inSource(layer, span));
        ({ end } = span);
      }
    }
    return spans;
  }

  #enterAll({ entries, valuesIn }: IdentitySource): Int32Array {
    const count = entries.ends.length;
    const beginnings = new Int32Array(count * MOST_BEGINNINGS).fill(-1);
    for (let i = 0; i < count; i++) {
      let slot = i * MOST_BEGINNINGS;
      const last = slot + MOST_BEGINNINGS - 1;
      const enter = (value: Uint8Array, from: number): void => {
        const hash = this.#enter(value, from);
        if (hash < 0) return;
        // More than are remembered: the row is always compared.
        if (slot > last) beginnings[last] = ANY;
        else beginnings[slot++] = hash;
      };
      for (const value of valuesIn(entryBytes(entries, i))) {
        for (const from of namesStart(value)) enter(value, from);
      }
    }
    return beginnings;
  }

  #enter(bytes: Uint8Array, start: number): number {
    if (bytes.length - start < LEAST_BYTES) return -1;
    const hash = hashOf(
      (COARSE[bytes[start]!]! << 16) | (COARSE[bytes[start + 1]!]! << 8) |
        COARSE[bytes[start + 2]!]!,
    );
    this.#filter[hash >>> 5]! |= 1 << (hash & 31);
    return hash;
  }

  #hits(text: Uint8Array): boolean {
    let last = 0;
    for (let at = 0; at < text.length; at++) {
      last = ((last << 8) | COARSE[text[at]!]!) & 0xffffff;
      if (at >= 2 && this.#isEntered(hashOf(last))) return true;
    }
    return false;
  }

  #candidates(bytes: Uint8Array, layer: Layer | undefined): Candidates {
    const places: number[] = [];
    const hashes: number[] = [];
    let last = 0;
    for (let at = 0; at < bytes.length; at++) {
      last = ((last << 8) | COARSE[bytes[at]!]!) & 0xffffff;
      if (at < 2) continue;
      const hash = hashOf(last);
      if (!this.#isEntered(hash)) continue;
      places.push(at - 2);
      hashes.push(hash);
    }
    return { bytes, layer, places, hashes };
  }

  #isEntered(hash: number): boolean {
    return (this.#filter[hash >>> 5]! & (1 << (hash & 31))) !== 0;
  }

  /** True if a value of `row` may begin with three bytes of that hash. */
  #begins(row: number, hash: number): boolean {
    for (let i = 0; i < this.#sources.length; i++) {
      const index = this.#sources[i]!.indexes[row]!;
      if (index === 0) continue;
      const beginnings = this.#beginnings[i]!;
      const from = (index - 1) * MOST_BEGINNINGS;
      for (let slot = from; slot < from + MOST_BEGINNINGS; slot++) {
        if (beginnings[slot] === hash || beginnings[slot] === ANY) return true;
      }
    }
    return false;
  }

  /** The longest value of `row` that stands at a place of a text. */
  #longestAt(text: Uint8Array, start: number, row: number): Span | undefined {
    let best: Span | undefined;
    let steps = 0;
    for (let source = 0; source < this.#sources.length; source++) {
      const index = this.#sources[source]!.indexes[row]!;
      if (index === 0) continue;
      for (const { folded, isShort, token } of this.#needlesOfEntry(source, index - 1)) {
        const end = start + folded.length;
        steps++;
        if (end <= (best?.end ?? 0) || end > text.length) continue;
        const equal = equalBytes(text, start, folded);
        steps += equal;
        if (equal < folded.length) continue;
        if (isWhole(text, { start, end, isShort })) best = { start, end, token };
      }
    }
    this.#spend(row, steps);
    return best;
  }

  #needlesOfEntry(source: number, entry: number): readonly Needle[] {
    const known = this.#needles[source]!;
    let needles = known[entry];
    if (needles === undefined) {
      const { entries, valuesIn, tokenOf } = this.#sources[source]!;
      needles = valuesIn(entryBytes(entries, entry)).flatMap(namesIn)
        .map((value) => needleOf(value, tokenOf(value)));
      known[entry] = needles;
    }
    return needles;
  }
}

/** Where a value, and the names in it, begin. */
function namesStart(value: Uint8Array): readonly number[] {
  const starts = [0];
  for (let at = 0; at < value.length; at++) if (startsName(value[at]!)) starts.push(at + 1);
  return starts;
}

/** True for what a name may follow in a value: of a domain, a scheme, an international number. */
function startsName(byte: number): boolean {
  return byte === BACKSLASH || byte === COLON || byte === PLUS;
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

/** How many bytes are equal before the first that is not. */
function equalBytes(text: Uint8Array, start: number, folded: Uint8Array): number {
  for (let i = 0; i < folded.length; i++) {
    if (foldAt(text, start + i) !== folded[i]) return i;
  }
  return folded.length;
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
