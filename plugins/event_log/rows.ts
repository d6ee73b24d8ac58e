/**
 * Events as rows of the two tables.
 *
 * @module
 */
import type { Json, RowOf, TableWriter } from "../../sdk/mod.ts";
import { eventFields, levelName, seldomValues } from "../../sdk/read/event_fields.ts";
import type { WindowsEvent } from "../../sdk/read/windows_event.ts";
import { pack } from "../../sdk/wire/msgpack.ts";
import { dataXml, paramsXml } from "./data_xml.ts";
import type { tables } from "./table.ts";

/** Adds a row of the table `WindowsEvent`. */
export function writeWindowsEvent(
  writer: TableWriter<typeof tables.WindowsEvent.columns>,
  event: WindowsEvent,
): void {
  const { columns } = writer;
  const { time, level, opcode } = event;
  if (time !== undefined) columns.TimeGenerated.setTicks(time);
  setText(columns.Computer, event.computer);
  setText(columns.Channel, event.channel);
  setText(columns.Provider, event.provider);
  setText(columns.ProviderGuid, event.providerGuid);
  setNumber(columns.EventID, event.eventId);
  setNumber(columns.Version, event.version);
  setNumber(columns.EventLevel, level);
  setText(columns.EventLevelName, levelName(level));
  setNumber(columns.Task, event.task);
  setText(columns.Opcode, opcode === undefined ? undefined : String(opcode));
  setText(columns.Keywords, event.keywords);
  setText(columns.EventRecordId, event.recordId);
  setText(columns.Correlation, event.activityId);
  setNumber(columns.SystemProcessId, event.processId);
  setNumber(columns.SystemThreadId, event.threadId);
  setText(columns.SystemUserId, event.userId);
  const { fields, section } = eventFields(event);
  if (fields !== null) setDynamic(columns.EventData, fields);
  const more = moreOf(event, section);
  if (more !== undefined) setDynamic(columns.AdditionalFields, more);
  writer.endRow();
}

function setText(builder: { set(value: string): void }, value: string | undefined): void {
  if (value !== undefined) builder.set(value);
}

/** What is no whole number of 32 bits has no place in a column of type int. */
function setNumber(builder: { set(value: number): void }, value: number | undefined): void {
  if (value !== undefined && (value | 0) === value) builder.set(value);
}

function setDynamic(
  builder: { range(bytes: Uint8Array, start: number, end: number): void },
  value: Json,
): void {
  const bytes = pack(value);
  builder.range(bytes, 0, bytes.length);
}

function moreOf(event: WindowsEvent, section: string | undefined): Json | undefined {
  const isPlain = section === undefined || section === "EventData";
  const more = { ...seldomValues(event), ...(!isPlain && { Section: section }) };
  return Object.keys(more).length === 0 ? undefined : more;
}

export function eventRow(event: WindowsEvent): RowOf<typeof tables.Event.columns> {
  const { level, section, data } = event;
  return {
    TimeGenerated: event.time,
    Computer: event.computer,
    EventLog: event.channel,
    Source: event.provider,
    EventID: event.eventId,
    EventLevel: level,
    EventLevelName: levelName(level),
    EventCategory: event.task,
    UserName: event.userId,
    EventData: section === undefined ? undefined : dataXml(section, data),
    ParameterXml: data === null ? undefined : paramsXml(data),
    RenderedDescription: event.message,
  };
}
