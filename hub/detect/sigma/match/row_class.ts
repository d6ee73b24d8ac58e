/**
 * Rows of one kind: those for which conditions of log sources have the same results, so that the
 * same rules are asked of them.
 *
 * @module
 */
import { foldText } from "../regex/fold.ts";
import { type Atom, isLate } from "./atom.ts";
import type { Condition } from "./condition.ts";
import type { Codes } from "./column_values.ts";
import { isAscii, type RowSieve, rowSieve } from "./everywhere.ts";
import type { Outcome } from "./outcome.ts";
import type { RowValues } from "./row_values.ts";
import type { Compiled, TableRules } from "./table_rules.ts";
import { type TextSieve, textSieve } from "./text_sieve.ts";
import { type Known, type Triggers, triggersOf } from "./triggers.ts";

/** What wakes which rules up. */
export interface RowClass<R> {
  /** Rules that nothing wakes up: they are asked of each row. */
  readonly always: readonly Compiled<R>[];
  /** Fields whose values wake rules up, but those of `members`. */
  readonly fields: readonly WakingField[];
  /** Fields inside of dynamic columns. */
  readonly members: readonly WakingMembers[];
  /** The rules that a value of `fields` wakes up. */
  wokenBy(outcome: Outcome): readonly Compiled<R>[];
}

export interface WakingField {
  readonly field: number;
  /** A row that does not pass it wakes no rule up by this field; undefined: any may. */
  readonly rowSieve: RowSieve | undefined;
  /** A text that does not pass it wakes no rule up; undefined: any may. */
  textSieve(): TextSieve | undefined;
}

export interface WakingMembers {
  readonly column: string;
  /** By field, 1 where a value may wake a rule up. */
  readonly wanted: Uint8Array;
}

/** Rows of a batch by their classes. */
export interface ClassedRows<R> {
  readonly classes: readonly RowClass<R>[];
  /** By row, the number of its class in `classes`. */
  readonly of: Uint32Array;
  /** By number of a class, its rows in their order. */
  readonly rows: readonly Uint32Array[];
}

/** Finds the class of a row by the outcomes of its key fields. */
export interface RowClasses<R> {
  readonly count: number;
  /** Of the rows of the batch that `values` is at. */
  ofRows(values: RowValues, rows: number): ClassedRows<R>;
}

/** The classes of a table, made when a row first is of one. */
export function rowClasses<R>(rules: TableRules<R>): RowClasses<R> {
  return new ClassTree(rules);
}

/** A path of outcomes, key after key. */
interface Branch<R> {
  readonly next: Map<number, Branch<R>>;
  of?: RowClass<R>;
}

/** An event whose key stands in a column has it in a dynamic column as well so much more seldom. */
const SHADOW = 1e6;

class ClassTree<R> implements RowClasses<R> {
  readonly #rules: TableRules<R>;
  readonly #root: Branch<R> = { next: new Map() };
  readonly #isKey: ReadonlySet<number>;
  readonly #keyColumns: ReadonlySet<string>;
  readonly #byWhere: ReadonlyMap<Condition, readonly Compiled<R>[]>;
  readonly #fixed = new Map<Compiled<R>, Triggers>();
  /** By the atoms that they stand for. */
  readonly #rowSieves = new Map<string, RowSieve | undefined>();
  readonly #textSieves = new Map<string, TextSieve | undefined>();
  count = 0;

  constructor(rules: TableRules<R>) {
    this.#rules = rules;
    this.#keyColumns = new Set(rules.keys.map((key) => rules.fields[key]!.bound!.column));
    this.#isKey = new Set(rules.keys);
    this.#byWhere = Map.groupBy(rules.rules, ({ where }) => where);
  }

  ofRows(values: RowValues, rows: number): ClassedRows<R> {
    const places = placesOf(this.#rules.keys.map((key) => values.codes(key)), rows);
    const known = new Map<number, number>();
    const numbers = new Map<RowClass<R>, number>();
    const of = new Uint32Array(rows);
    for (let row = 0; row < rows; row++) {
      const place = places[row]!;
      let number = known.get(place);
      if (number === undefined) {
        values.move(row);
        const rowClass = this.#of((field) => values.outcome(field));
        number = numbers.get(rowClass) ?? numbers.size;
        numbers.set(rowClass, number);
        if (place <= Number.MAX_SAFE_INTEGER) known.set(place, number);
      }
      of[row] = number;
    }
    return { classes: [...numbers.keys()], of, rows: rowsByNumber(of, numbers.size) };
  }

  #of(outcomeOf: (field: number) => Outcome): RowClass<R> {
    let branch = this.#root;
    for (const key of this.#rules.keys) {
      const { id } = outcomeOf(key);
      let next: Branch<R> | undefined = branch.next.get(id);
      if (next === undefined) branch.next.set(id, next = { next: new Map() });
      branch = next;
    }
    return branch.of ??= this.#make(outcomeOf);
  }

