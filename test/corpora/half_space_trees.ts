/**
 * Half-space trees (Tan, Ting, Liu 2011), which a forest of isolation is measured against: regions are
 * halved blindly, what falls into a region with few others is unusual.
 *
 * @module
 */
import type { Point } from "../../hub/detect/learn/forest.ts";
import type { Random } from "../../hub/detect/learn/random.ts";

interface Region {
  readonly depth: number;
  readonly dimension: number;
  readonly at: number;
  readonly halves: readonly [Region, Region] | undefined;
  mass: number;
}

interface Box {
  readonly least: Point;
  readonly most: Point;
}

const TREES = 25;
const DEPTH = 10;
/** A region with less than so much of all points is not looked into. */
const SMALL = 0.1;

/** Learns `points`; gives how unusual a point is, for comparison with others alone. */
export function halfSpaceTrees(points: readonly Point[], random: Random): (of: Point) => number {
  const box = boxOf(points);
  const trees = Array.from({ length: TREES }, () => regionOf(workspace(box, random), 0, random));
  for (const point of points) for (const tree of trees) addMass(tree, point);
  const limit = Math.max(1, SMALL * points.length);
  return (point) => -trees.reduce((sum, tree) => sum + massAt(tree, point, limit), 0);
}

function boxOf(points: readonly Point[]): Box {
  const all = points[0]!.map((_, i) => points.map((point) => point[i]!));
  return {
    least: all.map((values) => values.reduce((a, b) => Math.min(a, b))),
    most: all.map((values) => values.reduce((a, b) => Math.max(a, b))),
  };
}

/** Around a random place of the box, wide enough to hold all of it. */
function workspace({ least, most }: Box, random: Random): Box {
  const places = least.map((from, i) => {
    const width = Math.max(most[i]! - from, 1e-6);
    const part = random();
    return { middle: from + part * width, half: 2 * Math.max(part, 1 - part) * width };
  });
  return {
    least: places.map(({ middle, half }) => middle - half),
    most: places.map(({ middle, half }) => middle + half),
  };
}

function regionOf({ least, most }: Box, depth: number, random: Random): Region {
  const dimension = Math.floor(random() * least.length);
  const at = (least[dimension]! + most[dimension]!) / 2;
  if (depth === DEPTH) return { depth, dimension, at, halves: undefined, mass: 0 };
  const below = regionOf({ least, most: most.with(dimension, at) }, depth + 1, random);
  const above = regionOf({ least: least.with(dimension, at), most }, depth + 1, random);
  return { depth, dimension, at, halves: [below, above], mass: 0 };
}

function halfOf({ halves, dimension, at }: Region, point: Point): Region | undefined {
  return halves?.[point[dimension]! < at ? 0 : 1];
}

function addMass(tree: Region, point: Point): void {
  for (let at: Region | undefined = tree; at !== undefined; at = halfOf(at, point)) at.mass++;
}

function massAt(tree: Region, point: Point, limit: number): number {
  let at = tree;
  for (let next = halfOf(at, point); next !== undefined && at.mass > limit;) {
    at = next;
    next = halfOf(at, point);
  }
  return Math.log1p(at.mass * 2 ** at.depth);
}
