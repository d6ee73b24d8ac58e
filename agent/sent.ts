/**
 * The groups of one source that are durable here and that the hub has not acknowledged.
 *
 * @module
 */

/** What became durable together. */
export interface Group {
  readonly epoch: number;
  readonly seq: number;
  readonly events: number;
  /** Ms of the steady clock. */
  readonly sealedAt: number;
}

export class Sent {
  /** Oldest first. */
  readonly #groups: Group[] = [];

  add(group: Group): void {
    this.#groups.push(group);
  }

  /** The hub has all of `epoch` up to `seq`, and all of older epochs: gives how many events. */
  acked(epoch: number, seq: number): number {
    let events = 0;
    for (let first = this.#groups[0]; first !== undefined; first = this.#groups[0]) {
      if (first.epoch > epoch || (first.epoch === epoch && first.seq > seq)) break;
      events += first.events;
      this.#groups.shift();
    }
    return events;
  }

  /** When the oldest was sealed. */
  get oldest(): number | undefined {
    return this.#groups[0]?.sealedAt;
  }
}
