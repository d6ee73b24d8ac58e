/**
 * Discrete Fourier transform of any length: radix 2, and Bluestein's where the length is no power
 * of two.
 *
 * @module
 */
import { defineNative, type NativeFunction } from "../define.ts";
import { type Json } from "../json.ts";
import { finiteNumbersOf, realsOf } from "./series.ts";

export interface Complex {
  readonly real: Float64Array;
  readonly imaginary: Float64Array;
}

export const SERIES_FOURIER: readonly NativeFunction[] = [
  defineNative("series_fft", [["dynamic", "dynamic"], "dynamic"], ([real, imaginary]) => {
    const input = complexOf(real, imaginary);
    return input === undefined ? null : columnsOf(transform(input));
  }),
  defineNative("series_ifft", [["dynamic", "dynamic"], "dynamic"], ([real, imaginary]) => {
    const input = complexOf(real, imaginary);
    return input === undefined ? null : columnsOf(inverse(input));
  }),
];

function complexOf(real: Json, imaginary: Json): Complex | undefined {
  const parts = finiteNumbersOf(real);
  if (parts === undefined) return undefined;
  const others = imaginary === null ? new Float64Array(parts.length) : finiteNumbersOf(imaginary);
  return others?.length === parts.length ? { real: parts, imaginary: others } : undefined;
}

function columnsOf({ real, imaginary }: Complex): Json {
  return [realsOf(real), realsOf(imaginary)];
}

export function inverse({ real, imaginary }: Complex): Complex {
  // The inverse is the transform with the parts exchanged, over the length.
  const swapped = transform({ real: imaginary, imaginary: real });
  return {
    real: swapped.imaginary.map((value) => value / real.length),
    imaginary: swapped.real.map((value) => value / real.length),
  };
}

export function transform(input: Complex): Complex {
  const { length } = input.real;
  const output = {
    real: new Float64Array(input.real),
    imaginary: new Float64Array(input.imaginary),
  };
  if (length < 2) return output;
  if ((length & (length - 1)) !== 0) return bluestein(output);
  radix2(output);
  return output;
}

function radix2({ real, imaginary }: Complex): void {
  const { length } = real;
  reorder(real, imaginary);
  for (let size = 2; size <= length; size *= 2) {
    const half = size / 2;
    for (let k = 0; k < half; k++) {
      const angle = -2 * Math.PI * k / size;
      butterflies({ real, imaginary }, { k, size, cos: Math.cos(angle), sin: Math.sin(angle) });
    }
  }
}

interface Stage {
  readonly k: number;
  readonly size: number;
  readonly cos: number;
  readonly sin: number;
}

function butterflies({ real, imaginary }: Complex, { k, size, cos, sin }: Stage): void {
  for (let low = k; low < real.length; low += size) {
    const high = low + size / 2;
    const re = real[high]! * cos - imaginary[high]! * sin;
    const im = real[high]! * sin + imaginary[high]! * cos;
    real[high] = real[low]! - re;
    imaginary[high] = imaginary[low]! - im;
    real[low]! += re;
    imaginary[low]! += im;
  }
}

/** Puts each element at the place whose bits are the reverse of its own. */
function reorder(real: Float64Array, imaginary: Float64Array): void {
  for (let i = 1, j = 0; i < real.length; i++) {
    let bit = real.length >> 1;
    for (; (j & bit) !== 0; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i >= j) continue;
    [real[i], real[j]] = [real[j]!, real[i]!];
    [imaginary[i], imaginary[j]] = [imaginary[j]!, imaginary[i]!];
  }
}

/** A transform of any length as a convolution with a chirp, which is done at a power of two. */
function bluestein({ real, imaginary }: Complex): Complex {
  const { length } = real;
  let size = 1;
  while (size < 2 * length) size *= 2;
  // The square is taken modulo the chirp's period: it would lose digits.
  const angles = Float64Array.from(
    { length },
    (_, i) => -Math.PI * Number((BigInt(i) * BigInt(i)) % BigInt(2 * length)) / length,
  );
  const [cos, sin] = [angles.map(Math.cos), angles.map(Math.sin)];
  const a = { real: new Float64Array(size), imaginary: new Float64Array(size) };
  const b = { real: new Float64Array(size), imaginary: new Float64Array(size) };
  for (let i = 0; i < length; i++) {
    a.real[i] = real[i]! * cos[i]! - imaginary[i]! * sin[i]!;
    a.imaginary[i] = real[i]! * sin[i]! + imaginary[i]! * cos[i]!;
    for (const at of [i, (size - i) % size]) {
      b.real[at] = cos[i]!;
      b.imaginary[at] = -sin[i]!;
    }
  }
  const convolved = inverse(product(transform(a), transform(b)));
  const chirp = { real: cos, imaginary: sin };
  return product(
    { real: convolved.real.slice(0, length), imaginary: convolved.imaginary.slice(0, length) },
    chirp,
  );
}

function product(a: Complex, b: Complex): Complex {
  return {
    real: a.real.map((re, i) => re * b.real[i]! - a.imaginary[i]! * b.imaginary[i]!),
    imaginary: a.real.map((re, i) => re * b.imaginary[i]! + a.imaginary[i]! * b.real[i]!),
  };
}
