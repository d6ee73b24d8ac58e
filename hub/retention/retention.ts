/**
 * Retention: what is older than the policy goes, and nothing that is under hold.
 *
 * For each deletion: a tombstone in the ledger (`write_tombstones.ts`), the witnesses' signatures
 * over it, the bytes, a receipt in the ledger (`settle.ts`). A full disk makes nothing go earlier.
 *
 * @module
 */
import type {
  DeletionReceipt,
  LegalHold,
  RetentionPlan,
  RetentionRun,
  RetentionStatus,
} from "../../sdk/api/retention.ts";
import type { Follower } from "../fanout/follower.ts";
import { type Alone, oneAtATime } from "../one_at_a_time.ts";
import { openBook, type Tombstone } from "./book.ts";
import type { Hold } from "./hold.ts";
import type { RetentionOptions, RetentionParts } from "./parts.ts";
import { planOf } from "./plan.ts";
import { keptDays } from "./policy.ts";
import { openReceived } from "./received.ts";
import type { TombstoneNote } from "./retention_note.ts";
import { settle, type Settled } from "./settle.ts";
import { findDue, noteDown, openProgress, type Progress } from "./write_tombstones.ts";

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

/**
 * Why retention does not do what was asked for.
 *
 * - `clock`: the hub's clock has moved on by days, or back: a person must say that it is right.
 * - `behind`: holds in the ledger are not all read yet, try later.
 * - `exists`, `missing`: there is a hold of that name, or none.
 */
export class RetentionError extends Error {
  override readonly name = "RetentionError";
  readonly code: "clock" | "behind" | "exists" | "missing" | "table";

  constructor(code: RetentionError["code"], message: string) {
    super(message);
    this.code = code;
  }
}

/** What somebody wants under hold; times in ms since the Unix epoch. */
export type WantedHold = Pick<Hold, "name" | "table" | "from" | "to" | "agent" | "reason" | "by">;

export interface Retention {
  /** Reads holds and tombstones from the ledger. */
  readonly follower: Follower;
  status(): RetentionStatus;
  plan(signal: AbortSignal): Promise<RetentionPlan>;
  /** @throws {RetentionError} `clock`, `behind`. */
  run(
    asked: { readonly by: string; readonly acceptClock?: boolean },
    signal: AbortSignal,
  ): Promise<RetentionRun>;
  /** What the hub does each minute: all once a day, and what witnesses have signed since. */
  step(signal: AbortSignal): Promise<void>;
  holds(): readonly LegalHold[];
  /** Durable, and in force, when it resolves. @throws {RetentionError} `exists`, `behind`, `table`. */
  addHold(wanted: WantedHold): Promise<LegalHold>;
  /** @throws {RetentionError} `missing`, `behind`. */
  releaseHold(
    released: { readonly name: string; readonly reason: string; readonly by: string },
  ): Promise<void>;
  receipts(
    page: { readonly limit: number; readonly before?: number | undefined },
  ): { readonly receipts: DeletionReceipt[]; readonly next: number | null };
}

/** What the methods share. */
interface State {
  readonly parts: RetentionParts;
  readonly progress: Progress;
  readonly alone: Alone;
  /** @throws {RetentionError} `behind`. */
  readonly mustKnowHolds: () => void;
}

/** Opens what the control file and the ledger know of it. */
export function openRetention(options: RetentionOptions): Retention {
  const { control, ledger, section } = options;
  const progress = openProgress(control, section);
  const book = openBook(control, { size: ledger.durable, back: progress.back });
  const parts: RetentionParts = { ...options, book, received: openReceived(control) };
  const startedWith = ledger.durable;
  const mustKnowHolds = (): void => {
    if (book.follower.next >= startedWith) return;
    throw new RetentionError(
      "behind",
      `Cannot delete or hold yet: holds are read up to ledger entry ${book.follower.next} of ` +
        `${startedWith}, try again later`,
    );
  };
  const state: State = { parts, progress, alone: oneAtATime(), mustKnowHolds };
  let trouble: string | undefined;
  return {
    follower: book.follower,
    run: (asked, signal) => run(state, asked, signal),
    status: () => statusOf(parts, trouble),
    plan: (signal) => plan(state, signal),
    async step(signal) {
      try {
        await step(state, signal);
        trouble = undefined;
      } catch (error) {
        // After a start: the next minute will do.
        if (error instanceof RetentionError && error.code === "behind") return;
        // The status shows by itself whether the clock is still wrong.
        const isTold = error instanceof RetentionError && error.code === "clock";
        trouble = isTold ? undefined : messageOf(error);
        throw error;
      }
    },
    holds: () => book.holds().map(holdOut),
    addHold: (wanted) => addHold(state, wanted),
    releaseHold: (released) => releaseHold(state, released),
    receipts({ limit, before }) {
      const found = book.ended(limit, before);
      const next = found.length < limit ? null : found.at(-1)?.entry ?? null;
      return { receipts: found.map(receiptOut), next };
    },
  };
}

