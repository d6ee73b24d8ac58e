/**
 * Canaries in the error log of SQL Server, and in its audit records.
 *
 * @module
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import sqlServer from "../../../plugins/sql_server/mod.ts";
import { type Planted, wordsOf } from "./planted.ts";

const { SQLErrorLog, SQLSecurityAuditEvents } = sqlServer.tables;
const log = wordsOf("SQLErrorLog", SQLErrorLog, {
  prefix: "zqSq",
  shaped: { ClientIp: "10.231.55.83" },
});
const audit = wordsOf("SQLSecurityAuditEvents", SQLSecurityAuditEvents, {
  prefix: "zqSa",
  shaped: {
    ClientIp: "10.232.66.84",
    ServerPrincipalSid: "01050000000000051500000a1c3e5b7d",
    TargetServerPrincipalSid: "01050000000000051500000b2d4f6c8e",
  },
});

const controls = {
  "SQLErrorLog.ProcessInfo": "zqControlSql",
  "SQLSecurityAuditEvents.ApplicationName": "zqControlApplication",
};

/** An error is a message and its text. */
function errorLog(): readonly string[] {
  const head = `2026-06-01 10:00:00.12 ${controls["SQLErrorLog.ProcessInfo"]} `;
  return [
    `${head}Error: 18456, Severity: 14, State: 8.`,
    `${head}Login failed for user '${log.at("ServerPrincipalName")}'. ` +
    `Reason: ${log.at("Reason")} is not known. [CLIENT: ${log.at("ClientIp")}]`,
    `${head}Mail to ${log.at("Message")} was not sent.`,
  ];
}

/** The names of an audit record for its columns. */
const KEYS: Readonly<Record<string, string>> = {
  ClientIp: "client_ip",
  SessionServerPrincipalName: "session_server_principal_name",
  ServerPrincipalName: "server_principal_name",
  ServerPrincipalSid: "server_principal_sid",
  DatabasePrincipalName: "database_principal_name",
  TargetServerPrincipalSid: "target_server_principal_sid",
  TargetDatabasePrincipalName: "target_database_principal_name",
  ObjectName: "object_name",
  Statement: "statement",
  AdditionalInformation: "additional_information",
  UserDefinedInformation: "user_defined_information",
  ApplicationName: "application_name",
  DataSensitivityInformation: "data_sensitivity_information",
  HostName: "host_name",
  SessionContext: "session_context",
  AdditionalFields: "obo_middle_tier_app_id",
};

function auditEvent(fields: readonly (readonly [string, string])[]): string {
  const lines = [
    ["event_time", "2026-06-01 10:00:00.1234567"],
    ["action_id", "AL  "],
    ...fields,
  ].map(([key, value]) => `${key}:${value}`);
  return `<Event><System><Provider Name='MSSQLSERVER'/><EventID>33205</EventID>` +
    `<TimeCreated SystemTime='2026-06-01T10:00:00Z'/></System>` +
    `<EventData><Data>${lines.join("\n")}\n</Data></EventData></Event>\n`;
}

function auditEvents(): string {
  const control = controls["SQLSecurityAuditEvents.ApplicationName"];
  const fields = Object.entries(KEYS).map(([column, key]) =>
    [key, column === "ApplicationName" ? control : audit.at(column)] as const
  );
  // A login that an action is on is named as its object alone, and in the statement.
  const login = audit.at("TargetServerPrincipalName");
  return auditEvent(fields) + auditEvent([
    ["class_type", "SL"],
    ["object_name", login],
    ["statement", `ALTER LOGIN [${login}] ENABLE`],
    ["additional_information", ""],
  ]);
}

export const plantedSqlServer: Planted = {
  canaries: { ...log.canaries, ...audit.canaries },
  content: { ...log.content, ...audit.content },
  controls,
  sources(folder) {
    const files = [join(folder, "ERRORLOG"), join(folder, "sql_server.xml")];
    writeFileSync(files[0]!, `${errorLog().join("\n")}\n`);
    writeFileSync(files[1]!, auditEvents());
    return { sql: { plugin: "sql_server", config: { files, timezone: "UTC" } } };
  },
};
