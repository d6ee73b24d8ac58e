/**
 * Principals that every host has: they name no person, and rules are written about them, so they
 * stay readable where a token would stand.
 *
 * @module
 */

const WELL_KNOWN = new Set([
  "-",
  "root",
  "system",
  "local system",
  "localsystem",
  "local service",
  "network service",
  "nt authority\\system",
  "nt authority\\local service",
  "nt authority\\network service",
  "nt authority\\anonymous logon",
  "anonymous logon",
  "anonymous",
  "administrator",
  "administrators",
  "builtin\\administrators",
  "local",
  "network",
  "nt authority",
  "public",
  "default",
  "default user",
  "defaultuser0",
  "all users",
  "authenticated users",
  "everyone",
  "guest",
  "nobody",
  "daemon",
  "s-1-0-0",
  "s-1-1-0",
  "s-1-5-7",
  "s-1-5-18",
  "s-1-5-19",
  "s-1-5-20",
]);

const LONGEST = Math.max(...Array.from(WELL_KNOWN, (name) => name.length));

/** True if `value` (UTF-8) is a well-known principal, in any case. */
export function isWellKnown(value: Uint8Array): boolean {
  if (value.length > LONGEST) return false;
  const text = Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("latin1");
  return WELL_KNOWN.has(text.toLowerCase());
}
