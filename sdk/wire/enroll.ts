/**
 * Enrolment: how an agent's key becomes known to a hub, once, over HTTPS.
 *
 * The operator carries a token from the hub to the host. It holds a secret and the SHA-256 of the
 * hub's authority certificate, so that the first connection is not taken on faith: the agent gets
 * the certificate (`GET /v1/ca`), compares, pins it, and posts its key (`POST /v1/enroll`).
 *
 * A token is `custos-enroll.SECRET.FINGERPRINT`: 52 characters of base32, 64 of hex.
 *
 * @module
 */
import * as v from "valibot";
import { sha256 } from "../runtime/hash.ts";

export const ENROLL_PATH = "/v1/enroll";
export const CA_PATH = "/v1/ca";
const PREFIX = "custos-enroll";

const hex = (size: number) => v.pipe(v.string(), v.length(2 * size), v.hexadecimal());

export const EnrollRequest = v.object({
  /** The token's secret. */
  secret: v.pipe(v.string(), v.maxLength(128)),
  /** Ed25519, raw, in hex. */
  publicKey: hex(32),
  host: v.pipe(v.string(), v.maxLength(255)),
  os: v.pipe(v.string(), v.maxLength(64)),
  /** Signature of {@link enrollDigest} by that key, in hex: it is the sender's own. */
  signature: hex(64),
});
/** What an agent posts. */
export type EnrollRequest = Readonly<v.InferOutput<typeof EnrollRequest>>;

export const EnrollReply = v.object({
  /** The agent's id. */
  agent: hex(16),
  /** The hub's log id. */
  logId: hex(8),
  /** The key that signs the hub's checkpoints: Ed25519, raw, in hex. */
  hubKey: hex(32),
  /** PEM of the authority to pin. */
  ca: v.pipe(v.string(), v.maxLength(8192)),
});
/** What the hub answers. */
export type EnrollReply = Readonly<v.InferOutput<typeof EnrollReply>>;

/** Text is no enrolment token. */
export class TokenError extends Error {
  override readonly name = "TokenError";
  readonly code = "token";
  readonly permanent = true;
}

export interface EnrollToken {
  readonly secret: string;
  /** SHA-256 of the authority's DER, lower-case hex. */
  readonly fingerprint: string;
}

export function formatToken({ secret, fingerprint }: EnrollToken): string {
  return `${PREFIX}.${secret}.${fingerprint}`;
}

/** @throws {TokenError} If `text` is no token; the message does not repeat it. */
export function parseToken(text: string): EnrollToken {
  const [prefix, secret = "", fingerprint = "", ...rest] = text.trim().split(".");
  const isToken = prefix === PREFIX && rest.length === 0 && /^[a-z2-7]{52}$/.test(secret) &&
    /^[0-9a-f]{64}$/.test(fingerprint);
  if (!isToken) {
    throw new TokenError(`Cannot read enrolment token: it must be "${PREFIX}.SECRET.FINGERPRINT"`);
  }
  return { secret, fingerprint };
}

/** What an enrolling agent signs: SHA-256 of "custos/enroll/v1", secret and raw public key. */
export function enrollDigest(secret: string, publicKey: Uint8Array): Uint8Array {
  return sha256("custos/enroll/v1", new TextEncoder().encode(secret), publicKey);
}

/** An agent's id: first 16 bytes of SHA-256 of its raw public key, in hex. */
export function agentIdOf(publicKey: Uint8Array): string {
  return Buffer.from(sha256("", publicKey).subarray(0, 16)).toString("hex");
}
