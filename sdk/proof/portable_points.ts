/**
 * What every implementation of Ed25519 (RFC 8032) must refuse before its own check, so that all
 * give the same verdict. Needs nothing of its runtime.
 *
 * @module
 */
export const PUBLIC_KEY_BYTES = 32;
export const SIGNATURE_BYTES = 64;

/** Why bytes are no key. */
export class KeyError extends Error {
  override readonly name = "KeyError";
  readonly permanent = true;
  readonly code: "length" | "weak" | "point";

  constructor(code: KeyError["code"], message: string, cause?: unknown) {
    super(message, { cause });
    this.code = code;
  }
}

/** @throws {KeyError} If `publicKey` is not 32 bytes, not canonical or of small order. */
export function checkPublicKey(publicKey: Uint8Array): void {
  if (publicKey.length !== PUBLIC_KEY_BYTES) {
    throw new KeyError(
      "length",
      `Cannot use public key: it has ${publicKey.length} bytes, must have ${PUBLIC_KEY_BYTES}`,
    );
  }
  if (isWeak(publicKey)) {
    throw new KeyError("weak", "Cannot use public key: it is of small order or not canonical");
  }
}

/** Whether a signature has 64 bytes, an S that is reduced and an R that is not weak. */
export function isStrict(signature: Uint8Array): boolean {
  return signature.length === SIGNATURE_BYTES && isReduced(signature) &&
    !isWeak(signature.subarray(0, 32));
}

/** The order of the base point, RFC 8032 §5.1: 2^252 + 27742317777372353535851937790883648493. */
const L = (1n << 252n) + 27742317777372353535851937790883648493n;
const L_BYTES = littleEndian(L);
/** The field's prime, 2^255 - 19. */
const P_BYTES = littleEndian((1n << 255n) - 19n);
/** y of the points of order 1, 2, 4 and 8; the sign bit does not matter. */
const SMALL_ORDER = [
  littleEndian(0n),
  littleEndian(1n),
  littleEndian((1n << 255n) - 20n),
  littleEndian(0x5fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826n),
  littleEndian(0x7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd84d3d706a17c7n),
];

function littleEndian(n: bigint): Uint8Array {
  return Uint8Array.from({ length: 32 }, (_, i) => Number((n >> BigInt(8 * i)) & 0xffn));
}

function isReduced(signature: Uint8Array): boolean {
  return isBelow(signature.subarray(32), L_BYTES, 0xff);
}

/** Point bytes that are of small order, or whose y is not below the prime. */
function isWeak(point: Uint8Array): boolean {
  return !isBelow(point, P_BYTES, 0x7f) ||
    SMALL_ORDER.some((small) =>
      small.every((byte, i) => byte === (point[i]! & (i < 31 ? 0xff : 0x7f)))
    );
}

/** Compares 32 little-endian bytes; `topMask` is laid over the highest one. */
function isBelow(bytes: Uint8Array, limit: Uint8Array, topMask: number): boolean {
  for (let i = 31; i >= 0; i--) {
    const byte = bytes[i]! & (i < 31 ? 0xff : topMask);
    if (byte !== limit[i]) return byte < limit[i]!;
  }
  return false;
}
