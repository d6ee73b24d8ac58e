/**
 * Turns a plain column of network addresses into categories and tokens of whole and prefixes.
 *
 * @module
 */
import {
  type AddressColumn,
  type Column,
  entryBytes,
  type PrefixTokens,
  TOKEN_BYTES,
} from "../columns/column.ts";
import { Interner } from "../columns/strings.ts";
import {
  ADDRESS_CATEGORIES,
  addressText,
  categoryOf,
  parseAddress,
  prefixBits,
  prefixText,
} from "./address.ts";
import { asDictionary } from "./token_column.ts";
import { tokeniser, type TokenKey } from "./token.ts";

/** What is known of one address text. */
interface Judged {
  readonly category: number;
  /** 16 bytes of the whole, then 16 of each prefix. */
  readonly tokens: Uint8Array;
}

/** Judges address texts and remembers them. */
export interface AddressTokens {
  readonly kind: string;
  judge(text: Uint8Array): Judged;
}

/** Texts remembered; then it starts anew. */
const MOST_REMEMBERED = 65_536;

export function addressTokens(key: TokenKey, kind: string): AddressTokens {
  const whole = tokeniser(key, kind);
  const net = tokeniser(key, `${kind}net`);
  const known = new Interner();
  let judged: Judged[] = [];
  return {
    kind,
    judge(text) {
      if (known.count === MOST_REMEMBERED) {
        known.clear();
        judged = [];
      }
      const before = known.count;
      const number = known.number(text, 0, text.length);
      if (number === before) judged.push(fresh(text));
      return judged[number]!;
    },
  };

  function fresh(text: Uint8Array): Judged {
    const address = parseAddress(Buffer.from(text).toString("utf8"));
    const texts = address === undefined ? [Buffer.from(text)] : [
      Buffer.from(addressText(address)),
      ...prefixBits(address).map((bits) => Buffer.from(prefixText(address, bits))),
    ];
    const tokens = new Uint8Array(texts.length * TOKEN_BYTES);
    for (const [i, bytes] of texts.entries()) {
      (i === 0 ? whole : net).write(
        bytes,
        { start: 0, end: bytes.length },
        tokens,
        i * TOKEN_BYTES,
      );
    }
    const category = address === undefined ? "other" : categoryOf(address);
    return { category: ADDRESS_CATEGORIES.indexOf(category), tokens };
  }
}

/**
 * Replaces each distinct address. What is no address becomes the category `other` and a token.
 *
 * @throws {TypeError} If the column holds times, booleans or tokens.
 */
export function toAddresses(
  column: Column,
  addresses: AddressTokens,
  epoch: number,
): AddressColumn {
  const { entries, indexes } = asDictionary(column);
  const count = entries.ends.length;
  const tokens = new Uint8Array(count * TOKEN_BYTES);
  const categories = new Uint8Array(count);
  const prefixes = [new PrefixBuilder(count), new PrefixBuilder(count), new PrefixBuilder(count)];
  for (let i = 0; i < count; i++) {
    const judged = addresses.judge(entryBytes(entries, i));
    categories[i] = judged.category;
    tokens.set(judged.tokens.subarray(0, TOKEN_BYTES), i * TOKEN_BYTES);
    for (let k = 0; k < 3; k++) prefixes[k]!.add(i, judged.tokens, (k + 1) * TOKEN_BYTES);
  }
  const [first, second, third] = prefixes.map((prefix) => prefix.view());
  return {
    form: "address",
    name: column.name,
    kind: addresses.kind,
    epoch,
    indexes,
    tokens,
    categories,
    prefixes: [first!, second!, third!],
  };
}

/** The distinct tokens of one prefix length. */
class PrefixBuilder {
  readonly #known = new Interner();
  readonly #of: Uint32Array;

  constructor(entries: number) {
    this.#of = new Uint32Array(entries);
  }

  add(entry: number, tokens: Uint8Array, start: number): void {
    if (start >= tokens.length) return;
    this.#of[entry] = this.#known.number(tokens, start, start + TOKEN_BYTES) + 1;
  }

  view(): PrefixTokens {
    return { tokens: this.#known.arena.view().bytes, of: this.#of };
  }
}
