/**
 * The table `Syslog`, with Azure Monitor's columns and what RFC 5424 has besides.
 *
 * @module
 */
import { column, table } from "../../sdk/mod.ts";
import { JOURNAL_LEAVES } from "./journal/fields.ts";

export const syslogTable = table({
  doc: "One message of the syslog protocol, RFC 5424 or RFC 3164, or entry of systemd's journal",
  time: "TimeGenerated",
  columns: {
    TimeGenerated: column.time({
      class: "public",
      doc: "The message's own time; where it has none, when it was read",
    }),
    EventTime: column.time({ class: "public", optional: true, doc: "The message's own time" }),
    Computer: column.string({ class: "system", optional: true, doc: "Set by the agent" }),
    CollectorHostName: column.string({ class: "system", optional: true, doc: "Set by the agent" }),
    Facility: column.string({ class: "public", optional: true, doc: "auth, cron, local0, …" }),
    SeverityLevel: column.string({ class: "public", optional: true, doc: "emerg to debug" }),
    HostName: column.string({ class: "system", optional: true, doc: "As the message names it" }),
    HostIP: column.string({
      class: "network",
      optional: true,
      doc: "The peer that sent the message to our listener",
    }),
    ProcessName: column.string({
      class: "system",
      optional: true,
      doc: "With a process id that is no number in brackets after it",
    }),
    ProcessID: column.int({ class: "public", optional: true }),
    MsgId: column.string({ class: "system", optional: true, doc: "RFC 5424: kind of message" }),
    StructuredData: column.dynamic({
      class: "content",
      optional: true,
      doc: "RFC 5424: an object for each element; a parameter given twice is an array",
    }),
    JournalFields: column.dynamic({
      class: "content",
      optional: true,
      leaves: JOURNAL_LEAVES,
      doc: "Of a journal's entry: what has no column; a field given twice is an array",
    }),
    SyslogMessage: column.string({ class: "content", optional: true, doc: "Without header" }),
  },
});

export type SyslogColumns = typeof syslogTable.columns;
