/**
 * Reads rule files: YAML with one rule, or a list of rules.
 *
 * A file with a mistake gives no rule for the part at fault and one problem for each mistake, with
 * line, column and what would be right.
 *
 * @module
 */
import {
  duration,
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
} from "./rule_fields.ts";
import type { Learn } from "./learning.ts";
import { REVEAL_SCHEMA } from "../../sdk/gap.ts";
import { type Condition, type Op, OPS, type Rule, type RuleProblem, type Step } from "./rule.ts";
import { behaviourOf } from "./behaviour/read_rule.ts";
import { readEachRule, type ReadRules } from "./read_each_rule.ts";
import type { YamlNode } from "./rule_yaml.ts";

/** What a file held. */
export type RuleFile = ReadRules<Rule>;

const SEVERITIES = ["informational", "low", "medium", "high", "critical"] as const;
const DETECTORS = [
  "threshold",
  "first_seen",
  "absence",
  "anomaly",
  "template_new",
  "rate",
  "spread",
  "sequence",
  "behaviour",
] as const;
const HEAD = ["id", "title", "severity", "detector", "table", "where", "entity", "show"];
const OWN = {
  threshold: ["count", "within"],
  first_seen: ["learn"],
  absence: ["for"],
  anomaly: ["value", "sensitivity", "direction"],
  template_new: ["message", "learn"],
  rate: ["value", "every", "direction", "times", "least"],
  spread: ["over", "count", "within"],
  sequence: ["steps", "until", "within"],
  behaviour: ["every", "features", "hours", "per_day"],
};
const ALL = [...HEAD, ...new Set(Object.values(OWN).flat())];

const column = word(/^_?[A-Za-z][A-Za-z0-9_]{0,63}$/, "a word of letters, digits and _");
const id = word(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'lower case words joined by "-", such as "iis-logins"');
const span = duration(1, 86_400_000, 'a duration up to a day, such as "60s", "5m" or "1h"');

/** Reads the rules in `content`, which is that of `file`. */
export function readRuleFile(file: string, content: string): RuleFile {
  return readEachRule(file, content, ruleOf);
}

/** Undefined if anything is wrong with it: half a rule would watch something else. */
function ruleOf(node: YamlNode, note: Note, problems: readonly RuleProblem[]): Rule | undefined {
  const before = problems.length;
  const kind = fieldsOf(node, ALL, () => {})?.maybe("detector", oneOf(DETECTORS), undefined);
  const known = kind === undefined ? ALL : [...HEAD, ...OWN[kind]];
  const fields = fieldsOf(node, known, note);
  if (fields === undefined) return undefined;
  const rule = kind === undefined ? undetected(fields) : kinds[kind](fields);
  return problems.length > before ? undefined : rule;
}

function undetected(fields: Fields): undefined {
  fields.need("detector", oneOf(DETECTORS));
}

type Draft<T> = { readonly [K in keyof T]: T[K] | undefined };

function headOf(fields: Fields, entity: readonly string[] | undefined) {
  return {
    id: fields.need("id", id),
    title: fields.need("title", text),
    severity: fields.need("severity", oneOf(SEVERITIES)),
    where: fields.maybe("where", list(condition), []),
    entity: entity === undefined
      ? fields.need("entity", entities)
      : fields.maybe("entity", entities, entity),
    show: fields.maybe("show", list(column), []),
  };
}

