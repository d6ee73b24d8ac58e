/**
 * Structured data (RFC 5424 §6.3) from bytes to a msgpack map of maps, without an object between.
 *
 * @module
 */
const OPEN = 91;
const CLOSE = 93;
const QUOTE = 34;
const BACKSLASH = 92;
const EQUALS = 61;
const SPACE = 32;
const ELEMENT_NUMBERS = 4;
const PARAM_NUMBERS = 5;
/** Most elements, and most parameters, of one message: names are compared each with each. */
const MAX_PARTS = 256;

/** Reads one message's structured data after another into the same buffer. */
export class StructuredData {
  /** The msgpack value is `bytes[0, length)`; valid until the next `read`. */
  bytes = new Uint8Array(4096);
  length = 0;
  /** id start, id end, where its parameters begin and end in `#params`. */
  readonly #elements = new Int32Array(ELEMENT_NUMBERS * (MAX_PARTS + 1));
  #elementsEnd = 0;
  /** name start, name end, value start, value end, escapes in the value. */
  readonly #params = new Int32Array(PARAM_NUMBERS * (MAX_PARTS + 1));
  #paramsEnd = 0;
  #source: Uint8Array = new Uint8Array(0);

  /** Reads from the `[` at `at` on; gives the index after the last `]`, or -1. */
  read(source: Uint8Array, at: number, end: number): number {
    this.#source = source;
    this.#elementsEnd = this.#paramsEnd = 0;
    let i = at;
    while (i < end && source[i] === OPEN) {
      i = this.#element(i + 1, end);
      if (i < 0) return -1;
    }
    if (i === at || this.#hasElementTwice()) return -1;
    this.#encode(i - at);
    return i;
  }

  #element(at: number, end: number): number {
    const source = this.#source;
    const idEnd = nameEnd(source, at, end);
    if (idEnd === at) return -1;
    const first = this.#paramsEnd;
    let i = idEnd;
    while (i < end && source[i] === SPACE) {
      i = this.#param(i + 1, end);
      if (i < 0) return -1;
    }
    const e = this.#elementsEnd;
    if (i >= end || source[i] !== CLOSE || e / ELEMENT_NUMBERS >= MAX_PARTS) return -1;
    const elements = this.#elements;
    elements[e] = at;
    elements[e + 1] = idEnd;
    elements[e + 2] = first;
    elements[e + 3] = this.#paramsEnd;
    this.#elementsEnd = e + ELEMENT_NUMBERS;
    return i + 1;
  }

