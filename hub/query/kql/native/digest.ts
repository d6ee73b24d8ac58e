/**
 * Digests of text: MD5, SHA-1, SHA-256.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { defineNative, type NativeFunction } from "./define.ts";

export const DIGESTS: readonly NativeFunction[] = ["md5", "sha1", "sha256"].map((algorithm) =>
  defineNative(
    `hash_${algorithm}`,
    [["string"], "string"],
    ([text]) => createHash(algorithm).update(text).digest("hex"),
  )
);
