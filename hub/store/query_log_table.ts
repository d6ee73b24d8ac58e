/**
 * The table `LAQueryLogs`: who asked what in KQL, from the ledger's notes. Names of columns are
 * Azure Monitor's where it has them.
 *
 * @module
 */
import { TableWriter } from "../../sdk/columns/writer.ts";
import { column, type Columns, type Schema, schemaOf, table } from "../../sdk/table.ts";
import type { Item } from "../fanout/follower.ts";
import { type QueryNote, readQueryNote } from "../query/query_note.ts";
import type { Piece } from "./layout.ts";

const LA_QUERY_LOGS = table<Columns>({
  doc: "Queries in KQL that the hub was asked, one row each, also where one failed",
  time: "TimeGenerated",
  columns: {
    TimeGenerated: column.time({ class: "public", doc: "When it came, hub's clock" }),
    CorrelationId: column.string({ class: "public", doc: "The hub's id of the query" }),
    ClientRequestId: column.string({ class: "public", doc: "The client's id of it" }),
    AADObjectId: column.string({ class: "system", doc: "Id of the key or session that asked" }),
    AADEmail: column.string({ class: "system", doc: "Its name" }),
    RequestClientApp: column.string({ class: "public", doc: "What the client calls itself" }),
    RequestTarget: column.string({ class: "public", doc: "The database" }),
    QueryText: column.string({
      class: "system",
      doc: "Without literals that may name somebody",
    }),
    QueryTables: column.dynamic({ class: "public", doc: "Tables that it reads" }),
    QueryReason: column.string({ class: "system", doc: "Why the caller says that they look" }),
    ResponseCode: column.int({ class: "public", doc: "As HTTP has it" }),
    ResponseFailure: column.string({ class: "public", doc: "Kind of failure; empty if none" }),
    ResponseDurationMs: column.real({ class: "public", unit: "ms" }),
    ResponseRowCount: column.int({ class: "public", doc: "Rows that left the hub" }),
    ResponseBytes: column.long({ class: "public", unit: "bytes" }),
  },
});

export const QUERY_LOG_SCHEMA: Schema = schemaOf("LAQueryLogs", LA_QUERY_LOGS);

/** The row of an entry that is the end of a query; undefined for all others. */
export function queryLogPiece({ index, hubTime, kind, payload }: Item): Piece | undefined {
  const note = kind === "note" ? readQueryNote(payload) : undefined;
  if (note?.phase !== "end") return undefined;
  const writer = new TableWriter(QUERY_LOG_SCHEMA);
  writer.add(rowOf(note));
  return { batch: writer.view(), agent: "", source: "", ledgerIndex: index, hubTime };
}

function rowOf(note: QueryNote) {
  return {
    TimeGenerated: note.at,
    CorrelationId: note.activity,
    ClientRequestId: note.request,
    AADObjectId: note.who,
    AADEmail: note.name,
    RequestClientApp: note.application,
    RequestTarget: "custos",
    QueryText: note.text,
    QueryTables: note.tables,
    QueryReason: note.why,
    ResponseCode: note.status,
    ResponseFailure: note.failure,
    ResponseDurationMs: note.ms,
    ResponseRowCount: note.rows,
    ResponseBytes: note.bytes,
  };
}
