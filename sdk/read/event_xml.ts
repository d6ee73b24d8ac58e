/**
 * An event of Windows from its XML, as Event Viewer, `wevtutil` and the live system write it (Event
 * schema, http://schemas.microsoft.com/win/2004/08/events/event).
 *
 * @module
 */
import type { Json } from "../table.ts";
import { addData, elementJson, Members } from "./event_data.ts";
import { bareGuid } from "./evtx_values.ts";
import { isoTicks } from "./time_text.ts";
import type { WindowsEvent } from "./windows_event.ts";
import { childOf, readXml, textAt, type XmlElement, XmlError } from "./xml.ts";

const GUID = /^\{[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\}$/i;
const NUMBER = /^\d{1,9}$/;
const NUMBERS = ["EventID", "Version", "Level", "Task", "Opcode"];
/** Siblings of System that are about the event, not of it. */
const RENDERING = new Set(["System", "RenderingInfo", "DebugData", "ProcessingErrorData"]);

/**
 * The event that `text` is; a word why it is none where it is none.
 *
 * @throws Nothing: bad input is a word.
 */
export function eventOfXml(text: string): WindowsEvent | string {
  let root: XmlElement;
  try {
    const read = readXml(text);
    if (!read.isWhole) return "XML not complete";
    ({ root } = read);
  } catch (error) {
    if (error instanceof XmlError) return `no XML: ${error.code}`;
    throw error;
  }
  const system = childOf(root, "System");
  if (root.name !== "Event" || system === undefined) return "no Event with System";
  const wrong = wrongIn(system);
  return wrong ?? { ...systemOf(system), ...bodyOf(root) };
}

/** Why System is not as it must be: what cannot be read there must not be lost. */
function wrongIn(system: XmlElement): string | undefined {
  const time = childOf(system, "TimeCreated")?.attributes.get("SystemTime");
  if (time !== undefined && isoTicks(time) === undefined) return "SystemTime not valid";
  const isNumber = (name: string): boolean => NUMBER.test(textAt(system, name) ?? "0");
  return NUMBERS.every(isNumber) ? undefined : "number in System not valid";
}

function systemOf(system: XmlElement): Omit<WindowsEvent, "section" | "data" | "message"> {
  const value = (name: string): string | undefined => textAt(system, name);
  const attribute = (name: string, of: string): string | undefined =>
    childOf(system, name)?.attributes.get(of) || undefined;
  const number = (text: string | undefined): number | undefined =>
    text === undefined || !NUMBER.test(text) ? undefined : Number(text);
  const guid = (text: string | undefined): string | undefined =>
    text === undefined ? undefined : bareGuid(text);
  return {
    provider: attribute("Provider", "Name"),
    providerGuid: guid(attribute("Provider", "Guid")),
    eventSource: attribute("Provider", "EventSourceName"),
    eventId: number(value("EventID")),
    qualifiers: number(attribute("EventID", "Qualifiers")),
    version: number(value("Version")),
    level: number(value("Level")),
    task: number(value("Task")),
    opcode: number(value("Opcode")),
    keywords: value("Keywords"),
    time: isoTicks(attribute("TimeCreated", "SystemTime")),
    recordId: value("EventRecordID"),
    activityId: guid(attribute("Correlation", "ActivityID")),
    relatedActivityId: guid(attribute("Correlation", "RelatedActivityID")),
    processId: number(attribute("Execution", "ProcessID")),
    threadId: number(attribute("Execution", "ThreadID")),
    execution: executionOf(system),
    channel: value("Channel"),
    computer: value("Computer"),
    userId: attribute("Security", "UserID"),
  };
}

function executionOf(system: XmlElement): WindowsEvent["execution"] {
  const others = [...childOf(system, "Execution")?.attributes ?? []].filter(([name, value]) =>
    name !== "ProcessID" && name !== "ThreadID" && value !== ""
  );
  return others.length === 0 ? undefined : Object.fromEntries(others);
}

function bodyOf(root: XmlElement): Pick<WindowsEvent, "section" | "data" | "message"> {
  const body = root.children.find(({ name }) => !RENDERING.has(name));
  const message = textAt(root, "RenderingInfo", "Message");
  if (body === undefined) return { section: undefined, data: null, message };
  const data = body.name === "EventData" ? eventDataOf(body) : jsonOf(body);
  return { section: body.name, data, message };
}

function eventDataOf(body: XmlElement): Json {
  const data = new Members();
  const attributes = attributesOf(body);
  if (attributes.count > 0) data.add("#attributes", attributes.json());
  for (const child of body.children) {
    const name = child.attributes.get("Name");
    if (child.name === "Data") addData(data, name, [leaf(child, name ?? "")]);
    else data.add(child.name, jsonOf(child));
  }
  return data.count === 0 ? null : data.json();
}

/** The value of a `Data`: text, or what else stands in it. */
function leaf(element: XmlElement, name: string): Json {
  if (element.children.length > 0) return jsonOf({ ...element, attributes: new Map() });
  return element.fullText === "" ? null : named(element.fullText, name);
}

function jsonOf(element: XmlElement): Json {
  const children = new Members();
  for (const child of element.children) children.add(child.name, jsonOf(child));
  const text = element.children.length > 0 ? element.text : named(element.fullText, element.name);
  return elementJson({ attributes: attributesOf(element), children, text });
}

function attributesOf(element: XmlElement): Members {
  const members = new Members();
  for (const [name, value] of element.attributes) members.add(name, named(value, name));
  return members;
}

/** As in EVTX: a GUID has no braces in a field named so. */
function named(text: string, name: string): string {
  return /guid$/i.test(name) && GUID.test(text) ? bareGuid(text) : text;
}
