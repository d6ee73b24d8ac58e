/**
 * When the hub received what: the ledger's own time, and an upper bound for it.
 *
 * Ages never come from agents: an event's own time may be of any year. The ledger's time never goes
 * back, so after a clock that was far ahead its entries stay ahead for as long. Therefore the hub
 * remembers now and then how many entries there were: whatever was there had been received.
 *
 * @module
 */
import type { Control } from "../control.ts";

const DAY_MS = 86_400_000;
/**
 * Retention runs daily. Where its clock has moved on by more, the hub was off or the clock is wrong,
 * and nobody but a person can tell which.
 */
export const MOST_AWAY_MS = 7 * DAY_MS;

/** What the hub's clock may be believed. */
export type ClockState = "good" | "ahead" | "behind";

export interface Received {
  /** Whether the clock shows a time that can follow the one of the last run. */
  clockOf(now: number): ClockState;
  /** When retention ran last; undefined before the first time. */
  readonly lastRun: number | undefined;
  /** Remembers that there were `size` entries and these files; also that a person trusts `now`. */
  observe(now: number, seen: { readonly size: number; readonly paths: Iterable<string> }): void;
  /** The latest time at which the entry can have been received; ms since the Unix epoch. */
  entry(index: number, hubMs: number): number;
  /** The same of the newest row of a file, whose manifest has `receivedMs` if it is of this release. */
  file(path: string, receivedMs: number | undefined): number | undefined;
}

/** Opens what `control` remembers. */
export function openReceived(control: Control): Received {
  control.exec(`
create table if not exists retention_observed (at integer primary key, size integer not null) strict;
create table if not exists retention_seen (path text primary key, at integer not null) strict`);
  const observed = (): { readonly at: number; readonly size: number }[] =>
    control.all("select at, size from retention_observed order by at").map((row) => ({
      at: Number(row["at"]),
      size: Number(row["size"]),
    }));
  let known = observed();
  return {
    get lastRun() {
      return known.at(-1)?.at;
    },
    clockOf(now) {
      const last = known.at(-1)?.at;
      if (last === undefined) return "good";
      if (now < last) return "behind";
      return now - last > MOST_AWAY_MS ? "ahead" : "good";
    },
    observe(now, { size, paths }) {
      control.transaction(() => {
        // What was observed later than now was observed by a wrong clock.
        control.run("delete from retention_observed where at > ?", now);
        control.run("insert or replace into retention_observed values (?, ?)", now, size);
        const there = new Set(paths);
        for (const { path } of control.all("select path from retention_seen")) {
          if (!there.has(String(path))) {
            control.run("delete from retention_seen where path = ?", path!);
          }
        }
        for (const path of there) {
          control.run("insert or ignore into retention_seen values (?, ?)", path, now);
        }
        control.run("update retention_seen set at = ? where at > ?", now, now);
      });
      known = observed();
    },
    entry: (index, hubMs) => {
      const seen = known.find(({ size }) => size > index);
      return seen === undefined ? hubMs : Math.min(hubMs, seen.at);
    },
    file(path, receivedMs) {
      const row = control.get("select at from retention_seen where path = ?", path);
      const seen = row === undefined ? undefined : Number(row["at"]);
      if (receivedMs === undefined || seen === undefined) return receivedMs ?? seen;
      return Math.min(receivedMs, seen);
    },
  };
}
