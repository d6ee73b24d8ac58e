/**
 * HyperLogLog: `hll`, `hll_merge`, `dcount_hll`.
 *
 * A sketch is `[[1024, bits], hashes, []]` while it has at most 1,024 different hashes, which are
 * counted exactly, then `[[-1024, bits], registers, values]`. Estimated by Ertl's improved estimator
 * (2017, algorithm 6): the standard error is 1.04 / √2^bits.
 *
 * @module
 */
import { defineNative, defineVariadic, type NativeFunction } from "../define.ts";
import { isArray, type Json } from "../json.ts";
import { NativeError } from "../native_error.ts";

/** Bits of a register's number, by accuracy 0 to 4. */
const BITS = [12, 14, 16, 17, 18] as const;
const DEFAULT_ACCURACY = 1;
const MAX_SPARSE = 1024;
const HASH_BITS = 64;
/** Each doubles the work. */
const MAX_INTERSECTED = 10;

export const HLLS: readonly NativeFunction[] = [
  defineNative("hll", [["dynamic", "long"], "dynamic"], ([hashes, accuracy]) => {
    if (!isArray(hashes)) return null;
    const sketch = emptySketch(bitsOf(accuracy));
    for (const hash of hashes) if (typeof hash === "bigint") addHash(sketch, hash);
    return sketchJson(sketch);
  }),
  defineNative("hll_merges", [["dynamic"], "dynamic"], ([sketches]) => {
    return isArray(sketches) ? mergeJson(sketches) : null;
  }),
  defineVariadic("hll_merge", [[], "dynamic", "dynamic"], (_none, sketches) => mergeJson(sketches)),
  defineVariadic("dcount_intersect", [[], "dynamic", "dynamic"], (_none, sketches) => {
    if (sketches.length > MAX_INTERSECTED) {
      throw new NativeError(
        `Cannot intersect HyperLogLogs: ${sketches.length} of them, must be at most ${MAX_INTERSECTED}`,
      );
    }
    const read = sketches.map((sketch) => sketch === null ? emptySketch(14) : readSketch(sketch));
    return read.map((_, i) => BigInt(Math.max(Math.round(common(read.slice(0, i + 1))), 0)));
  }),
  defineNative("dcount_hll", [["dynamic"], "long"], ([sketch]) => {
    return sketch === null ? null : BigInt(Math.round(estimate(readSketch(sketch))));
  }),
];

interface Sketch {
  readonly bits: number;
  /** Until it has too many. */
  hashes: Set<bigint> | undefined;
  /** The greatest number of leading zeros + 1 that each register has seen. */
  registers: Map<number, number>;
}

function bitsOf(accuracy: bigint | null): number {
  const bits = BITS[Number(accuracy ?? DEFAULT_ACCURACY)];
  if (bits !== undefined) return bits;
  throw new NativeError(`Cannot make HyperLogLog: accuracy is ${accuracy}, must be 0 to 4`);
}

function emptySketch(bits: number): Sketch {
  return { bits, hashes: new Set(), registers: new Map() };
}

function addHash(sketch: Sketch, hash: bigint): void {
  if (sketch.hashes === undefined) return addToRegister(sketch, hash);
  sketch.hashes.add(hash);
  if (sketch.hashes.size <= MAX_SPARSE) return;
  for (const one of sketch.hashes) addToRegister(sketch, one);
  sketch.hashes = undefined;
}

function addToRegister(sketch: Sketch, hash: bigint): void {
  const unsigned = BigInt.asUintN(HASH_BITS, hash);
  const rest = BigInt.asUintN(HASH_BITS - sketch.bits, unsigned);
  const zeros = HASH_BITS - sketch.bits - (rest === 0n ? 0 : rest.toString(2).length);
  raise(sketch, Number(unsigned >> BigInt(HASH_BITS - sketch.bits)), zeros + 1);
}

function raise({ registers }: Sketch, register: number, value: number): void {
  if (value > (registers.get(register) ?? 0)) registers.set(register, value);
}

