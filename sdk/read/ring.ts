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

  /** False if there was no room: the message is counted as dropped. */
  add(message: Message): boolean {
    const hasRoom = !this.#isClosed && this.#bytes + message.bytes.length <= this.#limit;
    if (hasRoom) {
      this.#waiting.push(message);
      this.#bytes += message.bytes.length;
    } else this.#dropped++;
    this.#wake?.();
    return hasRoom;
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
