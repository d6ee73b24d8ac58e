/**
 * Detector: an agent's clock is further from the hub's than it may be.
 *
 * @module
 */
import { isOff } from "../ingest/clock.ts";
import { type ClockNote, readIngestNote } from "../ingest/entries.ts";
import { type Detector, type Hit, type Moment, NOTHING } from "./detector.ts";
import { Entities } from "./entities.ts";
import { hubInstant } from "./evidence.ts";
import { NOTE_TABLE } from "./ingest_notes.ts";

/** What its findings are named by. */
export const CLOCK_RULE = {
  id: "agent-clock",
  title: "An agent's clock is wrong",
  severity: "medium",
} as const;

/** Agents that are remembered. */
const MOST_AGENTS = 100_000;

/** Remembers whose clock is off, to tell when it is right again. */
export function clockDetector(): Detector {
  const off = new Entities<true>(MOST_AGENTS);
  return {
    table: undefined,
    columns: [],
    batch: () => NOTHING,
    entry({ kind, payload }, moment) {
      const note = kind === "note" ? readIngestNote(payload) : undefined;
      if (note?.note !== "clock") return NOTHING;
      if (isOff(note)) {
        return { hits: [hitOf("hit", note, moment)], forgotten: off.set(note.agent, true) };
      }
      if (off.get(note.agent) === undefined) return NOTHING;
      off.delete(note.agent);
      return { hits: [hitOf("ended", note, moment)], forgotten: 0 };
    },
    tick: () => NOTHING,
    save: () => off.save(),
    load: (cells) => off.load(cells),
  };
}

function hitOf(kind: "hit" | "ended", note: ClockNote, { entry, hubMs }: Moment): Hit {
  const { agent, offsetMs, boundMs, limitMs } = note;
  const fields = {
    OffsetMs: String(offsetMs),
    BoundMs: String(boundMs),
    LimitMs: String(limitMs),
  };
  const where = offsetMs < 0 ? "behind" : "ahead of";
  const summary = `The agent's clock is ${Math.abs(offsetMs)} ms ${where} the hub's, ` +
    `${boundMs} ms more or less; ${limitMs} ms are allowed`;
  const time = hubInstant(hubMs);
  const evidence = [{ entry, row: 0, table: NOTE_TABLE, time, agent, source: "", fields }];
  return { kind, entity: `_Agent=${agent}`, summary, events: 1, evidence };
}
