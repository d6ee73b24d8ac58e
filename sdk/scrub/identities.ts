/**
 * Carry-over: values of typed columns that stand once more elsewhere in the same event.
 *
 * Of each value, and of the names in it, the first three bytes are remembered. A text is looked
 * through for those of its own row alone, and the entries of a dictionary once for those of all
 * rows, so that most texts cost a look-up a byte and most entries nothing.
 *
 * @module
 */
import { entryBytes, type Strings } from "../columns/column.ts";
import {
  type Beginnings,
  beginningsOf,
  entriesAmong,
  hashesIn,
  hashOf,
  withLayers,
} from "./beginnings.ts";
import { eachLayer, type Layer, layersOf } from "./layers.ts";
import type { Range } from "./runs.ts";
import {
  COARSE,
  equalBytes,
  isWhole,
  mayStandAt,
  MOST_GLANCE_STEPS,
  type Needle,
  needlesOf,
} from "./needles.ts";

/** A typed column: whose values, and how one of them becomes a token. */
export interface IdentitySource {
  readonly entries: Strings;
  /** By row: entry + 1; 0 is absent. */
  readonly indexes: Uint32Array;
  /** The values in an entry: the strings of a dynamic value. Absent where an entry is one value. */
  readonly valuesIn?: ((entry: Uint8Array) => readonly Uint8Array[]) | undefined;
  /** The text of the token of a value, or of a name in it. */
  tokenOf(name: Uint8Array, value: Uint8Array): string;
}

/** Counts steps against what `row` may cost; throws if it has taken too many. */
export type Spend = (row: number, steps: number) => void;

/** Bytes of a text that a token takes the place of. */
export interface Span {
  readonly start: number;
  readonly end: number;
  readonly token: string;
}

/** In which entries of a dictionary values of a row may stand. */
export interface Recurrence {
  /** False if no value of `row` stands in `entry`; true if one may. */
  mayStand(row: number, entry: number): boolean;
}

/** More beginnings are not looked through one by one: what is marked counts. */
const MOST_BEGINNINGS = 32;
/** A power of two. */
const MARKS = 1 << 12;
/** Verdicts on pairs of entries are remembered where there are no more pairs. */
const MOST_PAIRS = 1 << 18;
/** A pair that takes more steps is compared for each row, and counted against it. */
const MOST_PAIR_STEPS = 1 << 12;
const NO_NEEDLES: readonly Needle[] = [];

interface Place {
  readonly bytes: Uint8Array;
  readonly at: number;
  readonly end: number;
}

interface Added {
  readonly row: number;
  readonly spans: Span[];
}

export class Identities {
  readonly #sources: readonly IdentitySource[];
  readonly #spend: Spend;
  readonly #beginnings: readonly Beginnings[];
  /** By source and entry. */
  readonly #needles: (readonly Needle[] | undefined)[][];
  /** By the last bits of a hash: the number of the marking that set it last. */
  readonly #marks = new Uint32Array(MARKS);
  #marking = 0;
  /** The row that is marked; -1 for none. */
  #marked = -1;
  /** Hashes of what is marked, the first of them. */
  readonly #hashes = new Uint16Array(MOST_BEGINNINGS);
  #count = 0;
  readonly #mayBeginIn = (bytes: Uint8Array, length = bytes.length): boolean =>
    this.#firstFrom(bytes, 0, length) >= 0;

  constructor(sources: readonly IdentitySource[], spend: Spend) {
    this.#sources = sources;
    this.#spend = spend;
    this.#needles = sources.map(() => []);
    this.#beginnings = sources.map(({ entries, valuesIn }) => beginningsOf(entries, valuesIn));
  }

