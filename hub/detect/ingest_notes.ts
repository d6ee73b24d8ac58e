/**
 * Detectors: what ingest has noted in the ledger about frames that it did not take.
 *
 * @module
 */
import type { Evidence } from "../../sdk/api/alerts.ts";
import {
  type EquivocationNote,
  readEpochEntry,
  readIngestNote,
  type RefusedNote,
} from "../ingest/entries.ts";
import { type Detector, type Hit, NOTHING } from "./detector.ts";
import { Entities } from "./entities.ts";
import { hubInstant } from "./evidence.ts";

/** Two signed frames for one place: the agent's key is used twice, or its disk went back in time. */
export const EQUIVOCATION_RULE = {
  id: "equivocation",
  title: "An agent has signed two frames for one place",
  severity: "critical",
} as const;

export const REFUSED_RULE = {
  id: "frame-refused",
  title: "A frame was refused for good",
  severity: "high",
} as const;

/** What evidence of it names in place of a table. */
export const NOTE_TABLE = "(ledger note)";
/** Streams whose names are remembered. */
const MOST_STREAMS = 100_000;

type FrameNote = EquivocationNote | RefusedNote;

/** Tells of notes of one kind. It learns the names of sources from the epochs that are opened. */
export function noteDetector(note: FrameNote["note"]): Detector {
  const names = new Entities<string>(MOST_STREAMS);
  return {
    table: undefined,
    columns: [],
    batch: () => NOTHING,
    entry({ kind, payload }, { entry, hubMs }) {
      if (kind === "epoch") {
        const opened = readEpochEntry(payload);
        const key = opened && keyOf(opened);
        const isNew = key !== undefined && names.get(key) !== opened?.name;
        return { hits: [], forgotten: isNew ? names.set(key, opened!.name) : 0 };
      }
      const found = kind === "note" ? readIngestNote(payload) : undefined;
      const isOurs = found?.note === "equivocation" || found?.note === "refused";
      if (!isOurs || found.note !== note) return NOTHING;
      const source = names.get(keyOf(found)) ?? found.stream;
      const time = hubInstant(hubMs);
      return { hits: [hitOf(found, { entry, source, time })], forgotten: 0 };
    },
    tick: () => NOTHING,
    save: () => names.save(),
    load: (cells) => names.load(cells),
  };
}

function keyOf({ agent, stream }: { readonly agent: string; readonly stream: string }): string {
  return `${agent}/${stream}`;
}

function hitOf(note: FrameNote, at: Pick<Evidence, "entry" | "source" | "time">): Hit {
  const { agent, epoch, seq, hash } = note;
  const place = { Epoch: String(epoch), Seq: String(seq), FrameHash: hash };
  const fields = note.note === "equivocation"
    ? { ...place, HeldHash: note.held, Header: note.header }
    : { ...place, Code: note.code, Rows: String(note.rows) };
  const summary = note.note === "equivocation"
    ? `A second frame for epoch ${epoch}, seq ${seq}: both are signed, the ledger has the first`
    : `A frame of ${note.rows} events was refused for good: ${note.code}`;
  const evidence = [{ ...at, row: 0, table: NOTE_TABLE, agent, fields }];
  const events = note.note === "equivocation" ? 1 : Math.max(1, note.rows);
  const entity = `_Agent=${agent}, _Source=${at.source}`;
  return { kind: "hit", entity, summary, events, evidence };
}
