/**
 * What must hold of an event before a rule can match it: the few tests that wake the rule up.
 *
 * @module
 */
import type { Condition, Node } from "./condition.ts";

/**
 * `never`: the rule cannot match; `always`: it can match without any test being true; else one of
 * the atoms is true in every event that matches.
 */
export type Triggers = "never" | "always" | {
  readonly atoms: readonly number[];
  readonly weight: number;
};

/** What is known before an event is looked at. */
export interface Known {
  /** undefined: it depends on the event. */
  truthOf(atom: number): boolean | undefined;
  /** About how often it holds; infinite: it is no trigger. */
  weightOf(atom: number): number;
}

/** The cheapest triggers of `condition`. */
export function triggersOf({ nodes }: Condition, known: Known): Triggers {
  const found: Triggers[] = [];
  for (const node of nodes) {
    found.push(
      node.kind === "atom"
        ? triggersOfAtom(node, known)
        : triggersOfSeveral(node.count, node.of.map((at) => found[at]!)),
    );
  }
  return found.at(-1)!;
}

function triggersOfAtom(
  { atom, negated }: Extract<Node, { kind: "atom" }>,
  known: Known,
): Triggers {
  const truth = known.truthOf(atom);
  if (truth !== undefined) return truth === negated ? "never" : "always";
  const weight = known.weightOf(atom);
  return negated || weight === Infinity ? "always" : { atoms: [atom], weight };
}

/** Of `n` parts `count` hold: so of any `n - count + 1` of them one does. */
function triggersOfSeveral(count: number, parts: readonly Triggers[]): Triggers {
  if (count <= 0) return "always";
  const possible = parts.filter((part) => part !== "never");
  if (possible.length < count) return "never";
  const byWeight = possible.toSorted(compareWeights);
  const chosen = byWeight.slice(0, possible.length - count + 1);
  const atoms: number[] = [];
  let weight = 0;
  for (const part of chosen) {
    if (typeof part === "string") return "always";
    atoms.push(...part.atoms);
    weight += part.weight;
  }
  return { atoms, weight };
}

function weightOf(triggers: Triggers): number {
  return typeof triggers === "string" ? Infinity : triggers.weight;
}

function compareWeights(a: Triggers, b: Triggers): number {
  const [left, right] = [weightOf(a), weightOf(b)];
  return left === right ? 0 : left - right;
}
