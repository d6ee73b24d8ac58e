/**
 * What has arrived in a hub's ledger: the rows of the bench's source, as a multiset.
 *
 * @module
 */
import { cellOf } from "../sdk/columns/cell.ts";
import type { Column } from "../sdk/columns/column.ts";
import type { Json } from "../sdk/table.ts";
import type { Kind } from "./input.ts";
import type { LedgerFrame } from "../hub/ledger/stopped.ts";
import { Multiset } from "./multiset.ts";

const COLUMNS: Readonly<Record<Kind, readonly string[]>> = {
  syslog: ["TimeGenerated", "HostName", "ProcessName", "ProcessID", "SyslogMessage"],
  iis: [
    "TimeGenerated",
    "csMethod",
    "csUriStem",
    "csUriQuery",
    "sPort",
    "csUserName",
    "cIP",
    "csUserAgent",
    "scStatus",
    "TimeTaken",
  ],
};
const TABLES: Readonly<Record<Kind, string>> = { syslog: "Syslog", iis: "W3CIISLog" };

/** Adds up the rows of `frames` that are of `kind`. */
export async function arrivedOf(
  kind: Kind,
  frames: AsyncIterable<LedgerFrame>,
): Promise<Multiset> {
  const arrived = new Multiset();
  for await (const { batch } of frames) {
    if (batch.table !== TABLES[kind]) continue;
    const columns = COLUMNS[kind].map((name) => batch.columns.find((c) => c.name === name));
    for (let row = 0; row < batch.rows; row++) arrived.add(columns.map((c) => valueOf(c, row)));
  }
  return arrived;
}

function valueOf(column: Column | undefined, row: number): Json {
  if (column === undefined) return null;
  if (column.form === "time") return column.ms[row] ?? null;
  return cellOf(column, row) ?? null;
}
