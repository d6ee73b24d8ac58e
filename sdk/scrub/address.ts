/**
 * Network addresses: what may be said of one in clear, and the prefixes that get tokens of their own.
 *
 * @module
 */

/** What kind of address it is (RFC 6890, RFC 4291); an address column stores the index. */
export const ADDRESS_CATEGORIES = [
  "other",
  "unspecified",
  "loopback",
  "link-local",
  "private",
  "shared",
  "multicast",
  "documentation",
  "reserved",
  "global",
] as const;
export type AddressCategory = (typeof ADDRESS_CATEGORIES)[number];

/** 4 or 16 bytes. */
export type Address = Uint8Array;

/** Prefix lengths of the networks that get tokens, widest first. */
const NETWORKS = { v4: [16, 24], v6: [32, 48, 64] } as const;

/**
 * The texts that tokens are made of: of each network, widest first, such as `10.1.0.0/16` or
 * `20010db8…/32` in hex, and last of the address itself.
 */
export function networksOf(address: Address): readonly string[] {
  const lengths = address.length === 4 ? NETWORKS.v4 : NETWORKS.v6;
  const networks = lengths.map((bits) => {
    const kept = address.map((byte, i) => (i * 8 < bits ? byte : 0));
    return `${addressText(kept)}/${bits}`;
  });
  return [...networks, addressText(address)];
}

/** One spelling an address: dotted, or 32 hex digits. */
export function addressText(address: Address): string {
  return address.length === 4 ? address.join(".") : Buffer.from(address).toString("hex");
}

/**
 * Parses an IPv4 or IPv6 address (RFC 4291 §2.2), with or without brackets and zone; undefined if
 * it is none. An IPv4-mapped IPv6 address is the IPv4 one.
 */
export function parseAddress(text: string): Address | undefined {
  if (!text.includes(":")) return parseV4(text);
  const bare = text.startsWith("[") && text.endsWith("]") ? text.slice(1, -1) : text;
  const zone = bare.indexOf("%");
  const address = parseV6(zone < 0 ? bare : bare.slice(0, zone));
  if (address === undefined) return undefined;
  const mapped = address.subarray(0, 10).every((b) => b === 0) && address[10] === 255 &&
    address[11] === 255;
  return mapped ? address.slice(12) : address;
}

/** Says what may be known of an address. */
export function categoryOf(address: Address): AddressCategory {
  return address.length === 4 ? categoryOfV4(address) : categoryOfV6(address);
}

function parseV4(text: string): Address | undefined {
  const parts = text.split(".");
  if (parts.length !== 4) return undefined;
  const bytes = new Uint8Array(4);
  for (const [i, part] of parts.entries()) {
    if (!/^(0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255) return undefined;
    bytes[i] = Number(part);
  }
  return bytes;
}

function parseV6(text: string): Address | undefined {
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const head = groups(halves[0] ?? "");
  const tail = halves.length === 2 ? groups(halves[1] ?? "") : [];
  if (head === undefined || tail === undefined) return undefined;
  const missing = 16 - head.length - tail.length;
  if (halves.length === 2 ? missing < 2 : missing !== 0) return undefined;
  const bytes = new Uint8Array(16);
  bytes.set(head, 0);
  bytes.set(tail, 16 - tail.length);
  return bytes;
}

/** The bytes of groups between colons; the last may be dotted. */
function groups(text: string): number[] | undefined {
  const bytes: number[] = [];
  if (text === "") return bytes;
  const parts = text.split(":");
  for (const [i, part] of parts.entries()) {
    const dotted = i === parts.length - 1 && part.includes(".") ? parseV4(part) : undefined;
    if (dotted !== undefined) bytes.push(...dotted);
    else if (/^[0-9a-f]{1,4}$/i.test(part)) {
      const group = Number.parseInt(part, 16);
      bytes.push(group >> 8, group & 255);
    } else return undefined;
  }
  return bytes.length <= 16 ? bytes : undefined;
}

function categoryOfV4(address: Address): AddressCategory {
  const [a = 0, b = 0, c = 0] = address;
  if (address.every((byte) => byte === 0)) return "unspecified";
  if (a === 127) return "loopback";
  if (a === 169 && b === 254) return "link-local";
  if (a === 10 || (a === 172 && (b & 240) === 16) || (a === 192 && b === 168)) return "private";
  if (a === 100 && (b & 192) === 64) return "shared";
  if (a >= 224 && a < 240) return "multicast";
  const net = `${a}.${b}.${c}`;
  if (net === "192.0.2" || net === "198.51.100" || net === "203.0.113") return "documentation";
  if (a === 0 || a >= 240 || (a === 198 && (b & 254) === 18)) return "reserved";
  return "global";
}

function categoryOfV6(address: Address): AddressCategory {
  const [a = 0, b = 0, c = 0, d = 0] = address;
  const rest = address.subarray(0, 15).every((byte) => byte === 0);
  if (rest && address[15] === 0) return "unspecified";
  if (rest && address[15] === 1) return "loopback";
  if (a === 0xfe && (b & 0xc0) === 0x80) return "link-local";
  if ((a & 0xfe) === 0xfc) return "private";
  if (a === 0xff) return "multicast";
  if (a === 0x20 && b === 0x01 && c === 0x0d && d === 0xb8) return "documentation";
  return (a & 0xe0) === 0x20 ? "global" : "reserved";
}
