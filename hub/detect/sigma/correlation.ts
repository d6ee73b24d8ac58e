/**
 * Sigma correlations as they are read from files (Sigma correlation rules specification 2.1).
 *
 * @module
 */
import type { Severity } from "../../../sdk/api/alerts.ts";
import type { SigmaCompare, SigmaExpr } from "./ast.ts";

export const CORRELATION_TYPES = [
  "event_count",
  "value_count",
  "temporal",
  "temporal_ordered",
  "value_sum",
  "value_avg",
  "value_percentile",
  "value_median",
] as const;
export type CorrelationType = (typeof CORRELATION_TYPES)[number];

/** One bound of a number; all of them hold. */
export interface Bound {
  readonly compare: SigmaCompare | "neq";
  readonly value: number;
}

export type CorrelationCondition =
  | {
    readonly kind: "bounds";
    readonly bounds: readonly Bound[];
    /** Whose values are taken together as one; none for counts of events and of rules. */
    readonly fields: readonly string[];
    /** From 0 to 100, of `value_percentile` and `value_median`. */
    readonly percentile: number | undefined;
  }
  /** Of `temporal` ones: which rules must have matched. Its tests are `exists` of rules' ids. */
  | { readonly kind: "rules"; readonly expr: SigmaExpr };

/** A rule about what other rules match. */
export interface SigmaCorrelation {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly id: string;
  readonly title: string;
  readonly status: string | undefined;
  readonly level: Severity;
  readonly tags: readonly string[];
  readonly falsepositives: readonly string[];
  readonly type: CorrelationType;
  /** Ids of the rules and correlations that it rests on, in its order. */
  readonly rules: readonly string[];
  /** Fields or aliases; events of one group have the same values in all of them. */
  readonly groupBy: readonly string[];
  /** Alias → id of a rule → the field that it stands for in this rule's events. */
  readonly aliases: ReadonlyMap<string, ReadonlyMap<string, string>>;
  /** Ms of event time. */
  readonly withinMs: number;
  readonly condition: CorrelationCondition;
  /** True if its rules are reported on their own, too. */
  readonly generates: boolean;
}
