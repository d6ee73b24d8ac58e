/**
 * Conditions (Sigma rules specification 2.1, "Condition"): search identifiers joined by `and`, `or`
 * and `not`, with parentheses and `1 of`, `all of`, `n of`.
 *
 * Read with a stack of its own: no depth of parentheses exhausts that of the language.
 *
 * @module
 */
import type { SigmaExpr } from "../ast.ts";
import { joined, least, negated } from "./expr.ts";
import { listed, quoted, SigmaError } from "./sigma_error.ts";

/** The search identifiers of a rule, in their order. */
export type Identifiers = ReadonlyMap<string, SigmaExpr>;

/** Expressions in expressions; those of one kind count once. */
export const MOST_DEEP = 256;
/** Tests of one condition, each counted where it is used. */
const MOST_TESTS = 500_000;
/** Names that are compared with patterns. */
const MOST_COMPARED = 5_000_000;

interface Size {
  readonly depth: number;
  readonly tests: number;
}

interface Operand extends Size {
  readonly expr: SigmaExpr;
}

type Operator = "or" | "and" | "not" | "(";
const BINDING = { or: 1, and: 2, not: 3 } as const;

/**
 * Reads `text`, which stands at offset `at`.
 *
 * @throws {SigmaError}
 */
export function conditionExpr(text: string, at: number, identifiers: Identifiers): SigmaExpr {
  const reader = new ConditionReader(at, identifiers);
  for (const [token] of text.matchAll(TOKEN)) reader.take(token);
  return reader.end();
}

const TOKEN = /[()|]|[^\s()|]+/g;
const QUANTIFIER = /^(?:\d{1,9}|any|all)$/i;

class ConditionReader {
  readonly #at: number;
  readonly #identifiers: Identifiers;
  readonly #operands: Operand[] = [];
  readonly #sizes = new Map<SigmaExpr, Size>();
  #compared = 0;
  readonly #operators: Operator[] = [];
  /** True where an operand must come next. */
  #wantsOperand = true;
  /** Words of `1 of` that came already. */
  #quantifier: string[] = [];

  constructor(at: number, identifiers: Identifiers) {
    this.#at = at;
    this.#identifiers = identifiers;
  }

  take(token: string): void {
    const word = token.toLowerCase();
    if (word === "|") throw this.#error(AGGREGATION);
    if (this.#quantifier.length === 1) {
      if (word === "of") this.#quantifier.push(word);
      else this.#unquantified(token);
    } else if (this.#quantifier.length === 2) {
      if (/^[()]$/.test(word)) throw this.#error(`"${this.#quantifier.join(" ")}" has no pattern`);
      this.#counted(this.#quantifier[0]!, token);
      this.#quantifier = [];
    } else if (this.#wantsOperand) this.#begin(token, word);
    else this.#follow(token, word);
  }

  end(): SigmaExpr {
    if (this.#quantifier.length === 1) this.#unquantified(undefined);
    if (this.#wantsOperand) throw this.#error("it ends where a search identifier must come");
    this.#reduce(0);
    if (this.#operators.length > 0) throw this.#error('a "(" has no ")"');
    return this.#operands[0]!.expr;
  }

  /** The word was no quantifier but the name of a search identifier. */
  #unquantified(next: string | undefined): void {
    const [name] = this.#quantifier;
    this.#quantifier = [];
    this.#named(name!);
    if (next !== undefined) this.take(next);
  }

  #begin(token: string, word: string): void {
    if (word === "(" || word === "not") {
      this.#operators.push(word);
      return;
    }
    if (word === ")" || word === "and" || word === "or") {
      throw this.#error(`${quoted(token)} stands where a search identifier must come`);
    }
    if (QUANTIFIER.test(word)) this.#quantifier.push(word);
    else this.#named(token);
  }

  #follow(token: string, word: string): void {
    if (word === "and" || word === "or") {
      this.#reduce(BINDING[word]);
      this.#operators.push(word);
      this.#wantsOperand = true;
    } else if (word === ")") {
      this.#reduce(0);
      if (this.#operators.pop() === undefined) throw this.#error('a ")" has no "("');
    } else throw this.#error(`${quoted(token)} stands where "and" or "or" must come`);
  }

  #operand(of: readonly SigmaExpr[], make: (of: readonly SigmaExpr[]) => SigmaExpr): void {
    const sizes = of.map((one) => this.#sizeOf(one));
    const depth = sizes.reduce((most, size) => Math.max(most, size.depth), 0);
    const tests = sizes.reduce((n, size) => n + size.tests, 0);
    this.#push({ depth: of.length === 1 ? depth : depth + 1, tests }, () => make(of));
    this.#wantsOperand = false;
  }

  #sizeOf(expr: SigmaExpr): Size {
    const known = this.#sizes.get(expr);
    if (known !== undefined) return known;
    const size = sizeOf(expr);
    this.#sizes.set(expr, size);
    return size;
  }

  /** Checked before it is made: what is too large is never built. */
  #push(size: Size, expr: () => SigmaExpr): void {
    if (size.depth > MOST_DEEP) {
      throw new SigmaError("too-deep", this.#at, `the condition is more than ${MOST_DEEP} deep`);
    }
    if (size.tests > MOST_TESTS) {
      const what = `the condition has more than ${MOST_TESTS} tests`;
      throw new SigmaError("too-large", this.#at, what);
    }
    this.#operands.push({ ...size, expr: expr() });
  }

  /** Applies what binds more than `binding`, up to the last parenthesis. */
  #reduce(binding: number): void {
    for (let top = this.#operators.at(-1); top !== undefined; top = this.#operators.at(-1)) {
      if (top === "(" || BINDING[top] <= binding) return;
      if (top === "not") {
        this.#operators.pop();
        const { expr, depth, tests } = this.#operands.pop()!;
        const change = expr.kind === "not" ? -1 : 1;
        this.#push({ depth: depth + change, tests }, () => negated(expr));
      } else this.#join(top);
    }
  }

  /** Joins a whole run of one operator at once: time grows with its length. */
  #join(kind: "and" | "or"): void {
    let count = 1;
    while (this.#operators.at(-1) === kind) {
      this.#operators.pop();
      count++;
    }
    const operands = this.#operands.splice(-count);
    const depths = operands.map(({ expr, depth }) => expr.kind === kind ? depth : depth + 1);
    const size = {
      depth: depths.reduce((a, b) => Math.max(a, b), 0),
      tests: operands.reduce((n, { tests }) => n + tests, 0),
    };
    this.#push(size, () => joined(kind, operands.map(({ expr }) => expr)));
  }

