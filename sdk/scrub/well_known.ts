/**
 * Principals that every host has: they name no person, and rules are written about them, so they
 * stay readable where a token would stand.
 *
 * @module
 */
import { isWellKnownSid } from "./well_known_sid.ts";

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
  "krbtgt",
]);

const LONGEST_NAME = Math.max(...Array.from(WELL_KNOWN, (name) => name.length));
/** By length and last byte in lower case, 1 where a name has both. */
const ENDS = new Uint8Array((LONGEST_NAME + 1) << 8);
for (const name of WELL_KNOWN) ENDS[endOf(name.length, name.charCodeAt(name.length - 1))] = 1;
const LONGEST_SID = 184;
const MOST_MACHINE = 81;
const DOLLAR = 36;
const DASH = 45;
/** Accounts that Windows makes for each session: of its window manager, of its font driver. */
const SESSION_ACCOUNT = /^(?:(?:window manager\\)?dwm|(?:font driver host\\)?umfd)-\d{1,3}$/;

/** True if `value` (UTF-8) is a well-known principal, in any case. */
export function isWellKnown(value: Uint8Array): boolean {
  const isSid = value.length <= LONGEST_SID && startsSid(value);
  if (!isSid && !mayBeName(value)) return false;
  const { buffer, byteOffset, byteLength } = value;
  const text = Buffer.from(buffer, byteOffset, byteLength).toString("latin1").toLowerCase();
  return isSid ? isWellKnownSid(text) : WELL_KNOWN.has(text) || SESSION_ACCOUNT.test(text);
}

/** True if `test` is true of one of the names, which it is given in lower case. */
export function someWellKnownName(test: (name: string) => boolean): boolean {
  return WELL_KNOWN.values().some(test);
}

/** False of most values: nothing well known has their length and their last bytes. */
function mayBeName(value: Uint8Array): boolean {
  const { length } = value;
  if (length === 0 || length > LONGEST_NAME) return false;
  const last = value[length - 1]!;
  if (ENDS[endOf(length, last)] === 1) return true;
  // `dwm-1` to `umfd-999`.
  const isDigit = last >= 48 && last <= 57;
  return isDigit && value.subarray(-4, -1).includes(DASH);
}

function endOf(length: number, last: number): number {
  return length << 8 | last | 32;
}

/** A name of 15 characters as NetBIOS has them and `$`, with or without a domain. */
const MACHINE_ACCOUNT = /^(?:[a-z0-9][a-z0-9._-]{0,63}\\)?[a-z0-9][a-z0-9_-]{0,14}\$$/i;

/** True if `value` (UTF-8) is spelt as the name of a machine's account. */
export function isMachineAccount(value: Uint8Array): boolean {
  return value.at(-1) === DOLLAR && value.length <= MOST_MACHINE &&
    MACHINE_ACCOUNT.test(Buffer.from(value).toString("latin1"));
}

/** `S-1-`, in any case. */
function startsSid(value: Uint8Array): boolean {
  return (value[0]! | 32) === 115 && value[1] === 45 && value[2] === 49 && value[3] === 45;
}