const kinds = {
  threshold: (fields: Fields) =>
    ready({
      ...headOf(fields, undefined),
      detector: "threshold" as const,
      table: fields.need("table", table),
      count: fields.need("count", whole(1, 10_000)),
      withinMs: fields.need("within", span),
    }),
  first_seen: (fields: Fields) =>
    ready({
      ...headOf(fields, undefined),
      detector: "first_seen" as const,
      table: fields.need("table", table),
      learn: fields.maybe("learn", learn, LEARN),
    }),
  absence: (fields: Fields): Rule | undefined => {
    const of = fields.maybe("table", table, "");
    const rule = ready({
      ...headOf(fields, ["_Agent", "_Source"]),
      detector: "absence" as const,
      table: of,
      forMs: fields.need("for", span),
    });
    return rule && { ...rule, table: of === "" ? undefined : of };
  },
  anomaly: (fields: Fields) => {
    const of = fields.maybe("table", table, PERF);
    return ready({
      ...headOf(fields, of === PERF ? COUNTER : undefined),
      detector: "anomaly" as const,
      table: of,
      value: of === PERF
        ? fields.maybe("value", column, "CounterValue")
        : fields.need("value", column),
      sensitivity: fields.maybe("sensitivity", oneOf(["low", "medium", "high"]), "medium"),
      direction: fields.maybe("direction", oneOf(["both", "up", "down"]), "both"),
    });
  },
  template_new: (fields: Fields) => {
    const of = fields.maybe("table", table, SYSLOG);
    return ready({
      ...headOf(fields, of === SYSLOG ? ["ProcessName"] : undefined),
      detector: "template_new" as const,
      table: of,
      message: of === SYSLOG
        ? fields.maybe("message", column, "SyslogMessage")
        : fields.need("message", column),
      learn: fields.maybe("learn", learn, LEARN),
    });
  },
  rate: (fields: Fields): Rule | undefined => {
    const of = fields.maybe("value", column, "");
    const rule = ready({
      ...headOf(fields, undefined),
      detector: "rate" as const,
      table: fields.need("table", table),
      value: of,
      everyMs: fields.need("every", bucket),
      direction: fields.maybe("direction", oneOf(["spike", "drop", "both"]), "spike"),
      times: fields.maybe("times", whole(2, 1_000), 3),
      least: fields.maybe("least", whole(1, 1_000_000_000), 10),
    });
    return rule && { ...rule, value: of === "" ? undefined : of };
  },
  spread: (fields: Fields) =>
    ready({
      ...headOf(fields, undefined),
      detector: "spread" as const,
      table: fields.need("table", table),
      over: fields.need("over", column),
      count: fields.need("count", whole(2, 500)),
      withinMs: fields.need("within", span),
    }),
  sequence: sequenceOf,
  behaviour: (fields: Fields) =>
    ready({
      ...headOf(fields, undefined),
      detector: "behaviour" as const,
      table: fields.need("table", table),
      ...behaviourOf(fields, { column, condition }),
    }),
};

/** What a step leaves out is that of the rule. */
function sequenceOf(fields: Fields): Rule | undefined {
  const head = headOf(fields, undefined);
  const part = { table: fields.maybe("table", table, ""), entity: head.entity ?? [] };
  const steps = fields.need("steps", stepsWith(part));
  const until = fields.maybe("until", single(untilWith(part)), []);
  const rule = ready({
    ...head,
    detector: "sequence" as const,
    steps,
    until,
    withinMs: fields.need("within", span),
  });
  return rule && { ...rule, until: rule.until[0] };
}

interface Part {
  readonly table: string | undefined;
  readonly entity: readonly string[];
}

/** Steps that one rule has, and events that they ask for together. */
const MOST_STEPS = 10;
const MOST_EVENTS = 100;

function stepsWith(part: Part): Read<readonly Step[]> {
  return (node, name, note) => {
    const steps = list(stepWith(part))(node, name, note);
    if (steps === undefined) return undefined;
    const events = steps.reduce((sum, { count }) => sum + count, 0);
    if (steps.length <= MOST_STEPS && events >= 2 && events <= MOST_EVENTS) return steps;
    const right = `a list of up to ${MOST_STEPS} steps with 2 to ${MOST_EVENTS} events together`;
    return wrong({ node, name, note }, right);
  };
}

function stepWith(part: Part): Read<Step> {
  return (node, name, note) => {
    const fields = fieldsOf(node, ["table", "where", "entity", "count"], note);
    const common = fields && partOf(fields, part, { node, name, note });
    const count = fields?.maybe("count", whole(1, MOST_EVENTS), 1);
    return common === undefined || count === undefined ? undefined : { ...common, count };
  };
}

function untilWith(part: Part): Read<Omit<Step, "count">> {
  return (node, name, note) => {
    const fields = fieldsOf(node, ["table", "where", "entity"], note);
    return fields && partOf(fields, part, { node, name, note });
  };
}

