/**
 * Reads scheduled analytics rules in the YAML of Microsoft Sentinel (kinds `Scheduled` and `NRT`).
 *
 * @module
 */
import type { Severity } from "../../../sdk/api/alerts.ts";
import { readEachRule, type ReadRules } from "../read_each_rule.ts";
import type { RuleProblem } from "../rule.ts";
import {
  type Fields,
  fieldsOf,
  list,
  type Note,
  oneOf,
  type Read,
  text,
  whole,
  word,
  wrong,
} from "../rule_fields.ts";
import type { YamlNode } from "../rule_yaml.ts";
import type { EntityField, EntityMapping, ScheduledRule, TriggerOperator } from "./rule.ts";

/** What a file held. */
export type ScheduledFile = ReadRules<ScheduledRule>;

const READ = [
  "id",
  "name",
  "displayName",
  "severity",
  "query",
  "queryFrequency",
  "queryPeriod",
  "triggerOperator",
  "triggerThreshold",
  "tactics",
  "relevantTechniques",
  "techniques",
  "subTechniques",
  "entityMappings",
  "customDetails",
  "eventGroupingSettings",
  "suppressionEnabled",
  "suppressionDuration",
  "enabled",
  "kind",
];
/** Said of rules by people who publish them, and of no effect here. */
const TOLD = [
  "description",
  "version",
  "status",
  "tags",
  "metadata",
  "requiredDataConnectors",
  "alertDetailsOverride",
  "sentinelEntitiesMappings",
  "incidentConfiguration",
  "templateVersion",
  "alertRuleTemplateName",
];
const SEVERITIES = ["Informational", "Low", "Medium", "High"] as const;
const OPERATORS = new Map<string, TriggerOperator>([
  ["gt", "gt"],
  ["GreaterThan", "gt"],
  ["lt", "lt"],
  ["LessThan", "lt"],
  ["eq", "eq"],
  ["Equal", "eq"],
  ["ne", "ne"],
  ["NotEqual", "ne"],
]);
const MINUTE_MS = 60_000;
const MOST_PERIOD_MS = 14 * 86_400_000;

/** Whether `content` is a file of such rules, also a broken one: it has a key that only they have. */
export function isScheduled(content: string): boolean {
  return /^(?:- )? *(?:queryFrequency|queryPeriod|triggerOperator|kind): *\S/m.test(content) &&
    /^(?:- )? *query: */m.test(content);
}

/** Reads the rules in `content`, which is that of `file`: one, or a list. */
export function readScheduledFile(file: string, content: string): ScheduledFile {
  return readEachRule(file, content, ruleOf);
}

/** Undefined if anything is wrong with it: half a rule would watch something else. */
function ruleOf(
  node: YamlNode,
  note: Note,
  problems: readonly RuleProblem[],
): ScheduledRule | undefined {
  const before = problems.length;
  const fields = fieldsOf(node, [...READ, ...TOLD], note);
  if (fields === undefined) return undefined;
  const kind = fields.maybe("kind", ruleKind, "Scheduled");
  const rule = { ...headOf(fields), ...timesOf(fields, kind), ...findingsOf(fields) };
  const isEnabled = fields.maybe("enabled", flag, true);
  if (problems.length > before || isEnabled === false) return undefined;
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- undefined only after a note
  const whole = rule as ScheduledRule;
  if (whole.periodMs >= whole.frequencyMs) return whole;
  note("value", node.at, "queryPeriod is shorter than queryFrequency, events would be left out");
  return undefined;
}

function headOf(fields: Fields) {
  const title = fields.maybe("name", text, "");
  return {
    id: fields.need("id", id),
    title: title === "" ? fields.need("displayName", text) : title,
    severity: fields.need("severity", severity),
    query: fields.need("query", text),
    tags: tagsOf(fields),
  };
}

function timesOf(fields: Fields, kind: "Scheduled" | "NRT" | undefined) {
  const isNear = kind === "NRT";
  const frequency = isNear
    ? fields.maybe("queryFrequency", span, MINUTE_MS)
    : fields.need("queryFrequency", span);
  const period = isNear
    ? fields.maybe("queryPeriod", span, MINUTE_MS)
    : fields.need("queryPeriod", span);
  const op = isNear
    ? fields.maybe<TriggerOperator>("triggerOperator", operator, "gt")
    : fields.need("triggerOperator", operator);
  const threshold = fields.maybe("triggerThreshold", whole(0, 1_000_000), 0);
  const isSuppressed = fields.maybe("suppressionEnabled", flag, false);
  const suppressed = fields.maybe("suppressionDuration", span, 5 * 60 * MINUTE_MS);
  return {
    frequencyMs: frequency,
    periodMs: period,
    trigger: { op, threshold },
    suppressMs: isSuppressed === true ? suppressed : 0,
  };
}

