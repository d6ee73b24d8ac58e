/**
 * What feeds the log sources of product `windows`.
 *
 * @module
 */
import type { SigmaTest } from "../ast.ts";
import type { BoundExpr, BoundField, Feed, Fields } from "./bound_rule.ts";
import { all, EVERY, numberIn, oneOf, testOn } from "./conditions.ts";
import type { LogSource } from "./log_source.ts";
import { CATEGORIES, CHANNELS } from "./windows_channels.ts";

/** The feeds of a Windows log source; none where no table has its events. */
export function windowsFeeds({ category, service }: LogSource): readonly Feed[] {
  if (category !== undefined) return service === undefined ? categoryFeeds(category) : [];
  if (service === undefined) {
    return [windowsEvent(EVERY), securityEvent(EVERY), appLocker()];
  }
  const channels = CHANNELS[service];
  if (channels === undefined) return [];
  const feeds = [windowsEvent(oneOf("Channel", ...channels))];
  if (service === "security") feeds.push(securityEvent(IN_SECURITY));
  if (service === "applocker") feeds.push(appLocker());
  return feeds;
}

/** Events of these channels in the table of all Windows events. */
export function windowsEvent(where: BoundExpr): Feed {
  return { table: "WindowsEvent", where, fields: windowsEventFields };
}

/** Threats that Microsoft Defender saw, with the names that antivirus rules have for its fields. */
export function defenderThreats(): Feed {
  const where = all(
    oneOf("Channel", ...CHANNELS["windefend"]!),
    numberIn("EventID", 1006, 1007, 1008, 1015, 1116, 1117, 1118, 1119),
  );
  const names: Readonly<Record<string, string>> = { Signature: "Threat Name", Filename: "Path" };
  return {
    table: "WindowsEvent",
    where,
    fields: (name) => windowsEventFields(names[name] ?? name),
  };
}

const IN_SECURITY = oneOf("Channel", "Security");

function securityEvent(where: BoundExpr): Feed {
  return { table: "SecurityEvent", where, fields: securityEventFields };
}

function appLocker(): Feed {
  return { table: "AppLockerEvent", where: EVERY, fields: appLockerFields };
}

function categoryFeeds(category: string): readonly Feed[] {
  const events = CATEGORIES[category];
  if (events === undefined) return [];
  const channels = CHANNELS[events.service] ?? [];
  const where = all(oneOf("Channel", ...channels), numberIn("EventID", ...events.ids));
  const feeds = [windowsEvent(where)];
  return category === "process_creation" ? [...feeds, ...processCreated()] : feeds;
}

/** Fields of Sysmon's event of a new process by the names that event 4688 has for them. */
const NAMES_4688: Readonly<Record<string, string>> = {
  Image: "NewProcessName",
  ParentImage: "ParentProcessName",
  ProcessId: "NewProcessId",
  ParentProcessId: "ProcessId",
  LogonId: "SubjectLogonId",
  User: "SubjectUserName",
  IntegrityLevel: "MandatoryLabel",
};

/** Integrity levels as event 4688 has them: SIDs (MS-DTYP §2.4.2.4). */
const LEVEL_SIDS: Readonly<Record<string, string>> = {
  untrusted: "S-1-16-0",
  low: "S-1-16-4096",
  medium: "S-1-16-8192",
  mediumplus: "S-1-16-8448",
  high: "S-1-16-12288",
  system: "S-1-16-16384",
};

/** Windows' own event of a new process. */
function processCreated(): readonly Feed[] {
  const where = all(IN_SECURITY, numberIn("EventID", 4688));
  return [created(windowsEvent(where)), created(securityEvent(where))];
}

function created(feed: Feed): Feed {
  const fields: Fields = (name) => feed.fields(NAMES_4688[name] ?? name);
  const ask = (field: string, test: SigmaTest): BoundExpr | undefined => {
    if (field !== "IntegrityLevel" || test.op !== "text" || test.at !== "whole") return undefined;
    const text = LEVEL_SIDS[test.text.toLowerCase()] ?? test.text;
    return testOn(fields(field), { ...test, text });
  };
  return { ...feed, fields, ask };
}

/** What Sigma calls the members of `System`. */
const SYSTEM: Readonly<Record<string, string>> = {
  EventID: "EventID",
  Channel: "Channel",
  Provider_Name: "Provider",
  Computer: "Computer",
  ComputerName: "Computer",
  EventRecordID: "EventRecordId",
};

/** Members of `System` whose names some events have among their own fields as well. */
const SHARED: Readonly<Record<string, string>> = {
  Level: "EventLevel",
  Task: "Task",
  Opcode: "Opcode",
  Keywords: "Keywords",
  Version: "Version",
  UserID: "SystemUserId",
  ProcessID: "SystemProcessId",
  ThreadID: "SystemThreadId",
};

const windowsEventFields: Fields = (name) => {
  const system = SYSTEM[name];
  if (system !== undefined) return [{ column: system }];
  const member: BoundField = { column: "EventData", path: [name] };
  const shared = SHARED[name];
  return shared === undefined ? [member] : [member, { column: shared }];
};

/** Columns of `SecurityEvent` that are named otherwise. */
const SECURITY: Readonly<Record<string, string>> = {
  Provider_Name: "EventSourceName",
  ComputerName: "Computer",
  EventRecordID: "EventRecordId",
};

const securityEventFields: Fields = (name) => [
  { column: SECURITY[name] ?? name },
  { column: "AdditionalFields", path: [name] },
];

/** Columns of `AppLockerEvent` that are named otherwise. */
const APP_LOCKER: Readonly<Record<string, string>> = {
  ComputerName: "Computer",
  EventRecordID: "EventRecordId",
};

const appLockerFields: Fields = (name) => [
  { column: APP_LOCKER[name] ?? name },
  { column: "AdditionalFields", path: [name] },
];
