/**
 * Writes tombstones for all that is due. Nothing is deleted here.
 *
 * If we die between a tombstone and the saved progress, the frames are judged again and found under
 * a tombstone that waits.
 *
 * @module
 */
import type { Control } from "../control.ts";
import { HUB_KEY_HASH } from "../ledger/entry.ts";
import type { StoredFile } from "../store/manifest.ts";
import { type FrameSource, judgeFrames } from "./due_frames.ts";
import { type Holdable, isHeld } from "./hold.ts";
import type { RetentionParts } from "./parts.ts";
import { keptDays, type RetentionSection } from "./policy.ts";
import {
  distancesOf,
  framesOf,
  readRetentionNote,
  type RetentionNote,
  type TombstoneNote,
} from "./retention_note.ts";

const DAY_MS = 86_400_000;

/** Where judging goes on, by days: all below was judged. */
export interface Progress {
  next(days: number): number;
  save(days: number, next: number): void;
  /** Judges again from there on: something was released, or a tombstone was withdrawn. */
  back(to: number): void;
}

/** Opens it in `control`; another policy begins anew. */
export function openProgress(control: Control, section: RetentionSection): Progress {
  control.exec(`
create table if not exists retention_progress (days integer primary key, next integer not null) strict;
create table if not exists retention_policy (policy text not null) strict`);
  const policy = JSON.stringify(section);
  if (control.get("select policy from retention_policy")?.["policy"] !== policy) {
    control.transaction(() => {
      control.exec("delete from retention_progress; delete from retention_policy");
      control.run("insert into retention_policy values (?)", policy);
    });
  }
  return {
    next: (days) =>
      Number(
        control.get("select next from retention_progress where days = ?", days)?.["next"] ?? 0,
      ),
    save: (days, next) =>
      void control.run("insert or replace into retention_progress values (?, ?)", days, next),
    back: (to) => void control.run("update retention_progress set next = min(next, ?)", to),
  };
}

/** Notes `note` and lets it count at once; the next commit makes it durable. */
export function noteDown({ ledger, book, now }: RetentionParts, note: RetentionNote): number {
  const payload = new TextEncoder().encode(JSON.stringify(note));
  const entry = ledger.append("note", HUB_KEY_HASH, payload);
  book.apply(note, entry, now());
  return entry;
}

/** How all that is due is looked for. */
export interface DueOptions {
  /** Who asked for it. */
  readonly by: string;
  readonly signal: AbortSignal;
  /** Takes tombstones, and where frames kept so many days were judged up to. */
  readonly take: (
    tombstones: readonly TombstoneNote[],
    judged?: { readonly days: number; readonly next: number; readonly isOpen: boolean },
  ) => Promise<void>;
}

/** What would be due and is under hold. */
interface HeldBack {
  readonly heldFrames: number;
  readonly heldFiles: number;
}

/** Finds all that is due, and gives it to `take` bit by bit. */
export async function findDue(
  parts: RetentionParts,
  progress: Pick<Progress, "next">,
  options: DueOptions,
): Promise<HeldBack> {
  const { section } = parts;
  const own = Object.keys(section.tables).map((table) => keptDays(section, table).frames);
  const source = await frameSource(parts);
  let heldFrames = 0;
  for (const days of new Set([section.frames, ...own])) {
    const before = parts.now() - days * DAY_MS;
    const until = Math.min(parts.needed(), parts.ledger.durable);
    for (let from = progress.next(days), isEnd = false; !isEnd && !options.signal.aborted;) {
      const judged = await judgeFrames(source, { from, until, days, before });
      heldFrames += judged.held;
      const tombstones = judged.due.map((due): TombstoneNote => ({
        note: "tombstone",
        what: "frames",
        table: due.table,
        frames: distancesOf(due.indexes),
        leaves: due.leaves,
        rows: due.rows,
        bytes: due.bytes,
        days,
        before: new Date(before).toISOString(),
        by: options.by,
      }));
      await options.take(tombstones, { days, next: judged.next, isOpen: judged.isOpen });
      ({ next: from, isEnd } = judged);
    }
  }
  return { heldFrames, heldFiles: await dueFiles(parts, options) };
}

async function frameSource(parts: RetentionParts): Promise<FrameSource> {
  const { ledger, section, received, book, tableOf, pause } = parts;
  const waiting = new Set<number>();
  for (const { what, entry } of book.waiting()) {
    const note = what === "frames" ? await tombstoneAt(ledger, entry) : undefined;
    if (note?.what === "frames") { for (const index of framesOf(note)) waiting.add(index); }
  }
  return {
    ledger,
    tableOf,
    pause,
    daysOf: (table) => keptDays(section, table).frames,
    received: (index, hubMs) => received.entry(index, hubMs),
    holds: () => book.holds(),
    isWaiting: (index) => waiting.has(index),
  };
}

/** The tombstone in ledger entry `index`; undefined if it is none. */
export async function tombstoneAt(
  ledger: Pick<RetentionParts["ledger"], "read">,
  index: number,
): Promise<TombstoneNote | undefined> {
  const [entry] = await ledger.read(index, { maxBytes: 1 });
  const note = entry?.kind === "note" ? readRetentionNote(entry.payload) : undefined;
  return note?.note === "tombstone" ? note : undefined;
}

/** Gives the number of files under hold. */
async function dueFiles(parts: RetentionParts, options: DueOptions): Promise<number> {
  const { store, book, section, now } = parts;
  const waiting = new Set(book.waiting().map(({ path }) => path));
  let held = 0;
  for (const file of store.list()) {
    if (options.signal.aborted) break;
    const { table, path, rows, bytes } = file;
    const days = keptDays(section, table).parquet;
    const before = now() - days * DAY_MS;
    const received = parts.received.file(path, file.receivedMs);
    if (received === undefined || received >= before || waiting.has(path)) continue;
    if (isHeld(book.holds(), fileThing(file))) {
      held++;
      continue;
    }
    const hash = await store.hash(file);
    const when = new Date(before).toISOString();
    const what = { note: "tombstone", what: "file", table, path, hash, rows, bytes } as const;
    await options.take([{ ...what, days, before: when, by: options.by }]);
    await parts.pause();
  }
  return held;
}

const WEEK_MS = 7 * DAY_MS;

/** What holds are asked about: rows of one file were received in one week (`store/compact.ts`). */
export function fileThing(file: StoredFile): Holdable {
  const { table, fromMs, toMs, timeless, receivedMs } = file;
  return {
    table,
    events: timeless > 0 || fromMs > toMs ? undefined : { from: fromMs, to: toMs },
    received: receivedMs === undefined
      ? { from: -Infinity, to: Infinity }
      : { from: receivedMs - WEEK_MS, to: receivedMs },
    agent: undefined,
  };
}
