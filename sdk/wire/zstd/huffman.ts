/**
 * Huffman codes of literals (RFC 8878 §4.2).
 *
 * @module
 */
import { BackwardBits, refuse } from "./bits.ts";
import { readFse, readInterleaved } from "./fse.ts";

/** For each value of the next `log` bits: the symbol, and how many of the bits are its code. */
export interface HuffmanTable {
  readonly log: number;
  readonly symbols: Uint8Array;
  readonly bits: Uint8Array;
}

const MAX_LOG = 11;
/** Of weights: that of the last symbol follows from the others. */
const MOST_WEIGHTS = 255;

/** Reads a tree's description and gives the table and the description's length. */
export function readHuffman(
  bytes: Uint8Array,
): { readonly table: HuffmanTable; readonly size: number } {
  const head = bytes[0] ?? refuse();
  const isDirect = head >= 128;
  const size = 1 + (isDirect ? (head - 127 + 1) >> 1 : head);
  if (size > bytes.length) refuse();
  const described = bytes.subarray(1, size);
  const weights = isDirect ? directWeights(described, head - 127) : codedWeights(described);
  return { table: tableOf(weights), size };
}

/** Decodes one stream into all of `out`. */
export function decodeStream(bytes: Uint8Array, table: HuffmanTable, out: Uint8Array): void {
  const bits = new BackwardBits(bytes);
  for (let i = 0; i < out.length; i++) {
    const code = bits.peek(table.log);
    bits.left -= table.bits[code]!;
    out[i] = table.symbols[code]!;
  }
  if (bits.left !== 0) refuse();
}

function directWeights(bytes: Uint8Array, count: number): number[] {
  return Array.from(
    { length: count },
    (_, i) => i % 2 === 0 ? bytes[i >> 1]! >> 4 : bytes[i >> 1]! & 15,
  );
}

function codedWeights(bytes: Uint8Array): number[] {
  const { table, size } = readFse(bytes, { maxLog: 6, maxSymbol: 255 });
  return readInterleaved(bytes.subarray(size), table, MOST_WEIGHTS);
}

function tableOf(weights: readonly number[]): HuffmanTable {
  let sum = 0;
  for (const weight of weights) {
    if (weight > MAX_LOG + 1) refuse();
    sum += weight > 0 ? 2 ** (weight - 1) : 0;
  }
  const log = 32 - Math.clz32(sum);
  if (sum === 0 || log > MAX_LOG) refuse();
  const missing = 2 ** log - sum;
  const last = 31 - Math.clz32(missing);
  if (missing !== 2 ** last) refuse();
  const all = [...weights, last + 1];
  // The two longest codes differ in their last bit.
  if (all.filter((weight) => weight === 1).length < 2) refuse();
  return fill(all, log);
}

/** The longest codes stand first; among those of one length, the lower symbol. */
function fill(weights: readonly number[], log: number): HuffmanTable {
  const symbols = new Uint8Array(1 << log);
  const bits = new Uint8Array(1 << log);
  let at = 0;
  for (let weight = 1; weight <= log; weight++) {
    for (const [symbol, its] of weights.entries()) {
      if (its !== weight) continue;
      const end = at + 2 ** (weight - 1);
      symbols.fill(symbol, at, end);
      bits.fill(log + 1 - weight, at, end);
      at = end;
    }
  }
  if (at !== symbols.length) refuse();
  return { log, symbols, bits };
}
