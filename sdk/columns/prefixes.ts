/**
 * The networks of an address column: tokens of /16, /24 (IPv6: /32, /48, /64).
 *
 * As 10.1.0.0 is 10.1.2.3 without its host, a network's token is an address's without its end:
 * the first 4, 8 or 12 bytes, then zeros.
 *
 * @module
 */
import { type AddressColumn, TOKEN_BYTES } from "./column.ts";
import { Interner } from "./strings.ts";

/** The networks of one prefix length. */
export interface PrefixTokens {
  /** 16 bytes each. */
  readonly tokens: Uint8Array;
  /** By address entry: 0 is none, else token `of[entry] - 1`. */
  readonly of: Uint32Array;
}

/** Bytes of a token that tell the network, widest first. */
export const PREFIX_BYTES = [4, 8, 12] as const;

/** The networks of `column`, widest first; the third has IPv6 alone. */
export function prefixesOf(
  column: AddressColumn,
): readonly [PrefixTokens, PrefixTokens, PrefixTokens] {
  const [wide, near, last] = PREFIX_BYTES;
  return [prefixOf(column, wide), prefixOf(column, near), prefixOf(column, last)];
}

function prefixOf({ tokens, families }: AddressColumn, bytes: number): PrefixTokens {
  const known = new Interner();
  const of = new Uint32Array(families.length);
  const token = new Uint8Array(TOKEN_BYTES);
  for (let entry = 0; entry < families.length; entry++) {
    const family = families[entry]!;
    if (family === 0 || (family === 4 && bytes > 8)) continue;
    for (let k = 0; k < bytes; k++) token[k] = tokens[entry * TOKEN_BYTES + k]!;
    of[entry] = known.number(token, 0, TOKEN_BYTES) + 1;
  }
  return { tokens: known.arena.view().bytes, of };
}
