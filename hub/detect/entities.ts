/**
 * A bounded map from entity to a detector's state of it; the least recently touched goes first.
 *
 * The order is part of the state: a detector that was saved and loaded forgets the same entities
 * as one that ran through, or a replay would differ.
 *
 * @module
 */
import type { Cell } from "./detector.ts";

interface Held<T> {
  /** Larger is touched later. */
  order: number;
  state: T;
}

/** State by entity. `T` is what JSON can hold. */
export class Entities<T> {
  readonly #limit: number;
  readonly #held = new Map<string, Held<T>>();
  readonly #changed = new Set<string>();
  #order = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get count(): number {
    return this.#held.size;
  }

  get(entity: string): T | undefined {
    return this.#held.get(entity)?.state;
  }

  /** Sets the state and makes the entity the most recently touched; gives how many had to go. */
  set(entity: string, state: T): number {
    this.#held.delete(entity);
    this.#held.set(entity, { order: this.#order++, state });
    this.#changed.add(entity);
    let gone = 0;
    while (this.#held.size > this.#limit) {
      const [oldest] = this.#held.keys();
      this.delete(oldest!);
      gone++;
    }
    return gone;
  }

  delete(entity: string): void {
    if (this.#held.delete(entity)) this.#changed.add(entity);
  }

  /** All entities, the least recently touched first; they may be changed meanwhile. */
  keys(): readonly string[] {
    return [...this.#held.keys()];
  }

  /** The least recently touched. */
  oldest(): readonly [string, T] | undefined {
    for (const [entity, { state }] of this.#held) return [entity, state];
    return undefined;
  }

  /** The cells that have changed since the last call. */
  save(): Cell[] {
    const cells: Cell[] = [];
    for (const key of this.#changed) {
      const held = this.#held.get(key);
      cells.push({ key, value: held && JSON.stringify([held.order, held.state]) });
    }
    this.#changed.clear();
    return cells;
  }

  /** Takes up cells that `save` gave, in any order. */
  load(cells: readonly Cell[]): void {
    const loaded = cells.map(({ key, value }) => {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- only save() writes cells
      const [order, state] = JSON.parse(value ?? "") as [number, T];
      return { key, order, state };
    }).sort((a, b) => a.order - b.order);
    for (const { key, order, state } of loaded) {
      this.#held.set(key, { order, state });
      this.#order = order + 1;
    }
  }
}
