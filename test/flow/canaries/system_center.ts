/**
 * Canaries in alerts of Operations Manager, and in a log of Configuration Manager.
 *
 * @module
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import systemCenter from "../../../plugins/system_center/mod.ts";
import { type Planted, wordsOf } from "./planted.ts";

const alert = wordsOf("Alert", systemCenter.tables.Alert, { prefix: "zqAl" });
const log = wordsOf("ConfigMgrLog", systemCenter.tables.ConfigMgrLog, { prefix: "zqCm" });

const controls = {
  "Alert.ManagementGroupName": "zqControlGroup",
  "ConfigMgrLog.Component": "zqControlComponent",
};

/** The names of an alert's properties for its columns, but for the custom fields. */
const PROPERTIES: Readonly<Record<string, string>> = {
  AlertName: "Name",
  AlertDescription: "Description",
  AlertContext: "Context",
  SourceDisplayName: "MonitoringObjectDisplayName",
  SourceFullName: "MonitoringObjectFullName",
  LastModifiedBy: "LastModifiedBy",
  ResolvedBy: "ResolvedBy",
  Owner: "Owner",
  AdditionalFields: "SiteName",
};
const CUSTOM_FIELDS = 10;

function alerts(): string {
  const properties = Object.entries(PROPERTIES).map(([column, name]) => [name, alert.at(column)]);
  const custom = Array.from(
    { length: CUSTOM_FIELDS },
    (_, i) => [`CustomField${i + 1}`, alert.at(`Custom${i + 1}`)],
  );
  return JSON.stringify([{
    Id: "e0000000-0000-4000-8000-000000000002",
    TimeRaised: "2026-06-30T10:00:00Z",
    ManagementGroup: controls["Alert.ManagementGroupName"],
    ...Object.fromEntries([...properties, ...custom]),
  }]);
}

function logEntry(): string {
  return `<![LOG[Mail to ${log.at("Message")} was not sent]LOG]!>` +
    `<time="10:00:00.000+000" date="06-30-2026" ` +
    `component="${controls["ConfigMgrLog.Component"]}" context="${log.at("Context")}" type="1" ` +
    `thread="7" file="mail.cpp:7" sender="${log.at("AdditionalFields")}">`;
}

export const plantedSystemCenter: Planted = {
  canaries: { ...alert.canaries, ...log.canaries },
  content: { ...alert.content, ...log.content },
  controls,
  sources(folder) {
    const files = [join(folder, "alerts.json"), join(folder, "Mail.log")];
    writeFileSync(files[0]!, `${alerts()}\n`);
    writeFileSync(files[1]!, `${logEntry()}\n`);
    return { operations: { plugin: "system_center", config: { files } } };
  },
};
