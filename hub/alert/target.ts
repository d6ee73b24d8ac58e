/**
 * Which addresses a webhook may reach: none inside the network that the hub itself stands in.
 *
 * @module
 */
import { categoryOf, parseAddress } from "../../sdk/scrub/address.ts";

/** Why `url` is refused before anything is looked up; undefined if it is not. */
export function refusedTarget(url: URL, allowPrivate: boolean): string | undefined {
  if (url.protocol !== "https:" && url.protocol !== "http:") {
    return `its scheme is "${url.protocol}", must be https or http`;
  }
  if (url.username !== "" || url.password !== "") return "its url holds a name or a password";
  if (allowPrivate) return undefined;
  const host = url.hostname.replace(/\.$/, "");
  if (host === "localhost" || host.endsWith(".localhost")) return inside("localhost");
  const address = parseAddress(host);
  return address === undefined || isOpen(host) ? undefined : inside(categoryOf(address));
}

/** True if `address` is one of the open internet. */
export function isOpen(address: string): boolean {
  const bytes = parseAddress(address);
  if (bytes === undefined) return false;
  if (categoryOf(bytes) !== "global") return false;
  const embedded = bytes.length === 16 ? embeddedV4(bytes) : undefined;
  return embedded === undefined || categoryOf(embedded) === "global";
}

/** The IPv4 address that a gateway would make of it: NAT64 (RFC 6052) and 6to4 (RFC 3056). */
function embeddedV4(address: Uint8Array): Uint8Array | undefined {
  const hex = Buffer.from(address).toString("hex");
  if (hex.startsWith("0064ff9b")) return address.subarray(12);
  if (hex.startsWith("2002")) return address.subarray(2, 6);
  // IPv4-compatible (RFC 4291 §2.5.5.1), deprecated: the first 96 bits are zero.
  if (hex.startsWith("0".repeat(24))) return address.subarray(12);
  return undefined;
}

function inside(what: string): string {
  return `its address is ${what}, must be on the open internet (or set allowPrivate)`;
}
