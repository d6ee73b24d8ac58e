/**
 * Records of SQL Server audits as the Windows event log has them: event 33205, one text of
 * `key:value` lines ("SQL Server Audit Records" of its documentation).
 *
 * @module
 */
import { localTime } from "../../sdk/read/time_text.ts";
import { clientAddress } from "./address.ts";
import { ACTION_NAMES, CLASS_NAMES, LOGIN_CLASSES, USER_CLASSES } from "./audit_names.ts";
import type { AuditRow } from "./table.ts";

/** The keys in the order in which the server writes them; versions leave some out. */
const KEYS = [
  "audit_schema_version",
  "event_time",
  "sequence_number",
  "action_id",
  "succeeded",
  "is_column_permission",
  "session_id",
  "server_principal_id",
  "database_principal_id",
  "target_server_principal_id",
  "target_database_principal_id",
  "object_id",
  "user_defined_event_id",
  "transaction_id",
  "class_type",
  "duration_milliseconds",
  "response_rows",
  "affected_rows",
  "client_tls_version",
  "database_transaction_id",
  "ledger_start_sequence_number",
  "is_local_secondary_replica",
  "client_ip",
  "permission_bitmask",
  "sequence_group_id",
  "session_server_principal_name",
  "server_principal_name",
  "server_principal_sid",
  "database_principal_name",
  "target_server_principal_name",
  "target_server_principal_sid",
  "target_database_principal_name",
  "server_instance_name",
  "database_name",
  "schema_name",
  "object_name",
  "statement",
  "additional_information",
  "user_defined_information",
  "application_name",
  "connection_id",
  "data_sensitivity_information",
  "host_name",
  "session_context",
  "client_tls_version_name",
  "external_policy_permissions_checked",
  "obo_middle_tier_app_id",
] as const;
type Key = (typeof KEYS)[number];
/** The first key whose value clients write, with any text and line ends in it. */
const STATEMENT = KEYS.indexOf("statement");
const AFTER_STATEMENT = "additional_information";

/** The values of a record by key, as they are written. */
export type AuditFields = ReadonlyMap<Key, string>;

/** Why a text is no record. */
export const AUDIT_WHY = {
  key: "audit record does not begin with its keys",
  time: "audit record without a valid event_time",
  value: "audit record with a value that is not valid",
} as const;

/**
 * The fields of an audit record. What follows a value and is no key is part of the value: SQL text
 * has lines. Of keys up to `statement` the first counts, of those after it the last, so that SQL
 * text that looks like fields stays what it is.
 */
export function readAuditText(text: string): AuditFields {
  const at = new Map<Key, number>();
  let from = 0;
  for (const key of KEYS.slice(0, STATEMENT + 1)) {
    const found = lineWith(text, key, from);
    if (found < 0) continue;
    at.set(key, found);
    from = found + key.length + 1;
  }
  let before = text.length;
  // The server writes it after every statement: what stands before the last one is the client's.
  const statementEnd = Math.max(from, lastLineWith(text, AFTER_STATEMENT, before));
  for (const key of KEYS.slice(STATEMENT + 1).toReversed()) {
    const found = lastLineWith(text, key, before);
    if (found < statementEnd) continue;
    at.set(key, found);
    before = found;
  }
  const places = [...at].toSorted((a, b) => a[1] - b[1]);
  return new Map(places.map(([key, start], i) => {
    const end = places[i + 1]?.[1] ?? text.length;
    return [key, text.slice(start + key.length + 1, end).replace(/\r?\n$/, "")];
  }));
}

/** Where the first line with `key:` begins at or after `from`; -1 where there is none. */
function lineWith(text: string, key: string, from: number): number {
  if (from === 0 && text.startsWith(`${key}:`)) return 0;
  const found = text.indexOf(`\n${key}:`, Math.max(0, from - 1));
  return found < 0 ? -1 : found + 1;
}

/** Where the last line with `key:` begins before `before`; -1 where there is none. */
function lastLineWith(text: string, key: string, before: number): number {
  const found = text.lastIndexOf(`\n${key}:`, before - 2);
  return found < 0 ? -1 : found + 1;
}

/** What the event around a record says. */
export interface AuditEvent {
  readonly computer?: string | undefined;
  readonly recordId?: string | undefined;
}

/** A row of `SQLSecurityAuditEvents` from the text of event 33205, or why it is none. */
export function auditRow(text: string, event: AuditEvent = {}): AuditRow | string {
  const fields = readAuditText(text);
  if (!fields.has("event_time") || !fields.has("action_id")) return AUDIT_WHY.key;
  const time = eventTime(fields.get("event_time") ?? "");
  if (time === undefined) return AUDIT_WHY.time;
  const values = new Values(fields);
  const row = { ...namesOf(values), ...numbersOf(values), ...textsOf(values) };
  if (values.isBroken) return AUDIT_WHY.value;
  const additional = Object.fromEntries(
    [...fields].filter(([key, value]) => !values.taken.has(key) && value !== ""),
  );
  return {
    TimeGenerated: time,
    EventTime: time,
    Computer: event.computer,
    EventId: event.recordId,
    Category: "SQLSecurityAuditEvents",
    ...row,
    AdditionalFields: Object.keys(additional).length === 0 ? undefined : additional,
  };
}

