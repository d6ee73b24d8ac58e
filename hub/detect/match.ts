/**
 * Compares byte strings with the literals of a condition, without making strings of them.
 *
 * @module
 */
import type { Strings } from "../../sdk/columns/column.ts";
import type { Op } from "./rule.ts";

/** How bytes compare with literals: the operations that strings have. */
export type TextOp = Exclude<Op, "exists" | "lt" | "gt">;

/** Literals, and how entries compare with any one of them (with `ne`: with none). */
export interface Pattern {
  readonly op: TextOp;
  readonly literals: readonly Uint8Array[];
}

/** True if entry `i` of `strings` meets `pattern`. */
export function matches(strings: Strings, i: number, { op, literals }: Pattern): boolean {
  const start = i === 0 ? 0 : strings.ends[i - 1]!;
  const end = strings.ends[i]!;
  for (const literal of literals) {
    const spare = end - start - literal.length;
    if (spare < 0) continue;
    const isExact = op !== "startswith" && op !== "endswith" && op !== "contains";
    if (isExact && spare > 0) continue;
    const at = op === "endswith" ? start + spare : start;
    if (isAt(strings.bytes, at, literal)) return op !== "ne";
    if (op === "contains" && isWithin(strings.bytes.subarray(start, end), literal)) return true;
  }
  return op === "ne";
}

/** Marks with 1 which entries of `strings` meet `pattern`. */
export function markEntries(strings: Strings, pattern: Pattern, marks: Uint8Array): void {
  if (pattern.op === "contains") {
    for (const literal of pattern.literals) markContaining(strings, literal, marks);
    return;
  }
  const count = strings.ends.length;
  for (let i = 0; i < count; i++) if (matches(strings, i, pattern)) marks[i] = 1;
}

/** One search over the bytes of all entries: a hit counts if it lies within one of them. */
function markContaining(strings: Strings, literal: Uint8Array, marks: Uint8Array): void {
  const { ends } = strings;
  const bytes = Buffer.from(strings.bytes.buffer, strings.bytes.byteOffset, ends.at(-1) ?? 0);
  let entry = 0;
  let at = bytes.indexOf(literal, 0);
  while (at >= 0) {
    entry = entryAt(ends, at, entry);
    const end = ends[entry]!;
    const isInside = at + literal.length <= end;
    if (isInside) marks[entry] = 1;
    at = bytes.indexOf(literal, isInside ? end : at + 1);
  }
}

/** The entry that holds byte `at`, at or after entry `from`. */
function entryAt(ends: Uint32Array, at: number, from: number): number {
  let low = from;
  let high = ends.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (ends[middle]! <= at) low = middle + 1;
    else high = middle;
  }
  return low;
}

function isAt(bytes: Uint8Array, at: number, literal: Uint8Array): boolean {
  for (let k = 0; k < literal.length; k++) if (bytes[at + k] !== literal[k]) return false;
  return true;
}

function isWithin(bytes: Uint8Array, literal: Uint8Array): boolean {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).includes(literal);
}
