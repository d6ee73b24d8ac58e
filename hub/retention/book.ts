/**
 * What the ledger says of holds and deletions, at hand: a follower that keeps it in the control
 * file.
 *
 * It is no truth: without its tables all is read again from the ledger. What the hub notes itself
 * counts at once, before the follower comes by it.
 *
 * @module
 */
import type { Control, ControlRow } from "../control.ts";
import type { Follower } from "../fanout/follower.ts";
import type { Hold } from "./hold.ts";
import { readRetentionNote, type RetentionNote, type TombstoneNote } from "./retention_note.ts";

/** `waiting` for witnesses or for a run; then one of the others, for ever. */
export type TombstoneState = "waiting" | "withdrawn" | "deleted";

/** A tombstone and what became of it. Times are ms since the Unix epoch. */
export interface Tombstone {
  /** Its ledger index. */
  readonly entry: number;
  readonly at: number;
  readonly what: "frames" | "file";
  readonly table: string;
  /** Of a file. */
  readonly path: string | undefined;
  /** Ledger indexes of the first and the last frame, and how many they are. */
  readonly first: number;
  readonly last: number;
  readonly frames: number;
  readonly rows: number;
  readonly bytes: number;
  readonly state: TombstoneState;
  /** Ledger index of the receipt or of what withdrew it. */
  readonly ended: number | undefined;
  readonly endedAt: number | undefined;
  /** By how much the disk was relieved. */
  readonly freed: number;
}

/** What is known of holds and deletions. */
export interface Book {
  readonly follower: Follower;
  /** Those that are not released. */
  holds(): readonly Hold[];
  /** Oldest first. */
  waiting(): readonly Tombstone[];
  /** Newest first, those that have ended; at most `limit`, with indexes below `before`. */
  ended(limit: number, before?: number): readonly Tombstone[];
  /** Sums over all that was deleted. */
  deleted(): { readonly tombstones: number; readonly rows: number; readonly bytes: number };
  /** Whether somebody was told that it waits too long. */
  isStuckTold(entry: number): boolean;
  /** Whether its file was taken out of the manifest for it. */
  isLeaving(entry: number): boolean;
  setLeaving(entry: number): void;
  /** Takes a note that was appended at `entry`; a second time nothing happens. */
  apply(note: RetentionNote, entry: number, at: number): void;
}

const TABLES = `
create table if not exists retention_hold (
  entry integer primary key, name text not null, table_name text not null, from_ms real, to_ms real,
  agent text, reason text not null, made_by text not null, at integer not null,
  released integer) strict;
create table if not exists retention_tombstone (
  entry integer primary key, at integer not null, what text not null, table_name text not null,
  path text, first integer not null, last integer not null, frames integer not null,
  rows integer not null, bytes integer not null, state text not null, ended integer,
  ended_at integer, freed integer not null default 0, stuck integer, leaving integer) strict;
create index if not exists retention_tombstone_state on retention_tombstone (state, entry);
create table if not exists retention_offset (next integer not null) strict`;

const SAVE_EVERY = 4096;
const TICKS_PER_MS = 10_000n;

/** Opens it in `control`; `size` is that of the ledger. What it is told twice it takes once. */
export function openBook(
  control: Control,
  { size, back }: {
    readonly size: number;
    /** Told that frames from some index on may be due again. */
    readonly back: (to: number) => void;
  },
): Book {
  control.exec(TABLES);
  let next = Number(control.get("select next from retention_offset")?.["next"] ?? 0);
  if (next > size) next = 0;
  forget(control, size);
  let saved = next;
  const take = (note: RetentionNote, entry: number, at: number): void => {
    applyNote(control, note, [entry, at]);
    if (note.note === "hold-release") back(0);
    if (note.note !== "tombstone-withdrawn") return;
    const row = control.get(
      "select first from retention_tombstone where entry = ?",
      note.tombstone,
    );
    if (row !== undefined) back(Number(row["first"]));
  };
  const save = (): void => {
    control.transaction(() => {
      control.exec("delete from retention_offset");
      control.run("insert into retention_offset (next) values (?)", next);
    });
    saved = next;
  };
  return {
    follower: {
      name: "retention",
      get next() {
        return next;
      },
      take(items) {
        for (const { index, kind, payload, hubTime } of items) {
          const note = kind === "note" ? readRetentionNote(payload) : undefined;
          if (note !== undefined) take(note, index, Number(hubTime / TICKS_PER_MS));
          next = index + 1;
        }
        if (next - saved >= SAVE_EVERY) save();
        return Promise.resolve();
      },
    },
    ...readsOf(control),
    apply: take,
  };
}