  #make(outcomeOf: (field: number) => Outcome): RowClass<R> {
    this.count++;
    const { atoms } = this.#rules;
    const known: Known = {
      truthOf: (atom) => {
        const { field, test } = atoms[atom]!;
        if (isLate(test) || !this.#isKey.has(field)) return undefined;
        return outcomeOf(field).holds(atom);
      },
      weightOf: (atom) => this.#weightOf(atoms[atom]!),
    };
    const woken = new Map<number, Compiled<R>[]>();
    const always: Compiled<R>[] = [];
    for (const [where, rules] of this.#byWhere) {
      if (triggersOf(where, known) === "never") continue;
      for (const rule of rules) {
        const triggers = this.#triggersOf(rule, known);
        const atoms = typeof triggers === "string" ? [] : triggers.atoms;
        if (triggers === "always") always.push(rule);
        for (const atom of atoms) addTo(woken, atom, rule);
      }
    }
    return new Class(always, this.#wakingOf([...woken.keys()]), woken);
  }

  #weightOf({ field, weight }: Atom): number {
    const [name, ...deeper] = this.#rules.fields[field]!.bound?.path ?? [];
    const isShadow = name !== undefined && deeper.length === 0 && this.#keyColumns.has(name);
    return isShadow ? weight / SHADOW : weight;
  }

  /** Those that depend on no key are the same in all classes. */
  #triggersOf(rule: Compiled<R>, known: Known): Triggers {
    const fixed = this.#fixed.get(rule);
    if (fixed !== undefined) return fixed;
    const triggers = triggersOf(rule.expr, known);
    const { atoms } = this.#rules;
    const isFixed = rule.expr.nodes.every((node) =>
      node.kind !== "atom" || !this.#isKey.has(atoms[node.atom]!.field)
    );
    if (isFixed) this.#fixed.set(rule, triggers);
    return triggers;
  }

  #wakingOf(woken: readonly number[]): Waking {
    const { atoms, fields: all } = this.#rules;
    const fields: WakingField[] = [];
    const members = new Map<string, Uint8Array>();
    for (const [field, of] of Map.groupBy(woken, (atom) => atoms[atom]!.field)) {
      const { bound } = all[field]!;
      if (bound?.path !== undefined && bound.path.length > 0) {
        const wanted = members.get(bound.column) ?? new Uint8Array(all.length);
        members.set(bound.column, wanted);
        wanted[field] = 1;
        continue;
      }
      const rowSieve = bound === undefined ? this.#rowSieveOf(of) : undefined;
      fields.push({ field, rowSieve, textSieve: () => this.#textSieveOf(of) });
    }
    return { fields, members: Array.from(members, ([column, wanted]) => ({ column, wanted })) };
  }

  #textSieveOf(woken: readonly number[]): TextSieve | undefined {
    const key = keyOf(woken);
    if (this.#textSieves.has(key)) return this.#textSieves.get(key);
    const texts = [...this.#textsOf(woken)];
    const sieve = texts.every(isAscii) ? textSieve(texts) : undefined;
    this.#textSieves.set(key, sieve);
    return sieve;
  }

  #rowSieveOf(woken: readonly number[]): RowSieve | undefined {
    const key = keyOf(woken);
    if (this.#rowSieves.has(key)) return this.#rowSieves.get(key);
    const sieve = rowSieve([...this.#textsOf(woken)]);
    this.#rowSieves.set(key, sieve);
    return sieve;
  }

  /** One of which each value has for which one of the atoms holds; "" where that is not so. */
  #textsOf(woken: readonly number[]): ReadonlySet<string> {
    const texts = new Set<string>();
    for (const atom of woken) {
      const { test } = this.#rules.atoms[atom]!;
      const isText = test.op === "texts" && test.numbers.length === 0;
      for (const { text } of isText ? test.patterns : [{ text: "" }]) texts.add(foldText(text));
    }
    return texts;
  }
}

/** By row, a number that rows of the same codes share; NaN: what it shares is not known. */
function placesOf(codes: readonly (Codes | undefined)[], rows: number): Float64Array {
  const places = new Float64Array(rows);
  for (const code of codes) {
    if (code === undefined) return places.fill(NaN);
    const { of, size } = code;
    if (of === undefined) continue;
    for (let row = 0; row < rows; row++) places[row] = places[row]! * size + of[row]!;
  }
  return places;
}

function rowsByNumber(of: Uint32Array, count: number): readonly Uint32Array[] {
  const sizes = new Uint32Array(count);
  for (let row = 0; row < of.length; row++) sizes[of[row]!]!++;
  const rows = Array.from(sizes, (size) => new Uint32Array(size));
  sizes.fill(0);
  for (let row = 0; row < of.length; row++) {
    const number = of[row]!;
    rows[number]![sizes[number]!++] = row;
  }
  return rows;
}

function keyOf(atoms: readonly number[]): string {
  return atoms.toSorted((a, b) => a - b).join();
}

type Waking = Pick<RowClass<unknown>, "fields" | "members">;

class Class<R> implements RowClass<R> {
  readonly always: readonly Compiled<R>[];
  readonly fields: readonly WakingField[];
  readonly members: readonly WakingMembers[];
  readonly #woken: ReadonlyMap<number, readonly Compiled<R>[]>;
  readonly #by = new Map<Outcome, readonly Compiled<R>[]>();

  constructor(
    always: readonly Compiled<R>[],
    { fields, members }: Waking,
    woken: ReadonlyMap<number, readonly Compiled<R>[]>,
  ) {
    this.always = always;
    this.fields = fields;
    this.members = members;
    this.#woken = woken;
  }

  wokenBy(outcome: Outcome): readonly Compiled<R>[] {
    let rules = this.#by.get(outcome);
    if (rules === undefined) this.#by.set(outcome, rules = this.#collect(outcome));
    return rules;
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
