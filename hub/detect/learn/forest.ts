/**
 * Isolation forest (Liu, Ting, Zhou 2008): what random splits part from the rest early is unusual.
 *
 * One change: a split may lie outside of what its node has seen, by half of its range and at least by
 * the dimension's own measure. Otherwise a dimension that never changed while it was learned could
 * never be split, and a value that nobody has ever seen there would be as usual as any.
 *
 * @module
 */
import { type Random, sample } from "./random.ts";

/** A point: one number for each dimension, none of them NaN. */
export type Point = readonly number[];

/**
 * One tree, node after node, each before its children: of a split the dimension and where; -1 and
 * the expected depth below it of a leaf. What is less goes to the next node, the rest to `right`.
 */
export interface Tree {
  readonly dimension: readonly number[];
  readonly at: readonly number[];
  /** Of a split: number of its right child; of a leaf 0. */
  readonly right: readonly number[];
}

/** Plain JSON. */
export interface Forest {
  /** Points that each tree was made of. */
  readonly sample: number;
  readonly trees: readonly Tree[];
}

export interface GrowOptions {
  readonly trees: number;
  /** Points of one tree. */
  readonly sample: number;
  /** By dimension, what is a step there: splits reach at least so far outside. */
  readonly steps: readonly number[];
  readonly random: Random;
}

/** Makes a forest of `points`, of which there is at least one. */
export function grow(points: readonly Point[], options: GrowOptions): Forest {
  const size = Math.min(options.sample, points.length);
  // Empty halves of splits outside make trees deeper than those of the paper.
  const depth = 2 * Math.ceil(Math.log2(Math.max(2, size)));
  const trees = Array.from({ length: options.trees }, () => {
    const tree: Growing = { dimension: [], at: [], right: [] };
    split(tree, sample(points, size, options.random), { ...options, depth });
    return tree;
  });
  return { sample: size, trees };
}

interface Growing {
  readonly dimension: number[];
  readonly at: number[];
  readonly right: number[];
}

function split(
  tree: Growing,
  points: readonly Point[],
  options: GrowOptions & { readonly depth: number },
): void {
  const { steps, random, depth } = options;
  const node = tree.dimension.length;
  if (points.length <= 1 || depth === 0) {
    tree.dimension.push(-1);
    tree.at.push(round(expectedDepth(points.length)));
    tree.right.push(0);
    return;
  }
  const dimension = Math.floor(random() * steps.length);
  let least = Infinity;
  let most = -Infinity;
  for (const point of points) {
    least = Math.min(least, point[dimension]!);
    most = Math.max(most, point[dimension]!);
  }
  const margin = Math.max((most - least) / 2, steps[dimension]!);
  const at = round(least - margin + random() * (most - least + 2 * margin));
  tree.dimension.push(dimension);
  tree.at.push(at);
  tree.right.push(0);
  const below = { ...options, depth: depth - 1 };
  split(tree, points.filter((point) => point[dimension]! < at), below);
  tree.right[node] = tree.dimension.length;
  split(tree, points.filter((point) => point[dimension]! >= at), below);
}

/** Six digits are enough, and a third of the room. */
function round(value: number): number {
  return Number(value.toPrecision(6));
}

/** How deep a point lies on average in a tree of `points` (Liu et al., equation 1). */
function expectedDepth(points: number): number {
  if (points <= 1) return 0;
  if (points === 2) return 1;
  return 2 * (Math.log(points - 1) + EULER) - 2 * (points - 1) / points;
}

const EULER = 0.577_215_664_901_532_9;

/** How unusual `point` is: from 0 to 1; what is usual has less than 0.5 or little more. */
export function scoreOf({ trees, sample: size }: Forest, point: Point): number {
  let sum = 0;
  for (const tree of trees) sum += depthOf(tree, point);
  return 2 ** (-sum / trees.length / Math.max(1, expectedDepth(size)));
}

function depthOf({ dimension, at, right }: Tree, point: Point): number {
  let node = 0;
  let depth = 0;
  for (let of = dimension[0]!; of >= 0; of = dimension[node]!) {
    node = point[of]! < at[node]! ? node + 1 : right[node]!;
    depth++;
  }
  return depth + at[node]!;
}
