/**
 * One document as a rule (Sigma rules specification 2.1).
 *
 * @module
 */
import { Severity } from "../../../../sdk/api/alerts.ts";
import { sha256 } from "../../../../sdk/runtime/hash.ts";
import type { YamlTree } from "../../../../sdk/yaml_tree.ts";
import type { SigmaExpr } from "../ast.ts";
import type { SigmaLogSource, SigmaRule } from "../rule.ts";
import { conditionExpr, type Identifiers } from "./condition.ts";
import { detectionExpr, MOST_NODES, type Reading } from "./detection.ts";
import { joined } from "./expr.ts";
import { described, entryOf, mapOf, maybeText, maybeTexts, needed, textOf } from "./node.ts";
import type { YamlMap } from "./node.ts";
import { SigmaError } from "./sigma_error.ts";

/** Where a document stands, and what is known while it is read. */
export interface RuleContext {
  readonly file: string;
  readonly line: number;
  /** Values of placeholders. */
  readonly values: ReadonlyMap<string, readonly string[]>;
}

/** @throws {SigmaError} If `map` is no rule. */
export function ruleOf(map: YamlMap, { file, line, values }: RuleContext): SigmaRule {
  const missing = new Set<string>();
  const reading = { placeholders: { values, missing }, left: MOST_NODES };
  const title = textOf(needed(map, "title"), "title");
  const logsource = logSourceOf(needed(map, "logsource"));
  const expr = detected(mapOf(needed(map, "detection"), "detection"), reading);
  return {
    file,
    line,
    id: idOf(map, title, logsource),
    title,
    status: maybeText(map, "status"),
    level: levelOf(map),
    tags: maybeTexts(map, "tags"),
    logsource,
    fields: maybeTexts(map, "fields"),
    falsepositives: maybeTexts(map, "falsepositives"),
    expr,
    placeholders: [...missing].sort(),
  };
}

/** A rule without an id gets the same one each time. */
function idOf(map: YamlMap, title: string, logsource: SigmaLogSource): string {
  const own = maybeText(map, "id");
  if (own !== undefined) return own;
  const text = JSON.stringify([title, logsource.category, logsource.product, logsource.service]);
  return Buffer.from(sha256("custos/sigma/id/v1", Buffer.from(text))).toString("hex").slice(0, 32);
}

function levelOf(map: YamlMap): Severity {
  const text = maybeText(map, "level") ?? "medium";
  const level = Severity.options.find((one) => one === text.toLowerCase());
  if (level !== undefined) return level;
  const at = entryOf(map, "level")!.value;
  const right = Severity.options.join(", ");
  throw new SigmaError("value", at.at, `level is ${described(at)}, must be one of ${right}`);
}

/** @throws {SigmaError} If it names nothing. */
export function logSourceOf(node: YamlTree): SigmaLogSource {
  const map = mapOf(node, "logsource");
  const of = (key: string) => maybeText(map, key)?.toLowerCase();
  const category = of("category");
  const product = of("product");
  const service = of("service");
  if ((category ?? product ?? service) === undefined) {
    const what = "logsource is empty, must have a category, product or service";
    throw new SigmaError("missing", map.at, what);
  }
  return {
    ...(category !== undefined && { category }),
    ...(product !== undefined && { product }),
    ...(service !== undefined && { service }),
  };
}

const NO_IDENTIFIERS: ReadonlySet<string> = new Set(["condition", "timeframe"]);

function detected(map: YamlMap, reading: Reading): SigmaExpr {
  const condition = needed(map, "condition");
  const identifiers: Identifiers = new Map(
    map.entries.filter(({ key }) => !NO_IDENTIFIERS.has(key))
      .map(({ key, value }) => [key, detectionExpr(value, reading)]),
  );
  const nodes = condition.kind === "list" && condition.items.length > 0
    ? condition.items
    : [condition];
  const conditions = nodes.map((node) =>
    conditionExpr(textOf(node, "condition"), node.at, identifiers)
  );
  return joined("or", conditions);
}
