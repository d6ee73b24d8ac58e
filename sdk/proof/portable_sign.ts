/**
 * Verifies Ed25519 (RFC 8032) signatures without the runtime's cryptography: for browsers, and as
 * the second opinion on `sign.ts`, whose verdicts it shares.
 *
 * @module
 */
import nacl from "tweetnacl";
import { checkPublicKey, isStrict } from "./portable_points.ts";
import type { Verify } from "./sign.ts";

/**
 * A function that checks signatures of one key. A key that is no point of the curve verifies none.
 *
 * @throws {KeyError} If `publicKey` is not 32 bytes, not canonical or of small order.
 */
export function portableVerifier(publicKey: Uint8Array): Verify {
  checkPublicKey(publicKey);
  const key = new Uint8Array(publicKey);
  return (message, signature) =>
    isStrict(signature) && nacl.sign.detached.verify(message, signature, key);
}