/** One value as a list, so that none is an empty one. */
function single<T>(read: Read<T>): Read<readonly T[]> {
  return (node, name, note) => {
    const value = read(node, name, note);
    return value === undefined ? undefined : [value];
  };
}

function partOf(
  fields: Fields,
  part: Part,
  at: { readonly node: YamlNode; readonly name: string; readonly note: Note },
): Omit<Step, "count"> | undefined {
  const of = fields.maybe("table", table, part.table);
  const where = fields.need("where", list(condition));
  const entity = fields.maybe("entity", entities, part.entity);
  if (of === "") at.note("missing", at.node.at, '"table" is missing, here or in the rule');
  if (of === undefined || of === "" || where === undefined || entity === undefined) {
    return undefined;
  }
  if (entity.length === part.entity.length) return { table: of, where, entity };
  const right = `as many columns as the rule's entity, which has ${part.entity.length}`;
  at.note("value", at.node.at, `entity has ${entity.length} columns, must have ${right}`);
  return undefined;
}

/** Hours are made of whole buckets. */
const bucket: Read<number> = (node, name, note) => {
  const right = 'a part of an hour from "5m" to "1h", such as "10m"';
  const ms = duration(300_000, 3_600_000, right)(node, name, note);
  return ms === undefined || 3_600_000 % ms === 0 ? ms : wrong({ node, name, note }, right);
};

const LEARN: Learn = { events: 1_000, forMs: 3_600_000 };
const SYSLOG = "Syslog";
const PERF = "Perf";
/** What a counter of `Perf` is told by. */
const COUNTER = ["Computer", "ObjectName", "CounterName", "InstanceName"];

/** An alert's evidence is read by more people than may ask for what a token stands for. */
const table: Read<string> = (node, name, note) => {
  const read = column(node, name, note);
  if (read !== REVEAL_SCHEMA.name) return read;
  return wrong({ node, name, note }, "another table: sealed values are in no alert");
};

/** The draft, if nothing of it is missing. */
function ready<T extends object>(draft: Draft<T>): T | undefined {
  if (Object.values(draft).includes(undefined)) return undefined;
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- no member is undefined
  return draft as T;
}

const entities: Read<readonly string[]> = (node, name, note) => {
  const names = list(column)(node, name, note);
  if (names?.length !== 0) return names;
  return wrong({ node, name, note }, "a list of at least one column");
};

const learn: Read<Learn> = (node, _name, note) => {
  const fields = fieldsOf(node, ["events", "for"], note);
  const events = fields?.maybe("events", whole(0, 1_000_000_000), 0);
  const week = duration(0, 30 * 86_400_000, 'a duration up to 30 days, such as "1h" or "7d"');
  const forMs = fields?.maybe("for", week, 0);
  return events === undefined || forMs === undefined ? undefined : { events, forMs };
};

const condition: Read<Condition> = (node, _name, note) => {
  const fields = fieldsOf(node, ["column", "op", "value"], note);
  const name = fields?.need("column", column);
  const op = fields?.need("op", oneOf(OPS));
  const values = op === undefined ? undefined : fields?.need("value", valuesFor(op));
  if (name === undefined || op === undefined || values === undefined) return undefined;
  return { column: name, op, values };
};

function valuesFor(op: Op): Read<readonly string[]> {
  const one = (read: Read<string>): Read<readonly string[]> => (node, name, note) => {
    const value = read(node, name, note);
    return value === undefined ? undefined : [value];
  };
  switch (op) {
    case "eq":
    case "ne":
      return one(literal);
    case "in":
      return literals;
    case "startswith":
    case "endswith":
    case "contains":
      return one(text);
    case "lt":
    case "gt":
      return one(word(/^-?\d{1,15}(\.\d{1,15})?$/, "a number"));
    case "exists":
      return one(oneOf(["true", "false"]));
  }
}

/** A text, which may be empty. */
const literal: Read<string> = (node, name, note) =>
  node.kind === "scalar" ? node.text : wrong({ node, name, note }, "a text or a number");

const literals: Read<readonly string[]> = (node, name, note) => {
  const values = list(literal)(node, name, note);
  if (values?.length !== 0) return values;
  return wrong({ node, name, note }, "a list of at least one value");
};
