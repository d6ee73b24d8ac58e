/**
 * Events as rows of the two tables.
 *
 * @module
 */
import type { Json, RowOf } from "../../sdk/mod.ts";
import { eventFields, levelName } from "../../sdk/read/event_fields.ts";
import type { WindowsEvent } from "../../sdk/read/windows_event.ts";
import { dataXml, paramsXml } from "./data_xml.ts";
import type { tables } from "./table.ts";

export function windowsEventRow(
  event: WindowsEvent,
): RowOf<typeof tables.WindowsEvent.columns> {
  const { level, opcode, relatedActivityId, qualifiers, eventSource } = event;
  const { fields, section } = eventFields(event);
  const more: Record<string, Json> = {
    ...(qualifiers !== undefined && { Qualifiers: qualifiers }),
    ...(eventSource !== undefined && { EventSourceName: eventSource }),
    ...(relatedActivityId !== undefined && { RelatedActivityID: relatedActivityId }),
    ...(section !== undefined && section !== "EventData" && { Section: section }),
  };
  return {
    TimeGenerated: event.time,
    Computer: event.computer,
    Channel: event.channel,
    Provider: event.provider,
    EventID: event.eventId,
    Version: event.version,
    EventLevel: level,
    EventLevelName: levelName(level),
    Task: event.task,
    Opcode: opcode === undefined ? undefined : String(opcode),
    Keywords: event.keywords,
    EventRecordId: event.recordId,
    Correlation: event.activityId,
    SystemProcessId: event.processId,
    SystemThreadId: event.threadId,
    SystemUserId: event.userId,
    EventData: fields ?? undefined,
    AdditionalFields: Object.keys(more).length === 0 ? undefined : more,
  };
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
