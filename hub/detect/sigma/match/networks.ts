/**
 * Networks (CIDR, RFC 4632), and what the category of an address says of them.
 *
 * @module
 */
import {
  type Address,
  ADDRESS_CATEGORIES,
  type AddressCategory,
  parseAddress,
} from "../../../../sdk/scrub/address.ts";

export interface Network {
  /** undefined: it is no address, and nothing is in it. */
  readonly base: Address | undefined;
  readonly bits: number;
}

/** `network` is such as `10.0.0.0/8`. */
export function parseNetwork(network: string): Network {
  const [base = "", bits = ""] = network.split("/");
  return { base: parseAddress(base), bits: Number(bits) };
}

export function isInNetwork(address: Address, { base, bits }: Network): boolean {
  return base?.length === address.length && sharesBits(address, base, bits);
}

/**
 * Whether addresses of a category and a family (4 or 6) are in one of `networks`: all, none, or
 * it cannot be known.
 */
export function categoryInNetworks(
  category: AddressCategory,
  family: number,
  networks: readonly Network[],
): "all" | "none" | "unknown" {
  const asked = networks.filter(({ base }) => base?.length === (family === 4 ? 4 : 16));
  const own = BLOCKS[category]?.[family === 4 ? 0 : 1]?.map(parseNetwork);
  const touched = (block: Network) => asked.some((network) => overlap(block, network));
  if (own !== undefined) {
    if (own.every((block) => asked.some((network) => covers(network, block)))) return "all";
    return own.some(touched) ? "unknown" : "none";
  }
  // Of all the other addresses nothing is said by a network that lies within a known block.
  const known = ADDRESS_CATEGORIES.flatMap((name) => BLOCKS[name]?.[family === 4 ? 0 : 1] ?? []);
  const blocks = known.map(parseNetwork);
  const isOutside = asked.every((network) => blocks.some((block) => covers(block, network)));
  if (isOutside) return "none";
  return asked.some(({ bits }) => bits === 0) ? "all" : "unknown";
}

/** IPv4 and IPv6 blocks of the categories that have few (RFC 6890, RFC 4291). */
const BLOCKS: Readonly<
  Partial<Record<AddressCategory, readonly [readonly string[], readonly string[]]>>
> = {
  unspecified: [["0.0.0.0/32"], ["::/128"]],
  loopback: [["127.0.0.0/8"], ["::1/128"]],
  "link-local": [["169.254.0.0/16"], ["fe80::/10"]],
  private: [["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"], ["fc00::/7"]],
  shared: [["100.64.0.0/10"], []],
  multicast: [["224.0.0.0/4"], ["ff00::/8"]],
  documentation: [["192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24"], ["2001:db8::/32"]],
};

function covers(network: Network, block: Network): boolean {
  return network.bits <= block.bits && overlap(network, block);
}

function overlap(a: Network, b: Network): boolean {
  return a.base !== undefined && b.base !== undefined &&
    sharesBits(a.base, b.base, Math.min(a.bits, b.bits));
}

function sharesBits(a: Address, b: Address, bits: number): boolean {
  for (let i = 0; i * 8 < bits; i++) {
    const mask = 0xff & ~(0xff >> Math.min(8, bits - i * 8));
    if ((a[i]! & mask) !== (b[i]! & mask)) return false;
  }
  return true;
}
