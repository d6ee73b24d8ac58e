/**
 * A bounded queue between a socket and its reader: what no room is left for is dropped and counted.
 *
 * @module
 */
import type { Dropped } from "./io.ts";

/** Messages that wait for their reader. One reader only. */
export class Ring<Message extends { readonly bytes: Uint8Array }> {
  readonly #limit: number;
  #waiting: Message[] = [];
  #bytes = 0;
  #dropped = 0;
  #isClosed = false;
  #wake: (() => void) | undefined;

  /** `limit` is how many bytes of messages may wait. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Adds a message of a sender that does not wait: without room it is dropped and counted. */
  offer(message: Message): void {
    if (this.hasRoomFor(message)) this.add(message);
    else {
      this.#dropped++;
      this.#wake?.();
    }
  }

  hasRoomFor(message: Message): boolean {
    return this.#bytes + message.bytes.length <= this.#limit;
  }

  /** Adds a message of a sender that is told to wait once the ring {@link isFull}. */
  add(message: Message): void {
    this.#waiting.push(message);
    this.#bytes += message.bytes.length;
    this.#wake?.();
  }

  get isFull(): boolean {
    return this.#bytes >= this.#limit;
  }

  /** The reader gets what waits, then its end. */
  close(): void {
    this.#isClosed = true;
    this.#wake?.();
  }

  /** Gives all that waits at once; how many were dropped before anything else. */
  async *take(): AsyncIterableIterator<readonly Message[] | Dropped> {
    for (;;) {
      if (this.#dropped > 0) {
        const dropped = this.#dropped;
        this.#dropped = 0;
        yield { dropped };
      }
      if (this.#waiting.length > 0) {
        const batch = this.#waiting;
        this.#waiting = [];
        this.#bytes = 0;
        yield batch;
        continue;
      }
      if (this.#dropped > 0) continue;
      if (this.#isClosed) return;
      await new Promise<void>((resolve) => this.#wake = resolve);
      this.#wake = undefined;
    }
  }
}
