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
  #count = 0;
  /** No atom holds. */
  readonly none: AtomList = this.#make([]);

  get count(): number {
    return this.#count;
  }

  /** The outcome in which `atoms`, in any order and without repetition, hold. Sorts `atoms`. */
  of(atoms: number[]): Outcome {
    if (atoms.length > 1) atoms.sort(ascending);
    let outcome = this.none;
    for (let i = 0; i < atoms.length; i++) {
      let next = outcome.next.get(atoms[i]!);
      if (next === undefined) {
        next = this.#make(atoms.slice(0, i + 1));
        outcome.next.set(atoms[i]!, next);
      }
      outcome = next;
    }
    return outcome;
  }

  /** The outcome in which the atoms of both hold. */
  union(a: Outcome, b: Outcome): Outcome {
    if (a === b || b.atoms.length === 0) return a;
    return a.atoms.length === 0 ? b : this.of([...new Set([...a.atoms, ...b.atoms])]);
  }

  #make(atoms: readonly number[]): AtomList {
    return new AtomList(this.#count++, atoms);
  }
}

function ascending(a: number, b: number): number {
  return a - b;
}

/** Outcomes are a tree: each is reached from the one without its last atom. */
class AtomList implements Outcome {
  readonly id: number;
  readonly atoms: readonly number[];
  readonly next = new Map<number, AtomList>();
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