function run(
  { parts, progress, alone, mustKnowHolds }: State,
  { by, acceptClock = false }: Parameters<Retention["run"]>[0],
  signal: AbortSignal,
): Promise<RetentionRun> {
  const { ledger, store, book, now } = parts;
  return alone(async () => {
    mustKnowHolds();
    checkClock(parts, acceptClock);
    const paths = store.list().map(({ path }) => path);
    parts.received.observe(now(), { size: ledger.durable, paths });
    let written = 0;
    await findDue(parts, progress, {
      by,
      signal,
      take: async (tombstones, judged) => {
        written += tombstones.length;
        for (const note of tombstones) noteDown(parts, note);
        if (judged?.isOpen && tombstones.length > 0) ledger.closeSegment();
        await ledger.commit();
        if (judged !== undefined) progress.save(judged.days, judged.next);
      },
    });
    const settled = await settleSigned(parts, signal);
    return { written, ...settled, waiting: book.waiting().length };
  });
}

function plan({ parts, progress, alone }: State, signal: AbortSignal): Promise<RetentionPlan> {
  return alone(async () => {
    const found: TombstoneNote[] = [];
    const held = await findDue(parts, progress, {
      by: "",
      signal,
      take: (tombstones) => Promise.resolve(void found.push(...tombstones)),
    });
    return { tables: planOf(found), ...held };
  });
}

async function step(state: State, signal: AbortSignal): Promise<void> {
  const { parts, alone } = state;
  const { lastRun } = parts.received;
  const isDaily = lastRun === undefined || parts.now() - lastRun >= DAY_MS ||
    parts.now() < lastRun;
  if (isDaily) await run(state, { by: "hub" }, signal);
  else await alone(() => settleSigned(parts, signal));
}

/** Not in line with a run, which may take long: a hold is in force from the note on. */
async function addHold({ parts, mustKnowHolds }: State, wanted: WantedHold): Promise<LegalHold> {
  const { book, ledger } = parts;
  const { from = null, to = null, agent = null, ...rest } = wanted;
  mustKnowHolds();
  if (book.holds().some(({ name }) => name === rest.name)) {
    throw new RetentionError("exists", `Cannot add hold: "${rest.name}" is there already`);
  }
  checkTable(parts, rest.table);
  const entry = noteDown(parts, { note: "hold", ...rest, from, to, agent });
  await ledger.commit();
  return holdOut(book.holds().find((hold) => hold.entry === entry)!);
}

/** A hold on a table whose name is misspelt would hold nothing, and nobody would notice. */
function checkTable({ tables }: RetentionParts, table: string): void {
  const known = tables().toSorted();
  if (table === "*" || known.includes(table)) return;
  throw new RetentionError(
    "table",
    `Cannot add hold: no event of a table "${table}" has come, must be one of ` +
      `${["*", ...known].join(", ")}`,
  );
}

function releaseHold(
  { parts, alone, mustKnowHolds }: State,
  released: Parameters<Retention["releaseHold"]>[0],
): Promise<void> {
  return alone(async () => {
    mustKnowHolds();
    if (parts.book.holds().every(({ name }) => name !== released.name)) {
      throw new RetentionError("missing", `Cannot release hold: there is no "${released.name}"`);
    }
    noteDown(parts, { note: "hold-release", ...released });
    await parts.ledger.commit();
  });
}

