/**
 * Detector: the hub was restored from a backup, and its log goes on under a new id.
 *
 * @module
 */
import { parseRollback, RollbackError, type RollbackStatement } from "../../sdk/proof/rollback.ts";
import { readRollbackNote } from "../notes.ts";
import { type Detector, NOTHING } from "./detector.ts";
import { hubInstant } from "./evidence.ts";
import { NOTE_TABLE } from "./ingest_notes.ts";

/** What its findings are named by. */
export const ROLLBACK_RULE = {
  id: "hub-rolled-back",
  title: "The hub was restored from a backup",
  severity: "critical",
} as const;

/** Has no state: each roll-back is a finding. */
export const ROLLBACK_DETECTOR: Detector = {
  table: undefined,
  columns: [],
  batch: () => NOTHING,
  entry({ kind, payload }, { entry, hubMs }) {
    const note = kind === "note" ? readRollbackNote(payload) : undefined;
    const statement = note && parsed(note.statement);
    if (note === undefined || statement === undefined) return NOTHING;
    const { oldLogId, newLogId, oldHead, newHead, lastEntryAt, reason } = statement;
    const fields = {
      OldLog: hexOf(oldLogId),
      NewLog: hexOf(newLogId),
      OldSize: String(oldHead.size),
      NewSize: String(newHead.size),
      LastEntryAt: lastEntryAt,
      Reason: reason,
      Signers: note.signers.join(", "),
    };
    const place = { entry, row: 0, table: NOTE_TABLE, agent: "", source: "" };
    const evidence = [{ ...place, time: hubInstant(hubMs), fields }];
    const summary = `The log goes on from entry ${newHead.size} under a new id; what agents sent ` +
      `after ${lastEntryAt} counts only if they sent it again`;
    const hit = { kind: "hit", entity: `_Log=${fields.NewLog}`, summary, events: 1 } as const;
    return { hits: [{ ...hit, evidence }], forgotten: 0 };
  },
  tick: () => NOTHING,
  save: () => [],
  load: () => {},
};

function parsed(statement: string): RollbackStatement | undefined {
  try {
    return parseRollback(statement);
  } catch (error) {
    if (error instanceof RollbackError) return undefined;
    throw error;
  }
}

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
