/**
 * Rules: what the built-in detectors are told to look for.
 *
 * @module
 */
import type { Severity } from "../../sdk/api/alerts.ts";
import type { Learn } from "./learning.ts";
import type { Direction, Sensitivity } from "./learn/series.ts";

/** How a condition compares; upper and lower case differ. */
export const OPS = [
  "eq",
  "ne",
  "in",
  "startswith",
  "endswith",
  "contains",
  "lt",
  "gt",
  "exists",
] as const;
export type Op = (typeof OPS)[number];

/**
 * One condition on one column. A row that lacks the column meets none but `exists: false`.
 *
 * `NAME_Category` of an address column NAME is the category of its address.
 */
export interface Condition {
  readonly column: string;
  readonly op: Op;
  /** One, or several for `in`; of `exists` "true" or "false". */
  readonly values: readonly string[];
}

interface RuleHead {
  /** Lower case words joined by `-`; stays the same for ever. */
  readonly id: string;
  readonly title: string;
  readonly severity: Severity;
  /** All must hold. */
  readonly where: readonly Condition[];
  /** What findings are counted by: columns, or `_Agent`, `_Source`, `_Table` of the batch. */
  readonly entity: readonly string[];
  /** Further columns that evidence shows. */
  readonly show: readonly string[];
}

/** At least `count` events of one entity within `withinMs` of event time. */
export interface ThresholdRule extends RuleHead {
  readonly detector: "threshold";
  readonly table: string;
  readonly count: number;
  readonly withinMs: number;
}

/** A value that was never seen before, in a source that is no longer being learned. */
export interface FirstSeenRule extends RuleHead {
  readonly detector: "first_seen";
  readonly table: string;
  readonly learn: Learn;
}

/** No event of an entity for longer than `forMs` of the hub's time. */
export interface AbsenceRule extends RuleHead {
  readonly detector: "absence";
  /** Undefined: events of any table. */
  readonly table: string | undefined;
  readonly forMs: number;
}

/** A value that is unusual for its own series: one series per entity. */
export interface AnomalyRule extends RuleHead {
  readonly detector: "anomaly";
  readonly table: string;
  /** Column of numbers. */
  readonly value: string;
  readonly sensitivity: Sensitivity;
  /** Which way off is a finding. */
  readonly direction: Direction;
}

/** A message of a kind that was never seen before, in a source that is no longer being learned. */
export interface TemplateRule extends RuleHead {
  readonly detector: "template_new";
  readonly table: string;
  /** Column of messages. */
  readonly message: string;
  readonly learn: Learn;
}

/** More or less per span of event time than this hour of the week is used to. */
export interface RateRule extends RuleHead {
  readonly detector: "rate";
  readonly table: string;
  /** Column of numbers whose sum counts; undefined: events. */
  readonly value: string | undefined;
  readonly everyMs: number;
  readonly direction: "spike" | "drop" | "both";
  /** So many times as much as usual, or a so manieth of it. */
  readonly times: number;
  /** What a spike has at least, and what is expected at least where a drop is told. */
  readonly least: number;
}

/** At least `count` different values of the column `over` by one entity within `withinMs`. */
export interface SpreadRule extends RuleHead {
  readonly detector: "spread";
  readonly table: string;
  readonly over: string;
  readonly count: number;
  readonly withinMs: number;
}

/** One step of a sequence. */
export interface Step {
  readonly table: string;
  /** All must hold, and those of the rule. */
  readonly where: readonly Condition[];
  /** Stand for the rule's `entity` in this table, one by one. */
  readonly entity: readonly string[];
  /** Events that make it. */
  readonly count: number;
}

/** Steps of one entity, in their order and within `withinMs` of event time. */
export interface SequenceRule extends RuleHead {
  readonly detector: "sequence";
  readonly steps: readonly Step[];
  /** What ends each chain that began before it. */
  readonly until: Omit<Step, "count"> | undefined;
  readonly withinMs: number;
}

/** What is measured of an entity in a window; the comments say of which rows. */
export const MEASURES = [
  // Rows.
  "count",
  // Different values of the column.
  "distinct",
  // Those among them that the entity is not known to have had before.
  "new",
  // The column's numbers, added up.
  "sum",
  // Share of the entity's rows in this window.
  "share",
  // Share of those rows that lie outside working hours.
  "off_hours",
] as const;
export type Measure = (typeof MEASURES)[number];

/** One number of an entity and a window: of the rows that meet `where`. */
export interface Feature {
  readonly name: string;
  readonly is: Measure;
  /** Of `distinct`, `new` and `sum`. */
  readonly column: string | undefined;
  readonly where: readonly Condition[];
}

/** An entity that behaves otherwise than it and the others have, judged by a trained model. */
export interface BehaviourRule extends RuleHead {
  readonly detector: "behaviour";
  readonly table: string;
  readonly everyMs: number;
  readonly features: readonly Feature[];
  /** Working hours from Monday to Friday, UTC: the first one and the one after the last. */
  readonly hours: readonly [number, number];
  /** Findings a day that a model may make on what it was trained on. */
  readonly perDay: number;
}

export type Rule =
  | BehaviourRule
  | ThresholdRule
  | FirstSeenRule
  | AbsenceRule
  | AnomalyRule
  | TemplateRule
  | RateRule
  | SpreadRule
  | SequenceRule;

/** Where in a rule file something is wrong, and what would be right. */
export interface RuleProblem {
  /** `syntax` is no YAML of the allowed kind; `duplicate` is an id that is there already. */
  readonly code: "syntax" | "unknown-key" | "missing" | "value" | "duplicate" | "unreadable";
  /** Name of the file as it was given. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 units. */
  readonly column: number;
  /** The whole sentence, with file, line and column. */
  readonly message: string;
}

/** The columns that `rule` touches, without repetition. */
export function columnsOf(rule: Rule): readonly string[] {
  const where = rule.where.map((c) => c.column);
  return [...new Set([...where, ...rule.entity, ...lookedAt(rule), ...rule.show])];
}

function lookedAt(rule: Rule): readonly string[] {
  switch (rule.detector) {
    case "anomaly":
    case "rate":
      return rule.value === undefined ? [] : [rule.value];
    case "spread":
      return [rule.over];
    case "template_new":
      return [rule.message];
    case "sequence": {
      const parts = rule.until === undefined ? rule.steps : [...rule.steps, rule.until];
      return parts.flatMap(({ where, entity }) => [...where.map((c) => c.column), ...entity]);
    }
    case "behaviour":
      return rule.features.flatMap(({ column, where }) => [
        ...(column === undefined ? [] : [column]),
        ...where.map((condition) => condition.column),
      ]);
    default:
      return [];
  }
}
