/**
 * The two tables that Azure Monitor has for Windows events, with the columns that Windows fills.
 *
 * @module
 */
import { column, table } from "../../sdk/mod.ts";
import { EVENT_LEAVES } from "../../sdk/read/event_fields.ts";

const open = { class: "public", optional: true } as const;
const system = { class: "system", optional: true } as const;
const content = { class: "content", optional: true } as const;

export const tables = {
  WindowsEvent: table({
    doc: "One event of Windows, its data as values by name",
    time: "TimeGenerated",
    columns: {
      TimeGenerated: column.time({ ...open, doc: "When the provider created it" }),
      Computer: column.string({ ...system, doc: "Host on which it happened" }),
      Channel: column.string({ ...system, doc: "Log, such as Security" }),
      Provider: column.string({ ...system, doc: "Who wrote it" }),
      ProviderGuid: column.string({ ...system, doc: "Of a provider with a manifest" }),
      EventID: column.int(open),
      Version: column.int({ ...open, doc: "Of the event's definition" }),
      EventLevel: column.int({ ...open, doc: "1 critical to 5 verbose; 0 always" }),
      EventLevelName: column.string(open),
      Task: column.int({ ...open, doc: "Category within the provider" }),
      Opcode: column.string(open),
      Keywords: column.string({ ...open, doc: "Bits in hexadecimal" }),
      EventRecordId: column.string({ ...system, doc: "Number within the log" }),
      Correlation: column.string({ ...system, doc: "Activity of which it is a part" }),
      SystemProcessId: column.int(system),
      SystemThreadId: column.int(system),
      SystemUserId: column.string({
        class: "personal",
        kind: "sid",
        optional: true,
        doc: "SID in whose name it was written",
      }),
      EventData: column.dynamic({
        ...content,
        leaves: EVENT_LEAVES,
        doc: "Values by name, those without one in the list `Data`; of UserData its elements",
      }),
      RawEventData: column.string({ ...content, doc: "Of an event that is no XML: all of it" }),
      AdditionalFields: column.dynamic({
        ...system,
        doc:
          "Qualifiers, EventSourceName, RelatedActivityID, Section and what else Execution says, " +
          "where the event has them",
      }),
    },
  }),
  Event: table({
    doc: "One event of Windows, its data as XML",
    time: "TimeGenerated",
    columns: {
      TimeGenerated: column.time({ ...open, doc: "When the provider created it" }),
      Computer: column.string({ ...system, doc: "Host on which it happened" }),
      EventLog: column.string({ ...system, doc: "Log, such as Application" }),
      Source: column.string({ ...system, doc: "Who wrote it" }),
      EventID: column.int(open),
      EventLevel: column.int({ ...open, doc: "1 critical to 5 verbose; 0 always" }),
      EventLevelName: column.string(open),
      EventCategory: column.int({ ...open, doc: "Task within the source" }),
      UserName: column.string({
        class: "personal",
        kind: "sid",
        optional: true,
        doc: "SID in whose name it was written",
      }),
      EventData: column.string({ ...content, doc: "XML of EventData or UserData" }),
      ParameterXml: column.string({ ...content, doc: "Its values, each a Param" }),
      RenderedDescription: column.string({ ...content, doc: "Text, where the file has it" }),
    },
  }),
};
