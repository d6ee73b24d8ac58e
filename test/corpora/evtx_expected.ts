/**
 * Compares events that the EVTX reader gives with those of another reader, field by field.
 *
 * What is expected has the JSON shape of the Rust crate `evtx`: attributes in `#attributes`, text
 * beside them in `#text`, the second element of a name with `_1` behind it.
 *
 * @module
 */
import type { WindowsEvent } from "../../sdk/read/windows_event.ts";

/** A field of which two readers say different things. */
export interface Unequal {
  readonly field: string;
  readonly actual: string | undefined;
  readonly expected: string | undefined;
}

type Fields = Map<string, string | undefined>;

/** The fields that differ between an event that was read and one that is expected. */
export function unequalFields(event: WindowsEvent, expected: unknown): readonly Unequal[] {
  const actual = fieldsRead(event);
  const wanted = fieldsExpected(expected);
  const names = new Set([...actual.keys(), ...wanted.keys()]);
  return [...names].flatMap((field) => {
    const [a, b] = [actual.get(field), wanted.get(field)];
    return plain(a) === plain(b) ? [] : [{ field, actual: a, expected: b }];
  });
}

/**
 * What the other reader makes of some texts that a provider wrote: zeros before a hexadecimal number
 * and characters that XML does not know are left out, and an empty value is none.
 */
function plain(text: string | undefined): string {
  // oxlint-disable-next-line no-control-regex -- they are what is left out
  return (text ?? "").replaceAll(/[\0-\x08\x0b\x0c\x0e-\x1f]/g, "").replace(
    /^0x0+(?=[0-9a-f])/,
    "0x",
  );
}

function fieldsRead(event: WindowsEvent): Fields {
  const fields: Fields = new Map();
  const system = {
    "Provider/Name": event.provider,
    "Provider/Guid": event.providerGuid,
    "Provider/EventSourceName": event.eventSource,
    EventID: event.eventId,
    "EventID/Qualifiers": event.qualifiers,
    Version: event.version,
    Level: event.level,
    Task: event.task,
    Opcode: event.opcode,
    Keywords: event.keywords,
    EventRecordID: event.recordId,
    "Correlation/ActivityID": event.activityId,
    "Correlation/RelatedActivityID": event.relatedActivityId,
    "Execution/ProcessID": event.processId,
    "Execution/ThreadID": event.threadId,
    Channel: event.channel,
    Computer: event.computer,
    "Security/UserID": event.userId,
  };
  for (const [name, value] of Object.entries(system)) {
    if (value !== undefined) fields.set(name, String(value));
  }
  if (event.time !== undefined) fields.set("TimeCreated", ticksText(event.time));
  flatten(event.data, `${event.section}`, fields);
  return fields;
}

function ticksText(ticks: bigint): string {
  const iso = new Date(Number(ticks / 10_000n)).toISOString().slice(0, -1);
  return `${iso}${String(ticks % 10_000n).padStart(4, "0")}Z`;
}

function fieldsExpected(record: unknown): Fields {
  const event = memberOf(memberOf(record, "event"), "Event");
  const fields: Fields = new Map();
  for (const [name, value] of entriesOf(memberOf(event, "System"))) {
    const attributes = entriesOf(memberOf(value, "#attributes"));
    for (const [attribute, text] of attributes) fields.set(`${name}/${attribute}`, String(text));
    const text = attributes.length > 0 ? memberOf(value, "#text") : value;
    if (text !== undefined && text !== null) fields.set(name, String(text));
  }
  const time = fields.get("TimeCreated/SystemTime");
  fields.delete("TimeCreated/SystemTime");
  // Three or nine digits where a provider wrote the time as text.
  fields.set(
    "TimeCreated",
    time?.replace(/\.(\d+)Z$/, (_, digits: string) => `.${digits.padEnd(7, "0").slice(0, 7)}Z`),
  );
  for (const [name, value] of entriesOf(event)) {
    if (name !== "System" && name !== "#attributes") flatten(value, name, fields);
  }
  return fields;
}

/** Leaves by their path; items of a list, and elements with `_n` behind their name, by number. */
function flatten(value: unknown, path: string, into: Fields): void {
  if (Array.isArray(value)) {
    value.forEach((item, i) => flatten(item, i === 0 ? path : `${path}_${i}`, into));
  } else if (typeof value === "object" && value !== null) {
    for (const [name, member] of Object.entries(value)) {
      if (name === "#attributes" && "xmlns" in Object(member)) continue;
      flatten(member, name === "#text" ? path : `${path}/${name}`, into);
    }
  } else into.set(path, value === null || value === undefined ? undefined : String(value));
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;
}

function entriesOf(value: unknown): readonly (readonly [string, unknown])[] {
  return typeof value === "object" && value !== null ? Object.entries(value) : [];
}
