/**
 * How often the link has said no, by code: what `GET /v1/status` shows under `link`.
 *
 * Codes are ours, never the peer's, so there are few.
 *
 * @module
 */

/** Counts since the hub's start. */
export interface Refusals {
  count(code: string): void;
  /** By code. */
  counts(): Readonly<Record<string, number>>;
}

/** Ends of a connection that are nobody's fault. */
const ORDERLY: ReadonlySet<string> = new Set(["superseded", "hub-stop", "hub", "full"]);

export function createRefusals(): Refusals {
  const counts = new Map<string, number>();
  return {
    count(code) {
      if (!ORDERLY.has(code)) counts.set(code, (counts.get(code) ?? 0) + 1);
    },
    counts: () => Object.fromEntries([...counts].toSorted(([a], [b]) => (a < b ? -1 : 1))),
  };
}

/** OpenSSL's and BoringSSL's words for what a TLS client offered in vain. */
const TLS_CODES: readonly (readonly [RegExp, string])[] = [
  [/UNSUPPORTED_PROTOCOL|VERSION/, "tls-version"],
  [/NO_SHARED_CIPHER|WRONG_CIPHER/, "tls-suite"],
  [/WRONG_CURVE|NO_SHARED_GROUP|UNSUPPORTED_ELLIPTIC/, "tls-curve"],
];

/** Our code for a TLS handshake that failed with the runtime's `code`. */
export function tlsRefusal(code: unknown): string {
  const found = TLS_CODES.find(([words]) => typeof code === "string" && words.test(code));
  return found?.[1] ?? "tls-handshake";
}