function sketchJson({ bits, hashes, registers }: Sketch): Json {
  if (hashes !== undefined) return [[BigInt(MAX_SPARSE), BigInt(bits)], [...hashes], []];
  const numbers = [...registers.keys()].toSorted((a, b) => a - b);
  return [
    [BigInt(-MAX_SPARSE), BigInt(bits)],
    numbers.map(BigInt),
    numbers.map((register) => BigInt(registers.get(register)!)),
  ];
}

function readSketch(value: Json): Sketch {
  const [head, first, second] = isArray(value) ? value.map(wholesOf) : [];
  const [kind, bits] = head ?? [];
  if (first === undefined || second === undefined || !BITS.some((one) => BigInt(one) === bits)) {
    throw new NativeError("Cannot read HyperLogLog: the value is none");
  }
  const sketch = emptySketch(Number(bits));
  if (kind === BigInt(MAX_SPARSE)) {
    for (const hash of first) addHash(sketch, hash);
    return sketch;
  }
  sketch.hashes = undefined;
  for (const [i, register] of first.entries()) {
    if (register >= 0n && register < 2n ** bits!) {
      const value = Math.min(Number(second[i] ?? 0n), HASH_BITS - sketch.bits + 1);
      raise(sketch, Number(register), value);
    }
  }
  return sketch;
}

function wholesOf(value: Json): readonly bigint[] {
  return isArray(value) ? value.filter((item) => typeof item === "bigint") : [];
}

function mergeJson(values: readonly Json[]): Json {
  const [first, ...more] = values.filter((value) => value !== null).map(readSketch);
  if (first === undefined) return null;
  for (const sketch of more) mergeInto(first, sketch);
  return sketchJson(first);
}

function mergeInto(into: Sketch, { bits, hashes, registers }: Sketch): void {
  if (bits !== into.bits) {
    throw new NativeError("Cannot merge HyperLogLogs: they are of different accuracies");
  }
  if (hashes !== undefined) {
    for (const hash of hashes) addHash(into, hash);
    return;
  }
  for (const hash of into.hashes ?? []) addToRegister(into, hash);
  into.hashes = undefined;
  for (const [register, value] of registers) raise(into, register, value);
}

/** Exact while all are, else by inclusion and exclusion. */
function common(sketches: readonly Sketch[]): number {
  const sets = sketches.flatMap(({ hashes }) => hashes ?? []);
  if (sets.length === sketches.length) {
    return sets.reduce((left, right) => left.intersection(right)).size;
  }
  let sum = 0;
  for (let chosen = 1; chosen < 2 ** sketches.length; chosen++) {
    const some = sketches.filter((_, i) => (chosen & (1 << i)) !== 0);
    const union = emptySketch(some[0]!.bits);
    for (const sketch of some) mergeInto(union, sketch);
    sum += (some.length % 2 === 1 ? 1 : -1) * estimate(union);
  }
  return sum;
}

function estimate({ bits, hashes, registers }: Sketch): number {
  if (hashes !== undefined) return hashes.size;
  const count = 2 ** bits;
  const most = HASH_BITS - bits;
  const counts = new Float64Array(most + 2);
  counts[0] = count - registers.size;
  for (const value of registers.values()) counts[value]!++;
  let z = count * tau(1 - counts[most + 1]! / count);
  for (let k = most; k >= 1; k--) z = (z + counts[k]!) / 2;
  z += count * sigma(counts[0] / count);
  return count * count / (2 * Math.LN2) / z;
}

function sigma(part: number): number {
  if (part === 1) return Infinity;
  let [x, y, z, last] = [part, 1, part, NaN];
  while (z !== last) {
    x *= x;
    last = z;
    z += x * y;
    y += y;
  }
  return z;
}

function tau(part: number): number {
  if (part === 0 || part === 1) return 0;
  let [x, y, z, last] = [part, 1, 1 - part, NaN];
  while (z !== last) {
    x = Math.sqrt(x);
    last = z;
    y /= 2;
    z -= (1 - x) ** 2 * y;
  }
  return z / 3;
}
