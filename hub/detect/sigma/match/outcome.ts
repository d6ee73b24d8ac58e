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
  /** By hash, the one made last. */
  readonly #known = new Map<number, AtomList>();
  /** By atom, the number of the call in which it was last given. */
  #marks = new Float64Array(64);
  #call = 0;
  /** No atom holds. */
  readonly none: Outcome = this.of([]);

  get count(): number {
    return this.#count;
  }

  /** The outcome in which `atoms`, in any order and without repetition, hold. */
  of(atoms: readonly number[]): Outcome {
    const hash = this.#mark(atoms);
    const last = this.#known.get(hash);
    for (let known = last; known !== undefined; known = known.next) {
      if (this.#isMarked(known.atoms, atoms.length)) return known;
    }
    const made = new AtomList(this.#count++, atoms.toSorted((a, b) => a - b), last);
    this.#known.set(hash, made);
    return made;
  }

  /** The outcome in which the atoms of both hold. */
  union(a: Outcome, b: Outcome): Outcome {
    if (a === b || b.atoms.length === 0) return a;
    return a.atoms.length === 0 ? b : this.of([...new Set([...a.atoms, ...b.atoms])]);
  }

  /** Gives a hash of them that does not depend on their order. */
  #mark(atoms: readonly number[]): number {
    const call = ++this.#call;
    let sum = atoms.length;
    for (let i = 0; i < atoms.length; i++) {
      const atom = atoms[i]!;
      if (atom >= this.#marks.length) this.#grow(atom);
      this.#marks[atom] = call;
      const mixed = Math.imul(atom + 1, -1_640_531_527);
      sum = (sum + Math.imul(mixed ^ (mixed >>> 15), -2_048_144_777)) | 0;
    }
    return sum;
  }

  #grow(atom: number): void {
    const marks = new Float64Array(2 * atom);
    marks.set(this.#marks);
    this.#marks = marks;
  }

  /** True if `atoms` are the marked ones, of which there are `count`. */
  #isMarked(atoms: readonly number[], count: number): boolean {
    if (atoms.length !== count) return false;
    for (let i = 0; i < count; i++) if (this.#marks[atoms[i]!] !== this.#call) return false;
    return true;
  }
}

class AtomList implements Outcome {
  readonly id: number;
  readonly atoms: readonly number[];
  /** Another one of the same hash. */
  readonly next: AtomList | undefined;
  #set: ReadonlySet<number> | undefined;

  constructor(id: number, atoms: readonly number[], next: AtomList | undefined) {
    this.id = id;
    this.atoms = atoms;
    this.next = next;
  }

  holds(atom: number): boolean {
    if (this.atoms.length <= MOST_LISTED) return this.atoms.includes(atom);
    return (this.#set ??= new Set(this.atoms)).has(atom);
  }
}
