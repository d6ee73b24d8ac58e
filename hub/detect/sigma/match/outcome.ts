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

/** More have a set. */
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
    sort(atoms);
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

/** By insertion: there are few, and often in order. */
function sort(atoms: number[]): void {
  for (let i = 1; i < atoms.length; i++) {
    const atom = atoms[i]!;
    let k = i;
    for (; k > 0 && atoms[k - 1]! > atom; k--) atoms[k] = atoms[k - 1]!;
    atoms[k] = atom;
  }
}

/** Outcomes are a tree: each is reached from the one without its last atom. */
class AtomList implements Outcome {
  readonly id: number;
  readonly atoms: readonly number[];
  readonly next = new Map<number, AtomList>();
  #set: ReadonlySet<number> | undefined;

  constructor(id: number, atoms: readonly number[]) {
    this.id = id;
    this.atoms = atoms;
  }

  holds(atom: number): boolean {
    if (this.atoms.length <= MOST_LISTED) return this.atoms.includes(atom);
    return (this.#set ??= new Set(this.atoms)).has(atom);
  }
}
