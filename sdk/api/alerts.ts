/**
 * `/v1/alerts`: what the detectors found and what became of it.
 *
 * @module
 */
import * as v from "valibot";
import { defineRoute } from "./route.ts";
import { Count, Instant, limitOf } from "./values.ts";

export const AlertState = v.picklist(["open", "acknowledged", "closed"]);
export type AlertState = v.InferOutput<typeof AlertState>;

export const Severity = v.picklist(["informational", "low", "medium", "high", "critical"]);
export type Severity = v.InferOutput<typeof Severity>;

/** One event that a finding rests on, by its place in the ledger. */
export const Evidence = v.object({
  /** Index of the ledger entry. */
  entry: Count,
  /** Row of its frame, from 0. */
  row: Count,
  table: v.string(),
  agent: v.string(),
  source: v.string(),
  time: v.nullable(Instant),
  /** The columns that the rule read. */
  fields: v.record(v.string(), v.string()),
});
export type Evidence = v.InferOutput<typeof Evidence>;

/** Who changed an alert, when and why. */
export const AlertChange = v.object({
  at: Instant,
  by: v.string(),
  state: AlertState,
  reason: v.string(),
});

/**
 * What an analyst found an alert to be: `benign` is rightly found and harmless, such as an expected
 * backup; `false_positive` is wrongly found.
 */
export const Judgement = v.picklist(["true_positive", "false_positive", "benign"]);
export type Judgement = v.InferOutput<typeof Judgement>;

const Reason = v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(512));

/** Who judged an alert, when and why. */
export const Verdict = v.object({
  at: Instant,
  by: v.string(),
  verdict: Judgement,
  reason: v.string(),
});

export const Alert = v.object({
  id: v.string(),
  rule: v.string(),
  title: v.string(),
  severity: Severity,
  /** Such as `attack.t1059`, of rules that have any. */
  tags: v.optional(v.array(v.string())),
  state: AlertState,
  /** What it is about, such as a token of a user or of an address. */
  entity: v.string(),
  /** One sentence of what was seen. */
  summary: v.string(),
  firstSeen: Instant,
  lastSeen: Instant,
  /** Findings that became this one alert. */
  findings: Count,
  evidence: v.array(Evidence),
  /** Oldest first. */
  changes: v.array(AlertChange),
  /** The latest; absent until somebody has judged. The ledger has all of them. */
  verdict: v.optional(Verdict),
});
export type Alert = v.InferOutput<typeof Alert>;

export const listAlerts = defineRoute({
  method: "GET",
  path: "/v1/alerts",
  summary: "List alerts, newest first",
  scope: "alerts:read",
  query: v.object({
    state: v.optional(AlertState),
    /** `next` of the page before. */
    after: v.optional(v.pipe(v.string(), v.maxLength(256))),
    limit: limitOf(500, 50),
  }),
  reply: v.object({ alerts: v.array(Alert), next: v.nullable(v.string()) }),
});

export const getAlert = defineRoute({
  method: "GET",
  path: "/v1/alerts/:id",
  summary: "Show one alert with its evidence",
  scope: "alerts:read",
  reply: Alert,
});

export const setAlertState = defineRoute({
  method: "PUT",
  path: "/v1/alerts/:id/state",
  summary: "Acknowledge, close or reopen an alert",
  scope: "alerts:write",
  body: v.object({
    state: AlertState,
    reason: Reason,
  }),
  reply: Alert,
});

export const judgeAlert = defineRoute({
  method: "PUT",
  path: "/v1/alerts/:id/verdict",
  summary: "Say whether an alert was right; what its rule finds stays as it is",
  scope: "alerts:write",
  body: v.object({ verdict: Judgement, reason: Reason }),
  reply: Alert,
});

/** How right one rule is, by what analysts said of its alerts. */
export const RuleRecord = v.object({
  rule: v.string(),
  /** Of its newest alert. */
  title: v.string(),
  alerts: Count,
  truePositives: Count,
  falsePositives: Count,
  benign: Count,
  /** True positives among true and false ones; null where there are none of either. */
  precision: v.nullable(v.number()),
});
export type RuleRecord = v.InferOutput<typeof RuleRecord>;

export const listRules = defineRoute({
  method: "GET",
  path: "/v1/rules",
  summary: "List the rules that have found something, with how right they were",
  scope: "alerts:read",
  reply: v.object({ rules: v.array(RuleRecord) }),
});
