/**
 * Entries of the systemd journal's export format into rows of `Syslog`.
 *
 * @module
 */
import type { Emit, Rejected } from "../../../sdk/mod.ts";
import type { RecordScanner, TailChunk } from "../../../sdk/read/io.ts";
import type { syslogTable } from "../table.ts";
import { journalRow } from "./rows.ts";
import { JOURNAL_REASONS, JournalScanner, readEntry } from "./scanner.ts";

const LF = 10;
/** An entry that journalctl writes begins with one of these (journalctl(1), `-o export`). */
const BEGINS = ["__CURSOR=", "__REALTIME_TIMESTAMP=", "__SEQNUM="];

/**
 * How records end in a file that begins with `head`: undefined where that is to be seen, "lines"
 * where it is no journal.
 */
export function journalRecords(head: Uint8Array): (() => RecordScanner) | "lines" | undefined {
  const text = Buffer.from(head).toString("latin1").replace(/^\n+/, "");
  if (BEGINS.some((word) => text.startsWith(word))) return () => new JournalScanner();
  return BEGINS.some((word) => word.startsWith(text)) ? undefined : "lines";
}

export interface JournalOptions {
  readonly emit: Emit<{ readonly Syslog: typeof syslogTable }>;
  readonly reject: (rejected: Rejected) => void;
  /** Wall clock in ms. */
  readonly now: number;
}

/** Emits the entries of `chunk`, or rejects them. */
export function readJournal(
  { bytes, cut }: TailChunk,
  { emit, reject, now }: JournalOptions,
): void {
  if (cut !== undefined) {
    reject({ bytes, why: JOURNAL_REASONS.cut });
    return;
  }
  const scanner = new JournalScanner();
  for (let at = 0; at < bytes.length;) {
    const end = scanner.end(bytes, at);
    const entry = bytes.subarray(at, end < 0 ? bytes.length : end);
    const fields = end < 0 ? JOURNAL_REASONS.open : readEntry(entry);
    if (typeof fields !== "string") {
      if (fields.length > 0) emit.Syslog(journalRow(fields, now));
      at += entry.length;
      continue;
    }
    // Its lengths are not believed: those behind it begin after an empty line.
    const size = Buffer.from(entry.buffer, entry.byteOffset, entry.length).indexOf("\n\n") + 2;
    const refused = size < 2 ? entry : entry.subarray(0, size);
    if (refused.some((byte) => byte !== LF)) reject({ bytes: refused, why: fields });
    at += refused.length;
    scanner.reset();
  }
}
