/**
 * The table of what other programs push, in the data model of OpenTelemetry logs.
 *
 * @module
 */
import { column, type RowOf, table } from "../../sdk/mod.ts";
import { FIELD_LEAVES } from "./field_leaves.ts";

const open = { class: "public", optional: true } as const;
const system = { class: "system", optional: true } as const;
const content = { class: "content", optional: true } as const;
const fields = { ...content, leaves: FIELD_LEAVES } as const;

export const tables = {
  OTelLogs: table({
    doc: "One event that another program pushed: OTLP, Splunk HEC, NDJSON or Elasticsearch bulk",
    time: "TimeGenerated",
    columns: {
      TimeGenerated: column.time({
        class: "public",
        doc: "The event's own time; where it has none, when it came",
      }),
      ObservedTime: column.time({ ...open, doc: "OTLP: when a collector saw it" }),
      Protocol: column.string({ ...open, doc: "otlp, hec, ndjson or bulk" }),
      SignedAtSource: column.bool({
        ...open,
        doc: "false: this agent signed it, who pushed it did not",
      }),
      Sender: column.string({ ...system, doc: "Name of the token that the sender showed" }),
      SenderAddress: column.string({ class: "network", optional: true, doc: "The peer" }),
      Computer: column.string({ ...system, doc: "Set by the agent" }),
      HostName: column.string({ ...system, doc: "As the event names it" }),
      ServiceName: column.string({ ...content, doc: "OTLP service.name, HEC source" }),
      EventName: column.string({ ...content, doc: "OTLP event name, HEC sourcetype" }),
      Index: column.string({ ...content, doc: "HEC and bulk" }),
      DocumentId: column.string({ ...content, doc: "Bulk: _id, where the sender gave one" }),
      SeverityNumber: column.int({ ...open, doc: "OTLP: 1 (trace) to 24 (fatal)" }),
      SeverityText: column.string(content),
      TraceId: column.string(system),
      SpanId: column.string(system),
      Flags: column.int(open),
      Body: column.string({ ...content, doc: "The text of the event" }),
      BodyFields: column.dynamic({ ...fields, doc: "The body, where it is an object or an array" }),
      Attributes: column.dynamic({ ...fields, doc: "By dotted names" }),
      Resource: column.dynamic({ ...fields, doc: "OTLP: of the process or host that it is about" }),
      ScopeName: column.string({ ...system, doc: "OTLP: the library that made it" }),
      ScopeVersion: column.string(open),
      ScopeAttributes: column.dynamic(fields),
    },
  }),
} as const;

/** One event. */
export type LogRow = RowOf<(typeof tables)["OTelLogs"]["columns"]>;
