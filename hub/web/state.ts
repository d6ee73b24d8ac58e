/**
 * What the page knows: signals that the views read.
 *
 * @module
 */
import { computed, signal } from "@preact/signals";
import type { Alert } from "../../sdk/api/alerts.ts";
import type { Row, TableEntry } from "../../sdk/api/events.ts";
import type { Session } from "../../sdk/api/session.ts";
import type { Source } from "../../sdk/api/status.ts";

/** Seconds that the chart shows. */
export const CHART_SECONDS = 180;
/** Rows that the live tail keeps. */
export const TAIL_ROWS = 300;

/** One row of the live tail. */
export interface TailRow {
  /** Counts up: identifies the row on the page. */
  readonly id: number;
  readonly source: string;
  readonly table: string;
  readonly row: Row;
}

/** One point of the chart. */
export interface Rate {
  /** Seconds since the Unix epoch. */
  readonly at: number;
  readonly eventsPerSecond: number;
}

/** `unknown` until the hub has said whether there is a session. */
export const session = signal<Session | "unknown" | "none">("unknown");
/** Why signing in failed. */
export const signInProblem = signal("");
/** Whether the live feed is open. */
export const feed = signal<"opening" | "open" | "lost">("opening");
export const sources = signal<readonly Source[]>([]);
/** What somebody should look at, in the hub's words. */
export const problems = signal<readonly string[]>([]);
/** Connected agents. */
export const agents = signal(0);
export const tables = signal<readonly TableEntry[]>([]);
export const alerts = signal<readonly Alert[]>([]);
export const rates = signal<readonly Rate[]>([]);
/** Rows shown and events arrived in the last second. */
export const sample = signal({ shown: 0, events: 0 });
/** Messages that the hub dropped because this page was slow. */
export const dropped = signal(0);
export const tail = signal<readonly TailRow[]>([]);
export const paused = signal(false);
/** Rows that came while the tail was paused. */
export const missed = signal(0);
/** Table that the tail shows; "" is all. */
export const tailTable = signal("");
/** The view by the address, such as `alerts` or `alerts/ID`. */
export const place = signal("");

/** Alerts that nobody has taken up. */
export const openAlerts = computed(() => alerts.value.filter(({ state }) => state === "open"));

/** Puts `alert` into the list: in its place, or first. */
export function putAlert(alert: Alert): void {
  const others = alerts.value.filter(({ id }) => id !== alert.id);
  alerts.value = [alert, ...others].toSorted((a, b) => b.lastSeen.localeCompare(a.lastSeen));
}

/** Whether the session may do `scope`. */
export function may(scope: Session["scopes"][number]): boolean {
  const known = session.value;
  return typeof known === "object" && known.scopes.includes(scope);
}
