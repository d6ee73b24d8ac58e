/**
 * The keys that whoever verifies a bundle trusts, as text: one a line.
 *
 * ```
 * # comments and empty lines are skipped
 * hub 5f0c…                        an Ed25519 public key, 64 hex digits
 * hub custos/01…08+1c2d3e4f+AX…     or a C2SP signed-note verifier key
 * witness witness.example/w1 9a…    a name and a key
 * witness witness.example/w1+…+BG…  or a verifier key
 * agent 77…                        the key an agent was enrolled with
 * ```
 *
 * @module
 */
import type { Sha256 } from "./bundle.ts";
import { bytesOfHex, hexOf } from "./hex.ts";
import { checkPublicKey, KeyError } from "./portable_points.ts";
import type { Trust } from "./verify_head.ts";

/** Why text names no keys. */
export class TrustError extends Error {
  override readonly name = "TrustError";
  readonly code = "trust";
}

const ED25519 = 1;
const COSIGNATURE = 4;

interface Named {
  readonly name: string;
  readonly publicKey: Uint8Array;
}

/** @throws {TrustError} Naming the line. */
export function parseTrust(text: string, sha256: Sha256): Trust {
  const hubs: Uint8Array[] = [];
  const witnesses: Named[] = [];
  const agents: Uint8Array[] = [];
  for (const [i, whole] of text.split("\n").entries()) {
    const words = whole.replace(/#.*/, "").trim().split(/\s+/);
    const [who = "", ...rest] = words;
    if (who === "") continue;
    const fail = (why: string): never => {
      throw new TrustError(`Cannot read trusted keys: line ${i + 1} ${why}`);
    };
    const key = keyOf(rest, sha256) ?? fail("has no key: 64 hex digits, or a verifier key");
    if (who === "hub") hubs.push(key.publicKey);
    else if (who === "agent") agents.push(key.publicKey);
    else if (who !== "witness") fail(`starts with "${who}", must be hub, witness or agent`);
    else if (key.name === "") fail("names no witness: must be witness NAME KEY");
    else witnesses.push(key);
  }
  return { hubs, witnesses, agents };
}

function keyOf(words: readonly string[], sha256: Sha256): Named | undefined {
  const [only = "", second] = words;
  if (words.length > 2) return undefined;
  if (second === undefined && only.includes("+")) return ofVerifierKey(only, sha256);
  const hex = second ?? only;
  if (!/^[0-9a-fA-F]{64}$/.test(hex)) return undefined;
  return usable({ name: second === undefined ? "" : only, publicKey: bytesOfHex(hex) });
}

/** C2SP signed-note: name, key id in hex, and base64 of type and key. */
function ofVerifierKey(text: string, sha256: Sha256): Named | undefined {
  const [, name = "", id = "", base64 = ""] = /^([^+\s]+)\+([0-9a-f]{8})\+(\S+)$/.exec(text) ?? [];
  const bytes = bytesOfBase64(base64);
  if (bytes?.length !== 33 || (bytes[0] !== ED25519 && bytes[0] !== COSIGNATURE)) return undefined;
  const hash = sha256(new TextEncoder().encode(`${name}\n`), bytes);
  if (hexOf(hash.subarray(0, 4)) !== id) return undefined;
  return usable({ name, publicKey: bytes.subarray(1) });
}

function usable(key: Named): Named | undefined {
  try {
    checkPublicKey(key.publicKey);
    return key;
  } catch (error) {
    if (error instanceof KeyError) return undefined;
    throw error;
  }
}

function bytesOfBase64(text: string): Uint8Array | undefined {
  try {
    return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
  } catch {
    return undefined;
  }
}
