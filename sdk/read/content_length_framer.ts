/**
 * Cuts the byte stream of a connection into messages of headers, an empty line and as many bytes as
 * Content-Length says (RFC 3261 §18.3: SIP over TCP).
 *
 * Line ends between messages are keep-alives (RFC 5626 §4.4.1) and are skipped.
 *
 * @module
 */
import type { Framed } from "./stream_framer.ts";

const LF = 10;
const CR = 13;
/** The name or its compact form, RFC 3261 §20.14. */
const CONTENT_LENGTH = /^(?:content-length|l)[ \t]*:[ \t]*([^\r\n]*)/gim;

/** Takes pieces of one connection's bytes in order and gives whole messages. */
export class ContentLengthFramer {
  readonly #maxBytes: number;
  readonly #take: (message: Framed) => void;
  /** Of the message so far, up to the limit. */
  #held = new Uint8Array(0);
  #heldBytes = 0;
  /** Bytes of the message so far, with those over the limit. */
  #seen = 0;
  /** Bytes of the whole message; undefined until its headers are whole. */
  #length: number | undefined;
  /** Line feeds in a row at the end of what is held: two end the headers. */
  #feeds = 0;

  /** True once it cannot be told where the next message begins: the connection is of no use. */
  isBroken = false;

  /** `take` is called for each message that is complete, and for the one that breaks the stream. */
  constructor(maxMessageBytes: number, take: (message: Framed) => void) {
    this.#maxBytes = maxMessageBytes;
    this.#take = take;
  }

  /** Takes the next bytes of the connection. */
  push(piece: Uint8Array): void {
    let at = 0;
    while (at < piece.length && !this.isBroken) {
      at = this.#length === undefined ? this.#headers(piece, at) : this.#body(piece, at);
    }
  }

  /** The connection has ended: what is there of a last message is given. */
  end(): void {
    if (this.#seen > 0 && !this.isBroken) this.#give(this.#length ?? this.#seen + 1);
  }

  #headers(piece: Uint8Array, from: number): number {
    for (let at = from; at < piece.length; at++) {
      const byte = piece[at]!;
      if (byte === LF) this.#feeds++;
      else if (byte !== CR) this.#feeds = 0;
      if (this.#seen === 0 && at === from && (byte === LF || byte === CR)) {
        this.#feeds = 0;
        return at + 1;
      }
      if (this.#feeds < 2) continue;
      this.#hold(piece.subarray(from, at + 1));
      this.#endHeaders();
      return at + 1;
    }
    this.#hold(piece.subarray(from));
    if (this.#seen > this.#maxBytes) this.#break();
    return piece.length;
  }

  #endHeaders(): void {
    const length = this.#seen > this.#maxBytes
      ? undefined
      : contentLength(Buffer.from(this.#held.subarray(0, this.#heldBytes)).toString("latin1"));
    if (length === undefined) this.#break();
    else if (length === 0) this.#give(this.#seen);
    else this.#length = this.#seen + length;
  }

  #body(piece: Uint8Array, from: number): number {
    const length = this.#length ?? 0;
    const end = Math.min(piece.length, from + length - this.#seen);
    this.#hold(piece.subarray(from, end));
    if (this.#seen >= length) this.#give(length);
    return end;
  }

  #hold(part: Uint8Array): void {
    const keep = Math.min(part.length, this.#maxBytes - this.#heldBytes);
    if (this.#heldBytes + keep > this.#held.length) {
      const grown = new Uint8Array(Math.max(1024, 2 * (this.#heldBytes + keep)));
      grown.set(this.#held.subarray(0, this.#heldBytes));
      this.#held = grown;
    }
    this.#held.set(part.subarray(0, keep), this.#heldBytes);
    this.#heldBytes += keep;
    this.#seen += part.length;
  }

  #break(): void {
    this.isBroken = true;
    this.#give(this.#seen + 1);
  }

  #give(messageBytes: number): void {
    const bytes = this.#held.subarray(0, this.#heldBytes);
    this.#take(messageBytes > bytes.length ? { bytes, cut: { messageBytes } } : { bytes });
    this.#heldBytes = this.#seen = this.#feeds = 0;
    this.#length = undefined;
  }
}

/** What the headers say; 0 where they do not; undefined where it is no length or is two. */
function contentLength(headers: string): number | undefined {
  const said = new Set([...headers.matchAll(CONTENT_LENGTH)].map(([, value]) => value!.trim()));
  const [value = "0", ...others] = said;
  return others.length === 0 && /^\d{1,8}$/.test(value) ? Number(value) : undefined;
}
