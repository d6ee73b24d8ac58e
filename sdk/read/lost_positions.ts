/**
 * Positions that lost their file: it vanished, or holds other content now. Another file may turn up
 * that has what was read before them: its copy, or what it was compressed to.
 *
 * @module
 */
import type { Gap } from "../plugin.ts";
import type { Entry } from "./cursor_entries.ts";
import type { Progress } from "./tail_cursor.ts";

/** For so long a position waits for a file, in ms. */
export const COPY_MS = 5_000;
/** And for so long while a compressed file is still written. */
const MOST_WAIT_MS = 600_000;

export interface LostPosition {
  readonly listed: Entry;
  /** Bytes known to be unread when it happened. */
  readonly lost: number;
  readonly reason: "rotated-away" | "truncated";
  /** When it happened, ms since the epoch. */
  readonly since: number;
}

/** The positions that are still looked for. */
export class LostPositions implements Iterable<LostPosition> {
  readonly #all = new Set<LostPosition>();
  readonly #environment: { readonly now: () => number; readonly once: boolean };
  readonly #onGap: (gap: Gap) => void;
  /** Grows with each position that is added. */
  version = 0;

  constructor(environment: {
    readonly now: () => number;
    readonly once: boolean;
    readonly onGap: (gap: Gap) => void;
  }) {
    this.#environment = environment;
    this.#onGap = environment.onGap;
  }

  [Symbol.iterator](): Iterator<LostPosition> {
    return this.#all.values();
  }

  get size(): number {
    return this.#all.size;
  }

  /** Those whose content may stand under another name as it was. */
  get truncated(): readonly LostPosition[] {
    return [...this.#all].filter(({ reason }) => reason === "truncated");
  }

  add(listed: Entry, lost: number, reason: LostPosition["reason"]): void {
    this.version++;
    this.#all.add({ listed, lost, reason, since: this.#environment.now() });
  }

  /** A file was found for it. */
  found(position: LostPosition): void {
    this.#all.delete(position);
  }

  /** Gives up what was looked for long enough. `mayCome`: a compressed file is not whole yet. */
  expire(mayCome: boolean): void {
    const { now, once } = this.#environment;
    const waitMs = mayCome ? MOST_WAIT_MS : COPY_MS;
    for (const position of this.#all) {
      if (!once && now() < position.since + waitMs) continue;
      this.#all.delete(position);
      const { reason, lost, listed } = position;
      if (lost > 0) this.#onGap({ reason, detail: `file ${listed.id}` });
    }
  }

  /** What a cursor must know of them. */
  progress(): readonly Progress[] {
    return [...this.#all].map(({ listed }) => {
      // No rule covers what has no file: it is listed in any case.
      const order = Infinity;
      return { ...listed, order, changed: order, isRead: true, check: () => listed.check };
    });
  }
}
