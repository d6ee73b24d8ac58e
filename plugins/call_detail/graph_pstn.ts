/**
 * Calls of Microsoft Teams with the public telephone network: the Graph API's `pstnCallLogRow` and
 * `directRoutingLogRow`.
 *
 * @module
 */
import * as v from "valibot";
import type { Json } from "../../sdk/mod.ts";
import { isoTicks } from "../../sdk/read/time_text.ts";
import type { CallRow } from "./table.ts";

const text = v.optional(v.nullable(v.string()));

const logRow = v.looseObject({
  id: v.string(),
  callId: text,
  correlationId: text,
  startDateTime: text,
  inviteDateTime: text,
  endDateTime: text,
  duration: v.optional(v.nullable(v.number())),
  callType: v.string(),
  callerNumber: text,
  calleeNumber: text,
  userId: text,
  userPrincipalName: text,
  userDisplayName: text,
});

/** Fields that have columns. */
const KEYS = new Set(Object.keys(logRow.entries));
/** Of the others those that hold a person's number or an identifier of one. */
const PERSONAL = /number|user|conferenceId|destinationName/i;

/** Turns a row of a log into one of ours; undefined where a document is none. */
export function pstnRow(json: unknown): CallRow | "no valid time" | undefined {
  const parsed = v.safeParse(logRow, json);
  if (!parsed.success) return undefined;
  const row = parsed.output;
  const start = isoTicks(row.startDateTime);
  const end = isoTicks(row.endDateTime);
  const TimeGenerated = end ?? start ?? isoTicks(row.inviteDateTime);
  if (TimeGenerated === undefined) return "no valid time";
  const isInbound = /in$|^ByotIn/i.test(row.callType);
  const user = {
    user: row.userId ?? undefined,
    principal: row.userPrincipalName ?? undefined,
    name: row.userDisplayName ?? undefined,
  };
  return {
    TimeGenerated,
    Vendor: "microsoft-graph",
    CallId: row.callId ?? row.correlationId ?? row.id,
    LegId: row.id,
    CallType: row.callType,
    Direction: isInbound ? "inbound" : "outbound",
    StartTime: isoTicks(row.inviteDateTime) ?? start,
    ConnectTime: start,
    EndTime: end,
    DurationSeconds: row.duration ?? undefined,
    Caller: row.callerNumber ?? undefined,
    Callee: row.calleeNumber ?? undefined,
    ...(isInbound
      ? { CalleeUser: user.user, CalleePrincipal: user.principal, CalleeName: user.name }
      : { CallerUser: user.user, CallerPrincipal: user.principal, CallerName: user.name }),
    ...rest(row),
  };
}

function rest(row: Readonly<Record<string, unknown>>): Pick<CallRow, "Extra" | "OtherFields"> {
  const said = Object.entries(row).filter(([key, value]) =>
    !KEYS.has(key) && !key.startsWith("@") && value !== null && value !== ""
  );
  const isOpen = (entry: [string, unknown]): entry is [string, Json] =>
    !PERSONAL.test(entry[0]) && ["string", "number", "boolean"].includes(typeof entry[1]);
  const open = said.filter(isOpen);
  const others = said.filter((entry) => !isOpen(entry));
  return {
    Extra: open.length === 0 ? undefined : Object.fromEntries(open),
    OtherFields: others.length === 0 ? undefined : JSON.stringify(Object.fromEntries(others)),
  };
}
