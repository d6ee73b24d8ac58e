/**
 * How the link may be encrypted: what NIST SP 800-52r2 approves and both runtimes have.
 *
 * | what     | allowed                                                                             |
 * | -------- | ----------------------------------------------------------------------------------- |
 * | versions | 1.2, 1.3 (§3.1)                                                                     |
 * | suites   | ECDHE with AES-GCM (§3.3.1); no ChaCha20, no CBC, no key exchange without ECDHE     |
 * | curves   | P-256, P-384 (§3.2.1); X25519 and its hybrids are not in its list, so not in ours   |
 *
 * @module
 */
import type { TLSSocket } from "node:tls";

const TLS_12_SUITES = [
  "ECDHE-ECDSA-AES128-GCM-SHA256",
  "ECDHE-ECDSA-AES256-GCM-SHA384",
] as const;
const TLS_13_SUITES = ["TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384"] as const;
const APPROVED: ReadonlySet<string> = new Set([...TLS_12_SUITES, ...TLS_13_SUITES]);

/** Options of `node:tls` for both ends. */
export const TLS_POLICY = {
  minVersion: "TLSv1.2",
  ciphers: [...TLS_13_SUITES, ...TLS_12_SUITES].join(":"),
  ecdhCurve: "P-256:P-384",
} as const;

/**
 * Whether a connection's suite, by its OpenSSL name, may be used. Ask it of each connection: neither
 * runtime can switch off a suite of TLS 1.3, and Deno's client none at all.
 */
export function isApprovedSuite(name: string): boolean {
  return APPROVED.has(name);
}

/** The suite of a socket that has shaken hands; undefined if it has none to tell of. */
export function suiteOf(socket: object | null): string | undefined {
  if (socket === null || !("getCipher" in socket)) return undefined;
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- nothing else has it
  return (socket as TLSSocket).getCipher()?.name;
}
