/**
 * Call records of Microsoft Teams: the Graph API's `callRecord`, one row for each session.
 *
 * @module
 */
import * as v from "valibot";
import type { Json } from "../../sdk/mod.ts";
import type { CallRow } from "./table.ts";
import { isoTicks } from "../../sdk/read/time_text.ts";

const text = v.optional(v.nullable(v.string()));

const identity = v.optional(v.nullable(v.object({ id: text, displayName: text, tenantId: text })));

const endpoint = v.optional(v.nullable(v.object({
  userAgent: v.optional(v.nullable(v.object({ headerValue: text, platform: text }))),
  identity: v.optional(v.nullable(v.object({
    user: identity,
    phone: identity,
    guest: identity,
    acsUser: identity,
    application: identity,
  }))),
})));

const network = v.optional(v.nullable(v.object({
  ipAddress: text,
  reflexiveIPAddress: text,
})));

const session = v.object({
  id: text,
  startDateTime: text,
  endDateTime: text,
  modalities: v.optional(v.array(v.string())),
  caller: endpoint,
  callee: endpoint,
  failureInfo: v.optional(v.nullable(v.object({ stage: text, reason: text }))),
  segments: v.optional(v.array(v.object({
    media: v.optional(v.nullable(v.array(v.object({
      callerNetwork: network,
      calleeNetwork: network,
    })))),
  }))),
});

const callRecord = v.object({
  id: v.string(),
  type: text,
  version: v.optional(v.number()),
  startDateTime: text,
  endDateTime: text,
  modalities: v.optional(v.array(v.string())),
  organizer: v.optional(v.nullable(v.object({ user: identity, phone: identity }))),
  sessions: v.optional(v.array(session)),
});

type Session = v.InferOutput<typeof session>;
type CallRecord = v.InferOutput<typeof callRecord>;
type Endpoint = v.InferOutput<typeof endpoint>;

/** Why a document is no call. Constant: they are counted by value. */
export type GraphReject = "JSON is no callRecord" | "no valid time";

/** The documents in a parsed JSON text: one, an array of them, or a reply's `value`. */
export function recordsIn(json: unknown): readonly unknown[] {
  if (Array.isArray(json)) return json;
  if (typeof json === "object" && json !== null && "value" in json && Array.isArray(json.value)) {
    return json.value;
  }
  return [json];
}

/** Turns one callRecord into a row for each of its sessions, or one if it shows none. */
export function graphRows(json: unknown): readonly CallRow[] | GraphReject {
  const parsed = v.safeParse(callRecord, json);
  if (!parsed.success) return "JSON is no callRecord";
  const record = parsed.output;
  const { sessions = [] } = record;
  const rows = sessions.length === 0
    ? [rowOf(record, organizerSession(record))]
    : sessions.map((one) => rowOf(record, one));
  return rows.every((row) => row !== undefined) ? rows : "no valid time";
}

/** A record without its sessions says at least who called the meeting, and when. */
function organizerSession(record: CallRecord): Session {
  const { startDateTime, endDateTime, organizer } = record;
  return { startDateTime, endDateTime, caller: { identity: organizer } };
}

function rowOf(record: CallRecord, one: Session): CallRow | undefined {
  const start = isoTicks(one.startDateTime) ?? isoTicks(record.startDateTime);
  const end = isoTicks(one.endDateTime) ?? isoTicks(record.endDateTime);
  const TimeGenerated = end ?? start;
  if (TimeGenerated === undefined) return undefined;
  const caller = party(one.caller);
  const callee = party(one.callee);
  const media = one.segments?.flatMap((segment) => segment.media ?? [])[0];
  return {
    TimeGenerated,
    Vendor: "microsoft-graph",
    CallId: record.id,
    LegId: one.id ?? undefined,
    CallType: record.type ?? undefined,
    StartTime: start,
    EndTime: end,
    DurationSeconds: start === undefined || end === undefined
      ? undefined
      : Number(end - start) / 10_000_000,
    Disposition: one.failureInfo ? "failed" : undefined,
    FailureReason: one.failureInfo?.reason ?? undefined,
    Caller: caller.phone,
    CallerUser: caller.user,
    CallerName: caller.name,
    Callee: callee.phone,
    CalleeUser: callee.user,
    CalleeName: callee.name,
    OrigIp: media?.callerNetwork?.ipAddress ?? undefined,
    DestIp: media?.calleeNetwork?.ipAddress ?? undefined,
    OrigMediaIp: media?.callerNetwork?.reflexiveIPAddress ?? undefined,
    DestMediaIp: media?.calleeNetwork?.reflexiveIPAddress ?? undefined,
    TenantId: caller.tenant ?? callee.tenant,
    Extra: extra(record, one),
  };
}

interface Party {
  readonly user?: string | undefined;
  readonly phone?: string | undefined;
  readonly name?: string | undefined;
  readonly tenant?: string | undefined;
}

function party(end: Endpoint): Party {
  const who = end?.identity;
  const account = who?.user ?? who?.guest ?? who?.acsUser ?? who?.application;
  return {
    user: account?.id ?? undefined,
    phone: who?.phone?.id ?? undefined,
    name: account?.displayName ?? who?.phone?.displayName ?? undefined,
    tenant: account?.tenantId ?? undefined,
  };
}

function extra(record: CallRecord, one: Session): CallRow["Extra"] {
  const all = {
    version: record.version,
    modalities: one.modalities ?? record.modalities,
    failureStage: one.failureInfo?.stage,
    callerPlatform: one.caller?.userAgent?.platform,
    callerAgent: one.caller?.userAgent?.headerValue,
    calleePlatform: one.callee?.userAgent?.platform,
    calleeAgent: one.callee?.userAgent?.headerValue,
  };
  const kept: Record<string, Json> = {};
  for (const [key, value] of Object.entries(all)) if (value) kept[key] = value;
  return Object.keys(kept).length === 0 ? undefined : kept;
}
