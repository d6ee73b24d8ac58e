/**
 * Stage 5 of 7: the live view. Follows the ledger from its end, in memory, and tells readers.
 *
 * A sample with bounds: it never holds up the ledger, and nothing is decoded that nobody sees.
 *
 * @module
 */
import type { Alert } from "../../sdk/api/alerts.ts";
import type { Row } from "../../sdk/api/events.ts";
import type { LiveMessage } from "../../sdk/api/live.ts";
import { REVEAL_SCHEMA } from "../../sdk/gap.ts";
import { rowOf } from "../../sdk/columns/cell.ts";
import type { Follower, FrameItem } from "../fanout/follower.ts";
import { createRates, type Rates } from "./rates.ts";
import { Reader, ROWS_PER_SECOND, type Wanted } from "./reader.ts";
import { createTableNames, type TableNames } from "./tables.ts";

/** Readers at once. */
const MOST_READERS = 32;

/** Longest text of one value, in UTF-16 units; a longer one is cut and ends with "…". */
const LONGEST_TEXT = 2048;

/** The live view. */
export interface Live {
  readonly follower: Follower;
  readonly rates: Pick<Rates, "of" | "list">;
  /** Events of the last whole second. */
  readonly eventsPerSecond: number;
  /** Nothing where there are too many readers. */
  open(wanted: Wanted): Reader | undefined;
  /** Tells all readers of an alert that is new or has changed. */
  alert(alert: Alert): void;
  /** Ends a second: called by the hub once a second. */
  tick(): void;
  /** Ends all readers. */
  close(): void;
}

/** Creates the live view, which begins at ledger entry `from`. */
export function createLive(from: number, now: () => number): Live {
  const readers = new Set<Reader>();
  const rates = createRates();
  const tables = createTableNames();
  let next = from;
  let eventsPerSecond = 0;
  return {
    rates,
    get eventsPerSecond() {
      return eventsPerSecond;
    },
    follower: {
      name: "live",
      get next() {
        return next;
      },
      take(items) {
        for (const { frame, index } of items) {
          if (frame?.header.kind === "events") {
            rates.add(frame.agent, frame.source, frame.header.rows);
          }
          if (frame !== undefined) show(frame, { readers, tables, sources: rates.list().length });
          next = index + 1;
        }
        return Promise.resolve();
      },
    },
    open(wanted) {
      if (readers.size >= MOST_READERS) return undefined;
      const reader = new Reader(wanted, (closed) => readers.delete(closed));
      readers.add(reader);
      return reader;
    },
    alert: (alert) => {
      for (const reader of readers) reader.give({ kind: "alert", alert });
    },
    tick() {
      eventsPerSecond = rates.tick();
      for (const reader of readers) tellRates(reader, { at: now(), eventsPerSecond, rates });
    },
    close: () => {
      for (const reader of readers) reader.close();
    },
  };
}

function tellRates(
  reader: Reader,
  { at, eventsPerSecond, rates }: { at: number; eventsPerSecond: number; rates: Rates },
): void {
  reader.give({
    kind: "rate",
    at: new Date(at).toISOString(),
    eventsPerSecond,
    shown: reader.shown,
    sources: [...rates.list()],
  });
  reader.shown = 0;
  reader.shownOf.clear();
}

interface Scene {
  readonly readers: ReadonlySet<Reader>;
  readonly tables: TableNames;
  /** Sources that send: each gets its share of what a reader is shown. */
  readonly sources: number;
}

function show(frame: FrameItem, { readers, tables, sources }: Scene): void {
  const share = Math.max(3, Math.floor(ROWS_PER_SECOND / Math.max(1, sources)));
  const stream = `${frame.agent} ${frame.source}`;
  for (const reader of readers) {
    if (!reader.wanted.rows || tables.nameOf(frame) === REVEAL_SCHEMA.name) continue;
    const shownOf = reader.shownOf.get(stream) ?? 0;
    const room = Math.min(ROWS_PER_SECOND - reader.shown, share - shownOf);
    if (room <= 0) continue;
    const { table } = reader.wanted;
    if (table !== undefined && table !== tables.nameOf(frame)) continue;
    const message = sampleOf(frame, room);
    reader.give(message);
    reader.shown += message.rows.length;
    reader.shownOf.set(stream, shownOf + message.rows.length);
  }
}

/** At most `most` rows of `frame`, spread evenly over it. */
function sampleOf(frame: FrameItem, most: number): Extract<LiveMessage, { kind: "rows" }> {
  const { agent, source } = frame;
  const batch = frame.batch();
  const count = Math.min(most, batch.rows);
  const rows = Array.from(
    { length: count },
    (_, i) => cut(rowOf(batch, Math.floor(i * batch.rows / count))),
  );
  return { kind: "rows", agent, source, table: batch.table, rows };
}

function cut(row: Row): Row {
  const pairs = Object.entries(row).map(([name, value]) => {
    const text = typeof value === "object" && value !== null ? JSON.stringify(value) : value;
    const isLong = typeof text === "string" && text.length > LONGEST_TEXT;
    return [name, isLong ? `${text.slice(0, LONGEST_TEXT)}…` : value] as const;
  });
  return Object.fromEntries<unknown>(pairs);
}
