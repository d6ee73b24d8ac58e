/**
 * What is done with each distinct value, remembered: HMAC costs a microsecond, a look-up a tenth.
 *
 * @module
 */
import { type Strings, TOKEN_BYTES } from "../columns/column.ts";
import { Interner } from "../columns/strings.ts";
import { ADDRESS_CATEGORIES, categoryOf, networksOf, parseAddress } from "./address.ts";
import { normalise, type TokenKey, tokenMaker, tokenText } from "./token.ts";
import { isWellKnown } from "./well_known.ts";

/** What became of one value. */
interface Judged {
  /** 16 bytes; undefined for a well-known principal, which stays. */
  readonly token: Uint8Array | undefined;
  /** Of an address: index into `ADDRESS_CATEGORIES`. */
  readonly category: number;
  /** Of an address: 4 or 6; 0 for what is none. */
  readonly family: number;
}

/** Values remembered; then it starts anew. */
const MOST_REMEMBERED = 32_768;

/**
 * Judges values of one kind. What it knows of them is in flat arrays, by place: an object a value
 * costs a cache miss each, a quarter of all scrubbing when it was measured.
 */
export class Judge {
  readonly kind: string;
  readonly epoch: number;
  /** By place: 16 bytes. */
  tokens = new Uint8Array(TOKEN_BYTES * 256);
  /** By place: 1 for a well-known principal, whose token is zeros. */
  plain = new Uint8Array(256);
  categories = new Uint8Array(256);
  families = new Uint8Array(256);
  readonly #known = new Interner();
  /** By place: the text of the token, once asked for. */
  #texts: (string | undefined)[] = [];
  readonly #onToken: TokenKey["onToken"];
  readonly #judge: (value: Uint8Array) => Judged;

  constructor(key: TokenKey, kind: string, judge: (value: Uint8Array) => Judged) {
    this.kind = kind;
    this.epoch = key.epoch;
    this.#onToken = key.onToken;
    this.#judge = judge;
  }

  /** The place of entry `i` of `values`; valid until the next call. */
  place({ bytes, ends }: Strings, i: number): number {
    if (this.#known.count === MOST_REMEMBERED) {
      this.#known.clear();
      this.#texts = [];
    }
    const before = this.#known.count;
    const start = i === 0 ? 0 : ends[i - 1]!;
    const place = this.#known.numberByWords(bytes, start, ends[i]!);
    if (place === before) this.#add(place, bytes.subarray(start, ends[i]));
    return place;
  }

  /** The text of the token of `value`; of a well-known principal the value itself. */
  tokenText(value: Uint8Array): string {
    const place = this.place({ bytes: value, ends: Uint32Array.of(value.length) }, 0);
    if (this.plain[place] === 1) return Buffer.from(value).toString();
    const known = this.#texts[place];
    if (known !== undefined) return known;
    const from = place * TOKEN_BYTES;
    const text = tokenText(this.kind, this.epoch, this.tokens.subarray(from, from + TOKEN_BYTES));
    this.#texts[place] = text;
    return text;
  }

  #add(place: number, value: Uint8Array): void {
    if (place === this.plain.length) this.#grow();
    const { token, category, family } = this.#judge(value);
    if (token !== undefined) this.#onToken?.(this.kind, token, value);
    this.plain[place] = token === undefined ? 1 : 0;
    this.categories[place] = category;
    this.families[place] = family;
    if (token === undefined) this.tokens.fill(0, place * TOKEN_BYTES, (place + 1) * TOKEN_BYTES);
    else this.tokens.set(token, place * TOKEN_BYTES);
  }

  #grow(): void {
    const grown = (bytes: Uint8Array): Uint8Array<ArrayBuffer> => {
      const twice = new Uint8Array(bytes.length * 2);
      twice.set(bytes);
      return twice;
    };
    this.tokens = grown(this.tokens);
    this.plain = grown(this.plain);
    this.categories = grown(this.categories);
    this.families = grown(this.families);
  }
}

/** Judges by token alone. */
export function tokenJudge(key: TokenKey, kind: string): Judge {
  const make = tokenMaker(key, kind);
  return new Judge(key, kind, (value) => ({
    token: isWellKnown(value) ? undefined : make(normalise(kind, value)),
    category: 0,
    family: 0,
  }));
}

/**
 * Judges addresses: the token of one starts with those of its networks, so that whoever may see
 * tokens can tell neighbours. Four bytes each for the networks, the rest for the whole address.
 */
export function addressJudge(key: TokenKey, kind: string): Judge {
  const whole = tokenMaker(key, kind);
  const net = tokenMaker(key, `${kind}net`);
  return new Judge(key, kind, (value) => {
    const address = parseAddress(Buffer.from(value).toString("utf8"));
    const category = address === undefined ? "other" : categoryOf(address);
    const networks = address === undefined ? [] : networksOf(address);
    const text = networks.at(-1);
    const token = new Uint8Array(TOKEN_BYTES);
    token.set(whole(text === undefined ? normalise(kind, value) : Buffer.from(text)));
    for (const [i, network] of networks.slice(0, -1).entries()) {
      token.copyWithin(4 * (i + 1), 4 * i, TOKEN_BYTES - 4);
      token.set(net(Buffer.from(network)).subarray(0, 4), 4 * i);
    }
    return {
      token,
      category: ADDRESS_CATEGORIES.indexOf(category),
      family: address === undefined ? 0 : address.length === 4 ? 4 : 6,
    };
  });
}
