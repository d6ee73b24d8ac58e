/**
 * Says in words why the link is not open.
 *
 * @module
 */

const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "the hub refuses the connection",
  ECONNRESET: "the connection was cut",
  EPIPE: "the connection was cut",
  ENOTFOUND: "no host has the hub's name",
  EAI_AGAIN: "the hub's name could not be looked up",
  ETIMEDOUT: "the hub does not answer",
  EHOSTUNREACH: "no way leads to the hub",
  ENETUNREACH: "no way leads to the hub",
  ERR_TLS_CERT_ALTNAME_INVALID: "the hub's certificate is not for its address",
  CERT_HAS_EXPIRED: "the hub's certificate is over",
  CERT_NOT_YET_VALID: "the hub's certificate is not valid yet",
  DEPTH_ZERO_SELF_SIGNED_CERT: "another authority has signed the hub's certificate",
  SELF_SIGNED_CERT_IN_CHAIN: "another authority has signed the hub's certificate",
  UNABLE_TO_GET_ISSUER_CERT: "another authority has signed the hub's certificate",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "another authority has signed the hub's certificate",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "another authority has signed the hub's certificate",
  "tls-suite": "the connection would be encrypted by a suite that is not approved",
  "hub-release": "the hub's release is older than this agent's keys: update the hub first",
  "statements-gone": "the hub has lost what it knew of this agent's keys: enrol this host again",
  succession: "the hub knows other keys of this agent: it was copied, or its disk went back",
  fork: "the hub shows two logs under one key: ask who runs it, the evidence is in hub-fork.json",
  "proof-late": "the hub does not prove that its log continues what this agent saw",
  unproven: "the hub cannot prove now that its log continues what this agent saw",
  agent: "the hub does not know this agent: enrol this host again",
  auth: "the hub cannot verify this agent's key: enrol this host again",
  revoked: "the hub has revoked this agent: ask who runs it",
  "certificate-missing": "the hub wants this agent's certificate, another one is asked for",
  "certificate-other": "the certificate was changed on the way, another one is asked for",
  "certificate-unknown": "the hub does not know this agent's certificate, another one is asked for",
  "certificate-expired": "this agent's certificate is over, another one is asked for",
  "certificate-renewed": "the connection is opened again with a new certificate",
  "rollback-unsigned":
    "the hub was restored, and no two operators that this agent knows have signed: see docs/disaster.md",
  "rollback-foreign": "the hub's roll-back statement is not of the log that this agent knows",
  connection: "the connection failed",
  closed: "the connection was closed",
};

/** `code`, the platform's or the link's own, in words; the code stands behind them. */
export function endText(code: string): string {
  const words = WORDS[code];
  return words === undefined ? code : `${words} (${code})`;
}
