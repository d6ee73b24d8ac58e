/**
 * Matches the rows of one table's batches against all of its rules.
 *
 * @module
 */
import type { Column, ColumnBatch } from "../../../../sdk/columns/column.ts";
import type { Facts } from "../../detector.ts";
import { type ActiveFields, activeFields, markAwake, mayWake } from "./active_fields.ts";
import { type Atom, isLate, type LateTest } from "./atom.ts";
import { isBlind } from "./blind.ts";
import { fieldTests, type ValueTests, valueTests } from "./field_tests.ts";
import { holdsFor, standsIn } from "./late_tests.ts";
import { Outcomes } from "./outcome.ts";
import { run } from "./program.ts";
import { type RowClass, type RowClasses, rowClasses } from "./row_class.ts";
import { type Judgement, RowValues } from "./row_values.ts";
import type { Compiled, TableRules } from "./table_rules.ts";

/** A rule that a row matches. */
export interface Match<R> {
  readonly rule: R;
  readonly row: number;
}

/** A rule that tests what the values of a column, being tokens, do not tell. */
export interface Blind<R> {
  readonly rule: R;
  readonly column: string;
  readonly form: "token" | "address";
}

/** Hears how long rules take. */
export interface RuleTimes<R> {
  /** ms, of any clock. */
  now(): number;
  took(rule: R, ms: number): void;
}

/** What is remembered of values is forgotten when there is more: a host may send what it likes. */
const MOST_OUTCOMES = 65_536;
const MOST_CLASSES = 1024;

export class TableMatcher<R> {
  /** Grows with the first batch that has such a column. */
  readonly blind: Blind<R>[] = [];
  readonly #seenForms = new Set<string>();
  readonly #rules: TableRules<R>;
  /** By field. */
  readonly #valueTests: readonly ValueTests[];
  readonly #values: RowValues;
  #judgement: Judgement;
  #classes: RowClasses<R>;
  /** By place of a rule in the table, the row for which it was last run. */
  readonly #asked: Float64Array;
  /** By atom its field; -1 of a late test. */
  readonly #fieldOf: Int32Array;
  #serial = 0;
  readonly #matching: Compiled<R>[] = [];
  #times: RuleTimes<R> | undefined;
  readonly #holds = (atom: number): boolean => this.#atomHolds(atom);

