/**
 * What every match of a regular expression holds, to look for it first.
 *
 * @module
 */
import { onlyFolded } from "./code_set.ts";
import type { RegexNode } from "./syntax.ts";

/** Folded texts, of which one is in every match. Never empty, none of them is "". */
export type Literals = readonly string[];

/** More are no help: something else is looked for. */
const MOST_OPTIONS = 64;
const MOST_LENGTH = 64;

/** The literals of `node`; undefined where a match needs none. */
export function literalsOf(node: RegexNode): Literals | undefined {
  return needOf(node).need;
}

/** What is known of a node's matches. */
interface Need {
  /** All texts that it matches, folded, where they are few. */
  readonly exact: Literals | undefined;
  /** Texts of which one is in every match. */
  readonly need: Literals | undefined;
}

const NOTHING: Need = { exact: undefined, need: undefined };
const EMPTY_TEXT: Need = { exact: [""], need: undefined };

function needOf(node: RegexNode): Need {
  switch (node.kind) {
    case "set": {
      const folded = onlyFolded(node.set);
      return folded === undefined ? NOTHING : exactly([String.fromCodePoint(folded)]);
    }
    case "assert":
      return EMPTY_TEXT;
    case "concat":
      return needOfAll(node.of.map(needOf));
    case "either":
      return needOfAny(node.of.map(needOf));
    case "repeat":
      return needOfRepeat(node);
  }
}

function exactly(texts: Literals): Need {
  return { exact: texts, need: texts.includes("") ? undefined : texts };
}

/** The best of what stands next to each other, put together as far as it is exact. */
function needOfAll(parts: readonly Need[]): Need {
  let best: Literals | undefined;
  let run: Literals = [""];
  let isExact = true;
  for (const part of parts) {
    const joined = part.exact === undefined ? undefined : joinedTexts(run, part.exact);
    if (joined !== undefined) {
      run = joined;
      continue;
    }
    isExact = false;
    best = better(best, exactly(run).need);
    best = better(best, part.need);
    run = part.exact ?? [""];
  }
  best = better(best, exactly(run).need);
  return { exact: isExact ? run : undefined, need: best };
}

function joinedTexts(left: Literals, right: Literals): Literals | undefined {
  if (left.length * right.length > MOST_OPTIONS) return undefined;
  const joined = left.flatMap((a) => right.map((b) => a + b));
  return joined.every((text) => text.length <= MOST_LENGTH) ? joined : undefined;
}

function needOfAny(options: readonly Need[]): Need {
  const exact = union(options.map((option) => option.exact));
  const need = union(options.map((option) => option.need));
  return { exact, need };
}

function union(sets: readonly (Literals | undefined)[]): Literals | undefined {
  const texts: string[] = [];
  for (const set of sets) {
    if (set === undefined || texts.length + set.length > MOST_OPTIONS) return undefined;
    texts.push(...set);
  }
  return texts;
}

function needOfRepeat({ of, least, most }: Extract<RegexNode, { kind: "repeat" }>): Need {
  const inner = needOf(of);
  if (least === 0) return most === 1 && inner.exact ? exactly(["", ...inner.exact]) : NOTHING;
  if (least === most && least <= MOST_LENGTH && inner.exact !== undefined) {
    return needOfAll(Array.from({ length: least }, () => inner));
  }
  return { exact: undefined, need: inner.need };
}

/** Long texts are rare, and few texts rarer than many. */
function better(a: Literals | undefined, b: Literals | undefined): Literals | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return worth(b) > worth(a) ? b : a;
}

function worth(texts: Literals): number {
  return Math.min(...texts.map((text) => text.length)) * 8 - texts.length;
}
