/**
 * Tables of finite state entropy (RFC 8878 §4.1).
 *
 * @module
 */
import { BackwardBits, ForwardBits, refuse } from "./bits.ts";

/** What each state stands for and how the next one is found. */
export interface FseTable {
  readonly log: number;
  readonly symbols: Uint8Array;
  readonly bits: Uint8Array;
  readonly next: Uint16Array;
}

/** Bounds of a table's description. */
interface Bounds {
  readonly maxLog: number;
  readonly maxSymbol: number;
}

/** Reads a table's description and gives the table and the description's length. */
export function readFse(
  bytes: Uint8Array,
  { maxLog, maxSymbol }: Bounds,
): { readonly table: FseTable; readonly size: number } {
  const bits = new ForwardBits(bytes);
  const log = bits.read(4) + 5;
  if (log > maxLog) refuse();
  const counts: number[] = [];
  let remaining = 1 << log;
  while (remaining > 0) {
    const count = readCount(bits, remaining);
    remaining -= Math.abs(count);
    counts.push(count);
    if (count === 0) readZeros(bits, counts);
    if (remaining < 0 || counts.length > maxSymbol + 1) refuse();
  }
  return { table: fseTable(counts, log), size: bits.bytesRead };
}

/** A table of the symbols' counts; -1 is "less than one". */
export function fseTable(counts: readonly number[], log: number): FseTable {
  const size = 1 << log;
  const symbols = new Uint8Array(size);
  const ranks = counts.map(Math.abs);
  let high = size;
  for (const [symbol, count] of counts.entries()) if (count === -1) symbols[--high] = symbol;
  if (spread(counts, symbols, high) !== 0) refuse();
  const bits = new Uint8Array(size);
  const next = new Uint16Array(size);
  for (let state = 0; state < size; state++) {
    const rank = ranks[symbols[state]!]!++;
    bits[state] = log - (31 - Math.clz32(rank));
    next[state] = (rank << bits[state]!) - size;
  }
  return { log, symbols, bits, next };
}

/** The table that always gives `symbol`. */
export function fseOfOne(symbol: number): FseTable {
  return {
    log: 0,
    symbols: Uint8Array.of(symbol),
    bits: new Uint8Array(1),
    next: new Uint16Array(1),
  };
}

/** Reads what two states in turn have coded, at most `most` symbols. */
export function readInterleaved(bytes: Uint8Array, table: FseTable, most: number): number[] {
  const bits = new BackwardBits(bytes);
  let mine = bits.read(table.log);
  let other = bits.read(table.log);
  const symbols: number[] = [];
  while (symbols.length < most - 1) {
    symbols.push(table.symbols[mine]!);
    const state = table.next[mine]! + bits.read(table.bits[mine]!);
    if (bits.left < 0) return [...symbols, table.symbols[other]!];
    mine = other;
    other = state;
  }
  return refuse();
}

function readCount(bits: ForwardBits, remaining: number): number {
  const size = 32 - Math.clz32(remaining + 1);
  const value = bits.read(size);
  const low = (1 << (size - 1)) - 1;
  const threshold = (1 << size) - 1 - (remaining + 1);
  if ((value & low) < threshold) {
    bits.rewind(1);
    return (value & low) - 1;
  }
  return (value > low ? value - threshold : value) - 1;
}

function readZeros(bits: ForwardBits, counts: number[]): void {
  for (let more = 3; more === 3;) {
    more = bits.read(2);
    for (let i = 0; i < more; i++) counts.push(0);
  }
}

/** Where the last symbol's place would be followed by the next: 0 if the counts fill the table. */
function spread(counts: readonly number[], symbols: Uint8Array, high: number): number {
  const mask = symbols.length - 1;
  const step = (symbols.length >> 1) + (symbols.length >> 3) + 3;
  let at = 0;
  for (const [symbol, count] of counts.entries()) {
    for (let i = 0; i < count; i++) {
      symbols[at] = symbol;
      do at = (at + step) & mask; while (at >= high);
    }
  }
  return at;
}
