/**
 * `ipv4_*`, `parse_ipv4*`, `format_ipv4*`, `has_*ipv4*`.
 *
 * What is no address gives no value.
 *
 * @module
 */
import { defineNative, defineVariadic, type NativeFunction } from "../define.ts";
import { isArray, type Json } from "../json.ts";
import { type Ipv4, ipv4Text, maskIpv4, parseIpv4 } from "./address.ts";

const PRIVATE = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"].map((text) => parseIpv4(text)!);
/** In a text: not a part of a longer word. */
const ADDRESSES = /(?<![0-9A-Za-z])\d{1,3}(?:\.\d{1,3}){3}(?![0-9A-Za-z])/g;
const PREFIX = /^(?:\d{1,3}\.){1,3}$/;

export const IPV4: readonly NativeFunction[] = [
  defineNative(
    "parse_ipv4",
    [["string"], "long"],
    ([text]) => networkNumber(parseIpv4(text), 32),
  ),
  defineNative(
    "parse_ipv4_mask",
    [["string", "long"], "long"],
    ([text, prefix]) => networkNumber(parseIpv4(text), Number(prefix ?? 32n)),
  ),
  /** The last address of a network. */
  defineNative("ipv4_last", [["string"], "long"], ([text]) => {
    const address = parseIpv4(text);
    if (address === undefined) return null;
    return BigInt(maskIpv4(address.bits, address.prefix) + 2 ** (32 - address.prefix) - 1);
  }),
  defineNative("ipv4_compare", [["string", "string", "long"], "long"], ([a, b, prefix]) => {
    const order = compare(a, b, prefix);
    return order === undefined ? null : BigInt(order);
  }),
  defineNative("ipv4_is_match", [["string", "string", "long"], "bool"], ([a, b, prefix]) => {
    const order = compare(a, b, prefix);
    return order === undefined ? null : order === 0;
  }),
  defineNative("ipv4_is_in_range", [["string", "string"], "bool"], ([address, range]) => {
    const [inner, outer] = [parseIpv4(address), parseIpv4(range)];
    return inner === undefined || outer === undefined ? null : isWithin(inner, outer);
  }),
  defineVariadic(
    "ipv4_is_in_any_range",
    [["string"], "dynamic", "bool"],
    ([address], ranges) => {
      const inner = parseIpv4(address);
      if (inner === undefined) return null;
      return textsOf(ranges).some((range) => {
        const outer = parseIpv4(range);
        return outer !== undefined && isWithin(inner, outer);
      });
    },
  ),
  defineNative("ipv4_is_private", [["string"], "bool"], ([text]) => {
    const address = parseIpv4(text);
    return address === undefined ? null : PRIVATE.some((range) => isWithin(address, range));
  }),
  defineNative("ipv4_netmask_suffix", [["string"], "long"], ([text]) => {
    const address = parseIpv4(text);
    return address === undefined ? null : BigInt(address.prefix);
  }),
  defineNative(
    "ipv4_range_to_cidr_list",
    [["string", "string"], "dynamic"],
    ([first, last]) => networksBetween(parseIpv4(first), parseIpv4(last)),
  ),
  defineNative("format_ipv4", [["string", "long"], "string"], ([text, prefix]) => {
    const network = networkOf(text, prefix);
    return network === undefined ? "" : ipv4Text(network.bits);
  }),
  defineNative("format_ipv4_mask", [["string", "long"], "string"], ([text, prefix]) => {
    const network = networkOf(text, prefix);
    return network === undefined ? "" : `${ipv4Text(network.bits)}/${network.prefix}`;
  }),
  defineNative("has_ipv4", [["string", "string"], "bool"], ([text, address]) => {
    return hasAny(text, [address]);
  }),
  defineVariadic(
    "has_any_ipv4",
    [["string"], "dynamic", "bool"],
    ([text], addresses) => hasAny(text, textsOf(addresses)),
  ),
  defineNative("has_ipv4_prefix", [["string", "string"], "bool"], ([text, prefix]) => {
    return hasAnyPrefix(text, [prefix]);
  }),
  defineVariadic(
    "has_any_ipv4_prefix",
    [["string"], "dynamic", "bool"],
    ([text], prefixes) => hasAnyPrefix(text, textsOf(prefixes)),
  ),
];

function networkNumber(address: Ipv4 | undefined, prefix: number): bigint | null {
  if (address === undefined || prefix < 0 || prefix > 32) return null;
  return BigInt(maskIpv4(address.bits, Math.min(address.prefix, prefix)));
}

function compare(a: string, b: string, prefix: bigint | null): number | undefined {
  const [left, right] = [parseIpv4(a), parseIpv4(b)];
  const given = Number(prefix ?? 32n);
  if (left === undefined || right === undefined || given < 0 || given > 32) return undefined;
  const bits = Math.min(left.prefix, right.prefix, given);
  return Math.sign(maskIpv4(left.bits, bits) - maskIpv4(right.bits, bits));
}

function isWithin(inner: Ipv4, outer: Ipv4): boolean {
  return inner.prefix >= outer.prefix &&
    maskIpv4(inner.bits, outer.prefix) === maskIpv4(outer.bits, outer.prefix);
}

/** The fewest networks that are the addresses from `first` to `last`. */
function networksBetween(first: Ipv4 | undefined, last: Ipv4 | undefined): Json {
  if (first === undefined || last === undefined || first.bits > last.bits) return null;
  const networks: string[] = [];
  for (let at = first.bits; at <= last.bits;) {
    let prefix = 32;
    while (
      prefix > 0 && maskIpv4(at, prefix - 1) === at && at + 2 ** (33 - prefix) - 1 <= last.bits
    ) prefix--;
    networks.push(`${ipv4Text(at)}/${prefix}`);
    at += 2 ** (32 - prefix);
  }
  return networks;
}

/** `text` is an address or the number of one. */
function networkOf(text: string, prefix: bigint | null): Ipv4 | undefined {
  const isNumber = /^\d{1,10}$/.test(text) && Number(text) <= 0xffffffff;
  const address = isNumber ? { bits: Number(text), prefix: 32 } : parseIpv4(text);
  const given = Number(prefix ?? 32n);
  if (address === undefined || given < 0 || given > 32) return undefined;
  const bits = Math.min(address.prefix, given);
  return { bits: maskIpv4(address.bits, bits), prefix: bits };
}

/** Texts among the arguments and within arrays of them. */
export function textsOf(values: readonly Json[]): readonly string[] {
  return values.flatMap((value): readonly Json[] => isArray(value) ? value : [value])
    .filter((value) => typeof value === "string");
}

function hasAny(text: string, addresses: readonly string[]): boolean {
  const wanted = new Set(addresses.filter((address) => parseIpv4(address)?.prefix === 32));
  return wanted.size > 0 && addressesIn(text).some((address) => wanted.has(address));
}

/** A prefix is a whole address, or ends with a dot. */
function hasAnyPrefix(text: string, prefixes: readonly string[]): boolean {
  const wanted = prefixes.filter((prefix) =>
    PREFIX.test(prefix) || parseIpv4(prefix)?.prefix === 32
  );
  return wanted.length > 0 &&
    addressesIn(text).some((address) =>
      wanted.some((prefix) =>
        prefix.endsWith(".") ? address.startsWith(prefix) : address === prefix
      )
    );
}

function addressesIn(text: string): readonly string[] {
  return (text.match(ADDRESSES) ?? []).filter((address) => parseIpv4(address) !== undefined);
}
