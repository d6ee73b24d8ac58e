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

const identity = v.optional(v.nullable(v.object({
  id: text,
  displayName: text,
  tenantId: text,
  userPrincipalName: text,
})));

const identitySet = v.optional(v.nullable(v.object({
  user: identity,
  phone: identity,
  guest: identity,
  acsUser: identity,
  azureCommunicationServicesUser: identity,
  application: identity,
  applicationInstance: identity,
  onPremises: identity,
})));

const endpoint = v.optional(v.nullable(v.looseObject({
  name: text,
  userAgent: v.optional(v.nullable(v.looseObject({ headerValue: text, platform: text }))),
  identity: identitySet,
  associatedIdentity: identity,
})));

/** An organizer or participant of the shapes that end in `_v2`. */
const attendee = v.object({ id: text, identity: identitySet });

const network = v.optional(v.nullable(v.object({
  ipAddress: text,
  reflexiveIPAddress: text,
})));

const session = v.looseObject({
  id: text,
  startDateTime: text,
  endDateTime: text,
  modalities: v.optional(v.array(v.string())),
  caller: endpoint,
  callee: endpoint,
  failureInfo: v.optional(v.nullable(v.object({ stage: text, reason: text }))),
  segments: v.optional(v.nullable(v.array(v.looseObject({
    media: v.optional(v.nullable(v.array(v.object({
      callerNetwork: network,
      calleeNetwork: network,
    })))),
  })))),
});

const callRecord = v.looseObject({
  id: v.string(),
  type: text,
  version: v.optional(v.number()),
  startDateTime: text,
  endDateTime: text,
  modalities: v.optional(v.array(v.string())),
  organizer: identitySet,
  organizer_v2: v.optional(v.nullable(attendee)),
  participants_v2: v.optional(v.nullable(v.array(attendee))),
  sessions: v.optional(v.nullable(v.array(session))),
});

/** Fields that have columns, or that are said by others. */
const RECORD_KEYS = new Set(
  "id type version startDateTime endDateTime modalities organizer organizer_v2 sessions".split(" "),
);
const SESSION_KEYS = new Set(
  "id startDateTime endDateTime modalities caller callee failureInfo segments isTest".split(" "),
);

const ENDPOINT_KEYS = new Set("name userAgent identity associatedIdentity".split(" "));
const MEDIA_KEY = new Set(["media"]);
const AGENT_KEYS = new Set("headerValue platform".split(" "));

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
  const sessions = record.sessions ?? [];
  const rows = (sessions.length === 0 ? [wholeCall(record)] : sessions).map((one, i) =>
    rowOf(record, one, i === 0)
  );
  return rows.every((row) => row !== undefined) ? rows : "no valid time";
}

/** A record without its sessions says at least who began the call, with whom, and when. */
function wholeCall(record: CallRecord): Session {
  const { startDateTime, endDateTime, organizer, organizer_v2, participants_v2 } = record;
  const identity = organizer_v2?.identity ?? organizer;
  const began = accountOf(identity)?.id;
  const others = (participants_v2 ?? []).filter((one) => accountOf(one.identity)?.id !== began);
  const callee = record.type === "peerToPeer" && others.length === 1 ? others[0] : undefined;
  return { startDateTime, endDateTime, caller: { identity }, callee };
}

function rowOf(record: CallRecord, one: Session, isFirst: boolean): CallRow | undefined {
  const start = isoTicks(one.startDateTime) ?? isoTicks(record.startDateTime);
  const end = isoTicks(one.endDateTime) ?? isoTicks(record.endDateTime);
  const TimeGenerated = end ?? start;
  if (TimeGenerated === undefined) return undefined;
  const caller = party(one.caller);
  const callee = party(one.callee);
  const organizer = accountOf(record.organizer_v2?.identity ?? record.organizer);
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
    CallerPrincipal: caller.principal,
    CallerName: caller.name,
    Callee: callee.phone,
    CalleeUser: callee.user,
    CalleePrincipal: callee.principal,
    CalleeName: callee.name,
    OrigDevice: one.caller?.name ?? undefined,
    DestDevice: one.callee?.name ?? undefined,
    OrganizerUser: organizer?.id ?? undefined,
    OrganizerName: organizer?.displayName ?? undefined,
    OrigIp: media?.callerNetwork?.ipAddress ?? undefined,
    DestIp: media?.calleeNetwork?.ipAddress ?? undefined,
    OrigMediaIp: media?.callerNetwork?.reflexiveIPAddress ?? undefined,
    DestMediaIp: media?.calleeNetwork?.reflexiveIPAddress ?? undefined,
    TenantId: caller.tenant ?? callee.tenant,
    Extra: extra(record, one),
    OtherFields: otherFields(record, one, isFirst),
  };
}

/** What has no column, as JSON; what the whole call says once is in its first row. */
function otherFields(record: CallRecord, one: Session, isFirst: boolean): string | undefined {
  const left = {
    ...(isFirst && leftOf(record, RECORD_KEYS)),
    ...leftOf(one, SESSION_KEYS),
    ...withName("caller", endpointLeft(one.caller)),
    ...withName("callee", endpointLeft(one.callee)),
    ...withName("segments", segmentsLeft(one)),
  };
  return Object.keys(left).length === 0 ? undefined : JSON.stringify(left);
}

type Left = Readonly<Record<string, unknown>>;

/** Members that say something and are not in `taken`; names with `@` are OData's own. */
function leftOf(object: object, taken: ReadonlySet<string>): Left {
  const entries: readonly (readonly [string, unknown])[] = Object.entries(object);
  return Object.fromEntries(
    entries.filter(([key, value]) =>
      value !== null && value !== undefined && !taken.has(key) && !key.includes("@")
    ),
  );
}

function withName(name: string, left: Left): Left {
  return Object.keys(left).length === 0 ? {} : { [name]: left };
}

function endpointLeft(end: Endpoint): Left {
  const agent = leftOf(end?.userAgent ?? {}, AGENT_KEYS);
  return { ...leftOf(end ?? {}, ENDPOINT_KEYS), ...withName("userAgent", agent) };
}

/** What a segment says else than its session; its media are rows of `qoe`. */
function segmentsLeft(one: Session): Left {
  const left = (one.segments ?? []).map((segment, i) => {
    const own = Object.entries(leftOf(segment, MEDIA_KEY)).filter(([key, value]) =>
      JSON.stringify(value) !== JSON.stringify(one[key])
    );
    return [String(i), Object.fromEntries(own)] as const;
  });
  return Object.fromEntries(left.filter(([, own]) => Object.keys(own).length > 0));
}

interface Party {
  readonly user?: string | undefined;
  readonly principal?: string | undefined;
  readonly phone?: string | undefined;
  readonly name?: string | undefined;
  readonly tenant?: string | undefined;
}

function party(end: Endpoint): Party {
  const account = end?.associatedIdentity ?? accountOf(end?.identity);
  const phone = end?.identity?.phone;
  return {
    user: account?.id ?? undefined,
    principal: account?.userPrincipalName ?? undefined,
    phone: phone?.id ?? undefined,
    name: account?.displayName ?? phone?.displayName ?? undefined,
    tenant: account?.tenantId ?? undefined,
  };
}

type IdentitySet = v.InferOutput<typeof identitySet>;

function accountOf(who: IdentitySet) {
  return who?.user ?? who?.guest ?? who?.azureCommunicationServicesUser ?? who?.acsUser ??
    who?.onPremises ?? who?.application ?? who?.applicationInstance;
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
