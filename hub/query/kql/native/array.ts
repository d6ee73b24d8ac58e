/**
 * Functions of dynamic arrays. Of what is no array they give nothing.
 *
 * @module
 */
import { defineNative, type NativeFunction } from "./define.ts";
import { isArray, isBag, type Json } from "./json.ts";
import { NativeError } from "./native_error.ts";

/** The most elements that `range()` and `repeat()` give. */
const MAX_ELEMENTS = 1_048_576;

export const ARRAYS: readonly NativeFunction[] = [
  {
    name: "n_array_concat",
    parameters: [],
    variadic: "dynamic",
    result: "dynamic",
    run: (args) => {
      const arrays = asJson(args).filter(isArray);
      return arrays.length === 0 ? null : arrays.flat();
    },
  },
  defineNative(
    "array_iff",
    [["dynamic", "dynamic", "dynamic"], "dynamic"],
    (args) => choose(...args),
  ),
  defineNative(
    "array_index_of",
    [["dynamic", "dynamic", "long", "long", "long"], "long"],
    ([array, value, ...where]) =>
      isArray(array) ? BigInt(indexIn(array, value, windowOf(array.length, where))) : null,
  ),
  defineNative(
    "array_slice",
    [["dynamic", "long", "long"], "dynamic"],
    ([array, start, end]) => {
      if (!isArray(array) || start === null || end === null) return null;
      return array.slice(fromEnd(start, array.length), fromEnd(end, array.length) + 1);
    },
  ),
  defineNative("array_split", [["dynamic", "dynamic"], "dynamic"], (args) => split(...args)),
  defineNative(
    "array_shift_left",
    [["dynamic", "long", "dynamic"], "dynamic"],
    ([array, count, filler]) => shift(array, count, filler),
  ),
  defineNative(
    "array_shift_right",
    [["dynamic", "long", "dynamic"], "dynamic"],
    ([array, count, filler]) => shift(array, count === null ? null : -count, filler),
  ),
  defineNative(
    "array_rotate_left",
    [["dynamic", "long"], "dynamic"],
    ([array, count]) => rotate(array, count),
  ),
  defineNative(
    "array_rotate_right",
    [["dynamic", "long"], "dynamic"],
    ([array, count]) => rotate(array, count === null ? null : -count),
  ),
  defineNative(
    "array_reverse",
    [["dynamic"], "dynamic"],
    ([array]) => isArray(array) ? array.toReversed() : null,
  ),
  defineNative("array_sum", [["dynamic"], "real"], ([array]) => {
    if (!isArray(array)) return null;
    const numbers = array.map(numberOf).filter((number) => number !== undefined);
    return numbers.length === 0 ? null : numbers.reduce((sum, number) => sum + number, 0);
  }),
  defineNative(
    "strcat_array",
    [["dynamic", "string"], "string"],
    ([array, delimiter]) => isArray(array) ? array.map(plainText).join(delimiter) : "",
  ),
  {
    name: "n_zip",
    parameters: [],
    variadic: "dynamic",
    result: "dynamic",
    run: (args) => {
      const arrays = asJson(args).map((value) => isArray(value) ? value : []);
      const length = Math.max(0, ...arrays.map((array) => array.length));
      return Array.from({ length }, (_, i) => arrays.map((array) => array[i] ?? null));
    },
  },
  defineNative("repeat", [["dynamic", "long"], "dynamic"], ([value, count]) => {
    if (count === null || count < 0n) return null;
    return Array.from({ length: Math.min(Number(count), MAX_ELEMENTS) }, () => value);
  }),
  defineNative("range_long", [["long", "long", "long"], "dynamic"], (args) => wholeRange(...args)),
  defineNative("range_real", [["real", "real", "real"], "dynamic"], (args) => realRange(...args)),
];

/** Values of parameters that are all dynamic. */
export function asJson(args: readonly unknown[]): readonly Json[] {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the parameters are declared as dynamic
  return args as readonly Json[];
}

/** As `tostring()` of an element. */
export function plainText(value: Json): string {
  if (value === null) return "";
  if (typeof value === "string") return value;
  return typeof value === "object" ? JSON.stringify(plain(value)) : String(value);
}

