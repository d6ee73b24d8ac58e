/**
 * Makes hostile bytes of good ones: what a fuzzer does to its corpus.
 *
 * @module
 */
import type { Random } from "../../compile/demo/random.ts";

/** Changes `input`, or gives another; the caller no longer uses `input`. */
type Mutation = (input: Uint8Array, random: Random, corpus: readonly Uint8Array[]) => Uint8Array;

/** Lengths and counts that decoders get wrong. */
const NUMBERS = [0, 1, 0x7f, 0x80, 0xff, 0x7fff, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff];
/** Heads of msgpack's longest values and of its extensions, a zstd magic, a map in a map. */
const WORDS = [
  [0xdd, 0xff, 0xff, 0xff, 0xff],
  [0xdf, 0xff, 0xff, 0xff, 0xff],
  [0xc6, 0x7f, 0xff, 0xff, 0xff],
  [0xc1],
  [0xc7, 0x01, 0x72],
  [0xd4, 0x72, 0x40],
  [0x28, 0xb5, 0x2f, 0xfd],
  [0x81, 0xa1, 0x61],
  [0xa9, 0x5f, 0x5f, 0x70, 0x72, 0x6f, 0x74, 0x6f, 0x5f, 0x5f],
];
const MOST_BYTES = 256 * 1024;

const MUTATIONS: readonly Mutation[] = [
  flipBit,
  setByte,
  setNumber,
  insertWord,
  removeRange,
  repeatRange,
  cut,
  splice,
];

/** One of `corpus` after one to six mutations, mostly few, or bytes drawn at random. */
export function hostile(corpus: readonly Uint8Array[], random: Random): Uint8Array {
  if (corpus.length === 0 || random.below(50) === 0) return noise(random);
  let bytes = new Uint8Array(random.pick(corpus));
  for (let i = random.below(1 + random.below(6)); i >= 0; i--) {
    bytes = new Uint8Array(random.pick(MUTATIONS)(bytes, random, corpus));
    if (bytes.length > MOST_BYTES) bytes = bytes.subarray(0, MOST_BYTES);
  }
  return bytes;
}

function noise(random: Random): Uint8Array {
  return Uint8Array.from({ length: random.below(200) }, () => random.below(256));
}

function flipBit(input: Uint8Array, random: Random): Uint8Array {
  const at = random.below(input.length);
  if (input.length > 0) input[at]! ^= 1 << random.below(8);
  return input;
}

function setByte(input: Uint8Array, random: Random): Uint8Array {
  if (input.length > 0) input[random.below(input.length)] = random.below(256);
  return input;
}

function setNumber(input: Uint8Array, random: Random): Uint8Array {
  const size = random.pick([1, 2, 4]);
  if (input.length < size) return input;
  const at = random.below(input.length - size + 1);
  const value = random.pick(NUMBERS) + random.below(3) - 1;
  for (let i = 0; i < size; i++) input[at + i] = (value >>> (8 * (size - 1 - i))) & 0xff;
  return input;
}

function insertWord(input: Uint8Array, random: Random): Uint8Array {
  const at = random.below(input.length + 1);
  const word = random.pick(WORDS);
  const times = random.below(8) === 0 ? 200 : 1;
  const inserted = Array.from({ length: times }, () => word).flat();
  return Buffer.concat([input.subarray(0, at), Uint8Array.from(inserted), input.subarray(at)]);
}

function removeRange(input: Uint8Array, random: Random): Uint8Array {
  const from = random.below(input.length + 1);
  const to = Math.min(input.length, from + random.below(64));
  return Buffer.concat([input.subarray(0, from), input.subarray(to)]);
}

function repeatRange(input: Uint8Array, random: Random): Uint8Array {
  const from = random.below(input.length + 1);
  const range = input.subarray(from, from + 1 + random.below(64));
  const times = 1 + random.below(random.below(8) === 0 ? 500 : 4);
  const repeated = Array.from({ length: times }, () => range);
  return Buffer.concat([input.subarray(0, from), ...repeated, input.subarray(from)]);
}

function cut(input: Uint8Array, random: Random): Uint8Array {
  return input.subarray(0, random.below(input.length + 1));
}

function splice(input: Uint8Array, random: Random, corpus: readonly Uint8Array[]): Uint8Array {
  const other = random.pick(corpus);
  const head = input.subarray(0, random.below(input.length + 1));
  return Buffer.concat([head, other.subarray(random.below(other.length + 1))]);
}
