/**
 * The tables of SQL Server: its error log, and the records of its audits.
 *
 * `SQLSecurityAuditEvents` has Azure Monitor's columns. No table of Azure has the error log: ours
 * takes their names for principal, address and outcome.
 *
 * @module
 */
import { column, type RowOf, table } from "../../sdk/mod.ts";

const open = { class: "public", optional: true } as const;
const system = { class: "system", optional: true } as const;
const content = { class: "content", optional: true } as const;
const user = { class: "personal", kind: "user", optional: true } as const;
const sid = { class: "personal", kind: "sid", optional: true } as const;
const address = { class: "network", optional: true } as const;

export const errorLog = table({
  doc: "One message of the error log, also where it stands in the Windows event log",
  time: "TimeGenerated",
  priority: "audit",
  columns: {
    TimeGenerated: column.time({ ...open, doc: "When it was written" }),
    Computer: column.string({ ...system, doc: "The event's; else set by the agent" }),
    InstanceName: column.string({ ...system, doc: "MSSQLSERVER is the default instance" }),
    ProcessInfo: column.string({ ...system, doc: "Who wrote it, such as Logon, Server, spid51" }),
    ErrorNumber: column.int({ ...open, doc: "message_id of sys.messages" }),
    Severity: column.int({ ...open, doc: "0 to 25; 17 and more are faults of the server" }),
    State: column.int({ ...open, doc: "Where the error came from; tells why a login failed" }),
    Succeeded: column.bool({ ...open, doc: "Of a login" }),
    ServerPrincipalName: column.string({ ...user, doc: "Who logged in, or tried to" }),
    Reason: column.string({ ...content, doc: "Why a login failed" }),
    ClientIp: column.string({ ...address, doc: "Absent for the local machine and named pipes" }),
    Message: column.string({ ...content, doc: "With all of its lines" }),
  },
});

export const auditEvents = table({
  doc: "One record of an audit (event 33205)",
  time: "TimeGenerated",
  priority: "audit",
  columns: {
    TimeGenerated: column.time({ class: "public", doc: "The same as EventTime" }),
    Computer: column.string(system),
    Category: column.string(open),
    EventTime: column.time({ ...open, doc: "When the audited action began, UTC" }),
    EventId: column.string({ ...system, doc: "Record id in the event log" }),
    AuditSchemaVersion: column.int(open),
    SequenceNumber: column.int({ ...open, doc: "Of the parts of one record" }),
    SequenceGroupId: column.string(system),
    ActionId: column.string({ ...open, doc: "Such as LGIF" }),
    ActionName: column.string({ ...open, doc: "Of the actions that are common" }),
    Succeeded: column.bool(open),
    IsColumnPermission: column.bool(open),
    IsServerLevelAudit: column.bool({ ...open, doc: "Not written to the event log" }),
    PermissionBitmask: column.string(open),
    SessionId: column.int(open),
    ServerPrincipalId: column.int(open),
    ServerPrincipalName: column.string({ ...user, doc: "Login in force" }),
    ServerPrincipalSid: column.string(sid),
    SessionServerPrincipalName: column.string({ ...user, doc: "Login of the session" }),
    DatabasePrincipalId: column.int(open),
    DatabasePrincipalName: column.string({ ...user, doc: "Database user in force" }),
    TargetServerPrincipalId: column.int(open),
    TargetServerPrincipalName: column.string({
      ...user,
      doc: "Login that the action was on, also where the server names it as the object alone",
    }),
    TargetServerPrincipalSid: column.string(sid),
    TargetDatabasePrincipalId: column.int(open),
    TargetDatabasePrincipalName: column.string({
      ...user,
      doc: "User that the action was on, likewise",
    }),
    LogicalServerName: column.string({ ...system, doc: "MACHINE or MACHINE\\INSTANCE" }),
    DatabaseName: column.string(system),
    SchemaName: column.string(system),
    ClassType: column.string({ ...open, doc: "Of the object, such as SL" }),
    ClassTypeDescription: column.string({ ...open, doc: "Of the classes that are common" }),
    SecurableClassType: column.string({ ...open, doc: "Not written to the event log" }),
    ObjectId: column.int(open),
    ObjectName: column.string(content),
    Statement: column.string({ ...content, doc: "SQL text" }),
    AdditionalInformation: column.string(content),
    UserDefinedEventId: column.int(open),
    UserDefinedInformation: column.string(content),
    TransactionId: column.long(open),
    DurationMs: column.long({ ...open, unit: "ms" }),
    ResponseRows: column.long(open),
    AffectedRows: column.long(open),
    ClientIp: column.string({ ...address, doc: "Absent for the local machine and named pipes" }),
    ClientTlsVersion: column.int(open),
    ApplicationName: column.string(system),
    HostName: column.string({ ...user, kind: "device", doc: "Machine of the client" }),
    ConnectionId: column.string(system),
    SessionContext: column.string(content),
    DataSensitivityInformation: column.string(content),
    ResourceGroup: column.string({ ...system, doc: "Azure's own" }),
    AdditionalFields: column.dynamic({
      ...content,
      doc: "Fields without a column of their own, by the name the server gives them",
    }),
  },
});

export const tables = { SQLErrorLog: errorLog, SQLSecurityAuditEvents: auditEvents };

export type ErrorRow = RowOf<typeof errorLog.columns>;
export type AuditRow = RowOf<typeof auditEvents.columns>;