  constructor(rules: TableRules<R>) {
    this.#rules = rules;
    this.#asked = new Float64Array(rules.rules.length);
    this.#fieldOf = Int32Array.from(rules.atoms, ({ field, test }) => isLate(test) ? -1 : field);
    const atoms = Map.groupBy(rules.atoms, ({ field }) => field);
    const seen = { values: new Float64Array(rules.atoms.length), value: 0 };
    this.#valueTests = rules.fields.map(({ id }) => valueTests(atoms.get(id) ?? [], seen));
    this.#judgement = this.#newJudgement();
    this.#classes = rowClasses(rules);
    this.#values = new RowValues(
      rules.fields,
      this.#judgement,
      (field, column) => this.#bound(field, column),
    );
  }

  /** The matches of `batch`, by row and in the rules' order. */
  batch(batch: ColumnBatch, facts: Facts, times?: RuleTimes<R>): readonly Match<R>[] {
    this.#times = times;
    const isFull = this.#judgement.outcomes.count > MOST_OUTCOMES;
    if (isFull || this.#classes.count > MOST_CLASSES) {
      this.#judgement = this.#newJudgement();
      this.#classes = rowClasses(this.#rules);
    }
    const values = this.#values;
    values.begin(batch, facts, this.#judgement);
    const { classes, of, rows } = this.#classes.ofRows(values, batch.rows);
    const awake = new Uint8Array(batch.rows);
    const fields = classes.map((of, number) => activeFields(of, values, rows[number]!));
    for (const [number, { always }] of classes.entries()) {
      if (always.length > 0) { for (const row of rows[number]!) awake[row] = 1; }
      else markAwake(fields[number]!, rows[number]!, awake);
    }
    const matches: Match<R>[] = [];
    for (let row = 0; row < batch.rows; row++) {
      if (awake[row] === 0) continue;
      values.move(row);
      const number = of[row]!;
      this.#row(row, { of: classes[number]!, fields: fields[number]! }, matches);
    }
    return matches;
  }

  /** Once for each field and form of column, lists the rules that have a blind test. */
  #bound(field: number, { name, form }: Column): void {
    if (form !== "token" && form !== "address") return;
    const key = `${field} ${form}`;
    if (this.#seenForms.has(key)) return;
    this.#seenForms.add(key);
    const { atoms, rules } = this.#rules;
    const isBlindAtom = ({ field: of, test }: Atom) => of === field && isBlind(test, form);
    const blind = new Set(atoms.filter(isBlindAtom).map(({ id }) => id));
    for (const { rule, where, expr } of rules) {
      const nodes = [...where.nodes, ...expr.nodes];
      const isOne = nodes.some((node) => node.kind === "atom" && blind.has(node.atom));
      if (isOne) this.blind.push({ rule, column: name, form });
    }
  }

  #newJudgement(): Judgement {
    const outcomes = new Outcomes();
    return { outcomes, tests: this.#valueTests.map((tests) => fieldTests(tests, outcomes)) };
  }

  #row(
    row: number,
    { of, fields }: { readonly of: RowClass<R>; readonly fields: ActiveFields },
    matches: Match<R>[],
  ): void {
    this.#serial++;
    const found = this.#matching;
    for (const column of fields.columns) {
      if (mayWake(column, row)) this.#wake(column.field, of);
    }
    for (const { at, wanted } of fields.members) {
      for (const field of at(row).found) if (wanted[field] === 1) this.#wake(field, of);
    }
    for (const rule of of.always) this.#ask(rule, found);
    if (found.length === 0) return;
    if (found.length > 1) found.sort((a, b) => a.order - b.order);
    for (const { rule } of found.splice(0)) matches.push({ rule, row });
  }

  #wake(field: number, of: RowClass<R>): void {
    const woken = of.wokenBy(this.#values.outcome(field));
    for (let i = 0; i < woken.length; i++) this.#ask(woken[i]!, this.#matching);
  }

  #ask(rule: Compiled<R>, found: Compiled<R>[]): void {
    if (this.#asked[rule.place] === this.#serial) return;
    this.#asked[rule.place] = this.#serial;
    const start = this.#times?.now();
    if (this.#isMet(rule)) found.push(rule);
    if (start !== undefined) this.#times!.took(rule.rule, this.#times!.now() - start);
  }

  #isMet({ whereProgram, program }: Compiled<R>): boolean {
    return (whereProgram === undefined || run(whereProgram, this.#holds)) &&
      run(program, this.#holds);
  }

  #atomHolds(atom: number): boolean {
    const field = this.#fieldOf[atom]!;
    if (field >= 0) return this.#values.outcome(field).holds(atom);
    const { field: of, test } = this.#rules.atoms[atom]!;
    return isLate(test) && this.#lateHolds(of, test);
  }

  #lateHolds(field: number, test: LateTest): boolean {
    if (test.op === "field") {
      const others = this.#texts(test.other);
      return others.length > 0 && standsIn(test, this.#texts(field), others);
    }
    const see = (bytes: Uint8Array, start: number, end: number) =>
      holdsFor(test, bytes, { start, end });
    if (this.#values.seeText(field, see)) return true;
    return test.op === "cidr" && this.#values.isInNetworks(field, test.networks);
  }

  #texts(field: number): readonly string[] {
    const texts: string[] = [];
    this.#values.seeText(field, (bytes, start, end) => {
      texts.push(Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString());
      return false;
    });
    return texts;
  }
}
