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
    reason: v.pipe(v.string(), v.trim(), v.minLength(1), v.maxLength(512)),
  }),
  reply: Alert,
});
