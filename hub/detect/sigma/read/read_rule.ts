/**
 * One document as a rule (Sigma rules specification 2.1).
 *
 * @module
 */
import { Severity } from "../../../../sdk/api/alerts.ts";
import { sha256 } from "../../../../sdk/runtime/hash.ts";
import type { YamlTree } from "../../../../sdk/yaml_tree.ts";
import type { SigmaLogSource, SigmaRule } from "../rule.ts";
import { conditionExpr, type Identifiers } from "./condition.ts";
import { type Budget, detectionExpr, MOST_NODES, type Reading } from "./detection.ts";
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
  readonly budget: Budget;
}

/** What all kinds of documents begin with. */
export interface Head {
  readonly file: string;
  readonly line: number;
  readonly title: string;
  readonly status: string | undefined;
  readonly level: Severity;
  readonly tags: readonly string[];
  readonly falsepositives: readonly string[];
}

/** @throws {SigmaError} */
export function headOf(map: YamlMap, { file, line }: RuleContext): Head {
  return {
    file,
    line,
    title: textOf(needed(map, "title"), "title"),
    status: maybeText(map, "status"),
    level: levelOf(map),
    tags: maybeTexts(map, "tags"),
    falsepositives: maybeTexts(map, "falsepositives"),
  };
}

/** @throws {SigmaError} If `map` is no rule. */
export function ruleOf(map: YamlMap, context: RuleContext): SigmaRule {
  const head = headOf(map, context);
  const logsource = logSourceOf(needed(map, "logsource"));
  const { category, product, service } = logsource;
  const found = detected(mapOf(needed(map, "detection"), "detection"), context);
  return {
    ...head,
    id: idOf(map, [head.title, category, product, service]),
    logsource,
    fields: maybeTexts(map, "fields"),
    ...found,
  };
}

/** The id of a document; one without gets the same one of `parts` each time. */
export function idOf(map: YamlMap, parts: readonly unknown[]): string {
  const own = maybeText(map, "id");
  if (own !== undefined) return own;
  const bytes = sha256("custos/sigma/id/v1", Buffer.from(JSON.stringify(parts)));
  return Buffer.from(bytes).toString("hex").slice(0, 32);
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

const NO_IDENTIFIERS: ReadonlySet<string> = new Set(["condition", "timeframe", "rules"]);

/**
 * What the search identifiers and the condition in `map` ask for.
 *
 * @throws {SigmaError}
 */
export function detected(
  map: YamlMap,
  { values, budget }: RuleContext,
): Pick<SigmaRule, "expr" | "placeholders"> {
  const missing = new Set<string>();
  const reading: Reading = { placeholders: { values, missing }, budget, own: MOST_NODES };
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
  return { expr: joined("or", conditions), placeholders: [...missing].sort() };
}
