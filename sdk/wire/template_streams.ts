/**
 * The variables of one column of text while it is encoded. `template.ts` says how they are written.
 *
 * @module
 */
import type { Strings } from "../columns/column.ts";
import { Arena, Interner } from "../columns/strings.ts";
import type { ByteWriter } from "./bytes.ts";
import { writeIndexes, writeInts } from "./ints.ts";
import { writeStrings } from "./strings.ts";
import { groupRows, KIND, KINDS, kindsIn, LEAST_GROUP, MAX_VARIABLES } from "./template_shape.ts";

const IP_BYTES = 4;

/** A growing list of numbers. */
class NumberList {
  values = new Float64Array(1 << 12);
  count = 0;

  push(value: number): void {
    if (this.count === this.values.length) {
      const grown = new Float64Array(this.count * 2);
      grown.set(this.values);
      this.values = grown;
    }
    this.values[this.count++] = value;
  }
}

/** Filled row by row, then written once. */
export class TemplateStreams {
  readonly templates = new Interner();
  readonly words = new Interner();
  /** IPv4 addresses, 4 bytes each. */
  readonly ips = new Interner();
  /** 16 bytes each. */
  readonly tokens = new Interner();
  readonly rowTemplates = new NumberList();
  /** Of all rows, one after the other: numbers, and numbers of words, addresses and tokens. */
  readonly variables = new NumberList();
  hex: Buffer = Buffer.allocUnsafeSlow(1 << 12);
  hexUsed = 0;

  clear(): void {
    this.templates.clear();
    this.words.clear();
    this.ips.clear();
    this.tokens.clear();
    this.rowTemplates.count = 0;
    this.variables.count = 0;
    this.hexUsed = 0;
  }

  /** Makes room for `more` bytes of hex. */
  ensureHex(more: number): void {
    if (this.hexUsed + more <= this.hex.length) return;
    this.hex = Buffer.concat([this.hex, Buffer.allocUnsafe(this.hex.length + more)]);
  }

  /** False where a decoder would have to hold more than it does. */
  isBounded(): boolean {
    return this.variables.count <= MAX_VARIABLES;
  }

  /** Bytes when written, about. */
  byteLength(): number {
    const { templates, words, ips, tokens } = this;
    return templates.arena.used + words.arena.used + ips.arena.used + tokens.arena.used +
      this.hexUsed + this.variables.count * 2 + this.rowTemplates.count;
  }

  write(out: ByteWriter, plainBytes: number): void {
    const rowTemplates = Uint32Array.from(
      this.rowTemplates.values.subarray(0, this.rowTemplates.count),
    );
    const templates = this.templates.arena.view();
    out.varint(plainBytes);
    writeStrings(out, templates);
    writeIndexes(out, rowTemplates);
    const ranks = [undefined, ...[this.words, this.ips, this.tokens].map((of) => new Ranks(of))];
    const variables = { values: this.variables.values, ranks };
    writeVariables(out, variables, { kinds: kindsIn(templates), rowTemplates });
    writeStrings(out, ranks[KIND.word]!.entries());
    const ips = ranks[KIND.ip]!.entries();
    out.varint(ips.ends.length);
    writePlanes(out, ips);
    const tokens = ranks[KIND.token]!.entries();
    out.varint(tokens.ends.length);
    out.raw(tokens.bytes);
    out.varint(this.hexUsed);
    out.raw(this.hex.subarray(0, this.hexUsed));
  }
}

/** The entries of an interner in the order in which they are written first. */
class Ranks {
  readonly #interner: Interner;
  /** By entry: its place in that order plus 1; 0 before. */
  readonly #ranks: Uint32Array;
  readonly #order: Uint32Array;
  #count = 0;

  constructor(interner: Interner) {
    this.#interner = interner;
    this.#ranks = new Uint32Array(interner.count);
    this.#order = new Uint32Array(interner.count);
  }

  /** What stands for `entry` in a stream. */
  codeOf(entry: number): number {
    const rank = this.#ranks[entry]!;
    if (rank !== 0) return rank;
    this.#order[this.#count++] = entry;
    this.#ranks[entry] = this.#count;
    return 0;
  }

  entries(): Strings {
    const { arena } = this.#interner;
    const moved = new Arena();
    moved.reserve(arena.used);
    for (let i = 0; i < this.#order.length; i++) {
      const entry = this.#order[i]!;
      moved.extendFrom(arena, entry === 0 ? 0 : arena.ends[entry - 1]!, arena.ends[entry]!);
      moved.close();
    }
    return moved.view();
  }
}

interface Variables {
  /** Of all rows, one after the other. */
  readonly values: Float64Array;
  /** By kind; numbers stand for themselves. */
  readonly ranks: readonly (Ranks | undefined)[];
}

interface Rows {
  /** By template. */
  readonly kinds: readonly Uint8Array[];
  readonly rowTemplates: Uint32Array;
}

function writeVariables(out: ByteWriter, { values, ranks }: Variables, rows: Rows): void {
  const { kinds, rowTemplates } = rows;
  const { counts, firsts } = groupRows(kinds, rowTemplates);
  const places = placesByTemplate(counts, rowTemplates, firsts);
  const stream = new Float64Array(rowTemplates.length);
  let from = 0;
  for (const [template, of] of kinds.entries()) {
    const count = counts[template]!;
    for (let i = 0; count >= LEAST_GROUP && i < of.length; i++) {
      const rank = ranks[of[i]!];
      for (let k = 0; k < count; k++) {
        const value = values[places[from + k]! + i]!;
        stream[k] = rank === undefined ? value : rank.codeOf(value);
      }
      writeInts(out, stream.subarray(0, count));
    }
    from += count;
  }
  const rest = Array.from({ length: KINDS }, () => new NumberList());
  for (let row = 0; row < rowTemplates.length; row++) {
    const template = rowTemplates[row]!;
    if (counts[template]! >= LEAST_GROUP) continue;
    const of = kinds[template]!;
    for (let i = 0; i < of.length; i++) {
      const kind = of[i]!;
      const value = values[firsts[row]! + i]!;
      rest[kind]!.push(ranks[kind]?.codeOf(value) ?? value);
    }
  }
  for (const { values: all, count } of rest) writeInts(out, all.subarray(0, count));
}

/** `firsts` ordered by template. */
function placesByTemplate(
  counts: Uint32Array,
  rowTemplates: Uint32Array,
  firsts: Uint32Array,
): Uint32Array {
  const next = new Uint32Array(counts.length);
  for (let i = 1; i < counts.length; i++) next[i] = next[i - 1]! + counts[i - 1]!;
  const places = new Uint32Array(firsts.length);
  for (let row = 0; row < firsts.length; row++) {
    places[next[rowTemplates[row]!]!++] = firsts[row]!;
  }
  return places;
}

/** All first bytes, all second ones, … */
function writePlanes(out: ByteWriter, { bytes, ends }: Strings): void {
  out.ensure(bytes.length);
  for (let k = 0; k < IP_BYTES; k++) {
    for (let n = 0; n < ends.length; n++) out.bytes[out.used++] = bytes[n * IP_BYTES + k]!;
  }
}
