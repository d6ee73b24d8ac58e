/**
 * SHA-256 with a domain-separation label, in Bun, Deno and Node.
 *
 * @module
 */
import { createHash } from "node:crypto";

/** SHA-256 over `label` (UTF-8) and then each of `parts`. 32 bytes. */
export function sha256(label: string, ...parts: readonly Uint8Array[]): Uint8Array {
  const hash = createHash("sha256");
  hash.update(label);
  for (const part of parts) hash.update(part);
  return new Uint8Array(hash.digest());
}
