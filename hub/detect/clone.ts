/**
 * Detector: two running agents with one identity, such as a host whose disk was copied.
 *
 * Each start of an agent draws a boot id that no other start has. When one start follows another, the
 * first is over: it never comes back. So a restart, a crash, a hub that was away or a restored disk
 * gives new boot ids only. A host that goes back to a snapshot of its memory comes back once, alone;
 * two that run at the same time come back by turns.
 *
 * @module
 */
import type { Evidence } from "../../sdk/api/alerts.ts";
import { readIngestNote, type SessionNote } from "../ingest/entries.ts";
import { type Detector, type Hit, NOTHING } from "./detector.ts";
import { Entities } from "./entities.ts";
import { hubInstant } from "./evidence.ts";
import { NOTE_TABLE } from "./ingest_notes.ts";

/** What its findings are named by. */
export const CLONE_RULE = {
  id: "agent-clone",
  title: "Two running agents have the same identity",
  severity: "critical",
} as const;

/** Agents that are remembered, and starts of each. */
const MOST_AGENTS = 100_000;
const MOST_STARTS = 8;
/** Starts that have come back count for so long, in ms. */
const WITHIN_MS = 86_400_000;

/** One start of an agent. */
interface Start {
  readonly boot: string;
  readonly instance: number | null;
  /** Ledger entry of its first connection. */
  readonly since: number;
  /** Hub time of its last connection. */
  readonly at: number;
  /** Hub time when it came back after another one; null: it has not. */
  readonly returned: number | null;
}

/** Remembers the last starts of each agent, the newest last. */
export function cloneDetector(): Detector {
  const agents = new Entities<readonly Start[]>(MOST_AGENTS);
  return {
    table: undefined,
    columns: [],
    batch: () => NOTHING,
    entry({ kind, payload }, { entry, hubMs }) {
      const note = kind === "note" ? readIngestNote(payload) : undefined;
      if (note?.note !== "session") return NOTHING;
      const before = agents.get(note.agent) ?? [];
      const starts = withStart(before, note, { entry, at: hubMs });
      const isClone = areTwo(starts, before, hubMs);
      // What was told is told: the next finding needs new evidence.
      const kept = isClone ? starts.map((start) => ({ ...start, returned: null })) : starts;
      const forgotten = agents.set(note.agent, kept.slice(-MOST_STARTS));
      return { hits: isClone ? [hitOf(note, starts, { entry, hubMs })] : [], forgotten };
    },
    tick: () => NOTHING,
    save: () => agents.save(),
    load: (cells) => agents.load(cells),
  };
}

function withStart(
  before: readonly Start[],
  note: SessionNote,
  { entry, at }: { readonly entry: number; readonly at: number },
): readonly Start[] {
  const { boot, instance = null } = note;
  const known = before.find((start) => start.boot === boot);
  const isBack = known !== undefined && before.at(-1)?.boot !== boot;
  const since = known?.since ?? entry;
  const start = { boot, instance, since, at, returned: isBack ? at : known?.returned ?? null };
  return [...before.filter((other) => other.boot !== boot), start];
}

function areTwo(starts: readonly Start[], before: readonly Start[], now: number): boolean {
  const [newest, other] = [starts.at(-1), before.at(-1)];
  if (newest?.returned !== now || newest.boot === other?.boot) return false;
  const isFresh = ({ returned }: Start): boolean => returned !== null && now - returned < WITHIN_MS;
  // The other came later, from a disk on which this start had not happened: it is no successor.
  const isCopy = other !== undefined && other.since > newest.since &&
    (other.instance ?? Infinity) <= (newest.instance ?? -Infinity);
  return isCopy || starts.filter(isFresh).length >= 2;
}

function hitOf(
  { agent }: SessionNote,
  starts: readonly Start[],
  { entry, hubMs }: { readonly entry: number; readonly hubMs: number },
): Hit {
  const [other, newest] = starts.slice(-2);
  const of = (name: string, start: Start | undefined): Record<string, string> => ({
    [`${name}Boot`]: start?.boot ?? "",
    [`${name}Instance`]: String(start?.instance ?? ""),
    [`${name}Seen`]: hubInstant(start?.at ?? 0),
  });
  const fields = { ...of("This", newest), ...of("Other", other) };
  const time = hubInstant(hubMs);
  const place = { entry, row: 0, table: NOTE_TABLE, time, agent, source: "" };
  const evidence: Evidence[] = [{ ...place, fields }];
  const summary = "A start of the agent came back after another one had followed it: both run";
  return { kind: "hit", entity: `_Agent=${agent}`, summary, events: 1, evidence };
}
