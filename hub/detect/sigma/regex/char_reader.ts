/**
 * Reads a text from left to right by code point.
 *
 * @module
 */
import { RegexError } from "./regex_error.ts";

export class CharReader {
  readonly #text: string;
  /** Offset in UTF-16 units. */
  at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  get isAtEnd(): boolean {
    return this.at >= this.#text.length;
  }

  /** The next code point, not taken; "" at the end. */
  peek(): string {
    const point = this.#text.codePointAt(this.at);
    return point === undefined ? "" : String.fromCodePoint(point);
  }

  /** The next `length` units, or what is left. */
  ahead(length: number): string {
    return this.#text.slice(this.at, this.at + length);
  }

  /** @throws {RegexError} At the end. */
  next(): string {
    const char = this.peek();
    if (char === "") throw new RegexError("syntax", this.at, "it ends too early");
    this.at += char.length;
    return char;
  }

  /** Takes `char` if it is next. */
  take(char: string): boolean {
    if (!this.#text.startsWith(char, this.at)) return false;
    this.at += char.length;
    return true;
  }

  /** Takes the next code point if it is one of `chars`. */
  takeAny(chars: string): string | undefined {
    const char = this.peek();
    return char !== "" && chars.includes(char) ? this.next() : undefined;
  }

  /** Takes what sticky `pattern`, one of our own, finds here. */
  takeMatch(pattern: RegExp): readonly (string | undefined)[] | undefined {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.#text);
    if (found === null) return undefined;
    this.at += found[0].length;
    return found;
  }
}
