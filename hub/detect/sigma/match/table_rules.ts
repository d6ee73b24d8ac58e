/**
 * The rules of one table, compiled together: fields, tests and conditions, each distinct one once.
 *
 * @module
 */
import type { BoundExpr, BoundField, BoundTest } from "../map/bound_rule.ts";
import type { SigmaWild } from "../ast.ts";
import { foldText } from "../regex/fold.ts";
import { ALL, withoutCase } from "../regex/code_set.ts";
import { compileRegex, type Regex, regexOf } from "../regex/regex.ts";
import type { RegexNode } from "../regex/syntax.ts";
import { type Atom, type AtomTest, type Field, isLate, type Pattern, weightOf } from "./atom.ts";
import { type Atoms, type Condition, conditionOf, type Leaf } from "./condition.ts";
import { parseNetwork } from "./networks.ts";
import { type Program, programOf } from "./program.ts";

/** What the matcher needs of a rule. */
export interface TableRule {
  readonly table: string;
  readonly where: BoundExpr;
  readonly expr: BoundExpr;
}

/** A rule, compiled. */
export interface Compiled<R> {
  readonly rule: R;
  /** Place in the order in which rules were given. */
  readonly order: number;
  /** Number among the table's rules. */
  readonly place: number;
  readonly where: Condition;
  readonly expr: Condition;
  /** Runs `expr`. */
  readonly program: Program;
  /** Runs `where`; undefined: fields of {@link TableRules.keys} decide it alone. */
  readonly whereProgram: Program | undefined;
}

/** All of one table. */
export interface TableRules<R> {
  readonly fields: readonly Field[];
  readonly atoms: readonly Atom[];
  readonly rules: readonly Compiled<R>[];
  /** Fields that conditions of log sources look at, columns all. */
  readonly keys: readonly number[];
}

/** Compiles what {@link add} takes. A rule that it throws at leaves nothing but unused tests. */
export class TableCompiler<R extends TableRule> {
  readonly #fields = new Map<string, Field>();
  readonly #listed: Field[] = [];
  readonly #atoms: Atom[] = [];
  readonly #known = new Map<string, number>();
  readonly #regexes = new Map<string, Regex>();
  readonly #wheres = new Map<
    string,
    { readonly condition: Condition; readonly program: Program | undefined }
  >();
  readonly #rules: Compiled<R>[] = [];
  readonly #keys = new Set<number>();

