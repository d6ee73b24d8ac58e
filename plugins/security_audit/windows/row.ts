/**
 * Events of the Security log as rows of `SecurityEvent`.
 *
 * @module
 */
import type { Json } from "../../../sdk/mod.ts";
import { eventFields, seldomValues, systemValues } from "../../../sdk/read/event_fields.ts";
import type { WindowsEvent } from "../../../sdk/read/windows_event.ts";
import { ACTIVITIES, LOGON_TYPES } from "./activities.ts";
import { INT_FIELDS, TEXT_FIELDS } from "./table.ts";

/** As `emit` takes it. */
export type SecurityRow = Readonly<Record<string, Json | bigint | undefined>>;

/** Columns that are made here: a field of such a name is no such column. */
const MADE = new Set(["Account", "AccountType", "Activity", "EventID", "Level", "Task", "Process"]);

export function securityRow(event: WindowsEvent): SecurityRow {
  const row: Record<string, Json | bigint | undefined> = {
    TimeGenerated: event.time,
    Computer: event.computer,
    Channel: event.channel,
    EventSourceName: event.provider,
    EventID: event.eventId,
    Task: event.task,
    Level: event.level === undefined ? undefined : String(event.level),
    EventRecordId: event.recordId,
    ...systemValues(event),
    Activity: activityOf(event.eventId),
  };
  const others: Record<string, Json> = { ...seldomValues(event) };
  for (const [name, value] of fieldsOf(event)) {
    if (MADE.has(name) || name in row || !setField(row, name, value)) others[name] = value;
  }
  if (Object.keys(others).length > 0) row["AdditionalFields"] = others;
  return { ...row, ...madeOf(row) };
}

function activityOf(id: number | undefined): string | undefined {
  const activity = ACTIVITIES.get(id ?? 0);
  return activity === undefined ? undefined : `${id} - ${activity}.`;
}

function fieldsOf(event: WindowsEvent): readonly (readonly [string, Json])[] {
  const { fields } = eventFields(event);
  if (typeof fields === "string") return [["#text", fields]];
  return typeof fields === "object" && fields !== null ? Object.entries(fields) : [];
}

/** False where the value is none of a column. */
function setField(
  row: Record<string, Json | bigint | undefined>,
  name: string,
  value: Json,
): boolean {
  if (TEXT_FIELDS.has(name) && (typeof value === "string" || value === null)) {
    if (value !== null && value !== "") row[name] = value;
    return true;
  }
  if (!INT_FIELDS.has(name) || typeof value !== "string") return false;
  const number = /^(\d{1,10}|0x[0-9a-f]{1,8})$/i.test(value) ? Number(value) | 0 : undefined;
  if (number === undefined) return false;
  row[name] = number;
  return true;
}

/** Columns that Azure's agent makes of the fields. */
function madeOf(row: SecurityRow): SecurityRow {
  const subject = accountOf(row["SubjectDomainName"], row["SubjectUserName"]);
  const target = accountOf(row["TargetDomainName"], row["TargetUserName"]);
  // Of a logon it is who logs on, of all else who did it.
  const isLogon = row["LogonType"] !== undefined;
  const account = (isLogon ? target ?? subject : subject ?? target) ?? "";
  const logonType = LOGON_TYPES.get(Number(row["LogonType"] ?? NaN));
  const path = row["NewProcessName"] ?? row["ProcessName"];
  return {
    Account: account === "" ? undefined : account,
    AccountType: account === "" ? undefined : account.endsWith("$") ? "Machine" : "User",
    SubjectAccount: row["SubjectAccount"] ?? subject,
    TargetAccount: row["TargetAccount"] ?? target,
    LogonTypeName: logonType === undefined
      ? undefined
      : `${Number(row["LogonType"])} - ${logonType}`,
    Process: typeof path === "string" ? path.split("\\").at(-1) : undefined,
  };
}

function accountOf(
  domain: SecurityRow[string],
  user: SecurityRow[string],
): string | undefined {
  if (typeof user !== "string") return undefined;
  return typeof domain === "string" && domain !== "-" ? `${domain}\\${user}` : user;
}
