/**
 * An agent's box key: made on the host, and signed there by the key that the agent has enrolled
 * with, so that a holder who knows the agent's id seals to nobody else.
 *
 * The signature is over SHA-256 of "custos/box-key/v1", the agent's id (16 bytes) and the X25519
 * public key (32 bytes).
 *
 * @module
 */
import { KeyError, verifier } from "../proof/sign.ts";
import { sha256 } from "../runtime/hash.ts";
import { agentIdOf } from "../wire/enroll.ts";

/** What an agent tells of its box key. */
export interface SignedBoxKey {
  /** X25519, 32 bytes. */
  readonly key: Uint8Array;
  /** 64 bytes. */
  readonly signature: Uint8Array;
}

/** What the agent signs. `agent` is 16 bytes. */
export function boxKeyDigest(agent: Uint8Array, key: Uint8Array): Uint8Array {
  return sha256("custos/box-key/v1", agent, key);
}

/** Whether the agent with id `agent` (hex) and Ed25519 key `publicKey` has signed `boxKey`. */
export function isOwnBoxKey(
  agent: string,
  publicKey: Uint8Array,
  { key, signature }: SignedBoxKey,
): boolean {
  if (key.length !== 32 || agentIdOf(publicKey) !== agent) return false;
  try {
    return verifier(publicKey)(boxKeyDigest(Buffer.from(agent, "hex"), key), signature);
  } catch (error) {
    if (error instanceof KeyError) return false;
    throw error;
  }
}
