/**
 * Agents' certificates: judged at each hello, made by `POST /v1/certificate`.
 *
 * TLS proves that the other end has the key of the certificate that it shows; which certificates an
 * agent has is in the ledger. So the hub asks for these two alone, and trusts no chain: one that was
 * not recorded, also a forged one of the same authority, opens nothing.
 *
 * @module
 */
import { createPublicKey, type KeyObject } from "node:crypto";
import {
  CERTIFICATE_MS,
  certificateDigest,
  type CertificateRequest,
} from "../../sdk/wire/certificate.ts";
import type { Authority } from "../access/authority.ts";
import { type AgentEntry, encodeEntry } from "./entries.ts";
import { appendEntry, type Ingest } from "./ingest.ts";
import { hexOf } from "./stream_index.ts";

/** Why a connection is refused for its certificate. Whoever signs for the agent may ask for a new one. */
export type CertificateRefusal =
  /** It shows none, and must. */
  | "certificate-missing"
  /** The hello was signed for another connection: it is stolen or repeated. */
  | "certificate-other"
  /** The ledger has no such certificate of this agent. */
  | "certificate-unknown"
  | "certificate-expired";

/** What a connection has shown of itself. */
export interface Shown {
  /** SHA-256 of its certificate, in hex. */
  readonly shown: string | undefined;
  readonly mustShow: boolean;
  /** ms since the epoch. */
  readonly now: number;
}

/** Judges a connection whose hello, signed by `agent`, names the certificate `told`. */
export function judgeCertificate(
  { certificates }: AgentEntry,
  told: Uint8Array | undefined,
  { shown, mustShow, now }: Shown,
): CertificateRefusal | undefined {
  if ((told && hexOf(told)) !== shown) return "certificate-other";
  if (shown === undefined) {
    return mustShow || certificates !== undefined ? "certificate-missing" : undefined;
  }
  const known = certificates?.find(({ hash }) => hash === shown);
  if (known === undefined) return "certificate-unknown";
  return known.notAfter > now ? undefined : "certificate-expired";
}

/** How long a nonce may be used, in ms, and how many there are at most. */
const NONCE_MS = 60_000;
const MOST_NONCES = 1024;
/** An agent that asks for more in a day is out of order, and would fill the ledger. */
const MOST_A_DAY = 8;
const DAY_MS = 86_400_000;

/** Nonces that were given out and not used. */
export interface Nonces {
  give(): string;
  /** Whether `nonce` was given out within the minute and is used for the first time. */
  use(nonce: string): boolean;
}

export function createNonces({ now, random }: Pick<Ingest, "now" | "random">): Nonces {
  const givenAt = new Map<string, number>();
  return {
    give() {
      const [oldest] = givenAt.keys();
      if (givenAt.size >= MOST_NONCES && oldest !== undefined) givenAt.delete(oldest);
      const nonce = hexOf(random(32));
      givenAt.set(nonce, now());
      return nonce;
    },
    use(nonce) {
      const at = givenAt.get(nonce);
      givenAt.delete(nonce);
      return at !== undefined && now() - at <= NONCE_MS;
    },
  };
}

/** What certificates are made with. */
export interface Issuer {
  readonly ingest: Ingest;
  readonly authority: Pick<Authority, "fingerprint" | "client">;
  readonly nonces: Nonces;
}

/** Why no certificate is made. */
export type IssueRefusal = "nonce" | "agent" | "signature" | "revoked" | "key" | "too-many";

/** Gives a certificate, PEM, once the ledger names it durably. */
export async function issue(
  { ingest, authority, nonces }: Issuer,
  request: CertificateRequest,
): Promise<{ readonly certificate: string } | IssueRefusal> {
  if (!nonces.use(request.nonce)) return "nonce";
  const agent = ingest.index.agents.get(request.agent);
  if (agent === undefined) return "agent";
  const [nonce, key] = [bytesOf(request.nonce), bytesOf(request.key)];
  const digest = certificateDigest(bytesOf(authority.fingerprint), { nonce, key });
  if (!agent.verify(digest, bytesOf(request.signature))) return "signature";
  if (agent.entry.state !== "active") return "revoked";
  const publicKey = p256Of(key);
  if (publicKey === undefined) return "key";
  const now = ingest.now();
  const held = (agent.entry.certificates ?? []).filter(({ notAfter }) => notAfter > now);
  const fresh = held.filter(({ notAfter }) => notAfter > now + CERTIFICATE_MS - DAY_MS);
  if (fresh.length >= MOST_A_DAY) return "too-many";
  const { cert, hash, notAfter } = authority.client(request.agent, publicKey);
  const entry = { ...agent.entry, certificates: [...held, { hash, notAfter }] };
  appendEntry(ingest, { kind: "agent", keyHash: agent.keyHash, payload: encodeEntry(entry) });
  await ingest.ledger.commit();
  return { certificate: cert };
}

function p256Of(der: Uint8Array): KeyObject | undefined {
  try {
    const key = createPublicKey({ key: Buffer.from(der), format: "der", type: "spki" });
    const isP256 = key.asymmetricKeyDetails?.namedCurve === "prime256v1";
    return key.asymmetricKeyType === "ec" && isP256 ? key : undefined;
  } catch {
    return undefined;
  }
}

function bytesOf(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex, "hex"));
}
