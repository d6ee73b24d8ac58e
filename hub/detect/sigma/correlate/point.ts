/**
 * The matches of one group that a correlation keeps: all of them up to a bound, then a sample.
 *
 * The sample is drawn by hash, not by chance: a point stays while its hash has as many zero bits as
 * the sample has been halved times, so that what is kept does not depend on how items were batched.
 * For distinct values the hash is that of the value: each value is kept with all of its points, or
 * not at all.
 *
 * @module
 */
import type { Evidence } from "../../../../sdk/api/alerts.ts";

/** One match; plain JSON. */
export interface Point {
  readonly ms: number;
  readonly hubMs: number;
  /** Place of its rule among those of the correlation. */
  readonly rule: number;
  /** Text of the value that is counted, or the number that is summed. */
  readonly value?: string | number;
  readonly place: readonly [number, number];
  /** Of correlations that show each of their events. */
  readonly evidence?: readonly Evidence[];
}

/** Points by event time; plain JSON. */
export interface Points {
  list: Point[];
  /** Times the sample was halved: each point stands for 2^halved. */
  halved: number;
}

/** Adds `point` after those of its time; gives its index, or -1 if it is not of the sample. */
export function insert(points: Points, point: Point, byValue: boolean): number {
  if (points.halved > 0 && !isKept(point, points.halved, byValue)) return -1;
  const { list } = points;
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (list[middle]!.ms <= point.ms) low = middle + 1;
    else high = middle;
  }
  if (low === list.length) list.push(point);
  else list.splice(low, 0, point);
  return low;
}

/** Makes the points at most `most`: of one value only the latest, then every second of them. */
export function thin(points: Points, most: number, byValue: boolean): void {
  if (points.list.length <= most) return;
  if (byValue) points.list = latestOf(points.list);
  // A sample that does not get smaller, of points with one hash, keeps the latest.
  for (let times = 0; points.list.length > most && times < MOST_HALVINGS; times++) {
    points.halved++;
    points.list = points.list.filter((point) => isKept(point, points.halved, byValue));
  }
}

const MOST_HALVINGS = 8;

function latestOf(list: readonly Point[]): Point[] {
  const latest = new Map<Point["value"], Point>();
  for (const point of list) {
    latest.delete(point.value);
    latest.set(point.value, point);
  }
  return [...latest.values()];
}

function isKept({ value, place }: Point, halved: number, byValue: boolean): boolean {
  const hash = hashOf(byValue ? String(value) : place.join("/"));
  return (hash & ((1 << Math.min(halved, 30)) - 1)) === 0;
}

/** FNV-1a with a final mix (MurmurHash3), so that the low bits depend on all. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
