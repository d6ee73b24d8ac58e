/**
 * Answers `/v1/alerts`.
 *
 * @module
 */
import {
  type Alert,
  type AlertState,
  getAlert,
  judgeAlert,
  type Judgement,
  listAlerts,
  listRules,
  type RuleRecord,
  setAlertState,
} from "../../sdk/api/alerts.ts";
import { lookerOf, type RecordLook } from "./look.ts";
import { type HubApp, mount } from "./mount.ts";
import { ApiError } from "./refusal.ts";

/** What the alert routes need of the hub. */
export interface AlertParts {
  /** Newest first. */
  list(query: AlertPageQuery): { readonly alerts: readonly Alert[]; readonly next: string | null };
  get(id: string): Alert | undefined;
  /** Records who changed it and why in the ledger before it gives the changed alert. */
  setState(change: AlertChange): Promise<Alert | undefined>;
  /** As {@link setState}. */
  judge(verdict: AlertVerdict): Promise<Alert | undefined>;
  /** By id. */
  rules(): readonly RuleRecord[];
  readonly recordLook: RecordLook;
}

/** One page of alerts. */
export interface AlertPageQuery {
  readonly state: AlertState | undefined;
  readonly after: string | undefined;
  readonly limit: number;
}

/** What somebody made of an alert. */
export interface AlertChange {
  readonly id: string;
  readonly state: AlertState;
  readonly by: string;
  readonly reason: string;
}

/** What somebody says an alert was. */
export interface AlertVerdict {
  readonly id: string;
  readonly verdict: Judgement;
  readonly by: string;
  readonly reason: string;
}

export function mountAlerts(app: HubApp, parts: AlertParts): void {
  mount(app, listAlerts, async ({ query, caller }) => {
    const page = parts.list({ state: query.state, after: query.after, limit: query.limit });
    const what = `alerts ${JSON.stringify(query)}`;
    await parts.recordLook({ who: lookerOf(caller), what, rows: evidence(page.alerts), why: "" });
    return { alerts: [...page.alerts], next: page.next };
  });
  mount(app, getAlert, async ({ params, caller }) => {
    const alert = found(parts.get(params.id));
    const what = `alert ${alert.id}`;
    await parts.recordLook({ who: lookerOf(caller), what, rows: evidence([alert]), why: "" });
    return alert;
  });
  mount(app, setAlertState, async ({ params, body, caller }) => {
    const { state, reason } = body;
    return found(await parts.setState({ id: params.id, state, reason, by: lookerOf(caller) }));
  });
  mount(
    app,
    judgeAlert,
    async ({ params, body, caller }) =>
      found(await parts.judge({ id: params.id, ...body, by: lookerOf(caller) })),
  );
  mount(app, listRules, () => ({ rules: [...parts.rules()] }));
}

function evidence(alerts: readonly Alert[]): number {
  return alerts.reduce((sum, alert) => sum + alert.evidence.length, 0);
}

function found(alert: Alert | undefined): Alert {
  if (alert === undefined) throw new ApiError("missing", "Cannot find alert: no such id");
  return alert;
}
