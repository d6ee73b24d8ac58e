/**
 * What the fields of Windows events are, by the names that their providers give them.
 *
 * A name that is not listed is free text: it is scanned.
 *
 * @module
 */
import { column, type Json, type Leaf, type Leaves } from "../table.ts";
import type { WindowsEvent } from "./windows_event.ts";

const USERS = "SubjectUserName TargetUserName TargetOutboundUserName OldTargetUserName " +
  "NewTargetUserName SourceUserName ClientUserName CallerUserName UserName username User " +
  "SourceUser TargetUser ParentUser SubjectUser CallerUser LogonUser jobOwner SamAccountName " +
  "PrincipalSamName AccountName MemberName ServiceAccount UserPrincipalName UserContext " +
  "FullyQualifiedSubjectUserName Requester";
const SIDS = "SubjectUserSid TargetUserSid TargetSid UserSid MemberSid ServiceSid SourceSid " +
  "RemoteUserID UserID SubjectSid AccountSid CallerSid";
const ADDRESSES = "IpAddress SourceIp DestinationIp ClientAddress ClientIP ClientIPAddress " +
  "SourceAddress DestAddress RemoteIpAddress RemoteAddress LocalAddress NASIPv4Address " +
  "NASIPv6Address CallingStationID";
const SECRETS = "Password NewPassword OldPassword";
/** Names of hosts and domains, and numbers that tell logons, processes and rules apart. */
const SYSTEM = "SubjectDomainName TargetDomainName TargetOutboundDomainName SubjectLogonId " +
  "TargetLogonId TargetLinkedLogonId LogonId WorkstationName Workstation ClientName " +
  "LogonGuid TargetLogonGuid ProcessGuid ParentProcessGuid SourceProcessGuid TargetProcessGuid " +
  "SourceProcessGUID TargetProcessGUID SubcategoryGuid ProviderKey FilterKey LayerKey CalloutKey " +
  "TransactionId ScriptBlockId ProcessId NewProcessId ParentProcessId ProcessID HandleId";
const PUBLIC = "LogonType LogonProcessName AuthenticationPackageName LmPackageName KeyLength " +
  "IpPort SourcePort DestinationPort DestPort AccessMask AccessList PrivilegeList Status " +
  "SubStatus FailureReason ImpersonationLevel ElevatedToken VirtualAccount TokenElevationType " +
  "ObjectServer ObjectType Hashes Protocol TicketEncryptionType TicketOptions PreAuthType " +
  "IntegrityLevel UtcTime CreationUtcTime PreviousCreationUtcTime";

/** The members of EventData and UserData that are no free text. */
export const EVENT_LEAVES: Leaves = Object.fromEntries([
  ...leaves(USERS, { class: "personal", kind: "user" }),
  ...leaves(SIDS, { class: "personal", kind: "sid" }),
  ...leaves(ADDRESSES, { class: "network" }),
  ...leaves(SECRETS, { class: "secret" }),
  ...leaves(SYSTEM, { class: "system" }),
  ...leaves(PUBLIC, { class: "public" }),
]);

function leaves(names: string, leaf: Leaf): readonly (readonly [string, Leaf])[] {
  return names.split(" ").map((name) => [name, leaf]);
}

/** Columns of what `System` says besides what every table of events has. */
export const SYSTEM_COLUMNS = {
  ProviderGuid: column.string({ class: "system", optional: true }),
  Version: column.int({ class: "public", optional: true, doc: "Of the event's definition" }),
  Opcode: column.string({ class: "public", optional: true }),
  Keywords: column.string({ class: "public", optional: true, doc: "Bits in hexadecimal" }),
  Correlation: column.string({
    class: "system",
    optional: true,
    doc: "Activity of which it is a part",
  }),
  SystemProcessId: column.long({ class: "system", optional: true }),
  SystemThreadId: column.long({ class: "system", optional: true }),
} as const;

/** The values of {@link SYSTEM_COLUMNS}. */
export function systemValues(event: WindowsEvent) {
  return {
    ProviderGuid: event.providerGuid,
    Version: event.version,
    Opcode: event.opcode === undefined ? undefined : String(event.opcode),
    Keywords: event.keywords,
    Correlation: event.activityId,
    SystemProcessId: event.processId,
    SystemThreadId: event.threadId,
  };
}

/** What `System` seldom says, by the names that it has there. */
export function seldomValues(
  { qualifiers, eventSource, relatedActivityId, execution }: WindowsEvent,
): { readonly [name: string]: string | number } {
  return {
    ...execution,
    ...(qualifiers !== undefined && { Qualifiers: qualifiers }),
    ...(eventSource !== undefined && { EventSourceName: eventSource }),
    ...(relatedActivityId !== undefined && { RelatedActivityID: relatedActivityId }),
  };
}

/** What an event has to say, as one level of names. */
export interface EventFields {
  readonly fields: Json;
  /** Where it stood: `EventData`, or for example `UserData/RuleAndFileData`. */
  readonly section: string | undefined;
}

/**
 * The fields of an event. `UserData` has one element in it that only names their kind: its content is
 * given, and its name goes to `section`.
 */
export function eventFields({ section, data }: WindowsEvent): EventFields {
  if (section === undefined || section === "EventData" || !isObject(data)) {
    return { fields: data, section };
  }
  const [entry, ...others] = Object.entries(data);
  if (entry === undefined || others.length > 0 || !isObject(entry[1])) {
    return { fields: data, section };
  }
  return { fields: entry[1], section: `${section}/${entry[0]}` };
}

function isObject(value: Json): value is { readonly [key: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The name of a level (winmeta.xml); undefined for those that a provider defines. */
export function levelName(level: number | undefined): string | undefined {
  return level === undefined ? undefined : LEVELS[level];
}

const LEVELS = ["Information", "Critical", "Error", "Warning", "Information", "Verbose"];
