/**
 * IP addresses and networks in text: `192.168.1.1`, `192.168.1.1/24`, `fe80::1/64`.
 *
 * @module
 */

/** IPv4; both are whole numbers. */
export interface Ipv4 {
  /** Unsigned, as written: bits outside of the network are there. */
  readonly bits: number;
  /** Bits of the network, 32 where none is written. */
  readonly prefix: number;
}

/** IPv6, and IPv4 as a part of it. */
export interface Ipv6 {
  readonly bits: bigint;
  readonly prefix: number;
  /** Written as the last 32 bits of an IPv4 address, after nothing but zeros. */
  readonly isCompatible: boolean;
}

const IPV4 = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})(?:\/(\d{1,2}))?$/;
const GROUP = /^[0-9a-f]{1,4}$/i;
const MAPPED = 0xffffn << 32n;
const ALL_BITS = (1n << 128n) - 1n;

export function parseIpv4(text: string): Ipv4 | undefined {
  const found = IPV4.exec(text.trim());
  if (found === null) return undefined;
  const bytes = found.slice(1, 5).map(Number);
  const prefix = found[5] === undefined ? 32 : Number(found[5]);
  if (Math.max(...bytes) > 255 || prefix > 32) return undefined;
  return { bits: bytes.reduce((bits, byte) => bits * 256 + byte, 0), prefix };
}

/** `bits` with what is outside of the network set to 0. */
export function maskIpv4(bits: number, prefix: number): number {
  return prefix <= 0 ? 0 : (bits & (0xffffffff << (32 - prefix))) >>> 0;
}

export function ipv4Text(bits: number): string {
  return [24, 16, 8, 0].map((shift) => (bits >>> shift) & 255).join(".");
}

/** An IPv4 address is the IPv6 address that it is mapped to, its network 96 bits longer. */
export function parseIpv6(text: string): Ipv6 | undefined {
  const ipv4 = parseIpv4(text);
  if (ipv4 !== undefined) {
    return { bits: MAPPED | BigInt(ipv4.bits), prefix: ipv4.prefix + 96, isCompatible: false };
  }
  const [address, length, ...rest] = text.trim().split("/");
  const written = length === undefined ? undefined : prefixOf(length);
  if (rest.length > 0 || length !== undefined && written === undefined) return undefined;
  const hasIpv4 = address!.includes(".");
  const groups = groupsOf(hasIpv4 ? withGroups(address!) : address!);
  if (groups === undefined) return undefined;
  const bits = groups.reduce((sum, group) => sum << 16n | BigInt(group), 0n);
  const isCompatible = hasIpv4 && bits >> 32n === 0n;
  const prefix = hasIpv4 && written !== undefined && written <= 32 ? written + 96 : written;
  return { bits, prefix: prefix ?? 128, isCompatible };
}

function prefixOf(text: string): number | undefined {
  return /^\d{1,3}$/.test(text) && Number(text) <= 128 ? Number(text) : undefined;
}

/** `::1.2.3.4` with the last two groups in hexadecimal; not an address if they are none. */
function withGroups(address: string): string {
  const at = address.lastIndexOf(":") + 1;
  const ipv4 = parseIpv4(address.slice(at));
  if (ipv4 === undefined || address.includes("/")) return "";
  return `${address.slice(0, at)}${(ipv4.bits >>> 16).toString(16)}:${
    (ipv4.bits & 0xffff).toString(16)
  }`;
}

/** Eight numbers. */
function groupsOf(address: string): readonly number[] | undefined {
  const [head, tail, ...more] = address.split("::");
  if (more.length > 0) return undefined;
  const split = (part: string): readonly string[] => part === "" ? [] : part.split(":");
  const [first, last] = [split(head!), split(tail ?? "")];
  const count = first.length + last.length;
  if (tail === undefined ? count !== 8 : count > 7) return undefined;
  const zeros = Array.from({ length: 8 - count }, () => "0");
  const groups = [...first, ...zeros, ...last];
  return groups.every((group) => GROUP.test(group))
    ? groups.map((group) => Number.parseInt(group, 16))
    : undefined;
}

export function maskIpv6(bits: bigint, prefix: number): bigint {
  return prefix <= 0 ? 0n : bits & (ALL_BITS << BigInt(128 - prefix)) & ALL_BITS;
}

/** All eight groups of four digits. */
export function ipv6Text(bits: bigint): string {
  return bits.toString(16).padStart(32, "0").match(/.{4}/g)!.join(":");
}

/** The address for comparison: one that is written `::1.2.3.4` is the IPv4 address. */
export function comparable({ bits, isCompatible }: Ipv6): bigint {
  return isCompatible ? bits | MAPPED : bits;
}