  /** @throws {RegexError} If a regex of the rule cannot be run. */
  add(rule: R, order: number): void {
    const where = this.#whereOf(rule.where);
    const expr = conditionOf(rule.expr, this.#source);
    this.#rules.push({
      rule,
      order,
      place: this.#rules.length,
      where: where.condition,
      expr,
      program: programOf(expr),
      whereProgram: where.program,
    });
  }

  done(): TableRules<R> {
    return {
      fields: this.#listed,
      atoms: this.#atoms,
      rules: this.#rules,
      keys: [...this.#keys],
    };
  }

  readonly #source = {
    atomsOf: (leaf: Leaf): Atoms => this.#atomsOf(leaf),
    costOf: (atom: number): number => this.#costOf(this.#atoms[atom]!),
  };

  #whereOf(expr: BoundExpr) {
    const key = JSON.stringify(expr);
    let where = this.#wheres.get(key);
    if (where === undefined) {
      const condition = conditionOf(expr, this.#source);
      const atoms = condition.nodes.flatMap((node) =>
        node.kind === "atom" ? [this.#atoms[node.atom]!] : []
      );
      for (const atom of atoms) if (this.#isKey(atom)) this.#keys.add(atom.field);
      const isDecided = atoms.every((atom) => this.#isKey(atom));
      where = { condition, program: isDecided ? undefined : programOf(condition) };
      this.#wheres.set(key, where);
    }
    return where;
  }

  #costOf({ field, test }: Atom): number {
    if (isLate(test)) return LATE_COST;
    return this.#listed[field]!.bound === undefined ? EVERYWHERE_COST : 1;
  }

  #isKey({ field, test }: Atom): boolean {
    const bound = this.#listed[field]?.bound;
    return bound !== undefined && bound.path === undefined && !isLate(test);
  }

  #field(bound: BoundField | undefined): number {
    const key = JSON.stringify(bound ?? null);
    let field = this.#fields.get(key);
    if (field === undefined) {
      field = { id: this.#fields.size, bound };
      this.#fields.set(key, field);
      this.#listed.push(field);
    }
    return field.id;
  }

  #atom(field: number, test: AtomTest, key: string): number {
    const whole = `${field} ${key}`;
    let id = this.#known.get(whole);
    if (id === undefined) {
      id = this.#atoms.push({ id: this.#atoms.length, field, test, weight: weightOf(test) }) - 1;
      this.#known.set(whole, id);
    }
    return id;
  }

  #texts(field: number, tests: readonly BoundTest[]): number {
    const patterns: Pattern[] = [];
    const numbers: number[] = [];
    for (const test of tests) {
      if (test.op === "number") numbers.push(test.value);
      else if (test.op === "text") {
        const { at, text, cased } = test;
        patterns.push({ at, text: cased ? text : foldText(text), cased });
      }
    }
    return this.#textAtom(field, patterns, numbers);
  }

  #textAtom(field: number, patterns: readonly Pattern[], numbers: readonly number[]): number {
    const test: AtomTest = { op: "texts", patterns, numbers };
    return this.#atom(field, test, JSON.stringify([patterns, numbers]));
  }

  #atomsOf({ field: bound, tests }: Leaf): Atoms {
    const field = this.#field(bound);
    const test = tests[0]!;
    switch (test.op) {
      case "text":
        return [yes(this.#texts(field, tests))];
      case "number":
        if (test.compare === "eq") return [yes(this.#texts(field, tests))];
        return this.#late(field, { op: "compare", compare: test.compare, value: test.value });
      case "null":
        return [{ atom: this.#there(field), negated: true }];
      case "exists":
        return [{ atom: this.#there(field), negated: !test.wanted }];
      case "empty":
        return [yes(this.#atom(field, { op: "empty" }, "empty"))];
      case "wildcard": {
        const key = JSON.stringify(test);
        return this.#searched(field, key, () => regexOf(wildNode(test.parts, test.cased)));
      }
      case "regex": {
        const key = JSON.stringify(test);
        return this.#searched(field, key, () => compileRegex(test.source, test));
      }
      case "cidr": {
        const texts = tests.flatMap((one) => one.op === "cidr" ? [one.network] : []);
        const late = { op: "cidr", networks: texts.map(parseNetwork) } as const;
        return this.#late(field, late);
      }
      case "time":
        return this.#late(field, test);
      case "field": {
        const { at, cased } = test;
        return this.#late(field, { op: "field", other: this.#field(test.other), at, cased });
      }
    }
  }

  /** A late test is made where there is a value at all. */
  #late(field: number, test: AtomTest): Atoms {
    return [yes(this.#there(field)), yes(this.#atom(field, test, JSON.stringify(test)))];
  }

  /** Where a match needs literals, they are looked for first. */
  #searched(field: number, key: string, make: () => Regex): Atoms {
    let regex = this.#regexes.get(key);
    if (regex === undefined) this.#regexes.set(key, regex = make());
    const late = yes(this.#atom(field, { op: "regex", regex }, key));
    if (regex.literals === undefined) return [yes(this.#there(field)), late];
    const patterns = regex.literals.map((text): Pattern => ({ at: "within", text, cased: false }));
    return [yes(this.#textAtom(field, patterns, [])), late];
  }

  #there(field: number): number {
    return this.#atom(field, { op: "there" }, "there");
  }
}

/** What it costs to look at an atom, where a test of a value that is known already costs 1. */
const LATE_COST = 1000;
const EVERYWHERE_COST = 300;

function yes(atom: number) {
  return { atom, negated: false };
}

/** A pattern with wildcards, which matches the whole value. */
function wildNode(parts: readonly SigmaWild[], cased: boolean): RegexNode {
  const of = parts.flatMap((part): readonly RegexNode[] => {
    if (part === "one") return [{ kind: "set", set: ALL }];
    if (part === "many") {
      return [{ kind: "repeat", of: { kind: "set", set: ALL }, least: 0, most: Infinity }];
    }
    return Array.from(part.text, (char) => {
      const point = char.codePointAt(0)!;
      return { kind: "set", set: cased ? [point, point] : withoutCase([point, point]) };
    });
  });
  return {
    kind: "concat",
    of: [{ kind: "assert", at: "text-start" }, ...of, { kind: "assert", at: "text-end" }],
  };
}