function plain(value: Json): unknown {
  if (isBag(value)) return Object.fromEntries([...value].map(([key, one]) => [key, plain(one)]));
  if (isArray(value)) return value.map(plain);
  return typeof value === "bigint" ? Number(value) : value;
}

export function numberOf(value: Json | undefined): number | undefined {
  if (typeof value === "bigint" || typeof value === "boolean") return Number(value);
  return typeof value === "number" ? value : undefined;
}

/** What makes two elements the same: 1 and 1.0 are. */
export function keyOf(value: Json): string {
  const number = typeof value === "boolean" ? undefined : numberOf(value);
  if (number !== undefined) {
    return typeof value === "bigint" && !Number.isSafeInteger(number) ? `${value}` : `${number}`;
  }
  if (isArray(value)) return `[${value.map(keyOf).join(",")}]`;
  if (!isBag(value)) return JSON.stringify(value);
  const members = [...value].map(([key, one]) => `${JSON.stringify(key)}:${keyOf(one)}`);
  return `{${members.toSorted().join(",")}}`;
}

function choose(conditions: Json, whenTrue: Json, whenFalse: Json): Json {
  if (!isArray(conditions)) return null;
  return conditions.map((condition, i) => {
    const holds = numberOf(condition);
    if (holds === undefined) return null;
    const side = holds === 0 ? whenFalse : whenTrue;
    return isArray(side) ? side[i] ?? null : side;
  });
}

interface Window {
  readonly start: number;
  readonly end: number;
  readonly occurrence: number;
}

/** From `start`, which counts from the end where negative, over `length` elements. */
export function windowOf(
  size: number,
  [start, length, occurrence]: readonly (bigint | null)[],
): Window {
  const from = Number(start ?? 0n);
  const first = from < 0 ? Math.max(0, size + from) : from;
  const count = Number(length ?? -1n);
  return {
    start: first,
    end: count < 0 ? size : Math.min(size, first + count),
    occurrence: Number(occurrence ?? 1n),
  };
}

function indexIn(array: readonly Json[], value: Json, { start, end, occurrence }: Window): number {
  const key = keyOf(value);
  let left = occurrence;
  for (let i = start; i < end; i++) {
    if (keyOf(array[i]!) === key && --left === 0) return i;
  }
  return -1;
}

function fromEnd(index: bigint, length: number): number {
  const at = index < 0n ? Number(index) + length : Number(index);
  return Math.max(-1, at);
}

function split(array: Json, places: Json): Json {
  if (!isArray(array)) return null;
  const cuts = (isArray(places) ? places : [places]).flatMap((place) => {
    const at = numberOf(place);
    return at === undefined ? [] : [at < 0 ? Math.max(0, at + array.length) : at];
  });
  const borders = [0, ...cuts, array.length];
  return borders.slice(1).map((end, i) => array.slice(borders[i], end));
}

function shift(array: Json, count: bigint | null, filler: Json): Json {
  if (!isArray(array) || count === null) return null;
  const isText = array.length > 0 && array.every((value) => typeof value === "string");
  const empty = filler ?? (isText ? "" : null);
  const by = Number(count);
  return array.map((_, i) => {
    const from = i + by;
    return from >= 0 && from < array.length ? array[from]! : empty;
  });
}

function rotate(array: Json, count: bigint | null): Json {
  if (!isArray(array) || count === null) return null;
  if (array.length === 0) return array;
  const by = ((Number(count) % array.length) + array.length) % array.length;
  return [...array.slice(by), ...array.slice(0, by)];
}

function wholeRange(start: bigint | null, stop: bigint | null, step: bigint | null): Json {
  if (start === null || stop === null || step === null) return null;
  if (step === 0n) {
    throw new NativeError("Cannot make range: the step is 0, must be another number");
  }
  const count = (stop - start) / step + 1n;
  if (count < 1n || (stop - start) * step < 0n) return [];
  const length = Math.min(Number(count), MAX_ELEMENTS);
  return Array.from({ length }, (_, i) => start + BigInt(i) * step);
}

function realRange(start: number | null, stop: number | null, step: number | null): Json {
  if (start === null || stop === null || step === null) return null;
  const count = Math.floor((stop - start) / step + 1e-9) + 1;
  if (!(count >= 1)) return [];
  return Array.from({ length: Math.min(count, MAX_ELEMENTS) }, (_, i) => start + i * step);
}
