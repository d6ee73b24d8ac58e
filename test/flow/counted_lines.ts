/**
 * What a hub that has stopped holds of {@link numberedLogs}: each line's number, and how often.
 *
 * @module
 */
import { join } from "node:path";
import { cellOf } from "../../sdk/columns/cell.ts";
import { ledgerFrames } from "../../hub/ledger/stopped.ts";
import type { NumberedLogs } from "./numbered_logs.ts";

const COLUMNS: Readonly<Record<string, string>> = {
  Syslog: "ProcessID",
  W3CIISLog: "TimeTaken",
};

/** A log's lines at the hub. */
export interface CountedLines {
  readonly lines: number;
  /** Numbers that are not there, and that are there twice or more. */
  readonly lost: readonly number[];
  readonly doubled: readonly number[];
}

/** Both logs, and the gaps that agents have signed. */
export interface CountedLedger {
  readonly syslog: CountedLines;
  readonly iis: CountedLines;
  readonly gaps: readonly { readonly reason: string; readonly count: number | undefined }[];
}

/** Reads the ledger in a hub's data folder. */
export async function countLines(
  data: string,
  logs: Pick<NumberedLogs, "syslogLines" | "iisLines">,
): Promise<CountedLedger> {
  const counts: Record<string, number[]> = {
    Syslog: zeros(logs.syslogLines),
    W3CIISLog: zeros(logs.iisLines),
  };
  const gaps: CountedLedger["gaps"][number][] = [];
  for await (const { header, batch } of ledgerFrames(join(data, "ledger"))) {
    const valueOf = (name: string, row: number): unknown => {
      const found = batch.columns.find((column) => column.name === name);
      return found && cellOf(found, row);
    };
    for (let row = 0; row < batch.rows; row++) {
      if (header.kind === "gap") {
        const count = valueOf("Count", row);
        const reason = String(valueOf("Reason", row));
        gaps.push({ reason, count: typeof count === "number" ? count : undefined });
      }
      const n = valueOf(COLUMNS[batch.table] ?? "", row);
      const times = counts[batch.table];
      if (typeof n === "number" && times?.[n] !== undefined) times[n]++;
    }
  }
  return { syslog: linesOf(counts["Syslog"]), iis: linesOf(counts["W3CIISLog"]), gaps };
}

function linesOf(times: readonly number[] = []): CountedLines {
  return {
    lines: times.length,
    lost: times.flatMap((count, n) => count === 0 ? [n] : []),
    doubled: times.flatMap((count, n) => count > 1 ? [n] : []),
  };
}

function zeros(length: number): number[] {
  return Array.from({ length }, () => 0);
}