  /** False if no value of `row` stands in `bytes[start, end)`; true if one may. */
  mayStandIn(bytes: Uint8Array, { start, end }: Range, row: number): boolean {
    this.#markRow(row);
    if (this.#count === 0) return false;
    return this.#firstFrom(bytes, start, end) >= 0 ||
      eachLayer(bytes, { start, end }, this.#mayBeginIn);
  }

  /** Where values of `row` stand in a text. */
  spansIn(text: Uint8Array, row: number): readonly Span[] {
    this.#markRow(row);
    const spans: Span[] = [];
    if (this.#count === 0) return spans;
    this.#addSpans(text, undefined, { row, spans });
    for (const layer of layersOf(text, { accept: this.#mayBeginIn })) {
      this.#addSpans(layer.bytes, layer, { row, spans });
    }
    return spans;
  }

  /** Undefined if no value stands in any of `entries`. */
  recurrenceIn(entries: Strings): Recurrence | undefined {
    const texts = withLayers(entries);
    const hashes = hashesIn(texts);
    const count = texts.ends.length;
    const sources = this.#beginnings.flatMap((beginnings, source) => {
      const may = entriesAmong(beginnings, hashes);
      if (!may.includes(1)) return [];
      const pairs = may.length * count;
      return [{ source, may, verdicts: pairs > MOST_PAIRS ? undefined : new Uint8Array(pairs) }];
    });
    if (sources.length === 0) return undefined;
    return {
      mayStand: (row, entry) => {
        for (const { source, may, verdicts } of sources) {
          const index = this.#sources[source]!.indexes[row]!;
          if (index === 0 || may[index - 1] === 0) continue;
          const pair = (index - 1) * count + entry;
          let verdict = verdicts === undefined ? 0 : verdicts[pair]!;
          if (verdict === 0) {
            verdict = this.#isPair(source, index - 1, texts, entry) ? 1 : 2;
            if (verdicts !== undefined) verdicts[pair] = verdict;
          }
          if (verdict === 1) return true;
        }
        return false;
      },
    };
  }

  /** True if a value in an entry of a source stands in text `i`, or if that takes too long to tell. */
  // oxlint-disable-next-line max-params -- hot path: an object a pair is what it avoids
  #isPair(source: number, entry: number, { bytes, ends }: Strings, i: number): boolean {
    this.#mark();
    this.#markEntry(source, entry);
    const end = ends[i]!;
    let at = this.#firstFrom(bytes, i === 0 ? 0 : ends[i - 1]!, end);
    let steps = 0;
    while (at >= 0) {
      const needles = this.#needlesAt(source, entry, { bytes, at, end });
      steps += MOST_GLANCE_STEPS;
      for (const needle of needles) {
        const equal = at + needle.folded.length > end ? 0 : equalBytes(bytes, at, needle.folded);
        steps += equal + 1;
        if (steps > MOST_PAIR_STEPS || stood(bytes, at, needle, equal)) return true;
      }
      at = this.#firstFrom(bytes, at + 1, end);
    }
    return false;
  }

  #addSpans(text: Uint8Array, layer: Layer | undefined, { row, spans }: Added): void {
    let at = this.#firstFrom(text, 0, text.length);
    while (at >= 0) {
      const span = this.#longestAt(text, at, row);
      if (span !== undefined) spans.push(layer === undefined ? span : inSource(layer, span));
      at = this.#firstFrom(text, span?.end ?? at + 1, text.length);
    }
  }

  /** Where, from `from` on, three bytes stand that what is marked begins with; -1 for nowhere. */
  #firstFrom(bytes: Uint8Array, from: number, end: number): number {
    const marks = this.#marks;
    const marking = this.#marking;
    let last = 0;
    for (let at = from; at < end; at++) {
      last = ((last << 8) | COARSE[bytes[at]!]!) & 0xffffff;
      if (at < from + 2) continue;
      const hash = hashOf(last);
      if (marks[hash & (MARKS - 1)] === marking && this.#isMarked(hash)) return at - 2;
    }
    return -1;
  }

  #isMarked(hash: number): boolean {
    if (this.#count > MOST_BEGINNINGS) return true;
    for (let i = 0; i < this.#count; i++) if (this.#hashes[i] === hash) return true;
    return false;
  }

  #markRow(row: number): void {
    if (this.#marked === row) return;
    this.#mark();
    for (let source = 0; source < this.#sources.length; source++) {
      const index = this.#sources[source]!.indexes[row]!;
      if (index > 0) this.#markEntry(source, index - 1);
    }
    this.#marked = row;
  }

  #mark(): void {
    this.#marking++;
    this.#marked = -1;
    this.#count = 0;
  }

  #markEntry(source: number, entry: number): void {
    const { hashes, ends } = this.#beginnings[source]!;
    for (let i = entry === 0 ? 0 : ends[entry - 1]!; i < ends[entry]!; i++) {
      const hash = hashes[i]!;
      this.#marks[hash & (MARKS - 1)] = this.#marking;
      if (this.#count < MOST_BEGINNINGS) this.#hashes[this.#count] = hash;
      this.#count++;
    }
  }

  /** The longest value of `row` that stands at a place of a text. */
  #longestAt(text: Uint8Array, start: number, row: number): Span | undefined {
    let best: Needle | undefined;
    let token = "";
    let steps = 0;
    for (let source = 0; source < this.#sources.length; source++) {
      const index = this.#sources[source]!.indexes[row]!;
      if (index === 0) continue;
      const place = { bytes: text, at: start, end: text.length };
      for (const needle of this.#needlesAt(source, index - 1, place)) {
        const { length } = needle.folded;
        steps++;
        if (length <= (best?.folded.length ?? 0) || start + length > text.length) continue;
        const equal = equalBytes(text, start, needle.folded);
        steps += equal;
        if (!stood(text, start, needle, equal)) continue;
        const itsToken = this.#sources[source]!.tokenOf(needle.name, needle.value);
        // What has no token stays wherever it stands; a shorter value may stand in it.
        if (itsToken === Buffer.from(needle.name).toString()) continue;
        best = needle;
        token = itsToken;
      }
    }
    this.#spend(row, steps);
    if (best === undefined) return undefined;
    return { start, end: start + best.folded.length, token };
  }

  /** Those of an entry that may stand at a place. */
  #needlesAt(source: number, entry: number, { bytes, at, end }: Place): readonly Needle[] {
    const needles = this.#needles[source]![entry];
    if (needles !== undefined) return needles;
    const { entries, valuesIn } = this.#sources[source]!;
    if (valuesIn === undefined && !mayStandAt(bytes, at, end, entryBytes(entries, entry))) {
      return NO_NEEDLES;
    }
    return this.#needlesOfEntry(source, entry);
  }

  #needlesOfEntry(source: number, entry: number): readonly Needle[] {
    const known = this.#needles[source]!;
    let needles = known[entry];
    if (needles === undefined) {
      const { entries, valuesIn } = this.#sources[source]!;
      const value = entryBytes(entries, entry);
      needles = (valuesIn === undefined ? [value] : valuesIn(value)).flatMap(needlesOf);
      known[entry] = needles;
    }
    return needles;
  }
}

/** True if a needle, of which `equal` bytes are equal, stands at `start`. */
// oxlint-disable-next-line max-params -- hot path: an object a comparison is what it avoids
function stood(text: Uint8Array, start: number, needle: Needle, equal: number): boolean {
  const { folded, isShort } = needle;
  return equal === folded.length &&
    isWhole(text, { start, end: start + folded.length, isShort });
}

function inSource({ starts, ends }: Layer, { start, end, token }: Span): Span {
  return { start: starts[start]!, end: ends[end - 1]!, token };
}
