/**
 * The sequences of a block (RFC 8878 §3.1.1.3.2): copies of literals and of what came before.
 *
 * @module
 */
import { BackwardBits, refuse } from "./bits.ts";
import { fseOfOne, type FseTable, fseTable, readFse } from "./fse.ts";

/** The tables of the last block, which the next may use again. */
export interface SequenceTables {
  readonly literals: FseTable | undefined;
  readonly offsets: FseTable | undefined;
  readonly matches: FseTable | undefined;
}

/** What is written to, and from. */
export interface Output {
  readonly bytes: Uint8Array;
  used: number;
  /** Where the zstd frame began: copies come from no earlier place. */
  start: number;
  /** The last three offsets, last first. */
  offsets: [number, number, number];
}

interface Code {
  readonly maxLog: number;
  readonly maxSymbol: number;
  readonly standard: FseTable;
}

// dprint-ignore -- a row is a run
const LITERALS: Code = {
  maxLog: 9,
  maxSymbol: 35,
  standard: fseTable([
    4,
    3,
    ...Array<number>(11).fill(2),
    1,
    1,
    1,
    ...Array<number>(9).fill(2),
    3,
    2,
    1,
    1,
    1,
    1,
    1,
    -1,
    -1,
    -1,
    -1,
  ], 6),
};
const MATCHES: Code = {
  maxLog: 9,
  maxSymbol: 52,
  standard: fseTable(
    [1, 4, 3, 2, 2, 2, 2, 2, 2, ...Array<number>(37).fill(1), ...Array<number>(7).fill(-1)],
    6,
  ),
};
const OFFSETS: Code = {
  maxLog: 8,
  maxSymbol: 31,
  standard: fseTable(
    [1, 1, 1, 1, 1, 1, 2, 2, 2, ...Array<number>(15).fill(1), ...Array<number>(5).fill(-1)],
    5,
  ),
};

/** Bits that follow a code of a length, and what they are added to: RFC 8878 §3.1.1.3.2.1.1. */
const LITERAL_BITS = bitsOf(16, [
  1,
  1,
  1,
  1,
  2,
  2,
  3,
  3,
  4,
  6,
  7,
  8,
  9,
  10,
  11,
  12,
  13,
  14,
  15,
  16,
]);
const LITERAL_BASES = basesOf(LITERAL_BITS, 0);
const MATCH_BITS = bitsOf(
  32,
  [1, 1, 1, 1, 2, 2, 3, 3, 4, 4, 5, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16],
);
const MATCH_BASES = basesOf(MATCH_BITS, 3);

/** Writes the block of `section` and `literals` to `out`. */
export function runSequences(
  section: Uint8Array,
  { literals, before }: { readonly literals: Uint8Array; readonly before: SequenceTables },
  out: Output,
): SequenceTables {
  const { count, size } = countOf(section);
  if (count === 0) {
    if (size !== section.length) refuse();
    writeLiterals(literals, out);
    return before;
  }
  const modes = section[size] ?? refuse();
  if ((modes & 3) !== 0) refuse();
  const read = { rest: section.subarray(size + 1) };
  const tables = {
    literals: readTable(read, { mode: modes >> 6, code: LITERALS, before: before.literals }),
    offsets: readTable(read, { mode: (modes >> 4) & 3, code: OFFSETS, before: before.offsets }),
    matches: readTable(read, { mode: (modes >> 2) & 3, code: MATCHES, before: before.matches }),
  };
  const used = run(new BackwardBits(read.rest), { count, literals, tables }, out);
  writeLiterals(literals.subarray(used), out);
  return tables;
}

interface Run {
  readonly count: number;
  readonly literals: Uint8Array;
  readonly tables: { readonly [Name in keyof SequenceTables]: FseTable };
}

