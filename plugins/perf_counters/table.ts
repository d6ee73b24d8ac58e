/**
 * The table of performance counters.
 *
 * Columns as in Azure Monitor's `Perf`; object and counter names as its Linux agent has them, where
 * it has the counter, else as Windows has them.
 *
 * @module
 */
import { column, table } from "../../sdk/mod.ts";

export const tables = {
  Perf: table({
    doc: "One value of one performance counter",
    time: "TimeGenerated",
    priority: "bulk",
    columns: {
      TimeGenerated: column.time({ class: "public", doc: "When it was read" }),
      Computer: column.string({
        class: "system",
        optional: true,
        doc: "Of a file's counter path; else set by the agent",
      }),
      ObjectName: column.string({ class: "public", doc: "Such as Processor" }),
      CounterName: column.string({ class: "public", doc: "Such as % Processor Time" }),
      InstanceName: column.string({
        class: "system",
        optional: true,
        doc: "Such as a processor's number, a disk, an interface; _Total for all",
      }),
      CounterPath: column.string({
        class: "system",
        optional: true,
        doc: "As a file has it, such as \\\\COMPUTER\\Processor(0)\\% Processor Time",
      }),
      CounterValue: column.real({
        class: "public",
        doc: "In the unit that the counter's name says",
      }),
      BucketStartTime: column.time({
        class: "public",
        optional: true,
        doc: "Of a value over time: when that time began",
      }),
      BucketEndTime: column.time({ class: "public", optional: true, doc: "And when it ended" }),
      SampleCount: column.int({ class: "public", doc: "Readings behind the value: 1 or 2" }),
    },
  }),
};
