/**
 * What is done with each distinct value, remembered: HMAC costs a microsecond, a look-up a tenth.
 *
 * @module
 */
import { type Strings, TOKEN_BYTES } from "../columns/column.ts";
import { type Arena, Interner } from "../columns/strings.ts";
import { SLACK_BYTES } from "../columns/words.ts";
import { ADDRESS_CATEGORIES, categoryOf, networksOf, parseAddress } from "./address.ts";
import { base32Into, normalise, type TokenKey, tokenMaker, tokenText } from "./token.ts";
import { isWellKnown } from "./well_known.ts";

/** What became of one value. */
interface Judged {
  /** 16 bytes; undefined where there is none. */
  readonly token: Uint8Array | undefined;
  /** It names nobody, and stays where a value may stand in clear. */
  readonly isPlain: boolean;
  /** Of an address: index into `ADDRESS_CATEGORIES`. */
  readonly category: number;
  /** Of an address: 4 or 6; 0 for what is none. */
  readonly family: number;
}

/** Base32 digits of a token. */
const TEXT_DIGITS = 26;
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
  /** By place: 1 for what names nobody: a principal, whose token is zeros, or an address. */
  plain = new Uint8Array(256);
  categories = new Uint8Array(256);
  families = new Uint8Array(256);
  readonly #known = new Interner();
  /** Texts of tokens that were asked for: by place, all of one length. */
  #texts = new Uint8Array(0);
  #textWords = new DataView(this.#texts.buffer);
  /** By place: 1 where its text is there. */
  #hasText = new Uint8Array(0);
  /** What each text begins with, and the rest of the one that is made. */
  readonly #prefix: Uint8Array;
  readonly #digits = new Uint8Array(TEXT_DIGITS);
  readonly #onToken: TokenKey["onToken"];
  readonly #judge: (value: Uint8Array) => Judged;

  constructor(key: TokenKey, kind: string, judge: (value: Uint8Array) => Judged) {
    this.kind = kind;
    this.epoch = key.epoch;
    this.#prefix = Buffer.from(`${kind}:${key.epoch}:`);
    this.#onToken = key.onToken;
    this.#judge = judge;
  }

  /** The place of entry `i` of `values`; valid until the next call. */
  place({ bytes, ends }: Strings, i: number): number {
    return this.#placeOf(bytes, i === 0 ? 0 : ends[i - 1]!, ends[i]!);
  }

  #placeOf(bytes: Uint8Array, start: number, end: number): number {
    if (this.#known.count === MOST_REMEMBERED) {
      this.#known.clear();
      this.#hasText.fill(0);
    }
    const before = this.#known.count;
    const place = this.#known.numberByWords(bytes, start, end);
    if (place === before) this.#add(place, bytes.subarray(start, end));
    return place;
  }

  /** The text of the token of `value`; of what names nobody the value itself. */
  tokenText(value: Uint8Array): string {
    const place = this.#placeOf(value, 0, value.length);
    if (this.plain[place] === 1) return Buffer.from(value).toString();
    return this.#textOf(place);
  }

  /** Appends {@link tokenText} of `bytes[start, end)` to what `out` is given. */
  // oxlint-disable-next-line max-params -- hot path: an object a find is what it avoids
  addText(out: Arena, bytes: Uint8Array, start: number, end: number): void {
    const place = this.#placeOf(bytes, start, end);
    if (this.plain[place] === 1) {
      out.extend(bytes, start, end);
      return;
    }
    const length = this.#prefix.length + TEXT_DIGITS;
    if (place >= this.#hasText.length || this.#hasText[place] === 0) this.#makeText(place, length);
    out.extendWords(this.#textWords, place * length, length);
  }

  #makeText(place: number, length: number): void {
    const places = this.plain.length;
    if (this.#hasText.length < places) {
      const texts = new Uint8Array(places * length + SLACK_BYTES);
      texts.set(this.#texts);
      this.#texts = texts;
      this.#textWords = new DataView(texts.buffer);
      const hasText = new Uint8Array(places);
      hasText.set(this.#hasText);
      this.#hasText = hasText;
    }
    const from = place * TOKEN_BYTES;
    this.#texts.set(this.#prefix, place * length);
    base32Into(this.#digits, this.tokens, from, from + TOKEN_BYTES);
    this.#texts.set(this.#digits, place * length + this.#prefix.length);
    this.#hasText[place] = 1;
  }

  #textOf(place: number): string {
    const from = place * TOKEN_BYTES;
    return tokenText(this.kind, this.epoch, this.tokens.subarray(from, from + TOKEN_BYTES));
  }

  #add(place: number, value: Uint8Array): void {
    if (place === this.plain.length) this.#grow();
    const { token, isPlain, category, family } = this.#judge(value);
    if (token !== undefined) this.#onToken?.(this.kind, token, value);
    this.plain[place] = isPlain ? 1 : 0;
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

/** Judges by token alone; what `staysReadable` is true for has none. */
export function tokenJudge(
  key: TokenKey,
  kind: string,
  staysReadable: (value: Uint8Array) => boolean = isWellKnown,
): Judge {
  const make = tokenMaker(key, kind);
  return new Judge(key, kind, (value) => {
    const isPlain = staysReadable(value);
    const token = isPlain ? undefined : make(normalise(kind, value));
    return { token, isPlain, category: 0, family: 0 };
  });
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
      // The same on every host; a column of addresses says so by the category.
      isPlain: category === "loopback" || category === "unspecified",
      category: ADDRESS_CATEGORIES.indexOf(category),
      family: address === undefined ? 0 : address.length === 4 ? 4 : 6,
    };
  });
}
