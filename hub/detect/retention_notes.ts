/**
 * Detectors: what the hub has noted about its own disk, and of deletions that wait for witnesses.
 *
 * @module
 */
import { readRetentionNote, type RetentionNote } from "../retention/retention_note.ts";
import { type Detector, NOTHING } from "./detector.ts";
import { hubInstant } from "./evidence.ts";
import { NOTE_TABLE } from "./ingest_notes.ts";

/** What its findings are named by. */
export const STUCK_RULE = {
  id: "retention-stuck",
  title: "Nothing is deleted: witnesses do not sign",
  severity: "medium",
} as const;

/** What its findings are named by. */
export const DISK_RULE = {
  id: "disk-low",
  title: "The hub's disk fills up",
  severity: "high",
} as const;

const MIB = 1024 * 1024;

/** Has no state: each note is a finding. */
export function noteFinding(wanted: "retention-stuck" | "disk-low"): Detector {
  return {
    table: undefined,
    columns: [],
    batch: () => NOTHING,
    entry({ kind, payload }, { entry, hubMs }) {
      const note = kind === "note" ? readRetentionNote(payload) : undefined;
      if (note?.note !== wanted) return NOTHING;
      const { summary, fields } = wordsOf(note);
      const place = { entry, row: 0, table: NOTE_TABLE, agent: "", source: "" };
      const evidence = [{ ...place, time: hubInstant(hubMs), fields }];
      const hit = { kind: "hit", entity: "_Hub", summary, events: 1, evidence } as const;
      return { hits: [hit], forgotten: 0 };
    },
    tick: () => NOTHING,
    save: () => [],
    load: () => {},
  };
}

function wordsOf(note: Extract<RetentionNote, { readonly note: "retention-stuck" | "disk-low" }>): {
  readonly summary: string;
  readonly fields: Readonly<Record<string, string>>;
} {
  if (note.note === "retention-stuck") {
    const { tombstone, since } = note;
    const summary = `The tombstone in ledger entry ${tombstone} waits for witnesses since ${since}`;
    return { summary, fields: { Tombstone: String(tombstone), Since: since } };
  }
  const { freeBytes, totalBytes, bytesPerDay, daysLeft } = note;
  const when = daysLeft === null
    ? ""
    : `, full in about ${daysLeft} days at ${Math.round((bytesPerDay ?? 0) / MIB)} MiB a day`;
  return {
    summary: `${Math.round(freeBytes / MIB)} MiB are free${when}: nothing is deleted early for it`,
    fields: { FreeBytes: String(freeBytes), TotalBytes: String(totalBytes) },
  };
}
