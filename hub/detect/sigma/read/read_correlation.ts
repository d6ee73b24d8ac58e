/**
 * Correlations (Sigma correlation rules specification 2.1).
 *
 * @module
 */
import type { YamlTree } from "../../../../sdk/yaml_tree.ts";
import type { SigmaExpr } from "../ast.ts";
import {
  type Bound,
  CORRELATION_TYPES,
  type CorrelationCondition,
  type CorrelationType,
  type SigmaCorrelation,
} from "../correlation.ts";
import { conditionExpr } from "./condition.ts";
import { described, entryOf, mapOf, maybeTexts, needed, scalarOf, textOf } from "./node.ts";
import type { YamlMap } from "./node.ts";
import { headOf, idOf, type RuleContext } from "./read_rule.ts";
import { SigmaError } from "./sigma_error.ts";

/** A correlation whose rules are ids or names as it has them. */
export interface CorrelationDraft {
  readonly correlation: SigmaCorrelation;
  /** Offset of its list of rules. */
  readonly at: number;
}

/** @throws {SigmaError} If `map` is no correlation. */
export function correlationOf(map: YamlMap, context: RuleContext): CorrelationDraft {
  const head = headOf(map, context);
  const body = mapOf(needed(map, "correlation"), "correlation");
  const type = typeOf(needed(body, "type"));
  const written = entryOf(body, "condition")?.value;
  const named = maybeTexts(body, "rules");
  const rules = named.length > 0 ? named : rulesIn(written);
  if (rules.length === 0) throw new SigmaError("missing", body.at, '"rules" is missing');
  const correlation = {
    ...head,
    id: idOf(map, [head.title, type, rules]),
    type,
    rules: [...new Set(rules)],
    groupBy: maybeTexts(body, "group-by"),
    aliases: aliasesOf(body),
    withinMs: timespanOf(needed(body, "timespan")),
    condition: conditionOf(body, { type, rules, written }),
    generates: flagOf(body, "generate"),
  };
  return { correlation, at: entryOf(body, "rules")?.at ?? body.at };
}

function typeOf(node: YamlTree): CorrelationType {
  const text = textOf(node, "type").toLowerCase();
  const type = CORRELATION_TYPES.find((one) => one === text);
  if (type !== undefined) return type;
  const what = `type is ${described(node)}, must be one of ${CORRELATION_TYPES.join(", ")}`;
  throw new SigmaError("value", node.at, what);
}

const UNIT_MS: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 7 * 86_400_000,
  M: 2_629_746_000,
  y: 31_556_952_000,
};

function timespanOf(node: YamlTree): number {
  const [, count, unit] = /^(\d{1,9})([smhdwMy])$/.exec(textOf(node, "timespan")) ?? [];
  const ms = unit === undefined ? 0 : Number(count) * UNIT_MS[unit]!;
  if (ms > 0 && ms <= 10 * UNIT_MS["y"]!) return ms;
  const what = `timespan is ${described(node)}, must be a duration such as 90s, 5m, 24h or 7d`;
  throw new SigmaError("value", node.at, what);
}

function flagOf(map: YamlMap, key: string): boolean {
  const node = entryOf(map, key)?.value;
  const value = node?.kind === "scalar" ? scalarOf(node) : node;
  if (value === undefined || value === null) return false;
  if (typeof value === "boolean") return value;
  throw new SigmaError("value", node!.at, `${key} is ${described(node!)}, must be true or false`);
}

function aliasesOf(body: YamlMap): SigmaCorrelation["aliases"] {
  const node = entryOf(body, "aliases")?.value;
  if (node === undefined) return new Map();
  return new Map(
    mapOf(node, "aliases").entries.map(({ key, value }) => [
      key,
      new Map(
        mapOf(value, `the alias "${key.slice(0, 64)}"`).entries.map((one) => [
          one.key,
          textOf(one.value, "a field"),
        ]),
      ),
    ]),
  );
}

interface Written {
  readonly type: CorrelationType;
  readonly rules: readonly string[];
  readonly written: YamlTree | undefined;
}

function conditionOf(body: YamlMap, { type, rules, written }: Written): CorrelationCondition {
  const isTemporal = type === "temporal" || type === "temporal_ordered";
  if (written === undefined && isTemporal) {
    const bounds = [{ compare: "gte" as const, value: new Set(rules).size }];
    return { kind: "bounds", bounds, fields: [], percentile: undefined };
  }
  const node = written ?? needed(body, "condition");
  if (node.kind === "scalar" && isTemporal) {
    return {
      kind: "rules",
      expr: conditionExpr(textOf(node, "condition"), node.at, presence(rules)),
    };
  }
  return boundsOf(mapOf(node, "condition"), type);
}

/** Whether each rule has matched. */
function presence(rules: readonly string[]): ReadonlyMap<string, SigmaExpr> {
  return new Map(
    rules.map((field) => [field, { kind: "test", field, test: { op: "exists", wanted: true } }]),
  );
}

/** The names in a condition that is a text, for a correlation without a list of rules. */
function rulesIn(condition: YamlTree | undefined): readonly string[] {
  if (condition?.kind !== "scalar") return [];
  const words = condition.text.match(/[^\s()]+/g) ?? [];
  return words.filter((word) => !/^(?:and|or|not)$/i.test(word));
}

const COMPARES = ["gt", "gte", "lt", "lte", "eq", "neq"] as const;

function boundsOf(map: YamlMap, type: CorrelationType): CorrelationCondition {
  const bounds: Bound[] = [];
  for (const { key, at, value } of map.entries) {
    const compare = COMPARES.find((one) => one === key);
    if (compare !== undefined) bounds.push({ compare, value: numberOf(value, key) });
    else if (key !== "field" && key !== "percentile") {
      const right = [...COMPARES, "field", "percentile"].join(", ");
      throw new SigmaError("value", at, `condition has "${key.slice(0, 64)}", may have ${right}`);
    }
  }
  if (bounds.length === 0) {
    const what = `the condition has no bound, must have one of ${COMPARES.join(", ")}`;
    throw new SigmaError("missing", map.at, what);
  }
  const fields = maybeTexts(map, "field");
  if (type.startsWith("value_") && fields.length === 0) {
    throw new SigmaError("missing", map.at, `"field" is missing, ${type} takes its values`);
  }
  return { kind: "bounds", bounds, fields, percentile: percentileOf(map, type) };
}

function percentileOf(map: YamlMap, type: CorrelationType): number | undefined {
  if (type === "value_median") return 50;
  if (type !== "value_percentile") return undefined;
  const node = needed(map, "percentile");
  const value = numberOf(node, "percentile");
  if (value >= 0 && value <= 100) return value;
  throw new SigmaError("value", node.at, `percentile is ${described(node)}, must be from 0 to 100`);
}

function numberOf(node: YamlTree, name: string): number {
  const value = node.kind === "scalar" ? scalarOf({ ...node, isPlain: true }) : undefined;
  if (typeof value === "number") return value;
  throw new SigmaError("value", node.at, `${name} is ${described(node)}, must be a number`);
}
