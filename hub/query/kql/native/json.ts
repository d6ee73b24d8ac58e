/**
 * Dynamic values: JSON that keeps what KQL tells apart, whole numbers from reals and the order of
 * a bag's keys.
 *
 * RFC 8259; nesting is bounded. A number outside 64 bits is a real; not-a-number and the infinities
 * are written as the strings that KQL shows.
 *
 * @module
 */
import { NativeError } from "./native_error.ts";

/** A whole number is a bigint, a real a number. */
export type Json = null | boolean | bigint | number | string | readonly Json[] | Bag;
export type Bag = ReadonlyMap<string, Json>;

const MAX_DEPTH = 200;
const NUMBER = /-?(?:0|[1-9]\d*)(\.\d+)?([eE][-+]?\d+)?/y;
const BLANKS = /[ \t\n\r]*/y;
const PLAIN_STRING = /"[ !#-[\]-\uffff]*"/y;
const WORDS: ReadonlyMap<string, { readonly text: string; readonly value: Json }> = new Map([
  ["n", { text: "null", value: null }],
  ["t", { text: "true", value: true }],
  ["f", { text: "false", value: false }],
]);

/** @throws {NativeError} If `text` is no JSON or too deep. */
export function parseJson(text: string): Json {
  const reader = new Reader(text);
  const value = reader.value(0);
  reader.skipBlanks();
  if (reader.at < text.length) reader.fail();
  return value;
}

export function writeJson(value: Json): string {
  if (value === null || typeof value === "boolean") return String(value);
  if (typeof value === "bigint") return value.toString();
  if (typeof value === "number") return writeReal(value);
  if (typeof value === "string") return JSON.stringify(value);
  if (isBag(value)) {
    const members = [...value].map(([key, member]) =>
      `${JSON.stringify(key)}:${writeJson(member)}`
    );
    return `{${members.join(",")}}`;
  }
  return `[${value.map(writeJson).join(",")}]`;
}

export function isBag(value: Json): value is Bag {
  return value instanceof Map;
}

export function isArray(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

function writeReal(value: number): string {
  if (!Number.isFinite(value)) return `"${value}"`;
  const text = String(value);
  // A reader would take it for a whole number.
  return /[.e]/.test(text) ? text : `${text}.0`;
}

class Reader {
  readonly #text: string;
  at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  value(depth: number): Json {
    if (depth > MAX_DEPTH) {
      throw new NativeError(`Cannot read JSON: over ${MAX_DEPTH} levels deep`);
    }
    this.skipBlanks();
    const first = this.#text[this.at];
    if (first === "[") return this.#array(depth);
    if (first === "{") return this.#bag(depth);
    if (first === '"') return this.#string();
    return this.#word(first);
  }

  skipBlanks(): void {
    if (this.#text.charCodeAt(this.at) > 0x20) return;
    this.#match(BLANKS);
  }

  fail(): never {
    throw new NativeError(`Cannot read JSON: unexpected text at ${this.at}`);
  }

  #array(depth: number): readonly Json[] {
    const items: Json[] = [];
    this.at++;
    if (this.#takes("]")) return items;
    for (;;) {
      items.push(this.value(depth + 1));
      if (this.#takes("]")) return items;
      if (!this.#takes(",")) this.fail();
    }
  }

  #bag(depth: number): Bag {
    const members = new Map<string, Json>();
    this.at++;
    if (this.#takes("}")) return members;
    for (;;) {
      this.skipBlanks();
      const key = this.#string();
      if (!this.#takes(":")) this.fail();
      members.set(key, this.value(depth + 1));
      if (this.#takes("}")) return members;
      if (!this.#takes(",")) this.fail();
    }
  }

  #string(): string {
    const plain = this.#match(PLAIN_STRING);
    if (plain !== undefined) return plain.slice(1, -1);
    if (this.#text[this.at] !== '"') this.fail();
    const start = this.at;
    for (this.at++; this.#text[this.at] !== '"'; this.at++) {
      if (this.at >= this.#text.length) this.fail();
      if (this.#text[this.at] === "\\") this.at++;
    }
    this.at++;
    try {
      return String(JSON.parse(this.#text.slice(start, this.at)));
    } catch {
      return this.fail();
    }
  }

  #word(first: string | undefined): Json {
    const word = WORDS.get(first ?? "");
    if (word === undefined) return this.#number();
    if (!this.#text.startsWith(word.text, this.at)) this.fail();
    this.at += word.text.length;
    return word.value;
  }

  #number(): bigint | number {
    NUMBER.lastIndex = this.at;
    const found = NUMBER.exec(this.#text) ?? this.fail();
    this.at = NUMBER.lastIndex;
    if (found[1] !== undefined || found[2] !== undefined) return Number(found[0]);
    const whole = BigInt(found[0]);
    return BigInt.asIntN(64, whole) === whole ? whole : Number(whole);
  }

  #takes(mark: string): boolean {
    this.skipBlanks();
    if (this.#text[this.at] !== mark) return false;
    this.at++;
    return true;
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.#text);
    if (found === null) return undefined;
    this.at = pattern.lastIndex;
    return found[0];
  }
}
