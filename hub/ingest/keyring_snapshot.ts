/**
 * An agent's keys and heads in a snapshot of the index, as JSON.
 *
 * @module
 */
import * as v from "valibot";
import { frameKey, type Head, type Keyring } from "./succession.ts";

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const hash = v.pipe(v.string(), v.hexadecimal(), v.length(64));
const Place = v.object({ epoch: count, next: count, tail: hash });

export const Ring = v.object({
  number: count,
  hash,
  /** By number; in hex. */
  keys: v.array(v.tuple([count, hash])),
  /** By stream. */
  due: v.record(v.string(), v.array(v.object({ ...Place.entries, statement: count }))),
  ends: v.record(v.string(), v.array(Place)),
  refused: v.nullable(hash),
  announcedAt: v.pipe(v.string(), v.regex(/^-?\d{1,19}$/)),
});
type Ring = v.InferOutput<typeof Ring>;

export function ringOf(ring: Keyring): Ring {
  return {
    number: ring.succession.number,
    hash: hexOf(ring.succession.hash),
    keys: [...ring.keys].map(([number, { publicKey }]) => [number, hexOf(publicKey)]),
    due: Object.fromEntries([...ring.due].map(([stream, due]) => [stream, due.map(plain)])),
    ends: Object.fromEntries([...ring.ends].map(([stream, ends]) => [stream, ends.map(plain)])),
    refused: ring.refused ?? null,
    announcedAt: String(ring.announcedAt),
  };
}

/** Puts what `saved` tells into `ring`. */
export function restoreRing(ring: Keyring, saved: Ring): void {
  for (const [number, publicKey] of saved.keys) ring.keys.set(number, frameKey(bytesOf(publicKey)));
  const key = ring.keys.get(saved.number);
  if (key === undefined) throw new TypeError("Cannot restore index: an agent's key is missing");
  const { agent } = ring.succession;
  const { number } = saved;
  ring.succession = { agent, number, publicKey: key.publicKey, hash: bytesOf(saved.hash) };
  for (const [stream, due] of Object.entries(saved.due)) ring.due.set(stream, due.map(read));
  for (const [stream, ends] of Object.entries(saved.ends)) ring.ends.set(stream, ends.map(read));
  ring.refused = saved.refused ?? undefined;
  ring.announcedAt = BigInt(saved.announcedAt);
}

function plain<H extends Head>(head: H): Omit<H, "tail"> & { tail: string } {
  return { ...head, tail: hexOf(head.tail) };
}

function read<P extends { readonly tail: string }>(place: P): Omit<P, "tail"> & Pick<Head, "tail"> {
  return { ...place, tail: bytesOf(place.tail) };
}

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("hex");
}

function bytesOf(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex, "hex"));
}
