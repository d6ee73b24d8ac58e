/**
 * How far an agent's clock is from the hub's (AU-8): asked for on the link, noted in the ledger.
 *
 * The hub says when it asked, the agent what its clock shows, and the answer's arrival bounds the
 * error: whatever the way there and back took, the truth is within half of the round trip. Detectors
 * have no clock, so what was measured is an entry, and so is the limit it was held to.
 *
 * @module
 */
import type { MessageOf } from "../../sdk/wire/link.ts";
import { type ClockNote, encodeEntry } from "./entries.ts";
import { appendEntry, type Ingest } from "./ingest.ts";
import type { Agent } from "./stream_index.ts";

/** Beyond it an agent's clock is an alert, in ms, unless the config says otherwise. */
export const CLOCK_LIMIT_MS = 1000;
const ASK_EVERY_MS = 60_000;
/** Where nothing has changed, a measurement is noted so often. */
const NOTE_EVERY_MS = 3_600_000;
/** An answer that took longer says too little. */
const MOST_BOUND_MS = 5000;

/** The measuring on one connection. */
export interface ClockWatch {
  /** Number of the last question. */
  asked: number;
  /** When it was asked, ms since the epoch; undefined: it was answered. */
  askedAt: number | undefined;
  /** When the next is due. */
  dueAt: number;
}

export function watchClock(): ClockWatch {
  return { asked: 0, askedAt: undefined, dueAt: -Infinity };
}

/** The question that is due; one that was not answered is asked anew. */
export function askClock(watch: ClockWatch, now: number): MessageOf<"time"> | undefined {
  // The hub's own clock may have been set back.
  if (now < watch.dueAt && watch.dueAt - now <= ASK_EVERY_MS) return undefined;
  Object.assign(watch, { asked: watch.asked + 1, askedAt: now, dueAt: now + ASK_EVERY_MS });
  return { type: "time", id: watch.asked };
}

/** Takes an answer, and notes what it says if that is news; false if nothing was asked. */
export function tellClock(
  ingest: Ingest,
  { entry, keyHash }: Agent,
  { watch, answer }: { readonly watch: ClockWatch; readonly answer: MessageOf<"timeok"> },
): boolean {
  const { askedAt } = watch;
  if (askedAt === undefined || answer.id !== watch.asked) return false;
  watch.askedAt = undefined;
  const now = ingest.now();
  const boundMs = Math.ceil((now - askedAt) / 2);
  if (boundMs < 0 || boundMs > MOST_BOUND_MS) return true;
  const offsetMs = Math.round(answer.time - (askedAt + now) / 2);
  const limitMs = ingest.clockLimitMs ?? CLOCK_LIMIT_MS;
  const measured = { offsetMs, boundMs, limitMs, at: now };
  const note: ClockNote = { note: "clock", agent: entry.id, ...measured };
  if (isNews(note, ingest.index.clocks.get(entry.id))) {
    appendEntry(ingest, { kind: "note", keyHash, payload: encodeEntry(note) });
  }
  return true;
}

/** Whether a clock is off beyond doubt. */
export function isOff(
  { offsetMs, boundMs, limitMs }: Pick<ClockNote, "offsetMs" | "boundMs" | "limitMs">,
): boolean {
  return Math.abs(offsetMs) - boundMs > limitMs;
}

function isNews(note: ClockNote, last: ClockNote | undefined): boolean {
  if (last === undefined || isOff(last) !== isOff(note) || last.limitMs !== note.limitMs) {
    return true;
  }
  const moved = Math.abs(note.offsetMs - last.offsetMs) - note.boundMs - last.boundMs;
  return moved > note.limitMs / 2 || Math.abs(note.at - last.at) >= NOTE_EVERY_MS;
}
