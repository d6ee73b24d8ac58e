/**
 * Sets of Unicode code points, as sorted ranges.
 *
 * @module
 */
import { casedWithin, foldMates, foldPoint } from "./fold.ts";

/** Pairs of first and last code point, ascending, neither overlapping nor adjacent. */
export type CodeSet = readonly number[];

export const MOST_POINT = 0x10ffff;

export const ALL: CodeSet = [0, MOST_POINT];
export const NEWLINE: CodeSet = [10, 10];
export const DIGITS: CodeSet = [48, 57];
/** ASCII only, as PCRE without UCP. */
export const WORD: CodeSet = [48, 57, 65, 90, 95, 95, 97, 122];
/** Tab, line feed, vertical tab, form feed, carriage return, blank. */
export const SPACE: CodeSet = [9, 13, 32, 32];
/** `\h`. */
export const BLANK: CodeSet = [9, 9, 32, 32];

/** Makes a set of `pairs` in any order. */
export function setOf(pairs: readonly number[]): CodeSet {
  const ranges: [number, number][] = [];
  for (let i = 0; i < pairs.length; i += 2) ranges.push([pairs[i]!, pairs[i + 1]!]);
  ranges.sort((a, b) => a[0] - b[0]);
  const set: number[] = [];
  for (const [low, high] of ranges) {
    const last = set.length - 1;
    if (last > 0 && low <= set[last]! + 1) set[last] = Math.max(set[last]!, high);
    else set.push(low, high);
  }
  return set;
}

/** What `set` has not. */
export function inverse(set: CodeSet): CodeSet {
  const result: number[] = [];
  let from = 0;
  for (let i = 0; i < set.length; i += 2) {
    if (set[i]! > from) result.push(from, set[i]! - 1);
    from = set[i + 1]! + 1;
  }
  if (from <= MOST_POINT) result.push(from, MOST_POINT);
  return result;
}

/** `set` with all code points that differ from one of it in case alone. */
export function withoutCase(set: CodeSet): CodeSet {
  const pairs = [...set];
  const add = (point: number): void => {
    for (const mate of foldMates(point)) if (mate !== point) pairs.push(mate, mate);
  };
  for (let i = 0; i < set.length; i += 2) {
    for (let point = set[i]!; point <= Math.min(set[i + 1]!, 127); point++) add(point);
    if (set[i + 1]! > 127) casedWithin(Math.max(set[i]!, 128), set[i + 1]!).forEach(add);
  }
  return setOf(pairs);
}

/** The one code point that all of `set` fold to; undefined where they differ. */
export function onlyFolded(set: CodeSet): number | undefined {
  const first = set[0];
  if (first === undefined) return undefined;
  const folded = foldPoint(first);
  let size = 0;
  for (let i = 0; i < set.length; i += 2) {
    size += set[i + 1]! - set[i]! + 1;
    if (size > MOST_MATES) return undefined;
    for (let point = set[i]!; point <= set[i + 1]!; point++) {
      if (foldPoint(point) !== folded) return undefined;
    }
  }
  return folded;
}

/** Code points of the property `name`, such as `L` or `Script=Greek`; undefined: no such one. */
export function propertySet(name: string): CodeSet | undefined {
  const known = PROPERTIES.get(name);
  if (known !== undefined) return known;
  const set = /^[A-Za-z_]+(=[A-Za-z_]+)?$/.test(name) ? newPropertySet(name) : undefined;
  if (set !== undefined) PROPERTIES.set(name, set);
  return set;
}

/** There are some hundred names, and each takes a million looks. */
const PROPERTIES = new Map<string, CodeSet>();

function newPropertySet(name: string): CodeSet | undefined {
  let property: RegExp;
  try {
    // One code point at a time: nothing to backtrack.
    property = new RegExp(`^\\p{${name}}$`, "u");
  } catch {
    return undefined;
  }
  const pairs: number[] = [];
  for (let point = 0; point <= MOST_POINT; point++) {
    if (point === 0xd800) point = 0xe000;
    if (!property.test(String.fromCodePoint(point))) continue;
    if (pairs.at(-1) === point - 1) pairs[pairs.length - 1] = point;
    else pairs.push(point, point);
  }
  return pairs;
}

/** No code point has more that fold alike. */
const MOST_MATES = 4;
