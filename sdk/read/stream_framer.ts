/**
 * Cuts the byte stream of a syslog connection into messages (RFC 6587 §3.4, RFC 5425 §4.3).
 *
 * Octet counting is `LENGTH SP MESSAGE`; else each message ends with LF. In `auto` the first bytes of
 * each message decide: digits, a space and "<" begin a counted one.
 *
 * @module
 */

export interface Framed {
  /** A view: valid during the call only. */
  readonly bytes: Uint8Array;
  /** It was over the limit: `bytes` is its head. */
  readonly cut?: { readonly messageBytes: number };
}

export interface FramerOptions {
  readonly framing: "auto" | "lf" | "octets";
  readonly maxMessageBytes: number;
}

/** Digits of the largest count that is believed: 99,999,999 octets. What is longer is text. */
const MAX_COUNT_DIGITS = 8;

const LF = 10;
const CR = 13;
const SPACE = 32;
const LESS_THAN = 60;

type State = "first" | "count" | "octets" | "line";
type Take = (message: Framed) => void;

/** Takes pieces of one connection's bytes in order and gives whole messages. */
export class StreamFramer {
  readonly #options: FramerOptions;
  readonly #take: Take;
  #state: State = "first";
  /** The head of a message that began in an earlier piece. */
  #held = new Uint8Array(0);
  #heldBytes = 0;
  /** Bytes of the message in earlier pieces, with those over the limit. */
  #seen = 0;
  #count = 0;
  #digits = 0;
  #hasSpace = false;

  /** `take` is called for each message that is complete. */
  constructor(options: FramerOptions, take: Take) {
    this.#options = options;
    this.#take = take;
  }

  /** Takes the next bytes of the connection. */
  push(piece: Uint8Array): void {
    let at = 0;
    while (at < piece.length) {
      if (this.#state === "first") at = this.#first(piece, at);
      else if (this.#state === "count") at = this.#readCount(piece, at);
      else if (this.#state === "octets") at = this.#octets(piece, at);
      else at = this.#line(piece, at);
    }
  }

  /** The connection has ended: what is there of a last message is given. */
  end(): void {
    if (this.#state === "count") this.#countIsText();
    if (this.#seen > 0) this.#give(new Uint8Array(0));
  }

  #first(piece: Uint8Array, at: number): number {
    const c = piece[at]!;
    // Some senders put a line end, or the NUL of a C string, after a counted message.
    if (c === LF || c === CR || c === 0) return at + 1;
    const isCount = this.#options.framing !== "lf" && c >= 49 && c <= 57;
    this.#state = isCount ? "count" : "line";
    return at;
  }

  #readCount(piece: Uint8Array, at: number): number {
    const c = piece[at]!;
    if (this.#hasSpace) {
      // "2026 Jan …" is a line that begins with a number: a counted message begins with "<".
      if (c === LESS_THAN || this.#options.framing === "octets") this.#state = "octets";
      else this.#countIsText();
      return at;
    }
    if (c === SPACE) this.#hasSpace = true;
    else if (c >= 48 && c <= 57 && this.#digits < MAX_COUNT_DIGITS) {
      this.#count = this.#count * 10 + c - 48;
      this.#digits++;
    } else {
      this.#countIsText();
      return at;
    }
    return at + 1;
  }

  /** What looked like a count belongs to a line. */
  #countIsText(): void {
    this.#state = "line";
    this.#hold(new TextEncoder().encode(`${this.#count}${this.#hasSpace ? " " : ""}`));
  }

  #octets(piece: Uint8Array, at: number): number {
    const end = Math.min(piece.length, at + this.#count - this.#seen);
    const part = piece.subarray(at, end);
    if (this.#seen + part.length < this.#count) this.#hold(part);
    else this.#give(part);
    return end;
  }

  #line(piece: Uint8Array, at: number): number {
    const end = piece.indexOf(LF, at);
    if (end < 0) this.#hold(piece.subarray(at));
    else this.#give(piece.subarray(at, end));
    return end < 0 ? piece.length : end + 1;
  }

  #hold(part: Uint8Array): void {
    const keep = Math.min(part.length, this.#options.maxMessageBytes - this.#heldBytes);
    if (this.#heldBytes + keep > this.#held.length) {
      const grown = new Uint8Array(Math.max(1024, 2 * (this.#heldBytes + keep)));
      grown.set(this.#held.subarray(0, this.#heldBytes));
      this.#held = grown;
    }
    this.#held.set(part.subarray(0, keep), this.#heldBytes);
    this.#heldBytes += keep;
    this.#seen += part.length;
  }

  /** The message ends with `part`. */
  #give(part: Uint8Array): void {
    const isHere = this.#seen === 0 && part.length <= this.#options.maxMessageBytes;
    if (!isHere) this.#hold(part);
    const bytes = isHere ? part : this.#held.subarray(0, this.#heldBytes);
    // A connection may end before a counted message does.
    const messageBytes = isHere ? part.length : Math.max(this.#seen, this.#octetsDue());
    this.#take(messageBytes > bytes.length ? { bytes, cut: { messageBytes } } : { bytes });
    this.#state = "first";
    this.#heldBytes =
      this.#seen =
      this.#count =
      this.#digits =
        0;
    this.#hasSpace = false;
  }

  #octetsDue(): number {
    return this.#state === "octets" ? this.#count : 0;
  }
}
