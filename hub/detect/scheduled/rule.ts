/**
 * Scheduled analytics rules: a query in KQL that is asked again and again over what has come.
 *
 * @module
 */
import type { Severity } from "../../../sdk/api/alerts.ts";

/** How the number of rows is compared. */
export type TriggerOperator = "gt" | "lt" | "eq" | "ne";

/** One identifier of an entity, such as `FullName` of an account, and the column that has it. */
export interface EntityField {
  readonly identifier: string;
  readonly column: string;
}

/** What a row is about. */
export interface EntityMapping {
  /** Such as `Account`, `Host` or `IP`. */
  readonly type: string;
  readonly fields: readonly EntityField[];
}

/** One rule, as Microsoft Sentinel's analytics rules have it. */
export interface ScheduledRule {
  readonly id: string;
  readonly title: string;
  readonly severity: Severity;
  readonly query: string;
  /** From one question to the next. */
  readonly frequencyMs: number;
  /** Each question is of the events that came within so long before it. */
  readonly periodMs: number;
  readonly trigger: { readonly op: TriggerOperator; readonly threshold: number };
  /** Such as `attack.t1078`. */
  readonly tags: readonly string[];
  readonly entities: readonly EntityMapping[];
  /** Columns whose values findings show by a name of their own: name → column. */
  readonly details: Readonly<Record<string, string>>;
  /** A finding for each row, else for each entity. */
  readonly perRow: boolean;
  /** After a finding nothing is asked for so long; 0 is always. */
  readonly suppressMs: number;
}
