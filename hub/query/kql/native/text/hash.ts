/**
 * Digests and hashes: `hash_md5`, `hash_sha1`, `hash_sha256`, `hash_xxhash64`, `hash_combine`.
 *
 * xxHash64 with seed 0 is what Kusto hashes with, over the bytes of the value by its type.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { defineNative, defineVariadic, type NativeFunction } from "../define.ts";
import { guidToBytes } from "../guid_bytes.ts";
import { writeJson } from "../json.ts";
import { NativeError } from "../native_error.ts";
import { TICKS_TO_EPOCH } from "../ticks.ts";

export const HASHES: readonly NativeFunction[] = [
  ...["md5", "sha1", "sha256"].map((algorithm) =>
    defineNative(
      `hash_${algorithm}`,
      [["string"], "string"],
      ([text]) => createHash(algorithm).update(text).digest("hex"),
    )
  ),
  defineNative(
    "hash_string",
    [["string", "long"], "long"],
    ([value, divisor]) => reduced(xxHash64(Buffer.from(value)), divisor),
  ),
  defineNative(
    "hash_long",
    [["long", "long"], "long"],
    ([value, divisor]) => value === null ? null : reduced(hashOfLong(value), divisor),
  ),
  defineNative(
    "hash_datetime",
    [["datetime", "long"], "long"],
    ([value, divisor]) =>
      value === null ? null : reduced(hashOfLong(value + TICKS_TO_EPOCH), divisor),
  ),
  defineNative("hash_real", [["real", "long"], "long"], ([value, divisor]) => {
    if (value === null) return null;
    const bytes = Buffer.alloc(8);
    bytes.writeDoubleLE(value);
    return reduced(xxHash64(bytes), divisor);
  }),
  defineNative(
    "hash_bool",
    [["bool", "long"], "long"],
    ([value, divisor]) =>
      value === null ? null : reduced(xxHash64(Buffer.of(value ? 1 : 0)), divisor),
  ),
  defineNative(
    "hash_guid",
    [["guid", "long"], "long"],
    ([value, divisor]) => value === null ? null : reduced(xxHash64(guidToBytes(value)), divisor),
  ),
  defineNative(
    "hash_dynamic",
    [["dynamic", "long"], "long"],
    ([value, divisor]) => reduced(xxHash64(Buffer.from(writeJson(value))), divisor),
  ),
  defineVariadic("hash_combine", [[], "long", "long"], (_none, hashes) => {
    const bytes = Buffer.alloc(8 * hashes.length);
    for (const [i, hash] of hashes.entries()) bytes.writeBigInt64LE(hash ?? 0n, 8 * i);
    return BigInt.asIntN(64, xxHash64(bytes));
  }),
];

/** Unsigned. */
export function xxHash64(bytes: Uint8Array): bigint {
  return Bun.hash.xxHash64(bytes);
}

function hashOfLong(value: bigint): bigint {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64LE(value);
  return xxHash64(bytes);
}

/** Signed, or the rest of a division where there is a divisor. */
function reduced(hash: bigint, divisor: bigint | null): bigint {
  if (divisor === null) return BigInt.asIntN(64, hash);
  if (divisor <= 0n) {
    throw new NativeError(`Cannot hash: the divisor is ${divisor}, must be positive`);
  }
  return hash % divisor;
}
