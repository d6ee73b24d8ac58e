/**
 * Canaries in the logs of servers: SQL Server, System Center, and messages in the Common Event Format.
 *
 * @module
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { COLUMN_OF_KEY } from "../../../plugins/syslog/cef/keys.ts";
import { cefTable } from "../../../plugins/syslog/cef/table.ts";
import { tables as sqlTables } from "../../../plugins/sql_server/table.ts";
import { tables as centerTables } from "../../../plugins/system_center/table.ts";
import type { Table } from "../../../sdk/mod.ts";
import type { Hidden, Planted } from "./planted.ts";

const TABLES: Readonly<Record<string, Table>> = {
  ...sqlTables,
  ...centerTables,
  CommonSecurityLog: cefTable,
};
const GUARDED: ReadonlySet<string> = new Set(["network", "customer", "personal", "secret"]);

const canaries: Record<string, string> = {};
const content: Record<string, Hidden> = {};
let count = 0;
for (const [table, { columns }] of Object.entries(TABLES)) {
  for (const [name, spec] of Object.entries(columns)) {
    const n = ++count;
    const word = `zq${table.slice(0, 4)}${n}Vx`;
    if (spec.class === "network") canaries[`${table}.${name}`] = `10.24${n % 7}.${n % 250}.77`;
    else if (GUARDED.has(spec.class)) canaries[`${table}.${name}`] = word;
    else if (spec.class === "content") {
      content[`${table}.${name}`] = { value: `${word}@example.test`, word };
    }
  }
}

const controls = {
  "SQLErrorLog.ProcessInfo": "zqControlWriter",
  "SQLSecurityAuditEvents.DatabaseName": "zqControlDatabase",
  "Alert.TicketId": "zqControlTicket",
  "ConfigMgrLog.Component": "zqControlComponent",
  "CommonSecurityLog.DeviceVendor": "zqControlVendor",
};

/** What stands in a column. */
function at(path: string): string {
  return canaries[path] ?? content[path]?.value ?? "";
}

function errorLog(): string {
  const head = `2026-06-01 10:00:00.00 ${controls["SQLErrorLog.ProcessInfo"]}  `;
  const e = (name: string): string => at(`SQLErrorLog.${name}`);
  return `${head}Login failed for user '${e("ServerPrincipalName")}'. Reason: ${e("Reason")} ` +
    `[CLIENT: ${e("ClientIp")}]\n${head}${e("Message")}\n`;
}

const AUDIT_KEYS: Readonly<Record<string, string>> = {
  client_ip: "ClientIp",
  session_server_principal_name: "SessionServerPrincipalName",
  server_principal_name: "ServerPrincipalName",
  server_principal_sid: "ServerPrincipalSid",
  database_principal_name: "DatabasePrincipalName",
  target_server_principal_name: "TargetServerPrincipalName",
  target_server_principal_sid: "TargetServerPrincipalSid",
  target_database_principal_name: "TargetDatabasePrincipalName",
  object_name: "ObjectName",
  statement: "Statement",
  additional_information: "AdditionalInformation",
  user_defined_information: "UserDefinedInformation",
  data_sensitivity_information: "DataSensitivityInformation",
  host_name: "HostName",
  session_context: "SessionContext",
  obo_middle_tier_app_id: "AdditionalFields",
};

function auditEvents(): string {
  const fields = Object.entries(AUDIT_KEYS).map(([key, name]) =>
    `${key}:${at(`SQLSecurityAuditEvents.${name}`)}\n`
  ).join("").replace(
    "object_name:",
    `database_name:${controls["SQLSecurityAuditEvents.DatabaseName"]}\nobject_name:`,
  );
  const text = `event_time:2026-06-01 10:00:00\naction_id:AL\n${fields}`;
  return `<Events><Event xmlns="http://schemas.microsoft.com/win/2004/08/events/event"><System>` +
    `<Provider Name="MSSQLSERVER"/><EventID>33205</EventID><EventRecordID>1</EventRecordID>` +
    `<TimeCreated SystemTime="2026-06-01T10:00:00Z"/><Channel>Application</Channel></System>` +
    `<EventData><Data>${text}</Data></EventData></Event></Events>\n`;
}

function alerts(): string {
  const a = (name: string): string => at(`Alert.${name}`);
  const customs = Array.from(
    { length: 10 },
    (_, n) => [`CustomField${n + 1}`, a(`Custom${n + 1}`)] as const,
  );
  return `${
    JSON.stringify({
      Id: "1",
      Name: a("AlertName"),
      Description: a("AlertDescription"),
      Context: a("AlertContext"),
      MonitoringObjectDisplayName: a("SourceDisplayName"),
      MonitoringObjectFullName: a("SourceFullName"),
      LastModifiedBy: a("LastModifiedBy"),
      ResolvedBy: a("ResolvedBy"),
      Owner: a("Owner"),
      TicketId: controls["Alert.TicketId"],
      TimeRaised: "2026-06-01T10:00:00Z",
      Other: a("AdditionalFields"),
      ...Object.fromEntries(customs),
    })
  }\n`;
}

function configMgrLog(): string {
  const c = (name: string): string => at(`ConfigMgrLog.${name}`);
  return `<![LOG[${c("Message")}]LOG]!><time="10:00:00.000+0" date="06-01-2026" ` +
    `component="${controls["ConfigMgrLog.Component"]}" context="${c("Context")}" type="1" ` +
    `thread="1" file="a.cpp:1" other="${c("AdditionalFields")}">\n`;
}

function cef(): string {
  const c = (name: string): string => at(`CommonSecurityLog.${name}`);
  const pairs = [...COLUMN_OF_KEY].filter(([, name]) => c(name) !== "")
    .map(([key, name]) => `${key}=${c(name)}`);
  return `<14>Jun  1 10:00:00 h CEF:0|${controls["CommonSecurityLog.DeviceVendor"]}|p|1|1|` +
    `${c("Activity")}|5|${pairs.join(" ")} other=${c("AdditionalExtensions")}\n`;
}

export const plantedServerLogs: Planted = {
  canaries,
  content,
  controls,
  sources(folder) {
    const write = (name: string, text: string): string => {
      writeFileSync(join(folder, name), text);
      return join(folder, name);
    };
    const sql = [write("ERRORLOG", errorLog()), write("sql-events.xml", auditEvents())];
    const center = [write("alerts.json", alerts()), write("agent-cm.log", configMgrLog())];
    return {
      sql: { plugin: "sql_server", config: { paths: sql, timezone: "UTC" } },
      center: { plugin: "system_center", config: { paths: center } },
      firewall: { plugin: "syslog", config: { files: [write("firewall-cef.log", cef())] } },
    };
  },
};
