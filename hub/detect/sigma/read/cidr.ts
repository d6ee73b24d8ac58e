/**
 * Networks in CIDR notation (RFC 4632 §3.1, RFC 4291 §2.3).
 *
 * @module
 */
import { parseAddress } from "../../../../sdk/scrub/address.ts";
import { quoted, SigmaError } from "./sigma_error.ts";

/**
 * The network that `text` names, in one spelling of its prefix; an address alone is a network of
 * one. A network of IPv4-mapped IPv6 addresses is the IPv4 one.
 *
 * @throws {SigmaError} If it is none, or if a bit after the prefix is set.
 */
export function networkOf(text: string, at: number): string {
  const [, base = "", length] = /^([^/%]*?)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const address = parseAddress(base);
  if (address === undefined) throw wrong(text, at, "must be a network such as 10.0.0.0/8");
  const isMapped = address.length === 4 && base.includes(":");
  const bits = address.length * 8;
  const prefix = length === undefined ? bits : Number(length) - (isMapped ? 96 : 0);
  if (prefix < 0 || prefix > bits) throw wrong(text, at, `must have a prefix of 0 to ${bits} bits`);
  const hasMore = address.some((byte, i) => {
    const kept = Math.min(8, Math.max(0, prefix - i * 8));
    return (byte & (0xff >> kept)) !== 0;
  });
  if (hasMore) throw wrong(text, at, `has bits after its prefix of ${prefix}, must have none`);
  const network = address.length === 4 ? address.join(".") : base.toLowerCase();
  return `${network}/${prefix}`;
}

function wrong(text: string, at: number, what: string): SigmaError {
  return new SigmaError("value", at, `${quoted(text)} ${what}`);
}