/** Gives the number of literals that were used. */
function run(bits: BackwardBits, { count, literals, tables }: Run, out: Output): number {
  let literalState = bits.read(tables.literals.log);
  let offsetState = bits.read(tables.offsets.log);
  let matchState = bits.read(tables.matches.log);
  let used = 0;
  for (let i = 0; i < count; i++) {
    const offsetCode = tables.offsets.symbols[offsetState]!;
    const matchCode = tables.matches.symbols[matchState]!;
    const literalCode = tables.literals.symbols[literalState]!;
    const offset = 2 ** offsetCode + bits.read(offsetCode);
    const match = MATCH_BASES[matchCode]! + bits.read(MATCH_BITS[matchCode]!);
    const literal = LITERAL_BASES[literalCode]! + bits.read(LITERAL_BITS[literalCode]!);
    if (used + literal > literals.length) refuse();
    writeLiterals(literals.subarray(used, used + literal), out);
    used += literal;
    writeMatch(offsetOf(offset, literal, out.offsets), match, out);
    if (i === count - 1) break;
    literalState = next(tables.literals, literalState, bits);
    matchState = next(tables.matches, matchState, bits);
    offsetState = next(tables.offsets, offsetState, bits);
    if (bits.left < 0) refuse();
  }
  if (bits.left !== 0) refuse();
  return used;
}

function next(table: FseTable, state: number, bits: BackwardBits): number {
  return table.next[state]! + bits.read(table.bits[state]!);
}

function countOf(section: Uint8Array): { readonly count: number; readonly size: number } {
  const [a = refuse(), b = 0, c = 0] = section;
  const size = a < 128 ? 1 : a < 255 ? 2 : 3;
  if (section.length < size) refuse();
  const count = a < 128 ? a : a < 255 ? ((a - 128) << 8) + b : b + (c << 8) + 0x7f00;
  return { count, size };
}

function readTable(
  read: { rest: Uint8Array },
  { mode, code, before }: {
    readonly mode: number;
    readonly code: Code;
    readonly before: FseTable | undefined;
  },
): FseTable {
  if (mode === 0) return code.standard;
  if (mode === 3) return before ?? refuse();
  if (mode === 1) {
    const symbol = read.rest[0] ?? refuse();
    if (symbol > code.maxSymbol) refuse();
    read.rest = read.rest.subarray(1);
    return fseOfOne(symbol);
  }
  const { table, size } = readFse(read.rest, code);
  read.rest = read.rest.subarray(size);
  return table;
}

/** The offset that `value` stands for, which becomes the last one (RFC 8878 §3.1.1.5). */
function offsetOf(value: number, literal: number, last: [number, number, number]): number {
  const index = value - 1 + (literal === 0 ? 1 : 0);
  const isNew = value > 3;
  const offset = isNew ? value - 3 : index === 3 ? last[0] - 1 : last[index]!;
  if (isNew || index > 1) last[2] = last[1];
  if (isNew || index > 0) last[1] = last[0];
  last[0] = offset;
  return offset;
}

function writeLiterals(literals: Uint8Array, out: Output): void {
  if (out.used + literals.length > out.bytes.length) refuse();
  out.bytes.set(literals, out.used);
  out.used += literals.length;
}

function writeMatch(offset: number, length: number, out: Output): void {
  const { bytes, used } = out;
  if (offset < 1 || offset > used - out.start || used + length > bytes.length) refuse();
  const start = used - offset;
  if (offset >= length) bytes.copyWithin(used, start, start + length);
  else for (let i = 0; i < length; i++) bytes[used + i] = bytes[start + i]!;
  out.used += length;
}

function bitsOf(zeros: number, rest: readonly number[]): Uint8Array {
  return Uint8Array.of(...Array<number>(zeros).fill(0), ...rest);
}

function basesOf(bits: Uint8Array, first: number): Uint32Array {
  let base = first;
  return Uint32Array.from(bits, (size) => {
    const its = base;
    base += 2 ** size;
    return its;
  });
}