  #named(name: string): void {
    const expr = this.#identifiers.get(name);
    if (expr !== undefined) return this.#operand([expr], () => expr);
    const known = listed([...this.#identifiers.keys()]);
    throw this.#error(`${quoted(name)} is no search identifier, must be one of ${known}`);
  }

  #counted(quantifier: string, pattern: string): void {
    const of = this.#matching(pattern);
    const count = /^\d/.test(quantifier)
      ? Number(quantifier)
      : quantifier === "any"
      ? 1
      : of.length;
    if (count >= 1 && count <= of.length) return this.#operand(of, (all) => least(count, all));
    const have = of.length === 0 ? "no search identifier" : `only ${of.length}`;
    throw this.#error(`"${quantifier} of ${pattern.slice(0, 64)}" matches ${have}`);
  }

  #matching(pattern: string): readonly SigmaExpr[] {
    this.#compared += this.#identifiers.size;
    if (this.#compared > MOST_COMPARED) {
      throw new SigmaError("too-large", this.#at, "the condition has too many patterns");
    }
    const names = [...this.#identifiers];
    if (pattern.toLowerCase() === "them") {
      return names.filter(([name]) => !name.startsWith("_")).map(([, expr]) => expr);
    }
    return names.filter(([name]) => hasForm(name, pattern)).map(([, expr]) => expr);
  }

  #error(what: string): SigmaError {
    return new SigmaError("condition", this.#at, `the condition cannot be read: ${what}`);
  }
}

const AGGREGATION =
  'aggregations after "|" are no longer part of Sigma, must be a correlation rule instead';

/** Of a search identifier, whose depth is that of its YAML at most. */
function sizeOf(expr: SigmaExpr): Size {
  if (expr.kind === "test") return { depth: 1, tests: 1 };
  const of = expr.kind === "not" ? [expr.of] : expr.of;
  let depth = 0;
  let tests = 0;
  for (const one of of) {
    const size = sizeOf(one);
    depth = Math.max(depth, size.depth);
    tests += size.tests;
  }
  return { depth: depth + 1, tests };
}

/** Whether `name` has the form of `pattern`, whose `*` is any number of characters. */
function hasForm(name: string, pattern: string): boolean {
  const [first = "", ...rest] = pattern.split("*");
  if (rest.length === 0) return name === pattern;
  const last = rest.pop()!;
  if (!name.startsWith(first) || !name.endsWith(last)) return false;
  let at = first.length;
  for (const piece of rest) {
    const found = name.indexOf(piece, at);
    if (found < 0) return false;
    at = found + piece.length;
  }
  return at <= name.length - last.length;
}
