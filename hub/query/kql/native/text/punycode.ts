/**
 * Punycode (RFC 3492): `punycode_from_string`, `punycode_to_string`, `punycode_domain_*`.
 *
 * @module
 */
import { defineNative, type NativeFunction } from "../define.ts";

const BASE = 36;
const LEAST_THRESHOLD = 1;
const MOST_THRESHOLD = 26;
const SKEW = 38;
const DAMP = 700;
const FIRST_BIAS = 72;
const FIRST_CODE = 0x80;
const MAX_CODE = 0x10ffff;
const DIGITS = "abcdefghijklmnopqrstuvwxyz0123456789";
/** Encoding is quadratic; a label of a domain has at most 63. */
const MAX_LENGTH = 1024;
const PREFIX = "xn--";
const DOTS = /[.\u3002\uff0e\uff61]/u;

export const PUNYCODES: readonly NativeFunction[] = [
  defineNative("punycode_from_string", [["string"], "string"], ([text]) => encode(text) ?? ""),
  defineNative("punycode_to_string", [["string"], "string"], ([text]) => decode(text) ?? ""),
  defineNative("punycode_domain_to_string", [["string"], "string"], ([domain]) => {
    const labels = domain.split(DOTS).map((label) => {
      if (isAscii(label)) return label;
      const encoded = encode(label);
      return encoded === undefined ? undefined : PREFIX + encoded;
    });
    return labels.includes(undefined) ? "" : labels.join(".");
  }),
  defineNative("punycode_domain_from_string", [["string"], "string"], ([domain]) => {
    const labels = domain.split(".").map((label) =>
      label.toLowerCase().startsWith(PREFIX) ? decode(label.slice(PREFIX.length)) : label
    );
    return labels.includes(undefined) ? "" : labels.join(".");
  }),
];

function isAscii(text: string): boolean {
  return !/[\u0080-\u{10ffff}]/u.test(text);
}

/** Undefined if it is too long (RFC 3492 §6.3). */
function encode(text: string): string | undefined {
  const codes = Array.from(text, (character) => character.codePointAt(0)!);
  if (codes.length > MAX_LENGTH) return undefined;
  const basic = codes.filter((code) => code < FIRST_CODE);
  let out = String.fromCodePoint(...basic) + (basic.length > 0 ? "-" : "");
  let [code, delta, bias, done] = [FIRST_CODE, 0, FIRST_BIAS, basic.length];
  while (done < codes.length) {
    const next = codes.reduce((least, c) => c >= code && c < least ? c : least, Infinity);
    delta += (next - code) * (done + 1);
    code = next;
    for (const c of codes) {
      if (c < code) delta++;
      if (c !== code) continue;
      out += digitsOf(delta, bias);
      bias = adapt(delta, done + 1, done === basic.length);
      delta = 0;
      done++;
    }
    delta++;
    code++;
  }
  return out;
}

/** `delta` as an integer of variable length (RFC 3492 §3.3). */
function digitsOf(delta: number, bias: number): string {
  let out = "";
  let rest = delta;
  for (let k = BASE;; k += BASE) {
    const threshold = thresholdOf(k, bias);
    if (rest < threshold) return out + DIGITS[rest]!;
    out += DIGITS[threshold + (rest - threshold) % (BASE - threshold)]!;
    rest = Math.floor((rest - threshold) / (BASE - threshold));
  }
}

/** Undefined if `text` is no Punycode (RFC 3492 §6.2). */
function decode(text: string): string | undefined {
  const end = text.lastIndexOf("-");
  const basic = text.slice(0, Math.max(end, 0));
  if (!isAscii(text) || text.length > MAX_LENGTH) return undefined;
  const codes = Array.from(basic, (character) => character.codePointAt(0)!);
  let [code, i, bias] = [FIRST_CODE, 0, FIRST_BIAS];
  for (let at = end < 0 ? 0 : end + 1; at < text.length;) {
    const read = integerAt(text, at, bias);
    if (read === undefined) return undefined;
    const count = codes.length + 1;
    bias = adapt(read.value, count, i === 0 && codes.length === basic.length);
    code += Math.floor((i + read.value) / count);
    i = (i + read.value) % count;
    if (code > MAX_CODE) return undefined;
    codes.splice(i++, 0, code);
    at = read.next;
  }
  return codes.map((c) => String.fromCodePoint(c)).join("");
}

function integerAt(
  text: string,
  start: number,
  bias: number,
): { readonly value: number; readonly next: number } | undefined {
  let [value, weight, at] = [0, 1, start];
  for (let k = BASE;; k += BASE) {
    const digit = DIGITS.indexOf(text[at++]?.toLowerCase() ?? " ");
    if (digit < 0) return undefined;
    value += digit * weight;
    if (!Number.isSafeInteger(value)) return undefined;
    const threshold = thresholdOf(k, bias);
    if (digit < threshold) return { value, next: at };
    weight *= BASE - threshold;
  }
}

function thresholdOf(k: number, bias: number): number {
  return Math.min(Math.max(k - bias, LEAST_THRESHOLD), MOST_THRESHOLD);
}

/** RFC 3492 §6.1. */
function adapt(delta: number, count: number, isFirst: boolean): number {
  let rest = isFirst ? Math.floor(delta / DAMP) : Math.floor(delta / 2);
  rest += Math.floor(rest / count);
  let k = 0;
  for (; rest > (BASE - LEAST_THRESHOLD) * MOST_THRESHOLD / 2; k += BASE) {
    rest = Math.floor(rest / (BASE - LEAST_THRESHOLD));
  }
  return k + Math.floor((BASE - LEAST_THRESHOLD + 1) * rest / (rest + SKEW));
}
