/**
 * Search identifiers (Sigma rules specification 2.1, "Detection"): maps, lists and keywords.
 *
 * @module
 */
import type { YamlTree } from "../../../../sdk/yaml_tree.ts";
import type { SigmaExpr } from "../ast.ts";
import { joined, negated } from "./expr.ts";
import { type FieldKey, fieldKey, PLAIN } from "./modifiers.ts";
import { described } from "./node.ts";
import type { Placeholders } from "./placeholders.ts";
import { SigmaError } from "./sigma_error.ts";
import { valueExpr } from "./value.ts";

/** What may still be read of a file: aliases can make few values many. */
export interface Budget {
  left: number;
}

/** What is known while one rule is read. */
export interface Reading {
  readonly placeholders: Placeholders;
  /** Of the file. */
  readonly budget: Budget;
  /** What may still be read of the rule. */
  own: number;
}

/** Values of one rule's detection, of which a long one counts more. */
export const MOST_NODES = 200_000;
/** Of all rules of one file. */
export const MOST_FILE_NODES = 4_000_000;
const LONG = 64;
/** A regex is compiled to see that it can be run. */
const REGEX_COST = 500;

/**
 * What the search identifier `node` asks for.
 *
 * @throws {SigmaError}
 */
export function detectionExpr(node: YamlTree, reading: Reading): SigmaExpr {
  visit(node, reading);
  switch (node.kind) {
    case "map":
      return mapExpr(node, reading);
    case "scalar":
      return valueExpr(KEYWORD, node, reading.placeholders);
    case "list":
      return joined("or", filledList(node).map((item) => detectionExpr(item, reading)));
  }
}

const KEYWORD: FieldKey = { field: undefined, chain: PLAIN };

function mapExpr(map: Extract<YamlTree, { kind: "map" }>, reading: Reading): SigmaExpr {
  if (map.entries.length === 0) {
    throw new SigmaError("value", map.at, "an empty mapping, must name at least one field");
  }
  const parts = map.entries.map(({ key, at, value }) => {
    visit(value, reading);
    return fieldExpr(fieldKey(key, at), value, reading);
  });
  return joined("and", parts);
}

function fieldExpr(key: FieldKey, node: YamlTree, reading: Reading): SigmaExpr {
  const { flags } = key.chain;
  const nodes = node.kind === "list" ? filledList(node) : [node];
  const tests = nodes.map((one) => {
    if (one.kind === "scalar") {
      visit(one, reading);
      if (key.chain.type === "re") spend(one, reading, REGEX_COST);
      return valueExpr(key, one, reading.placeholders);
    }
    const name = key.field ?? "a keyword";
    throw new SigmaError("value", one.at, `${name} is ${described(one)}, must be a single value`);
  });
  const all = joined(flags.has("all") ? "and" : "or", tests);
  return flags.has("neq") ? negated(all) : all;
}

function filledList(list: Extract<YamlTree, { kind: "list" }>): readonly YamlTree[] {
  if (list.items.length > 0) return list.items;
  throw new SigmaError("value", list.at, "an empty list, must have at least one value");
}

function visit(node: YamlTree, reading: Reading): void {
  const cost = node.kind === "scalar" ? 1 + Math.floor(node.text.length / LONG) : 1;
  spend(node, reading, cost);
}

function spend(node: YamlTree, reading: Reading, cost: number): void {
  reading.own -= cost;
  reading.budget.left -= cost;
  if (reading.own >= 0 && reading.budget.left >= 0) return;
  const whose = reading.own < 0 ? "a detection" : "a file";
  throw new SigmaError("too-large", node.at, `${whose} with more values than may be read`);
}
