/**
 * AppLocker's events as rows: 8002 to 8007 and 8020 to 8040, as hosts wrote them in 2017 and do now.
 *
 * @module
 */
import type { Json } from "../../sdk/mod.ts";
import { eventFields, levelName, seldomValues, systemValues } from "../../sdk/read/event_fields.ts";
import type { WindowsEvent } from "../../sdk/read/windows_event.ts";
import type { AppLockerRow } from "./table.ts";

export const PROVIDER = "Microsoft-Windows-AppLocker";

/** "Using Event Viewer with AppLocker", "Understanding App Control event IDs" (Microsoft Learn). */
const ACTIONS: ReadonlyMap<number, string> = new Map([
  ...[8002, 8005, 8020, 8023, 8037].map((id) => [id, "allowed"] as const),
  ...[8003, 8006, 8021, 8024, 8028, 8039].map((id) => [id, "audited"] as const),
  ...[8004, 8007, 8022, 8025, 8027, 8029, 8036, 8040].map((id) => [id, "blocked"] as const),
]);

const TEXTS = [
  "PolicyName",
  "RuleId",
  "RuleName",
  "RuleSddl",
  "TargetUser",
  "TargetLogonId",
  "FilePath",
  "FullFilePath",
  "FileHash",
  "Fqbn",
  "Package",
] as const;

/** A profile's folder, whatever stands for the drive: `%OSDRIVE%\USERS\ADA\`. */
const PROFILE = /(\\(?:users|documents and settings)\\)[^\\]+(?=\\)/i;

/** The row of an event of {@link PROVIDER}. */
export function appLockerRow(event: WindowsEvent): AppLockerRow {
  const fields = new Map<string, Json>(entriesOf(eventFields(event).fields));
  dropLengths(fields);
  const texts: Partial<Record<(typeof TEXTS)[number], string>> = {};
  for (const name of TEXTS) {
    const value = fields.get(name);
    if (typeof value !== "string" && value !== null) continue;
    fields.delete(name);
    if (value !== null && value !== "") texts[name] = value;
  }
  const processId = takeNumber(fields, "TargetProcessId");
  for (const [name, value] of Object.entries(seldomValues(event))) {
    if (!fields.has(name)) fields.set(name, value);
  }
  const { FilePath: path } = texts;
  return {
    TimeGenerated: event.time,
    Computer: event.computer,
    Channel: event.channel,
    EventID: event.eventId,
    Level: levelName(event.level),
    Action: ACTIONS.get(event.eventId ?? 0),
    ...texts,
    TargetProcessId: processId,
    FilePathNoUser: path?.replace(PROFILE, "$1*"),
    EventRecordId: event.recordId,
    Task: event.task,
    ...systemValues(event),
    SystemUserId: event.userId,
    AdditionalFields: fields.size === 0 ? undefined : Object.fromEntries(fields),
  };
}

function entriesOf(fields: Json): readonly (readonly [string, Json])[] {
  if (typeof fields === "string") return [["#text", fields]];
  if (typeof fields !== "object" || fields === null) return [];
  return Object.entries(fields).filter(([name]) => name !== "#attributes");
}

/** Newer hosts write `NameLength` before each `Name`: where it is that it says nothing more. */
function dropLengths(fields: Map<string, Json>): void {
  for (const [name, value] of [...fields]) {
    const text = name.endsWith("Length") ? fields.get(name.slice(0, -"Length".length)) : undefined;
    if (text === undefined) continue;
    const length = typeof text === "string" ? text.length : 0;
    // That of a hash counts its bytes.
    const isSaid = Number(value) === length ||
      (name === "FileHashLength" && 2 * Number(value) === length);
    if (isSaid) fields.delete(name);
  }
}

function takeNumber(fields: Map<string, Json>, name: string): number | undefined {
  const value = fields.get(name);
  const digits = typeof value === "string" && /^(\d{1,10}|0x[0-9a-f]{1,8})$/i.test(value);
  if (!digits) return undefined;
  fields.delete(name);
  return Number(value);
}
