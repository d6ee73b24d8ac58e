/**
 * Which plugin reads which sample, and what splits it.
 *
 * @module
 */
import { readFileSync } from "node:fs";
import {
  auditd,
  cmtrace,
  csv,
  evtx,
  json,
  pdh,
  type Splitter,
  sqlEvents,
  syslogLines,
  vqReport,
  w3c,
  xml,
} from "./sample_fields.ts";

export interface SampleKind {
  /** Of the path in the folder of the samples. */
  readonly match: RegExp;
  readonly plugin: string;
  /** The plugin's settings besides the file. */
  readonly set?: object;
  /** Another one that reads the rest of it. */
  readonly beside?: string;
  /** Lines that are given to it in place of the file. */
  readonly lines?: (path: string) => readonly string[];
  readonly split: Splitter;
  /** The field of a record, and the column of an event, by which they find each other. */
  readonly key?: { readonly field: string; readonly column: string };
  /** The splitter reads some records that are damaged, and does not read some that are not. */
  readonly mayLack?: true;
  /** Files of which a part cannot be read, and that is told. */
  readonly damaged?: RegExp;
}

const DAMAGED =
  /\/(?:sample-with-zero-data-size-event|sample_with_a_bad_chunk_magic|sysmon)\.evtx$/;

interface Message {
  readonly SyslogMessage: string;
  readonly HostName?: string;
  readonly ProcessName?: string;
  readonly ProcessID?: string;
}

/** Messages as they were sent, where the sample has lost their header. */
function messages(path: string): readonly string[] {
  const all = JSON.parse(readFileSync(path, "utf8")) as readonly Message[];
  return all.map(({ SyslogMessage, HostName, ProcessName, ProcessID }) => {
    const message = SyslogMessage.replaceAll(/[\r\n]+/g, " ");
    if (/^<\d+>|^\d{4} [A-Z][a-z]{2} /.test(message)) return message;
    const id = /^\d+$/.test(ProcessID ?? "") ? `[${ProcessID}]` : "";
    return `<13>Jun  1 10:00:00 ${HostName ?? "host"} ${ProcessName ?? "app"}${id}: ${message}`;
  });
}

/** Lines that Wazuh's rule tests quote. */
function quoted(path: string): readonly string[] {
  const text = readFileSync(path, "utf8");
  return [...text.matchAll(/^log \d+ \w+ = (.*)$/gm)].map(([, line = ""]) => line.trimEnd());
}

const plain = (path: string): readonly string[] =>
  readFileSync(path, "utf8").split(/\r?\n/).filter((line) => line !== "");

const UTC = { timezone: "UTC" };

export const SAMPLES: readonly SampleKind[] = [
  { match: /^applocker\/.*\.xml$/, plugin: "app_locker", split: xml },
  {
    match: /^call-detail-records\/.*\.csv$/,
    plugin: "call_detail",
    // Its second line names SQL types.
    split: csv(1),
  },
  {
    match: /^call-detail-records\/.*\.json$/,
    plugin: "call_detail",
    beside: "qoe",
    split: json((value) => [value]),
  },
  {
    match: /\.evtx$/,
    plugin: "event_log",
    split: evtx,
    key: { field: "EventRecordID", column: "EventRecordId" },
    mayLack: true,
    damaged: DAMAGED,
  },
  {
    match: /^sql-server\/.*\.evtx$/,
    plugin: "sql_server",
    split: sqlEvents,
    key: { field: "EventRecordID", column: "EventId" },
    mayLack: true,
  },
  { match: /^iis\//, plugin: "iis", set: UTC, split: w3c },
  { match: /^performance\/pdh_/, plugin: "perf_counters", set: UTC, split: pdh },
  {
    match: /^performance\/nab_/,
    plugin: "file",
    set: {
      table: "Cloud_CL",
      format: "csv",
      time: { field: "timestamp", format: "yyyy-MM-dd HH:mm:ss", zone: "UTC" },
      columns: { value: { type: "real", class: "public" } },
    },
    split: csv(),
  },
  { match: /^qoe\/.*\.csv$/, plugin: "qoe", split: csv(1) },
  { match: /^qoe\/.*\.txt$/, plugin: "qoe", split: vqReport },
  {
    match: /^security-audit\/.*\.json$/,
    plugin: "security_audit",
    split: json((value) => value as readonly unknown[]),
    key: { field: "seq", column: "SerialNumber" },
  },
  {
    match: /^security-audit\/auditd/,
    plugin: "security_audit",
    split: auditd,
    key: { field: "msg", column: "AuditID" },
  },
  {
    match: /^security-audit\/.*\.evtx$/,
    plugin: "security_audit",
    split: evtx,
    key: { field: "EventRecordID", column: "EventRecordId" },
    mayLack: true,
  },
  { match: /^system-center\//, plugin: "system_center", split: cmtrace },
  {
    match: /^syslog\/.*\.log$/,
    plugin: "syslog",
    set: UTC,
    split: (path) => syslogLines(plain(path)),
  },
  {
    match: /^syslog\/.*\.ini$/,
    plugin: "syslog",
    set: UTC,
    lines: quoted,
    split: (path) => syslogLines(quoted(path)),
  },
  {
    match: /^syslog\/.*\.json$/,
    plugin: "syslog",
    set: UTC,
    lines: messages,
    split: (path) => syslogLines(messages(path)),
  },
];

/** Files beside the samples. */
export const NO_SAMPLES: readonly { readonly match: RegExp; readonly reason: string }[] = [
  { match: /SOURCES\.md$/, reason: "it says where the others are from" },
  { match: /^schemas\//, reason: "it lists columns" },
  { match: /_structured\.csv$/, reason: "it is another log with labels" },
];
