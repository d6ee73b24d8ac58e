/**
 * Stage 5 of 7: what each source has sent, counted from the ledger.
 *
 * State and offset are saved together, at most once a second: after a crash it counts on from the
 * entry it had saved, so that every event is counted once.
 *
 * @module
 */
import { AGENT_SCHEMA, AGENT_SCHEMA_WITHOUT_POLICIES } from "../../sdk/gap.ts";
import { schemaHash } from "../../sdk/table.ts";
import type { Control } from "../control.ts";
import type { Follower, FrameItem, Item } from "../fanout/follower.ts";
import { type AgentCounters, readCounters } from "./counters.ts";
import { createTableNames } from "./tables.ts";

/** What the ledger says of one source. Times are ms since the Unix epoch. */
export interface SourceTotals {
  readonly agent: string;
  readonly source: string;
  readonly tables: readonly string[];
  readonly events: number;
  /** Newest event's own time. */
  readonly lastEvent: number;
  /** When the hub received the newest frame. */
  readonly lastSeen: number;
  /** When the agent sealed it, by its clock. */
  readonly sealedAt: number;
  readonly epoch: number;
  readonly seq: number;
  /** Gap frames. */
  readonly gaps: number;
  /** Run of the agent that sealed the newest frame, hexadecimal. */
  readonly boot: string;
  /** Events of that run. */
  readonly bootEvents: number;
  /** The run before it: the newest counters may still be its. */
  readonly before?: { readonly boot: string; readonly events: number } | undefined;
  readonly counters: AgentCounters | undefined;
}

/** Counts sources. */
export interface Sources {
  readonly follower: Follower;
  list(): readonly SourceTotals[];
  /** Saves what is not saved yet. */
  save(): void;
}

const TICKS_PER_MS = 10_000n;
const SAVE_EVERY_MS = 1000;

/** Opens the counters in `control`. */
export function openSources(control: Control, now: () => number): Sources {
  const state = load(control);
  const names = createTableNames();
  const agentSchemas = [AGENT_SCHEMA, AGENT_SCHEMA_WITHOUT_POLICIES].map((schema) =>
    Buffer.from(schemaHash(schema))
  );
  let savedAt = now();
  const saveNow = () => {
    save(control, state);
    savedAt = now();
  };
  return {
    follower: {
      name: "sources",
      get next() {
        return state.next;
      },
      take(items) {
        for (const item of items) {
          if (item.frame !== undefined) {
            count(state, item, names.nameOf(item.frame));
            const { schema } = item.frame.header;
            if (agentSchemas.some((known) => known.equals(schema))) takeCounters(state, item.frame);
          }
          state.next = item.index + 1;
        }
        if (now() - savedAt >= SAVE_EVERY_MS) saveNow();
        return Promise.resolve();
      },
    },
    list: () => [...state.totals.values()],
    save: saveNow,
  };
}

interface State {
  next: number;
  readonly totals: Map<string, SourceTotals>;
  /** Keys whose totals are not saved. */
  readonly changed: Set<string>;
}

function load(control: Control): State {
  control.exec(`create table if not exists source_total (
    key text primary key, json text not null
  ) strict, without rowid`);
  control.exec("create table if not exists source_offset (next integer not null) strict");
  const totals = new Map<string, SourceTotals>();
  for (const row of control.all("select key, json from source_total")) {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- our own rows
    totals.set(String(row.key), JSON.parse(String(row.json)) as SourceTotals);
  }
  const next = Number(control.get("select next from source_offset")?.next ?? 0);
  return { next, totals, changed: new Set() };
}

function save(control: Control, state: State): void {
  control.transaction(() => {
    for (const key of state.changed) {
      const json = JSON.stringify(state.totals.get(key));
      control.run("insert or replace into source_total (key, json) values (?, ?)", key, json);
    }
    control.exec("delete from source_offset");
    control.run("insert into source_offset (next) values (?)", state.next);
  });
  state.changed.clear();
}

function keyOf(agent: string, source: string): string {
  return `${agent} ${source}`;
}

function count(state: State, { frame, hubTime }: Item, table: string): void {
  const { header, agent, source } = frame!;
  const key = keyOf(agent, source);
  const old = state.totals.get(key);
  const events = header.kind === "events" ? header.rows : 0;
  const boot = Buffer.from(header.boot).toString("hex");
  state.totals.set(key, {
    agent,
    source,
    tables: withTable(old?.tables ?? [], table),
    events: (old?.events ?? 0) + events,
    lastEvent: Math.max(old?.lastEvent ?? 0, msOf(header.lastTime)),
    lastSeen: msOf(hubTime),
    sealedAt: msOf(header.sealedAt),
    epoch: header.epoch,
    seq: header.seq,
    gaps: (old?.gaps ?? 0) + (header.kind === "gap" ? 1 : 0),
    ...runOf(old, boot, events),
    counters: old?.counters,
  });
  state.changed.add(key);
}

/** The agent's counters start at zero with each run: so do the ledger's that they are held against. */
function runOf(
  old: SourceTotals | undefined,
  boot: string,
  events: number,
): Pick<SourceTotals, "boot" | "bootEvents" | "before"> {
  if (old?.boot === boot) return { boot, bootEvents: old.bootEvents + events, before: old.before };
  const before = old && old.boot !== "" ? { boot: old.boot, events: old.bootEvents } : undefined;
  return { boot, bootEvents: events, before };
}

function withTable(tables: readonly string[], table: string): readonly string[] {
  return table === "" || tables.includes(table) ? tables : [...tables, table];
}

function takeCounters(state: State, frame: FrameItem): void {
  const boot = Buffer.from(frame.header.boot).toString("hex");
  for (const { source, ...counters } of readCounters(frame.batch(), boot)) {
    const key = keyOf(frame.agent, source);
    const totals = state.totals.get(key) ?? emptyTotals(frame.agent, source);
    state.totals.set(key, { ...totals, counters });
    state.changed.add(key);
  }
}

/** A source that has counters and no frame yet. */
function emptyTotals(agent: string, source: string): SourceTotals {
  return {
    agent,
    source,
    tables: [],
    events: 0,
    lastEvent: 0,
    lastSeen: 0,
    sealedAt: 0,
    epoch: -1,
    seq: -1,
    gaps: 0,
    boot: "",
    bootEvents: 0,
    counters: undefined,
  };
}

function msOf(ticks: bigint): number {
  return Number(ticks / TICKS_PER_MS);
}
