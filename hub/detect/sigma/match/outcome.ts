/**
 * What the tests of a field say of a value: the atoms that hold. Equal ones are one object.
 *
 * @module
 */

/** The atoms that hold for a value, or for a field without one. */
export interface Outcome {
  /** Numbers from 0, in the order in which they were first seen. */
  readonly id: number;
  /** Ascending. */
  readonly atoms: readonly number[];
  holds(atom: number): boolean;
}

/** More are searched for by halves. */
const MOST_LISTED = 8;

/** All outcomes of a table. */
export class Outcomes {
  readonly #known = new Map<string, Outcome>();
  /** No atom holds. */
  readonly none = this.of([]);

  get count(): number {
    return this.#known.size;
  }

  /** The outcome in which `atoms`, in any order and without repetition, hold. */
  of(atoms: readonly number[]): Outcome {
    const sorted = atoms.length > 1 ? atoms.toSorted((a, b) => a - b) : atoms;
    const key = sorted.join();
    let outcome = this.#known.get(key);
    if (outcome === undefined) {
      outcome = new AtomList(this.#known.size, [...sorted]);
      this.#known.set(key, outcome);
    }
    return outcome;
  }

  /** The outcome in which the atoms of both hold. */
  union(a: Outcome, b: Outcome): Outcome {
    if (a === b || b.atoms.length === 0) return a;
    return a.atoms.length === 0 ? b : this.of([...new Set([...a.atoms, ...b.atoms])]);
  }
}

class AtomList implements Outcome {
  readonly id: number;
  readonly atoms: readonly number[];
  readonly #set: ReadonlySet<number> | undefined;

  constructor(id: number, atoms: readonly number[]) {
    this.id = id;
    this.atoms = atoms;
    this.#set = atoms.length > MOST_LISTED ? new Set(atoms) : undefined;
  }

  holds(atom: number): boolean {
    return this.#set === undefined ? this.atoms.includes(atom) : this.#set.has(atom);
  }
}
