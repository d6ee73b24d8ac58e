/**
 * Watches the disk of the data folder: a sample each day, a note in the ledger when it gets low.
 *
 * @module
 */
import type { DiskStatus } from "../sdk/api/status.ts";
import type { Control } from "./control.ts";
import { type DaySample, forecast, isLow, MOST_DAYS } from "./disk_forecast.ts";
import { every, type HubEnv } from "./env.ts";
import type { RecordNote } from "./notes.ts";
import { runUntilClosed } from "./run_until_closed.ts";

const EVERY_MS = 600_000;
const DAY_MS = 86_400_000;
/** As long as it stays low, it is said again after so long. */
const AGAIN_MS = 7 * DAY_MS;

export interface DiskWatch {
  /** Now. */
  status(): DiskStatus;
  /** Takes a sample, and notes once that the disk is low. */
  look(): Promise<void>;
}

export interface DiskWatchOptions {
  readonly env: Pick<HubEnv, "now" | "after" | "files" | "log">;
  /** The hub's data folder. */
  readonly folder: string;
  readonly control: Control;
  readonly recordNote: RecordNote;
}

/** Opens it without looking. */
export function openDiskWatch({ env, folder, control, recordNote }: DiskWatchOptions): DiskWatch {
  control.exec(`
create table if not exists disk_day (day integer primary key, free integer not null) strict;
create table if not exists disk_told (at integer not null) strict`);
  const samples = (): readonly DaySample[] =>
    control.all("select day, free from disk_day order by day").map((row) => ({
      day: Number(row["day"]),
      freeBytes: Number(row["free"]),
    }));
  const status = (): DiskStatus => {
    const freeBytes = env.files.freeBytes(folder);
    return forecast({ freeBytes, totalBytes: env.files.totalBytes?.(folder) ?? null }, samples());
  };
  return {
    status,
    async look() {
      const now = env.now();
      const day = Math.floor(now / DAY_MS);
      control.transaction(() => {
        // Of a clock that was ahead, or so old that they say nothing.
        control.run("delete from disk_day where day > ? or day < ?", day, day - MOST_DAYS - 1);
        const free = env.files.freeBytes(folder);
        control.run("insert or replace into disk_day values (?, ?)", day, free);
      });
      const disk = status();
      const told = control.get("select at from disk_told")?.["at"];
      if (!isLow(disk)) {
        if (told !== undefined) control.exec("delete from disk_told");
        return;
      }
      if (told !== undefined && Math.abs(now - Number(told)) < AGAIN_MS) return;
      await recordNote({ note: "disk-low", ...disk });
      control.transaction(() => {
        control.exec("delete from disk_told");
        control.run("insert into disk_told values (?)", now);
      });
    },
  };
}

/** Opens it and looks every ten minutes until `opened` is disposed. */
export function watchDisk(
  options: DiskWatchOptions & { readonly onFatal: (error: unknown) => void },
  opened: AsyncDisposableStack,
): DiskWatch {
  const watch = openDiskWatch(options);
  const log = options.env.log("hub/disk");
  runUntilClosed(
    options,
    opened,
    (signal) =>
      every(options.env, { ms: EVERY_MS, signal }, async () => {
        try {
          await watch.look();
        } catch (error) {
          // A full disk cannot be noted; the status says it all the same.
          log.warning("Cannot look at the disk", { why: String(error) });
        }
      }),
  );
  return watch;
}
