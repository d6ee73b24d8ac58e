/**
 * Remembers something of each shape of message that an entity has written lately.
 *
 * @module
 */
import type { Shape } from "./shape.ts";

interface Known<T> {
  readonly entity: string;
  readonly copy: Int32Array;
  readonly value: T;
}

/** A bounded map from entity and shape; forgetting costs its reader time and nothing else. */
export class ShapeCache<T> {
  readonly #most: number;
  /** By hash; of two shapes with one hash the newer stays. */
  readonly #known = new Map<number, Known<T>>();

  /** Of at most `most` shapes; 0 remembers nothing. */
  constructor(most: number) {
    this.#most = most;
  }

  /** What was set last for `shape` of `entity`, whose {@link seedOf} is `seed`. */
  get(shape: Shape, entity: string, seed: number): T | undefined {
    const known = this.#known.get(shape.hash(seed));
    if (known === undefined || known.entity !== entity) return undefined;
    return shape.equals(known.copy) ? known.value : undefined;
  }

  set(shape: Shape, { entity, seed, value }: {
    readonly entity: string;
    readonly seed: number;
    readonly value: T;
  }): void {
    if (this.#most === 0) return;
    const hash = shape.hash(seed);
    if (this.#known.size >= this.#most && !this.#known.has(hash)) this.#known.clear();
    this.#known.set(hash, { entity, copy: shape.copy(), value });
  }
}

/** A number of 32 bits for an entity. */
export function seedOf(entity: string): number {
  let seed = 0;
  for (let i = 0; i < entity.length; i++) seed = Math.imul(seed ^ entity.charCodeAt(i), 0x5bd1e995);
  return seed;
}
