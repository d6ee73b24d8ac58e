/**
 * A rule's expression as a list of nodes, each after those that it is made of.
 *
 * `not` has moved to the tests (De Morgan), and tests of one field that any of may hold are one.
 * Nothing here calls itself: the depth of an expression costs memory, not stack.
 *
 * @module
 */
import type { BoundExpr, BoundField, BoundTest } from "../map/bound_rule.ts";

export type Node =
  | { readonly kind: "atom"; readonly atom: number; readonly negated: boolean }
  /** At least `count` of the nodes with these places hold. */
  | { readonly kind: "least"; readonly count: number; readonly of: readonly number[] };

/** The last node is the whole expression. */
export interface Condition {
  readonly nodes: readonly Node[];
}

/** One test of a field, or several of which one must hold. */
export interface Leaf {
  readonly field: BoundField | undefined;
  readonly tests: readonly BoundTest[];
}

/** What a leaf becomes: atoms that must all hold; negated where `not` is said. */
export type Atoms = readonly { readonly atom: number; readonly negated: boolean }[];

/** Gives the atoms of leaves, and what each costs to look at. */
export interface AtomSource {
  atomsOf(leaf: Leaf): Atoms;
  costOf(atom: number): number;
}

type Step =
  | { readonly do: "visit"; readonly expr: BoundExpr | Leaf; readonly negated: boolean }
  | { readonly do: "join"; readonly count: number; readonly size: number };

/** The nodes of `expr`. */
export function conditionOf(expr: BoundExpr, source: AtomSource): Condition {
  const builder = new NodeList(source);
  const steps: Step[] = [{ do: "visit", expr, negated: false }];
  for (let step = steps.pop(); step !== undefined; step = steps.pop()) {
    if (step.do === "join") builder.join(step.count, step.size);
    else steps.push(...visit(step.expr, step.negated, builder));
  }
  return { nodes: builder.nodes };
}

/** The steps that `expr` needs, last one first; none for a leaf. */
function visit(expr: BoundExpr | Leaf, negated: boolean, builder: NodeList): readonly Step[] {
  if (!("kind" in expr)) {
    builder.leaf(expr, negated);
    return [];
  }
  switch (expr.kind) {
    case "test":
      builder.leaf({ field: expr.field, tests: [expr.test] }, negated);
      return [];
    case "not":
      return [{ do: "visit", expr: expr.of, negated: !negated }];
    case "and":
      return several(expr.of, negated ? 1 : expr.of.length, negated);
    case "or": {
      const of = merged(expr.of);
      return several(of, negated ? of.length : 1, negated);
    }
    case "least": {
      const count = negated ? expr.of.length - expr.count + 1 : expr.count;
      return several(expr.of, count, negated);
    }
  }
}

function several(
  of: readonly (BoundExpr | Leaf)[],
  count: number,
  negated: boolean,
): readonly Step[] {
  const visits = of.map((part): Step => ({ do: "visit", expr: part, negated }));
  return [{ do: "join", count, size: of.length }, ...visits.toReversed()];
}

/** Tests of one field by text, by number or by network become one leaf. */
function merged(of: readonly BoundExpr[]): readonly (BoundExpr | Leaf)[] {
  const leaves = new Map<string, { field: BoundField | undefined; tests: BoundTest[] }>();
  const rest: (BoundExpr | Leaf)[] = [];
  for (const part of of) {
    const kind = part.kind === "test" ? mergedBy(part.test) : undefined;
    if (part.kind !== "test" || kind === undefined) {
      rest.push(part);
      continue;
    }
    const key = JSON.stringify([kind, part.field]);
    const leaf = leaves.get(key);
    if (leaf === undefined) leaves.set(key, { field: part.field, tests: [part.test] });
    else leaf.tests.push(part.test);
  }
  return [...leaves.values(), ...rest];
}

function mergedBy(test: BoundTest): "text" | "cidr" | undefined {
  if (test.op === "text" || (test.op === "number" && test.compare === "eq")) return "text";
  return test.op === "cidr" ? "cidr" : undefined;
}

class NodeList {
  readonly nodes: Node[] = [];
  readonly #source: AtomSource;
  /** By node. */
  readonly #costs: number[] = [];
  /** Places of nodes that no other has taken yet. */
  readonly #open: number[] = [];

  constructor(source: AtomSource) {
    this.#source = source;
  }

  leaf(leaf: Leaf, negated: boolean): void {
    const atoms = this.#source.atomsOf(leaf);
    for (const { atom, negated: not } of atoms) {
      this.#add({ kind: "atom", atom, negated: not !== negated }, this.#source.costOf(atom));
    }
    if (atoms.length !== 1) this.join(negated ? 1 : atoms.length, atoms.length);
  }

  /** Makes one node of the last `size` open ones: cheap ones first. */
  join(count: number, size: number): void {
    const of = this.#open.splice(this.#open.length - size, size);
    if (size === 1 && count === 1) {
      this.#open.push(of[0]!);
      return;
    }
    of.sort((a, b) => this.#costs[a]! - this.#costs[b]!);
    this.#add({ kind: "least", count, of }, of.reduce((sum, at) => sum + this.#costs[at]!, 1));
  }

  #add(node: Node, cost: number): void {
    this.#open.push(this.nodes.push(node) - 1);
    this.#costs.push(cost);
  }
}
