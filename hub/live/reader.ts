/**
 * One reader of the live feed: a bounded queue that drops and counts what it has no room for.
 *
 * @module
 */
import type { LiveMessage } from "../../sdk/api/live.ts";

/** Rows that one reader is shown in a second. */
export const ROWS_PER_SECOND = 50;

/** Messages that wait for a slow reader. */
const MOST_WAITING = 256;

/** What a reader wants to see. */
export interface Wanted {
  /** Rows of this table alone; undefined is every table. */
  readonly table: string | undefined;
  /** False: rates and alerts alone. */
  readonly rows: boolean;
}

/** A reader, seen from both ends. */
export class Reader {
  readonly wanted: Wanted;
  /** Rows shown since the last tick, in all and by source. */
  shown = 0;
  readonly shownOf = new Map<string, number>();
  #waiting: LiveMessage[] = [];
  #dropped = 0;
  #closed = false;
  #wake: (() => void) | undefined;
  readonly #onClose: (reader: Reader) => void;

  constructor(wanted: Wanted, onClose: (reader: Reader) => void) {
    this.wanted = wanted;
    this.#onClose = onClose;
  }

  /** Never waits: a message without room is counted instead. */
  give(message: LiveMessage): void {
    if (this.#waiting.length < MOST_WAITING) this.#waiting.push(message);
    else this.#dropped++;
    this.#wake?.();
  }

  /** What has come since the last call, at least one message; empty once it is closed. */
  async next(): Promise<readonly LiveMessage[]> {
    while (this.#waiting.length === 0 && !this.#closed) {
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
    if (this.#closed) return [];
    const given = this.#waiting;
    if (this.#dropped > 0) given.push({ kind: "dropped", messages: this.#dropped });
    this.#waiting = [];
    this.#dropped = 0;
    return given;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#wake?.();
    this.#onClose(this);
  }
}