/** The questions. */
function readsOf(control: Control): Omit<Book, "follower" | "apply"> {
  return {
    holds: () =>
      control.all("select * from retention_hold where released is null order by entry").map(holdOf),
    waiting: () =>
      control.all("select * from retention_tombstone where state = 'waiting' order by entry")
        .map(tombstoneOf),
    ended: (limit, before = Number.MAX_SAFE_INTEGER) =>
      control.all(
        "select * from retention_tombstone where state <> 'waiting' and entry < ? " +
          "order by entry desc limit ?",
        before,
        limit,
      ).map(tombstoneOf),
    deleted() {
      const row = control.get(
        "select count(*) as n, total(rows) as rows, total(freed) as bytes " +
          "from retention_tombstone where state = 'deleted'",
      );
      return {
        tombstones: Number(row?.["n"] ?? 0),
        rows: Number(row?.["rows"] ?? 0),
        bytes: Number(row?.["bytes"] ?? 0),
      };
    },
    isStuckTold: (entry) =>
      control.get("select stuck from retention_tombstone where entry = ?", entry)?.["stuck"] === 1,
    isLeaving: (entry) =>
      control.get("select leaving from retention_tombstone where entry = ?", entry)?.["leaving"] ===
        1,
    setLeaving: (entry) =>
      void control.run("update retention_tombstone set leaving = 1 where entry = ?", entry),
  };
}

/**
 * What was noted counts before it is durable. If we died in between, the ledger does not have it,
 * and its index will be that of another entry.
 */
function forget(control: Control, size: number): void {
  control.transaction(() => {
    control.run("delete from retention_hold where entry >= ?", size);
    control.run("update retention_hold set released = null where released >= ?", size);
    control.run("delete from retention_tombstone where entry >= ?", size);
    control.run(
      "update retention_tombstone set state = 'waiting', ended = null, ended_at = null, freed = 0 " +
        "where ended >= ?",
      size,
    );
  });
}

function applyNote(
  control: Control,
  note: RetentionNote,
  [entry, at]: readonly [entry: number, at: number],
): void {
  switch (note.note) {
    case "hold":
      control.run(
        "insert or ignore into retention_hold values (?,?,?,?,?,?,?,?,?,null)",
        ...[entry, note.name, note.table, note.from, note.to],
        ...[note.agent, note.reason, note.by, at],
      );
      return;
    case "hold-release":
      control.run(
        "update retention_hold set released = ? where name = ? and entry < ? and released is null",
        ...[entry, note.name, entry],
      );
      return;
    case "tombstone":
      return applyTombstone(control, note, [entry, at]);
    case "tombstone-withdrawn":
      return end(control, { tombstone: note.tombstone, state: "withdrawn", freed: 0 }, [entry, at]);
    case "receipt":
      return end(control, { tombstone: note.tombstone, state: "deleted", freed: note.bytes }, [
        entry,
        at,
      ]);
    case "retention-stuck":
      control.run("update retention_tombstone set stuck = 1 where entry = ?", note.tombstone);
      return;
    case "disk-low":
      return;
  }
}

function applyTombstone(
  control: Control,
  note: TombstoneNote,
  [entry, at]: readonly [entry: number, at: number],
): void {
  const isFrames = note.what === "frames";
  const last = isFrames ? note.frames.reduce((sum, distance) => sum + distance, 0) : 0;
  control.run(
    `insert or ignore into retention_tombstone
     (entry, at, what, table_name, path, first, last, frames, rows, bytes, state)
     values (?,?,?,?,?,?,?,?,?,?,'waiting')`,
    ...[entry, at, note.what, note.table, isFrames ? null : note.path],
    ...[isFrames ? note.frames[0] ?? 0 : 0, last, isFrames ? note.frames.length : 0],
    ...[note.rows, note.bytes],
  );
}

function end(
  control: Control,
  { tombstone, state, freed }: {
    readonly tombstone: number;
    readonly state: TombstoneState;
    readonly freed: number;
  },
  [entry, at]: readonly [entry: number, at: number],
): void {
  control.run(
    `update retention_tombstone set state = ?, ended = ?, ended_at = ?, freed = ?
     where entry = ? and state = 'waiting'`,
    ...[state, entry, at, freed, tombstone],
  );
}

function holdOf(row: ControlRow): Hold {
  return {
    name: String(row["name"]),
    table: String(row["table_name"]),
    from: row["from_ms"] === null ? undefined : Number(row["from_ms"]),
    to: row["to_ms"] === null ? undefined : Number(row["to_ms"]),
    agent: row["agent"] === null ? undefined : String(row["agent"]),
    reason: String(row["reason"]),
    by: String(row["made_by"]),
    at: Number(row["at"]),
    entry: Number(row["entry"]),
  };
}

function tombstoneOf(row: ControlRow): Tombstone {
  const state = row["state"];
  return {
    entry: Number(row["entry"]),
    at: Number(row["at"]),
    what: row["what"] === "file" ? "file" : "frames",
    table: String(row["table_name"]),
    path: row["path"] === null ? undefined : String(row["path"]),
    first: Number(row["first"]),
    last: Number(row["last"]),
    frames: Number(row["frames"]),
    rows: Number(row["rows"]),
    bytes: Number(row["bytes"]),
    state: state === "deleted" || state === "withdrawn" ? state : "waiting",
    ended: row["ended"] === null ? undefined : Number(row["ended"]),
    endedAt: row["ended_at"] === null ? undefined : Number(row["ended_at"]),
    freed: Number(row["freed"]),
  };
}
