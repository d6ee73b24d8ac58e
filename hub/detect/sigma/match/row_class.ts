/**
 * Rows of one kind: those for which conditions of log sources have the same results, so that the
 * same rules are asked of them.
 *
 * @module
 */
import { isLate } from "./atom.ts";
import type { Condition } from "./condition.ts";
import type { Outcome } from "./outcome.ts";
import type { Compiled, TableRules } from "./table_rules.ts";
import { type Known, type Triggers, triggersOf } from "./triggers.ts";

/** What wakes which rules up. */
export interface RowClass<R> {
  /** Rules that nothing wakes up: they are asked of each row. */
  readonly always: readonly Compiled<R>[];
  /** Fields whose values wake rules up. */
  readonly fields: readonly number[];
  /** The rules that a value of `fields` wakes up. */
  wokenBy(outcome: Outcome): readonly Compiled<R>[];
}

/** Finds the class of a row by the outcomes of its key fields, in the order of `rules.keys`. */
export interface RowClasses<R> {
  readonly count: number;
  of(outcomeOf: (field: number) => Outcome): RowClass<R>;
}

/** The classes of a table, made when a row first is of one. */
export function rowClasses<R>(rules: TableRules<R>): RowClasses<R> {
  return new ClassTree(rules);
}

/** A path of outcomes, key after key. */
interface Branch<R> {
  readonly next: (Branch<R> | undefined)[];
  of?: RowClass<R>;
}

class ClassTree<R> implements RowClasses<R> {
  readonly #rules: TableRules<R>;
  readonly #root: Branch<R> = { next: [] };
  readonly #isKey: ReadonlySet<number>;
  count = 0;

  constructor(rules: TableRules<R>) {
    this.#rules = rules;
    this.#isKey = new Set(rules.keys);
  }

  of(outcomeOf: (field: number) => Outcome): RowClass<R> {
    let branch = this.#root;
    for (const key of this.#rules.keys) {
      const { id } = outcomeOf(key);
      branch = branch.next[id] ??= { next: [] };
    }
    return branch.of ??= this.#make(outcomeOf);
  }

  #make(outcomeOf: (field: number) => Outcome): RowClass<R> {
    this.count++;
    const { atoms, rules } = this.#rules;
    const known: Known = {
      truthOf: (atom) => {
        const { field, test } = atoms[atom]!;
        if (isLate(test) || !this.#isKey.has(field)) return undefined;
        return outcomeOf(field).holds(atom);
      },
      weightOf: (atom) => atoms[atom]!.weight,
    };
    const wheres = new Map<Condition, Triggers>();
    const woken = new Map<number, Compiled<R>[]>();
    const always: Compiled<R>[] = [];
    for (const rule of rules) {
      let where = wheres.get(rule.where);
      if (where === undefined) wheres.set(rule.where, where = triggersOf(rule.where, known));
      const triggers = where === "never" ? where : triggersOf(rule.expr, known);
      if (triggers === "never") continue;
      if (triggers === "always") always.push(rule);
      else for (const atom of new Set(triggers.atoms)) addTo(woken, atom, rule);
    }
    const fields = new Set([...woken.keys()].map((atom) => atoms[atom]!.field));
    return new Class(always, [...fields], woken);
  }
}

class Class<R> implements RowClass<R> {
  readonly always: readonly Compiled<R>[];
  readonly fields: readonly number[];
  readonly #woken: ReadonlyMap<number, readonly Compiled<R>[]>;
  /** By outcome. */
  readonly #by: (readonly Compiled<R>[] | undefined)[] = [];

  constructor(
    always: readonly Compiled<R>[],
    fields: readonly number[],
    woken: ReadonlyMap<number, readonly Compiled<R>[]>,
  ) {
    this.always = always;
    this.fields = fields;
    this.#woken = woken;
  }

  wokenBy(outcome: Outcome): readonly Compiled<R>[] {
    return this.#by[outcome.id] ??= this.#collect(outcome);
  }

  #collect({ atoms }: Outcome): readonly Compiled<R>[] {
    const rules = new Set<Compiled<R>>();
    for (const atom of atoms) for (const rule of this.#woken.get(atom) ?? []) rules.add(rule);
    return rules.size === 0 ? NONE : [...rules];
  }
}

const NONE: readonly never[] = [];

function addTo<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key);
  if (list === undefined) map.set(key, [value]);
  else list.push(value);
}
