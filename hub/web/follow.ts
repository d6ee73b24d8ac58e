/**
 * Keeps the page's state fresh: the live feed, and the lists that it does not carry.
 *
 * @module
 */
import { listAlerts } from "../../sdk/api/alerts.ts";
import { listTables } from "../../sdk/api/events.ts";
import type { LiveMessage } from "../../sdk/api/live.ts";
import { getStatus, listSources } from "../../sdk/api/status.ts";
import { hub, isSignedOut } from "./hub.ts";
import * as state from "./state.ts";

const LISTS_EVERY_MS = 2000;
const SHORTEST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 10_000;

/** Follows the hub until `signal` aborts or the session ends. */
export function follow(signal: AbortSignal): void {
  void keepLists(signal).catch(endSession);
  void keepFeed(signal).catch(endSession);
}

/** Opens the live feed anew, with the table that the tail shows now. */
export function refilter(table: string): void {
  state.tailTable.value = table;
  state.tail.value = [];
  current?.abort();
}

let current: AbortController | undefined;
let serial = 0;

function endSession(): void {
  state.session.value = "none";
}

async function keepLists(signal: AbortSignal): Promise<void> {
  let hasAlerts = false;
  while (!signal.aborted) {
    try {
      await readLists(signal);
      // The feed brings what changes: alerts are read again only after it was lost.
      if (!hasAlerts) await readAlerts(signal);
      hasAlerts = state.feed.value === "open";
    } catch (error) {
      if (isSignedOut(error)) throw error;
      hasAlerts = false;
    }
    await sleep(LISTS_EVERY_MS);
  }
}

async function readLists(signal: AbortSignal): Promise<void> {
  state.sources.value = (await hub.call(listSources, { signal })).sources;
  const { health, agents } = await hub.call(getStatus, { signal });
  state.problems.value = health.problems;
  state.agents.value = agents;
  state.tables.value = (await hub.call(listTables, { signal })).tables;
}

async function readAlerts(signal: AbortSignal): Promise<void> {
  if (!state.may("alerts:read")) return;
  const { alerts } = await hub.call(listAlerts, { query: { limit: "200" }, signal });
  for (const alert of alerts) state.putAlert(alert);
}

async function keepFeed(signal: AbortSignal): Promise<void> {
  let waitMs = SHORTEST_WAIT_MS;
  while (!signal.aborted) {
    current = new AbortController();
    const stop = AbortSignal.any([signal, current.signal]);
    try {
      await readFeed(stop);
    } catch (error) {
      if (isSignedOut(error)) throw error;
    }
    if (current.signal.aborted) continue;
    waitMs = state.feed.value === "open" ? SHORTEST_WAIT_MS : Math.min(waitMs * 2, LONGEST_WAIT_MS);
    state.feed.value = "lost";
    await sleep(waitMs);
  }
}

async function readFeed(signal: AbortSignal): Promise<void> {
  const table = state.tailTable.value;
  for await (const message of hub.follow(table === "" ? {} : { table }, signal)) {
    state.feed.value = "open";
    take(message);
  }
}

function take(message: LiveMessage): void {
  switch (message.kind) {
    case "rate": {
      const at = Math.round(Date.parse(message.at) / 1000);
      const { eventsPerSecond } = message;
      state.rates.value = [...state.rates.value, { at, eventsPerSecond }].slice(
        -state.CHART_SECONDS,
      );
      state.sample.value = { shown: message.shown, events: eventsPerSecond };
      return;
    }
    case "rows":
      return takeRows(message);
    case "alert":
      return state.putAlert(message.alert);
    case "dropped":
      state.dropped.value += message.messages;
  }
}

function takeRows({ rows, source, table }: Extract<LiveMessage, { kind: "rows" }>): void {
  if (state.paused.value) {
    state.missed.value += rows.length;
    return;
  }
  const fresh = rows.map((row) => ({ id: ++serial, source, table, row }));
  state.tail.value = [...fresh.toReversed(), ...state.tail.value].slice(0, state.TAIL_ROWS);
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
