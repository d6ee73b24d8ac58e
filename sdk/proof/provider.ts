/**
 * What a verifier calculates with, as an argument: the runtime's own, or what runs anywhere.
 *
 * @module
 */
import type { Sha256 } from "./bundle.ts";
import type { Verify } from "./sign.ts";

export interface Provider {
  readonly sha256: Sha256;
  /** A function that checks one key's signatures. @throws {KeyError} If those are no key's bytes. */
  verifier(publicKey: Uint8Array): Verify;
  /** Decompresses zstd to exactly `rawBytes` bytes. @throws {BodyError} If it cannot. */
  decompress(bytes: Uint8Array, rawBytes: number): Uint8Array;
}