async function settleSigned(parts: RetentionParts, signal: AbortSignal): Promise<Settled> {
  const settled = await settle(parts, signal);
  tellStuck(parts);
  await parts.ledger.commit();
  return settled;
}

/** An attacker, or a dead battery, must not make a day pass as ten years. */
function checkClock({ received, now }: RetentionParts, isAccepted: boolean): void {
  const state = received.clockOf(now());
  if (state === "good" || isAccepted) return;
  throw new RetentionError("clock", clockText(state, received.lastRun ?? 0, now()));
}

function clockText(state: "ahead" | "behind", lastRun: number, now: number): string {
  const days = Math.round(Math.abs(now - lastRun) / DAY_MS);
  const [was, is] = [new Date(lastRun).toISOString(), new Date(now).toISOString()];
  const what = state === "ahead" ? `has moved on by ${days} days` : "has gone back";
  return `Cannot delete: the hub's clock ${what} since retention ran last, from ${was} to ${is}: ` +
    "if it is right, run custos-hub retention run --accept-clock";
}

/** An alert, once for the oldest one: witnesses should have signed it long ago. */
function tellStuck(parts: RetentionParts): void {
  const { book, section, now } = parts;
  const [oldest] = book.waiting().filter(({ entry }) => entry >= parts.witnessed());
  if (oldest === undefined || book.isStuckTold(oldest.entry)) return;
  if (now() - oldest.at < section.witness_hours * HOUR_MS) return;
  const since = new Date(oldest.at).toISOString();
  noteDown(parts, { note: "retention-stuck", tombstone: oldest.entry, since });
}

function statusOf(parts: RetentionParts, trouble: string | undefined): RetentionStatus {
  const { book, section, received, now } = parts;
  const waiting = book.waiting();
  const { lastRun } = received;
  const clock = received.clockOf(now());
  const problems = [
    ...clock === "good" ? [] : [clockText(clock, lastRun ?? 0, now())],
    ...stuckProblem(parts, waiting),
    ...trouble === undefined ? [] : [`Retention fails: ${trouble}`],
  ];
  const tables = Object.keys(section.tables).map((table) => [table, keptDays(section, table)]);
  return {
    policy: {
      frames: section.frames,
      parquet: section.parquet,
      tables: Object.fromEntries(tables),
    },
    lastRun: lastRun === undefined ? null : new Date(lastRun).toISOString(),
    holds: book.holds().length,
    waiting: {
      tombstones: waiting.length,
      rows: waiting.reduce((sum, { rows }) => sum + rows, 0),
      bytes: waiting.reduce((sum, { bytes }) => sum + bytes, 0),
      oldest: waiting[0] === undefined ? null : new Date(waiting[0].at).toISOString(),
    },
    deleted: book.deleted(),
    problems,
  };
}

function stuckProblem(
  { section, now, witnessed }: RetentionParts,
  waiting: readonly Tombstone[],
): readonly string[] {
  const [oldest] = waiting.filter(({ entry }) => entry >= witnessed());
  if (oldest === undefined || now() - oldest.at < section.witness_hours * HOUR_MS) return [];
  const since = new Date(oldest.at).toISOString();
  return [
    `Nothing is deleted: a witness has not signed the tombstone in ledger entry ${oldest.entry} ` +
    `since ${since}`,
  ];
}

function holdOut({ from, to, agent, at, ...rest }: Hold): LegalHold {
  const instant = (ms: number | undefined) => ms === undefined ? null : new Date(ms).toISOString();
  return {
    ...rest,
    from: instant(from),
    to: instant(to),
    agent: agent ?? null,
    at: new Date(at).toISOString(),
  };
}

function receiptOut(tombstone: Tombstone): DeletionReceipt {
  const { entry, ended, endedAt, state, what, path, first, last, at } = tombstone;
  const { table, frames, rows, bytes } = tombstone;
  const isFrames = what === "frames";
  return {
    tombstone: entry,
    ended: ended ?? entry,
    state: state === "deleted" ? "deleted" : "withdrawn",
    what,
    table,
    path: path ?? null,
    first: isFrames ? first : null,
    last: isFrames ? last : null,
    frames,
    rows,
    bytes,
    at: new Date(at).toISOString(),
    endedAt: new Date(endedAt ?? at).toISOString(),
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
