/**
 * The table of web requests, and which W3C field fills which of its columns.
 *
 * Columns as in Azure Monitor's `W3CIISLog`, those that IIS itself writes. Implements the "W3C
 * Extended Log File Format" (W3C WD-logfile-960323) with the field names of IIS 10.
 *
 * @module
 */
import { column, table } from "../../sdk/mod.ts";

export const tables = {
  W3CIISLog: table({
    doc: "One HTTP request as the web server logged it",
    time: "TimeGenerated",
    columns: {
      TimeGenerated: column.time({ class: "public", doc: "When the request ended, UTC" }),
      sSiteName: column.string({ class: "system", optional: true, doc: "Site, such as W3SVC1" }),
      sIP: column.string({ class: "network", optional: true, doc: "Address of the server" }),
      csMethod: column.string({ class: "public", optional: true }),
      csUriStem: column.string({ class: "content", optional: true, doc: "Path of the target" }),
      csUriQuery: column.string({ class: "content", optional: true, doc: "Query, as it was sent" }),
      sPort: column.int({ class: "public", optional: true, doc: "Port of the server" }),
      csUserName: column.string({
        class: "personal",
        kind: "user",
        optional: true,
        doc: "Authenticated user; absent for anonymous ones",
      }),
      cIP: column.string({
        class: "network",
        optional: true,
        doc: "Address of the client, with the zone that IIS wrote for a link-local one",
      }),
      csVersion: column.string({ class: "public", optional: true, doc: "Such as HTTP/1.1" }),
      csUserAgent: column.string({ class: "public", optional: true }),
      csCookie: column.string({ class: "secret", optional: true }),
      csReferer: column.string({ class: "content", optional: true }),
      csHost: column.string({ class: "system", optional: true, doc: "Host header" }),
      scStatus: column.string({ class: "public", optional: true, doc: "HTTP status code" }),
      scSubStatus: column.string({ class: "public", optional: true }),
      scWin32Status: column.string({ class: "public", optional: true, doc: "Windows error code" }),
      scBytes: column.long({ class: "public", unit: "bytes", optional: true, doc: "Sent" }),
      csBytes: column.long({ class: "public", unit: "bytes", optional: true, doc: "Received" }),
      TimeTaken: column.long({ class: "public", unit: "ms", optional: true }),
      AdditionalFields: column.dynamic({
        class: "content",
        optional: true,
        doc: "Fields without a column of their own, by their W3C name",
      }),
    },
  }),
};

/** The columns of {@link tables}.W3CIISLog. */
export type RequestColumns = typeof tables.W3CIISLog.columns;

/** A column that one W3C field fills. */
export type FieldColumn = Exclude<keyof RequestColumns, "TimeGenerated" | "AdditionalFields">;

/** W3C field name, in lower case, to column. */
export const COLUMN_OF_FIELD: ReadonlyMap<string, FieldColumn> = new Map([
  ["s-sitename", "sSiteName"],
  ["s-ip", "sIP"],
  ["cs-method", "csMethod"],
  ["cs-uri-stem", "csUriStem"],
  ["cs-uri-query", "csUriQuery"],
  ["s-port", "sPort"],
  ["cs-username", "csUserName"],
  ["c-ip", "cIP"],
  ["cs-version", "csVersion"],
  ["cs(user-agent)", "csUserAgent"],
  ["cs(cookie)", "csCookie"],
  ["cs(referer)", "csReferer"],
  ["cs-host", "csHost"],
  ["cs(host)", "csHost"],
  ["sc-status", "scStatus"],
  ["sc-substatus", "scSubStatus"],
  ["sc-win32-status", "scWin32Status"],
  ["sc-bytes", "scBytes"],
  ["cs-bytes", "csBytes"],
  ["time-taken", "TimeTaken"],
]);
