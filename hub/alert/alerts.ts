/**
 * Stage 6 of 7, alert: takes findings into alerts, and people's decisions about them.
 *
 * @module
 */
import type { Alert, AlertState, Judgement, RuleRecord } from "../../sdk/api/alerts.ts";
import type { Control } from "../control.ts";
import type { Finding } from "../detect/detector.ts";
import { hubInstant } from "../detect/evidence.ts";
import { added, type AlertEvent, BY_ITSELF, changed, judged, opened } from "./alert.ts";
import { type AlertStore, openAlertStore, type PageQuery, type Stored } from "./alert_store.ts";

/** Why an alert cannot be changed. */
export class AlertError extends Error {
  override readonly name = "AlertError";
  /** `conflict`: a newer alert of the same rule and entity is open. */
  readonly code = "conflict";
  readonly permanent = true;
}

/** What somebody makes of an alert. */
export interface StateChange {
  readonly id: string;
  readonly state: AlertState;
  readonly by: string;
  readonly reason: string;
}

/** What somebody says an alert was. It changes neither the alert's state nor what its rule finds. */
export interface VerdictChange {
  readonly id: string;
  readonly verdict: Judgement;
  readonly by: string;
  readonly reason: string;
}

/** The alerts of one hub. */
export interface Alerts {
  /** Takes all findings that are there and not taken yet; those taken before change nothing. */
  takeFindings(): void;
  /** One page, newest first. */
  list(query: PageQuery): { readonly alerts: readonly Alert[]; readonly next: string | null };
  get(id: string): Alert | undefined;
  /**
   * Sets the state after `record` has written down who wants it and why; undefined if there is no
   * such alert.
   *
   * @throws {AlertError} If a closed alert is reopened while a newer one took its place.
   */
  setState(change: StateChange): Promise<Alert | undefined>;
  /** Sets the verdict, also of a closed alert, as {@link setState} does; the last one counts. */
  judge(change: VerdictChange): Promise<Alert | undefined>;
  /** How right each rule was that has found something, by id. */
  records(): readonly RuleRecord[];
  /** Alerts in `state`. */
  count(state: AlertState): number;
  /** Calls `listener` after each change that is durable; gives the way to stop it. */
  onChange(listener: (event: AlertEvent) => void): () => void;
}

export interface AlertsOptions {
  readonly control: Control;
  /** Findings with numbers above `after`, ascending. */
  readonly findings: (
    after: number,
    limit: number,
  ) => readonly { readonly number: number; readonly finding: Finding }[];
  /** ms since the Unix epoch. */
  readonly now: () => number;
  /** Writes a person's change down in the ledger; durable when it resolves. */
  readonly record: (change: StateChange | VerdictChange) => Promise<void>;
  /** Called inside the transaction of each change: what it writes is durable with it. */
  readonly enqueue?: (event: AlertEvent) => void;
}

const FINDINGS_AT_ONCE = 100;

/** Opens the alerts in `options.control`. */
export function openAlerts(options: AlertsOptions): Alerts {
  const store = openAlertStore(options.control);
  const listeners = new Set<(event: AlertEvent) => void>();
  const enqueue = options.enqueue ?? (() => {});
  const commit = (work: () => readonly AlertEvent[]) => {
    const events = options.control.transaction(() => {
      const done = work();
      for (const event of done) enqueue(event);
      return done;
    });
    for (const event of events) for (const listener of listeners) listener(event);
    return events;
  };
  return {
    takeFindings() {
      for (;;) {
        const found = options.findings(store.position(), FINDINGS_AT_ONCE);
        const last = found.at(-1);
        if (last === undefined) return;
        commit(() => {
          store.setPosition(last.number);
          return found.flatMap(({ finding }) => takeFinding(store, finding) ?? []);
        });
      }
    },
    list: (query) => store.page(query),
    get: (id) => store.byId(id)?.alert,
    async setState(change) {
      if (store.byId(change.id) === undefined) return undefined;
      refuseConflict(store, change);
      await options.record(change);
      commit(() => setState(store, change, options.now()));
      return store.byId(change.id)?.alert;
    },
    async judge(change) {
      if (store.byId(change.id) === undefined) return undefined;
      await options.record(change);
      commit(() => judge(store, change, options.now()));
      return store.byId(change.id)?.alert;
    },
    records: () => store.records(),
    count: (state) => store.count(state),
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

function takeFinding(store: AlertStore, finding: Finding): AlertEvent | undefined {
  if (!store.isNew(finding.id)) return undefined;
  const known = store.unclosed(finding.rule, finding.entity);
  if (finding.kind === "ended") return known && endedBy(store, known, finding);
  if (known === undefined) {
    return put(store, "opened", { alert: opened(finding), revision: 1 });
  }
  return put(store, "added", { alert: added(known.alert, finding), revision: known.revision + 1 });
}

/** What is over by itself is closed, whoever has seen it: the end is always told. */
function endedBy(store: AlertStore, known: Stored, finding: Finding): AlertEvent {
  const at = hubInstant(finding.hubMs);
  const { summary: reason } = finding;
  const alert = changed(known.alert, { at, by: BY_ITSELF, state: "closed", reason });
  return put(store, "changed", { alert, revision: known.revision + 1 });
}

function setState(store: AlertStore, change: StateChange, now: number): readonly AlertEvent[] {
  const known = store.byId(change.id);
  if (known === undefined) return [];
  // Another one may have been opened while the change was recorded.
  refuseConflict(store, change);
  const { by, state, reason } = change;
  const alert = changed(known.alert, { at: hubInstant(now), by, state, reason });
  return [put(store, "changed", { alert, revision: known.revision + 1 })];
}

function judge(store: AlertStore, change: VerdictChange, now: number): readonly AlertEvent[] {
  const known = store.byId(change.id);
  if (known === undefined) return [];
  const { by, verdict, reason } = change;
  const alert = judged(known.alert, { at: hubInstant(now), by, verdict, reason });
  return [put(store, "changed", { alert, revision: known.revision + 1 })];
}

function refuseConflict(store: AlertStore, { id, state }: StateChange): void {
  const alert = store.byId(id)?.alert;
  if (state === "closed" || alert === undefined) return;
  const other = store.unclosed(alert.rule, alert.entity)?.alert.id;
  if (other === undefined || other === id) return;
  throw new AlertError(
    `Cannot reopen alert ${id}: alert ${other} of the same rule and entity is open`,
  );
}

function put(store: AlertStore, kind: AlertEvent["kind"], stored: Stored): AlertEvent {
  store.put(stored);
  return { kind, ...stored };
}
