/**
 * `ipv6_*`, `parse_ipv6*`: IPv4 addresses are taken too, as the IPv6 addresses they are mapped to.
 *
 * @module
 */
import { defineNative, defineVariadic, type NativeFunction } from "../define.ts";
import { comparable, type Ipv6, ipv6Text, maskIpv6, parseIpv6 } from "./address.ts";
import { textsOf } from "./ipv4.ts";

export const IPV6: readonly NativeFunction[] = [
  defineNative("parse_ipv6", [["string"], "string"], ([text]) => networkText(text, 128)),
  defineNative(
    "parse_ipv6_mask",
    [["string", "long"], "string"],
    ([text, prefix]) => networkText(text, Number(prefix ?? 128n)),
  ),
  /** The last address of a network. */
  defineNative("ipv6_last", [["string"], "string"], ([text]) => {
    const address = parseIpv6(text);
    if (address === undefined) return "";
    const { bits, prefix } = address;
    return ipv6Text(maskIpv6(bits, prefix) + 2n ** BigInt(128 - prefix) - 1n);
  }),
  defineNative("ipv6_compare", [["string", "string", "long"], "long"], ([a, b, prefix]) => {
    const order = compare(a, b, prefix);
    return order === undefined ? null : BigInt(order);
  }),
  defineNative("ipv6_is_match", [["string", "string", "long"], "bool"], ([a, b, prefix]) => {
    const order = compare(a, b, prefix);
    return order === undefined ? null : order === 0;
  }),
  defineNative("ipv6_is_in_range", [["string", "string"], "bool"], ([address, range]) => {
    const [inner, outer] = [parseIpv6(address), parseIpv6(range)];
    return inner === undefined || outer === undefined ? null : isWithin(inner, outer);
  }),
  defineVariadic(
    "ipv6_is_in_any_range",
    [["string"], "dynamic", "bool"],
    ([address], ranges) => {
      const inner = parseIpv6(address);
      if (inner === undefined) return null;
      return textsOf(ranges).some((range) => {
        const outer = parseIpv6(range);
        return outer !== undefined && isWithin(inner, outer);
      });
    },
  ),
];

function networkText(text: string, prefix: number): string {
  const address = parseIpv6(text);
  if (address === undefined || prefix < 0 || prefix > 128) return "";
  return ipv6Text(maskIpv6(address.bits, Math.min(address.prefix, prefix)));
}

function compare(a: string, b: string, prefix: bigint | null): number | undefined {
  const [left, right] = [parseIpv6(a), parseIpv6(b)];
  const given = Number(prefix ?? 128n);
  if (left === undefined || right === undefined || given < 0 || given > 128) return undefined;
  const bits = Math.min(left.prefix, right.prefix, given);
  const [one, other] = [left, right].map((address) => maskIpv6(comparable(address), bits));
  return one! === other! ? 0 : one! < other! ? -1 : 1;
}

function isWithin(inner: Ipv6, outer: Ipv6): boolean {
  return inner.prefix >= outer.prefix &&
    maskIpv6(comparable(inner), outer.prefix) === maskIpv6(comparable(outer), outer.prefix);
}
