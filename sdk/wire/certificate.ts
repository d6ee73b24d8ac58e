/**
 * An agent's certificate for the link: asked for over HTTPS, by the key that it has enrolled with.
 *
 * The agent makes an EC P-256 key on its host, gets a nonce (`GET /v1/certificate`) and posts the
 * key's public half with the nonce, signed by its Ed25519 key (`POST /v1/certificate`). The hub
 * answers with a certificate of its authority for seven days. That the agent has the private half
 * shows in each TLS handshake, so no signature by it is asked for here.
 *
 * @module
 */
import * as v from "valibot";
import { sha256 } from "../runtime/hash.ts";

export const CERTIFICATE_PATH = "/v1/certificate";
/** How long a certificate holds, in ms. An agent renews it at half of that. */
export const CERTIFICATE_MS = 7 * 86_400_000;

const hex = (size: number) => v.pipe(v.string(), v.length(2 * size), v.hexadecimal());

export const CertificateNonce = v.object({
  /** To be signed within a minute, once. */
  nonce: hex(32),
  /** The hub's clock, ms since the epoch. */
  time: v.optional(v.pipe(v.number(), v.safeInteger())),
});

export const CertificateRequest = v.object({
  agent: hex(16),
  nonce: hex(32),
  /** Public half of the link's key: SubjectPublicKeyInfo of P-256 in DER, 91 bytes, in hex. */
  key: hex(91),
  /** Of {@link certificateDigest}, by the agent's enrolled key, in hex. */
  signature: hex(64),
});
/** What an agent posts. */
export type CertificateRequest = Readonly<v.InferOutput<typeof CertificateRequest>>;

export const CertificateReply = v.object({
  /** PEM. */
  certificate: v.pipe(v.string(), v.maxLength(8192)),
});

/**
 * What the agent signs: SHA-256 of "custos/certificate/v1", SHA-256 of the DER of the authority
 * that it has pinned, the nonce and the public half.
 */
export function certificateDigest(
  authority: Uint8Array,
  asked: { readonly nonce: Uint8Array; readonly key: Uint8Array },
): Uint8Array {
  return sha256("custos/certificate/v1", authority, asked.nonce, asked.key);
}
