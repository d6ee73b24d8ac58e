/**
 * Boxes: bytes that only the owner of one X25519 key can open. NaCl's `crypto_box` (X25519,
 * XSalsa20, Poly1305; nacl.cr.yp.to/box.html), so that any NaCl implementation opens one.
 *
 * | offset | size | content                                                   |
 * | -----: | ---: | --------------------------------------------------------- |
 * |      0 |    4 | `CUSB`                                                    |
 * |      4 |    1 | version, 1                                                |
 * |      5 |    8 | first 8 bytes of SHA-256 of the recipient's public key    |
 * |     13 |   32 | the sender's public key, made for this box or a few more  |
 * |     45 |   24 | nonce                                                     |
 * |     69 |    n | the box: 16 bytes longer than what is in it               |
 *
 * A box does not say who has made it: what must be believed is signed around it.
 *
 * @module
 */
import nacl from "tweetnacl";
import { sha256 } from "../runtime/hash.ts";

export const BOX_KEY_BYTES = 32;
/** What a box adds to its content, in bytes. */
export const BOX_OVERHEAD = 69 + 16;
const HEAD_BYTES = 69;
const MAGIC = 0x43555342;
const VERSION = 1;

/** Gives n random bytes. */
export type Random = (n: number) => Uint8Array;

/** Both halves of an X25519 key, 32 bytes each. */
export interface BoxKeys {
  readonly publicKey: Uint8Array;
  readonly secret: Uint8Array;
}

/** Bytes are no box, or no box for this key. They never will be. */
export class BoxError extends Error {
  override readonly name = "BoxError";
  readonly permanent = true;
  readonly code: "key" | "form" | "recipient" | "seal";

  constructor(code: BoxError["code"], message: string) {
    super(message);
    this.code = code;
  }
}

export function makeBoxKeys(random: Random): BoxKeys {
  return boxKeysOf(random(BOX_KEY_BYTES));
}

/** @throws {BoxError} If `secret` is not 32 bytes. */
export function boxKeysOf(secret: Uint8Array): BoxKeys {
  checkLength(secret);
  const { publicKey, secretKey } = nacl.box.keyPair.fromSecretKey(new Uint8Array(secret));
  return { publicKey, secret: secretKey };
}

/** How a box names the key that it is for: 8 bytes. */
export function boxKeyId(publicKey: Uint8Array): Uint8Array {
  return sha256("", publicKey).subarray(0, 8);
}

/**
 * Makes boxes for one key: the costly agreement is done once, each box has a nonce of its own.
 *
 * @throws {BoxError} `key`, if nobody can own `to`.
 */
export function boxer(to: Uint8Array, random: Random): (plain: Uint8Array) => Uint8Array {
  const own = makeBoxKeys(random);
  const shared = agree(to, own.secret);
  const id = boxKeyId(to);
  return (plain) => {
    const nonce = random(24);
    const bytes = new Uint8Array(plain.length + BOX_OVERHEAD);
    new DataView(bytes.buffer).setUint32(0, MAGIC);
    bytes[4] = VERSION;
    bytes.set(id, 5);
    bytes.set(own.publicKey, 13);
    bytes.set(nonce, 45);
    bytes.set(nacl.box.after(plain, nonce, shared), HEAD_BYTES);
    return bytes;
  };
}

/** Whether `bytes` have the form of a box for the key that `id` names. */
export function isBoxFor(bytes: Uint8Array, id: Uint8Array): boolean {
  return bytes.length >= BOX_OVERHEAD && Buffer.from(bytes.subarray(0, 5)).equals(START) &&
    Buffer.from(bytes.subarray(5, 13)).equals(id);
}

const START = Buffer.from([0x43, 0x55, 0x53, 0x42, VERSION]);

/** @throws {BoxError} */
export function openBox(bytes: Uint8Array, keys: BoxKeys): Uint8Array {
  if (bytes.length < BOX_OVERHEAD || !Buffer.from(bytes.subarray(0, 5)).equals(START)) {
    throw new BoxError("form", `Cannot open box: its ${bytes.length} bytes are no box`);
  }
  if (!isBoxFor(bytes, boxKeyId(keys.publicKey))) {
    throw new BoxError("recipient", "Cannot open box: it is for another key");
  }
  const shared = agree(bytes.subarray(13, 45), keys.secret);
  const plain = nacl.box.open.after(bytes.subarray(HEAD_BYTES), bytes.subarray(45, 69), shared);
  if (plain === null) throw new BoxError("seal", "Cannot open box: it was changed");
  return plain;
}

/** A key of small order would agree on the same zeros with everybody. */
function agree(publicKey: Uint8Array, secret: Uint8Array): Uint8Array {
  checkLength(publicKey);
  if (nacl.scalarMult(secret, publicKey).every((byte) => byte === 0)) {
    throw new BoxError("key", "Cannot use box key: it is of small order");
  }
  return nacl.box.before(publicKey, secret);
}

function checkLength(key: Uint8Array): void {
  if (key.length !== BOX_KEY_BYTES) {
    throw new BoxError(
      "key",
      `Cannot use box key: it has ${key.length} bytes, must have ${BOX_KEY_BYTES}`,
    );
  }
}