/** `2026-06-01 10:00:00.1234567`, UTC, in ticks of 100 ns. */
function eventTime(text: string): bigint | undefined {
  const parts = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(?:\.(\d{1,7}))?$/.exec(text.trim());
  const ms = localTime(`${parts?.[1]} ${parts?.[2]}`, "UTC");
  if (ms === undefined) return undefined;
  return BigInt(ms) * 10_000n + BigInt((parts?.[3] ?? "").padEnd(7, "0"));
}

const MAX_INT = 2_147_483_647;

/** Reads fields as what their columns are, and remembers which were read. */
class Values {
  readonly #fields: AuditFields;
  /** `event_time` has columns of its own. */
  readonly taken = new Set<Key>(["event_time"]);
  /** A number or a truth value is none. */
  isBroken = false;

  constructor(fields: AuditFields) {
    this.#fields = fields;
  }

  text(key: Key): string | undefined {
    this.taken.add(key);
    const value = this.#fields.get(key);
    return value === "" ? undefined : value;
  }

  code(key: Key): string | undefined {
    return this.text(key)?.trim();
  }

  int(key: Key): number | undefined {
    const text = this.code(key);
    if (text === undefined) return undefined;
    const value = /^-?\d{1,10}$/.test(text) ? Number(text) : NaN;
    if (!(Math.abs(value) <= MAX_INT)) this.isBroken = true;
    return value;
  }

  long(key: Key): bigint | undefined {
    const text = this.code(key);
    if (text === undefined) return undefined;
    if (!/^-?\d{1,18}$/.test(text)) this.isBroken = true;
    else return BigInt(text);
    return undefined;
  }

  bool(key: Key): boolean | undefined {
    const text = this.code(key)?.toLowerCase();
    if (text === undefined) return undefined;
    if (!["true", "false", "1", "0"].includes(text)) this.isBroken = true;
    return text === "true" || text === "1";
  }
}

function namesOf(values: Values) {
  const action = values.code("action_id");
  const classType = values.code("class_type");
  return {
    ActionId: action,
    ActionName: ACTION_NAMES.get(action ?? ""),
    ClassType: classType,
    ClassTypeDescription: CLASS_NAMES.get(classType ?? ""),
    ClientIp: clientAddress(values.text("client_ip")),
    ServerPrincipalName: values.text("server_principal_name"),
    ServerPrincipalSid: values.text("server_principal_sid"),
    SessionServerPrincipalName: values.text("session_server_principal_name"),
    DatabasePrincipalName: values.text("database_principal_name"),
    // A principal that is created, altered or dropped stands in the object's name alone. As text
    // of no person it would be kept as it is, there and in the statement.
    TargetServerPrincipalName: values.text("target_server_principal_name") ??
      (LOGIN_CLASSES.has(classType ?? "") ? values.text("object_name") : undefined),
    TargetServerPrincipalSid: values.text("target_server_principal_sid"),
    TargetDatabasePrincipalName: values.text("target_database_principal_name") ??
      (USER_CLASSES.has(classType ?? "") ? values.text("object_name") : undefined),
  };
}

function numbersOf(values: Values) {
  return {
    AuditSchemaVersion: values.int("audit_schema_version"),
    SequenceNumber: values.int("sequence_number"),
    Succeeded: values.bool("succeeded"),
    IsColumnPermission: values.bool("is_column_permission"),
    SessionId: values.int("session_id"),
    ServerPrincipalId: values.int("server_principal_id"),
    DatabasePrincipalId: values.int("database_principal_id"),
    TargetServerPrincipalId: values.int("target_server_principal_id"),
    TargetDatabasePrincipalId: values.int("target_database_principal_id"),
    ObjectId: values.int("object_id"),
    UserDefinedEventId: values.int("user_defined_event_id"),
    TransactionId: values.long("transaction_id"),
    DurationMs: values.long("duration_milliseconds"),
    ResponseRows: values.long("response_rows"),
    AffectedRows: values.long("affected_rows"),
    ClientTlsVersion: values.int("client_tls_version"),
  };
}

function textsOf(values: Values) {
  return {
    PermissionBitmask: values.code("permission_bitmask"),
    SequenceGroupId: values.code("sequence_group_id"),
    LogicalServerName: values.text("server_instance_name"),
    DatabaseName: values.text("database_name"),
    SchemaName: values.text("schema_name"),
    ObjectName: values.text("object_name"),
    Statement: values.text("statement"),
    AdditionalInformation: values.text("additional_information"),
    UserDefinedInformation: values.text("user_defined_information"),
    ApplicationName: values.text("application_name"),
    ConnectionId: values.code("connection_id"),
    DataSensitivityInformation: values.text("data_sensitivity_information"),
    HostName: values.text("host_name"),
    SessionContext: values.text("session_context"),
  };
}
