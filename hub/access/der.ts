/**
 * Writes DER (X.690): as much of it as a certificate needs.
 *
 * @module
 */

/** One value with tag `tag`; its content is `parts`, end to end. */
export function der(tag: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const content = Buffer.concat(parts);
  return Buffer.concat([new Uint8Array([tag]), lengthOf(content.length), content]);
}

export function sequence(...parts: readonly Uint8Array[]): Uint8Array {
  return der(0x30, ...parts);
}

export function set(...parts: readonly Uint8Array[]): Uint8Array {
  return der(0x31, ...parts);
}

/** A non-negative INTEGER from its big-endian bytes. */
export function integer(bytes: Uint8Array): Uint8Array {
  const start = bytes.findIndex((byte) => byte !== 0);
  const digits = start < 0 ? new Uint8Array(1) : bytes.subarray(start);
  // A high first bit would say that it is negative.
  return (digits[0] ?? 0) >= 0x80 ? der(0x02, new Uint8Array(1), digits) : der(0x02, digits);
}

/** An OBJECT IDENTIFIER in dotted form. */
export function oid(dotted: string): Uint8Array {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  return der(0x06, Uint8Array.from([first * 40 + second, ...rest.flatMap(base128)]));
}

export function utf8(text: string): Uint8Array {
  return der(0x0c, new TextEncoder().encode(text));
}

export function boolean(value: boolean): Uint8Array {
  return der(0x01, Uint8Array.of(value ? 0xff : 0));
}

export function octets(bytes: Uint8Array): Uint8Array {
  return der(0x04, bytes);
}

/** A BIT STRING; the last `unused` bits of `bytes` do not count. */
export function bits(bytes: Uint8Array, unused = 0): Uint8Array {
  return der(0x03, Uint8Array.of(unused), bytes);
}

/** A Time as RFC 5280 §4.1.2.5 wants it: UTCTime up to 2049, GeneralizedTime after. */
export function time(ms: number): Uint8Array {
  const digits = new Date(ms).toISOString().replace(/[-:T]|\.\d+/g, "");
  const isShort = new Date(ms).getUTCFullYear() < 2050;
  const text = isShort ? digits.slice(2) : digits;
  return der(isShort ? 0x17 : 0x18, new TextEncoder().encode(text));
}

/** A context-specific value: constructed if its content is itself DER. */
export function context(tag: number, isConstructed: boolean, content: Uint8Array): Uint8Array {
  return der(0x80 | (isConstructed ? 0x20 : 0) | tag, content);
}

function lengthOf(length: number): Uint8Array {
  if (length < 128) return Uint8Array.of(length);
  const bytes: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256);
  return Uint8Array.of(0x80 | bytes.length, ...bytes);
}

function base128(arc: number): number[] {
  const bytes = [arc % 128];
  for (let rest = Math.floor(arc / 128); rest > 0; rest = Math.floor(rest / 128)) {
    bytes.unshift(0x80 | rest % 128);
  }
  return bytes;
}
