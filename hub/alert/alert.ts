/**
 * What becomes of findings: alerts that people work on.
 *
 * Stage 6 of 7 of the hub. One alert holds all findings of one rule about one entity until it is
 * closed; its id is that of its first finding, so that a replay or a retry never doubles it.
 *
 * @module
 */
import type { Alert, Evidence } from "../../sdk/api/alerts.ts";
import type { Finding } from "../detect/detector.ts";
import { hubInstant } from "../detect/evidence.ts";

/** What happened to an alert: it is new, a finding was added, or its state changed. */
export type AlertEventKind = "opened" | "added" | "changed";

/** One change of one alert, for live views and notifiers. */
export interface AlertEvent {
  readonly kind: AlertEventKind;
  /** As it is after the change. */
  readonly alert: Alert;
  /** Changes of this alert so far; with its id, the name of this change. */
  readonly revision: number;
}

/** Who closes an alert that is over by itself. */
export const BY_ITSELF = "custos";

const FIRST_EVIDENCE = 5;
/** Rows that an alert shows at most: the first five and the latest. */
export const MOST_ALERT_EVIDENCE = 20;
const MOST_CHANGES = 100;

/** The alert that `finding` opens. */
export function opened(finding: Finding): Alert {
  const { id, rule, title, severity, tags, entity, summary, evidence } = finding;
  return {
    id,
    rule,
    title,
    severity,
    ...(tags && tags.length > 0 && { tags: [...tags] }),
    state: "open",
    entity,
    summary,
    ...seen(finding),
    findings: 1,
    evidence: [...evidence],
    changes: [],
  };
}

/** `alert` with one more finding. */
export function added(alert: Alert, finding: Finding): Alert {
  const { firstSeen, lastSeen } = seen(finding);
  const all = [...alert.evidence, ...finding.evidence];
  return {
    ...alert,
    title: finding.title,
    severity: finding.severity,
    summary: finding.summary,
    firstSeen: earlier(alert.firstSeen, firstSeen),
    lastSeen: earlier(alert.lastSeen, lastSeen) === alert.lastSeen ? lastSeen : alert.lastSeen,
    findings: alert.findings + 1,
    evidence: bounded(all),
  };
}

/** `alert` in another state, with who changed it and why. */
export function changed(alert: Alert, change: Alert["changes"][number]): Alert {
  const changes = [...alert.changes, change].slice(-MOST_CHANGES);
  return { ...alert, state: change.state, changes };
}

/** `alert` with what somebody says of it; its state stays. */
export function judged(alert: Alert, verdict: NonNullable<Alert["verdict"]>): Alert {
  return { ...alert, verdict };
}

function bounded(evidence: readonly Evidence[]): Evidence[] {
  const latest = evidence.slice(FIRST_EVIDENCE).slice(FIRST_EVIDENCE - MOST_ALERT_EVIDENCE);
  return [...evidence.slice(0, FIRST_EVIDENCE), ...latest];
}

/** Event times of the evidence; the hub's where it has none. */
function seen({ evidence, hubMs }: Finding): Pick<Alert, "firstSeen" | "lastSeen"> {
  const times = evidence.map(({ time }) => time).filter((time) => time !== null);
  const first = times.reduce<string | undefined>(
    (a, b) => a === undefined ? b : earlier(a, b),
    undefined,
  );
  const last = times.reduce<string | undefined>(
    (a, b) => a === undefined || earlier(a, b) === a ? b : a,
    undefined,
  );
  return { firstSeen: first ?? hubInstant(hubMs), lastSeen: last ?? hubInstant(hubMs) };
}

function earlier(a: string, b: string): string {
  return Date.parse(a) <= Date.parse(b) ? a : b;
}