function findingsOf(fields: Fields) {
  const grouping = fields.maybe("eventGroupingSettings", aggregation, "SingleAlert");
  return {
    entities: fields.maybe("entityMappings", list(entity), []),
    details: fields.maybe("customDetails", columnsByName, {}),
    perRow: grouping === "AlertPerResult",
  };
}

const column = word(/^[A-Za-z_][A-Za-z0-9_]{0,255}$/, "the name of a column");
const id = word(
  /^[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*$/,
  'letters and digits joined by "-", such as a GUID',
);

/** In any case: published rules have `scheduled` too. */
const ruleKind: Read<"Scheduled" | "NRT"> = (node, name, note) => {
  const kinds = ["Scheduled", "NRT"] as const;
  const written = node.kind === "scalar" ? node.text.toLowerCase() : "";
  const found = kinds.find((kind) => kind.toLowerCase() === written);
  return found ?? oneOf(kinds)(node, name, note);
};

const severity: Read<Severity> = (node, name, note) => {
  switch (oneOf(SEVERITIES)(node, name, note)) {
    case "Informational":
      return "informational";
    case "Low":
      return "low";
    case "Medium":
      return "medium";
    case "High":
      return "high";
    case undefined:
      return undefined;
  }
};

const flag: Read<boolean> = (node, name, note) => {
  const value = oneOf(["true", "false"])(node, name, note);
  return value === undefined ? undefined : value === "true";
};

const operator: Read<TriggerOperator> = (node, name, note) => {
  const found = node.kind === "scalar" ? OPERATORS.get(node.text) : undefined;
  return found ?? wrong({ node, name, note }, `one of ${[...OPERATORS.keys()].join(", ")}`);
};

const SPAN_MS: Readonly<Record<string, number>> = { m: 1, h: 60, d: 1440 };

/** `5m`, `1h`, `14d`, or ISO 8601 such as `PT1H` or `P1D`. */
const span: Read<number> = (node, name, note) => {
  const written = node.kind === "scalar" ? node.text : "";
  const short = /^(\d{1,6})([mhd])$/.exec(written);
  const iso = /^P(?:(\d{1,3})D)?(?:T(?:(\d{1,5})H)?(?:(\d{1,6})M)?)?$/.exec(written);
  const minutes = short !== null
    ? Number(short[1]) * SPAN_MS[short[2]!]!
    : iso === null
    ? 0
    : Number(iso[1] ?? 0) * 1440 + Number(iso[2] ?? 0) * 60 + Number(iso[3] ?? 0);
  const ms = minutes * MINUTE_MS;
  if (ms >= MINUTE_MS && ms <= MOST_PERIOD_MS) return ms;
  return wrong({ node, name, note }, 'a duration from a minute to 14 days, such as "5m" or "PT1H"');
};

function tagsOf(fields: Fields): readonly string[] {
  const tactics = fields.maybe("tactics", list(text), []) ?? [];
  const techniques = ["relevantTechniques", "techniques", "subTechniques"]
    .flatMap((name) => fields.maybe(name, list(text), []) ?? []);
  const tags = [
    ...tactics.map((tactic) => tactic.replace(/(?<=[a-z])(?=[A-Z])/g, "-")),
    ...techniques,
  ];
  return [...new Set(tags.map((tag) => `attack.${tag.toLowerCase()}`))];
}

const entity: Read<EntityMapping> = (node, name, note) => {
  const fields = fieldsOf(node, ["entityType", "fieldMappings"], note);
  const type = fields?.need("entityType", text);
  const columns = fields?.need("fieldMappings", list(entityField));
  if (type === undefined || columns === undefined) return undefined;
  if (columns.length > 0) return { type, fields: columns };
  return wrong({ node, name, note }, "an entity with at least one field");
};

const entityField: Read<EntityField> = (node, _name, note) => {
  const fields = fieldsOf(node, ["identifier", "columnName"], note);
  const identifier = fields?.need("identifier", text);
  const from = fields?.need("columnName", column);
  return identifier === undefined || from === undefined ? undefined : { identifier, column: from };
};

const columnsByName: Read<Readonly<Record<string, string>>> = (node, name, note) => {
  if (node.kind !== "map") return wrong({ node, name, note }, "a mapping of names to columns");
  const pairs = node.entries.flatMap(({ key, value }) => {
    const from = column(value, key, note);
    return from === undefined ? [] : [[key, from] as const];
  });
  return pairs.length === node.entries.length ? Object.fromEntries(pairs) : undefined;
};

const aggregation: Read<"SingleAlert" | "AlertPerResult"> = (node, _name, note) =>
  fieldsOf(node, ["aggregationKind"], note)?.need(
    "aggregationKind",
    oneOf(["SingleAlert", "AlertPerResult"]),
  );
