/**
 * Ed25519 (RFC 8032) by `node:crypto`: agents sign frames with it, hubs sign checkpoints.
 *
 * Verification is strict, so that every implementation gives the same verdict: a signature whose S
 * is not reduced, or a key of small order (under which anything verifies), is refused before the
 * platform's own check.
 *
 * @module
 */
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  type KeyObject,
  randomBytes,
  sign,
  verify,
} from "node:crypto";
import {
  checkPublicKey,
  isStrict,
  KeyError,
  PUBLIC_KEY_BYTES,
  SIGNATURE_BYTES,
} from "./portable_points.ts";

export { KeyError, PUBLIC_KEY_BYTES, SIGNATURE_BYTES };
export const SEED_BYTES = 32;

/** Both halves of a key. `privateKey` is the 32-byte seed of RFC 8032 §5.1.5. */
export interface Keys {
  readonly publicKey: Uint8Array;
  readonly privateKey: Uint8Array;
}

/** Gives the 64-byte signature of a message. */
export type Sign = (message: Uint8Array) => Uint8Array;
/** Tells whether a signature is one of a message; never throws, whatever the bytes are. */
export type Verify = (message: Uint8Array, signature: Uint8Array) => boolean;

/** Makes new keys. `random` gives n random bytes. */
export function generateKeys(random: (n: number) => Uint8Array = randomBytes): Keys {
  const privateKey = new Uint8Array(random(SEED_BYTES));
  return { publicKey: publicKeyOf(privateKey), privateKey };
}

/** The 32-byte public key of a seed. @throws {KeyError} If `seed` is not 32 bytes. */
export function publicKeyOf(seed: Uint8Array): Uint8Array {
  const der = createPublicKey(privateKeyObject(seed)).export({ format: "der", type: "spki" });
  return new Uint8Array(der.subarray(der.length - PUBLIC_KEY_BYTES));
}

/** First 8 bytes of SHA-256 of the raw public key: how a header names the key that signed it. */
export function keyId(publicKey: Uint8Array): Uint8Array {
  return keyHash(publicKey).subarray(0, 8);
}

/** SHA-256 of the raw public key, 32 bytes: the key's owner in a ledger entry. */
export function keyHash(publicKey: Uint8Array): Uint8Array {
  return new Uint8Array(createHash("sha256").update(publicKey).digest());
}

/** A function that signs with `seed`. @throws {KeyError} If it is not 32 bytes. */
export function signer(seed: Uint8Array): Sign {
  const key = privateKeyObject(seed);
  return (message) => new Uint8Array(sign(null, message, key));
}

/**
 * A function that checks signatures of one key.
 *
 * @throws {KeyError} If `publicKey` is not 32 bytes, not canonical, of small order or no point.
 */
export function verifier(publicKey: Uint8Array): Verify {
  checkPublicKey(publicKey);
  const key = publicKeyObject(publicKey);
  return (message, signature) => isStrict(signature) && accepts(key, message, signature);
}

function accepts(key: KeyObject, message: Uint8Array, signature: Uint8Array): boolean {
  try {
    return verify(null, message, key, signature);
  } catch {
    // A key that is no point of the curve: some platforms say so only here.
    return false;
  }
}

/** DER before the seed in PKCS#8, RFC 8410 §7. */
export const PKCS8_HEAD = new Uint8Array([
  ...[0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70],
  ...[0x04, 0x22, 0x04, 0x20],
]);
const SPKI_HEAD = new Uint8Array([
  ...[0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00],
]);

function privateKeyObject(seed: Uint8Array): KeyObject {
  if (seed.length !== SEED_BYTES) {
    throw new KeyError(
      "length",
      `Cannot use private key: it has ${seed.length} bytes, must have ${SEED_BYTES}`,
    );
  }
  return createPrivateKey({
    key: Buffer.concat([PKCS8_HEAD, seed]),
    format: "der",
    type: "pkcs8",
  });
}

function publicKeyObject(raw: Uint8Array): KeyObject {
  const key = Buffer.concat([SPKI_HEAD, raw]);
  try {
    return createPublicKey({ key, format: "der", type: "spki" });
  } catch (cause) {
    throw new KeyError("point", "Cannot use public key: it is no point of the curve", cause);
  }
}