  #param(at: number, end: number): number {
    const source = this.#source;
    const equals = nameEnd(source, at, end);
    if (equals === at || source[equals] !== EQUALS || source[equals + 1] !== QUOTE) return -1;
    let escapes = 0;
    let i = equals + 2;
    for (; i < end && source[i] !== QUOTE; i++) {
      if (source[i] !== BACKSLASH || !isEscaped(source[i + 1])) continue;
      escapes++;
      i++;
    }
    const p = this.#paramsEnd;
    if (i >= end || p / PARAM_NUMBERS >= MAX_PARTS) return -1;
    const params = this.#params;
    params[p] = at;
    params[p + 1] = equals;
    params[p + 2] = equals + 2;
    params[p + 3] = i;
    params[p + 4] = escapes;
    this.#paramsEnd = p + PARAM_NUMBERS;
    return i + 1;
  }

  /** RFC 5424 §6.3.2 forbids it, and one would hide the other. */
  #hasElementTwice(): boolean {
    const elements = this.#elements;
    for (let i = 0; i < this.#elementsEnd; i += ELEMENT_NUMBERS) {
      for (let k = 0; k < i; k += ELEMENT_NUMBERS) {
        const length = elements[i + 1]! - elements[i]!;
        if (length !== elements[k + 1]! - elements[k]!) continue;
        if (this.#equal(elements[i]!, elements[k]!, length)) return true;
      }
    }
    return false;
  }

  #equal(a: number, b: number, length: number): boolean {
    const source = this.#source;
    for (let k = 0; k < length; k++) if (source[a + k] !== source[b + k]) return false;
    return true;
  }

  #encode(sourceBytes: number): void {
    // Each part is at least three bytes there; here it has a header of one, long ones of up to five.
    const most = 2 * sourceBytes + 64;
    if (this.bytes.length < most) this.bytes = new Uint8Array(2 * most);
    this.length = 0;
    const elements = this.#elements;
    this.#header(0x80, 0xde, this.#elementsEnd / ELEMENT_NUMBERS);
    for (let i = 0; i < this.#elementsEnd; i += ELEMENT_NUMBERS) {
      this.#string(elements[i]!, elements[i + 1]!, 0);
      this.#encodeParams(elements[i + 2]!, elements[i + 3]!);
    }
  }

  #encodeParams(from: number, to: number): void {
    let names = 0;
    for (let i = from; i < to; i += PARAM_NUMBERS) if (!this.#isLater(i, from)) names++;
    this.#header(0x80, 0xde, names);
    for (let i = from; i < to; i += PARAM_NUMBERS) {
      if (this.#isLater(i, from)) continue;
      this.#string(this.#params[i]!, this.#params[i + 1]!, 0);
      this.#encodeValues(i, to);
    }
  }

  /** A parameter may be given more than once (RFC 5424 §6.3.3): its values are an array. */
  #encodeValues(param: number, to: number): void {
    let count = 0;
    for (let i = param; i < to; i += PARAM_NUMBERS) if (this.#hasName(i, param)) count++;
    if (count > 1) this.#header(0x90, 0xdc, count);
    for (let i = param; i < to; i += PARAM_NUMBERS) {
      if (!this.#hasName(i, param)) continue;
      this.#string(this.#params[i + 2]!, this.#params[i + 3]!, this.#params[i + 4]!);
    }
  }

  #isLater(param: number, from: number): boolean {
    for (let i = from; i < param; i += PARAM_NUMBERS) if (this.#hasName(i, param)) return true;
    return false;
  }

  #hasName(a: number, b: number): boolean {
    const params = this.#params;
    const length = params[a + 1]! - params[a]!;
    return length === params[b + 1]! - params[b]! && this.#equal(params[a]!, params[b]!, length);
  }

  /** Of a map or an array. */
  #header(short: number, long: number, count: number): void {
    if (count < 16) this.bytes[this.length++] = short | count;
    else this.#put(long, count, 2);
  }

  #string(start: number, end: number, escapes: number): void {
    const length = end - start - escapes;
    if (length < 32) this.bytes[this.length++] = 0xa0 | length;
    else if (length < 0x100) this.#put(0xd9, length, 1);
    else if (length < 0x10000) this.#put(0xda, length, 2);
    else this.#put(0xdb, length, 4);
    const { bytes } = this;
    const source = this.#source;
    let to = this.length;
    for (let i = start; i < end; i++) {
      if (escapes > 0 && source[i] === BACKSLASH && isEscaped(source[i + 1])) i++;
      bytes[to++] = source[i]!;
    }
    this.length = to;
  }

  #put(tag: number, value: number, size: number): void {
    this.bytes[this.length++] = tag;
    for (let k = size - 1; k >= 0; k--) this.bytes[this.length++] = (value >>> (8 * k)) & 255;
  }
}

/** Where the SD-NAME at `at` ends. */
function nameEnd(source: Uint8Array, at: number, end: number): number {
  let i = at;
  for (; i < end; i++) {
    const c = source[i]!;
    if (c <= SPACE || c === EQUALS || c === CLOSE || c === QUOTE || c >= 127) break;
  }
  return i;
}

/** A backslash before anything else is a backslash. */
function isEscaped(c: number | undefined): boolean {
  return c === QUOTE || c === BACKSLASH || c === CLOSE;
}
