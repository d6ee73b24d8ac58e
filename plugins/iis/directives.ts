/**
 * The directives of a W3C file: what they say about the lines after them.
 *
 * @module
 */
import type { FieldPlan } from "./plan.ts";
import { type DateCache, readDate, readTime } from "./time.ts";

const TAB = 9;
const LF = 10;
const CR = 13;
const SPACE = 32;
const HASH = 35;

/** What the lines of one file so far say about its next line. */
export interface FileState {
  /** Of the last `#Fields`; undefined before the first and after one that is no list. */
  plan: FieldPlan | undefined;
  /** Midnight in ms of the last `#Date`, for lists without a date; NaN where unknown. */
  dayMs: number;
  /** Ticks of 100 ns from that midnight to the last line. */
  ticks: number;
}

export function makeFileState(): FileState {
  return { plan: undefined, dayMs: NaN, ticks: 0 };
}

/** Gives the plan of a field list, compiled at its first use. */
export type PlanOf = (list: string) => FieldPlan | undefined;

/** Takes over a directive, which starts with `#`. */
export function readDirective(directive: Uint8Array, file: FileState, planOf: PlanOf): void {
  const text = new TextDecoder().decode(directive);
  const colon = text.indexOf(":");
  const name = text.slice(1, colon).toLowerCase();
  const value = text.slice(colon + 1).trim();
  if (name === "fields") file.plan = planOf(value.split(/[ \t]+/).join(" "));
  else if (name === "date") readDateDirective(value, file);
}

/** `2026-11-22 20:00:00`; the time is when the server wrote the directive. */
function readDateDirective(value: string, file: FileState): void {
  const bytes = new TextEncoder().encode(value);
  const noCache: DateCache = { key: -1, ms: 0 };
  file.dayMs = readDate(bytes, 0, 10, noCache);
  file.ticks = Math.max(0, readTime(bytes, 11, bytes.length));
}

/** Takes over the directives alone of whole lines: what a file's head says about its middle. */
export function readDirectives(bytes: Uint8Array, file: FileState, planOf: PlanOf): void {
  let start = 0;
  while (start < bytes.length) {
    const found = bytes.indexOf(LF, start);
    const stop = found < 0 ? bytes.length : found;
    const first = start + bomLength(bytes, start);
    const end = trimmedEnd(bytes, first, stop);
    if (bytes[first] === HASH) readDirective(bytes.subarray(first, end), file, planOf);
    start = stop + 1;
  }
}

/** The end of a line without the CR, spaces and tabs that some servers leave there. */
export function trimmedEnd(bytes: Uint8Array, start: number, stop: number): number {
  let end = stop;
  while (end > start && isBlank(bytes[end - 1]!)) end--;
  return end;
}

function isBlank(byte: number): boolean {
  return byte === CR || byte === SPACE || byte === TAB;
}

/** 3 where a UTF-8 byte order mark stands at `at`, else 0. */
export function bomLength(bytes: Uint8Array, at: number): number {
  return bytes[at] === 0xef && bytes[at + 1] === 0xbb && bytes[at + 2] === 0xbf ? 3 : 0;
}
