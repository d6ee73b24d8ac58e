/**
 * Whether a column of a file has the values that frames have: row by row, without making strings.
 *
 * @module
 */
import type { Strings } from "../../../sdk/columns/column.ts";
import type { WholeColumn } from "../cold/whole_column.ts";

/** Rows that must be the same: row `left[i]` of the one and row `right[i]` of the other. */
export interface RowPairs {
  readonly left: Uint32Array;
  readonly right: Uint32Array;
}

type Dict = Extract<WholeColumn, { form: "dict" }>;
type Text = Extract<WholeColumn, { form: "text" }>;

/** Numbers of the pairs whose values differ, at most `most`. */
export function differences(
  left: WholeColumn,
  right: WholeColumn,
  { pairs, most }: { readonly pairs: RowPairs; readonly most: number },
): readonly number[] {
  const isSame = comparison(left, right);
  const found: number[] = [];
  for (let i = 0; i < pairs.left.length && found.length < most; i++) {
    if (!isSame(pairs.left[i]!, pairs.right[i]!)) found.push(i);
  }
  return found;
}

type Comparison = (left: number, right: number) => boolean;

function comparison(left: WholeColumn, right: WholeColumn): Comparison {
  if (left.form === "dict" && right.form === "dict") return dictionaries(left, right);
  if (isStrings(left) && isStrings(right)) return strings(left, right);
  if (left.form === "words" && right.form === "words") return words(left, right);
  if (left.form === "number" && right.form === "number") {
    return (a, b) => Object.is(left.values[a], right.values[b]);
  }
  if (left.form === "bool" && right.form === "bool") {
    return (a, b) => left.values[a] === right.values[b];
  }
  return () => false;
}

/** Each entry of the left is looked up once in the right. */
function dictionaries(left: Dict, right: Dict): Comparison {
  const known = new Map<string, number>();
  for (let i = 0; i < right.entries.ends.length; i++) known.set(keyOf(right.entries, i), i + 1);
  const places = new Uint32Array(left.entries.ends.length + 1);
  for (let i = 0; i < left.entries.ends.length; i++) {
    places[i + 1] = known.get(keyOf(left.entries, i)) ?? 0xffff_ffff;
  }
  const firsts = firstOf(right, known);
  return (a, b) => places[left.indexes[a]!] === firsts[right.indexes[b]!];
}

/** By index: that of the same entry which {@link dictionaries} knows. */
function firstOf({ entries }: Dict, known: ReadonlyMap<string, number>): Uint32Array {
  const firsts = new Uint32Array(entries.ends.length + 1);
  for (let i = 0; i < entries.ends.length; i++) firsts[i + 1] = known.get(keyOf(entries, i))!;
  return firsts;
}

function keyOf({ bytes, ends }: Strings, i: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
    .toString("latin1", i === 0 ? 0 : ends[i - 1], ends[i]);
}

function isStrings(column: WholeColumn): column is Dict | Text {
  return column.form === "dict" || column.form === "text";
}

function strings(left: Dict | Text, right: Dict | Text): Comparison {
  return (a, b) => {
    const [i, k] = [entryOf(left, a), entryOf(right, b)];
    if (i < 0 || k < 0) return i === k;
    return isSameEntry(listOf(left), i, { of: listOf(right), at: k });
  };
}

function listOf(column: Dict | Text): Strings {
  return column.form === "dict" ? column.entries : column.strings;
}

/** -1 is absent. */
function entryOf(column: Dict | Text, row: number): number {
  if (column.form === "dict") return column.indexes[row]! - 1;
  return column.absent?.[row] === 1 ? -1 : row;
}

function isSameEntry(
  list: Strings,
  i: number,
  { of, at }: { readonly of: Strings; readonly at: number },
): boolean {
  const start = i === 0 ? 0 : list.ends[i - 1]!;
  const other = at === 0 ? 0 : of.ends[at - 1]!;
  const length = list.ends[i]! - start;
  if (of.ends[at]! - other !== length) return false;
  for (let k = 0; k < length; k++) if (list.bytes[start + k] !== of.bytes[other + k]) return false;
  return true;
}

function words(
  left: Extract<WholeColumn, { form: "words" }>,
  right: Extract<WholeColumn, { form: "words" }>,
): Comparison {
  return (a, b) => {
    const isAbsent = left.absent?.[a] === 1;
    if (isAbsent !== (right.absent?.[b] === 1)) return false;
    return isAbsent || (left.words[a * 2] === right.words[b * 2] &&
      left.words[a * 2 + 1] === right.words[b * 2 + 1]);
  };
}
