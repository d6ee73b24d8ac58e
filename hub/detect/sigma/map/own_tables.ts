/**
 * What feeds the log sources of product `custos`: each of our tables, by its name.
 *
 * For rules about what Sigma's taxonomy has no log source for: `product: custos` and the table as
 * `service`. Fields are columns, with a dot a member of a dynamic one.
 *
 * @module
 */
import type { Feed, Fields } from "./bound_rule.ts";
import { EVERY } from "./conditions.ts";
import type { LogSource } from "./log_source.ts";

const TABLES = [
  "Alert",
  "AppLockerEvent",
  "ASimFileEventLogs",
  "ASimProcessEventLogs",
  "CallDetail",
  "CommonSecurityLog",
  "ConfigMgrLog",
  "CustosAgent",
  "Event",
  "Gap",
  "LinuxAuditLog",
  "NetworkIdsEvent",
  "OTelLogs",
  "Perf",
  "QualityReport",
  "SecurityEvent",
  "SQLErrorLog",
  "SQLSecurityAuditEvents",
  "Syslog",
  "VMBoundPort",
  "W3CIISLog",
  "WindowsEvent",
];

/** The table that `service` names, whatever its case; none where there is no such table. */
export function ownFeeds({ category, service }: LogSource): readonly Feed[] {
  if (category !== undefined) return [];
  return TABLES.filter((table) => table.toLowerCase() === service)
    .map((table) => ({ table, where: EVERY, fields }));
}

const fields: Fields = (name) => {
  const [column = name, ...path] = name.split(".");
  return [path.length === 0 ? { column } : { column, path }];
};
