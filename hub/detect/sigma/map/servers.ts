/**
 * What feeds the log sources of servers: web, databases, antivirus, RPC firewall.
 *
 * @module
 */
import type { Feed, Fields } from "./bound_rule.ts";
import { EVERY, oneOf, startsWith } from "./conditions.ts";
import { IIS } from "./iis.ts";
import { syslog } from "./linux.ts";
import type { LogSource } from "./log_source.ts";
import { defenderThreats, windowsEvent } from "./windows.ts";

/** The feeds of a server's log source; none where no table has its events. */
export function serverFeeds({ category, product, service }: LogSource): readonly Feed[] {
  switch ([category, product, service].map((word) => word ?? "*").join("/")) {
    case "webserver/*/*":
    case "proxy/*/*":
      return [IIS];
    case "*/*/apache":
    case "*/apache/*":
      return [syslog(startsWith("ProcessName", "apache", "httpd"))];
    case "*/*/nginx":
    case "*/nginx/*":
      return [syslog(startsWith("ProcessName", "nginx"))];
    case "application/sql/*":
      return [{ table: "SQLErrorLog", where: EVERY, fields: sameName }, SQL_AUDIT];
    case "database/*/*":
      return [SQL_AUDIT];
    case "antivirus/*/*":
      return [defenderThreats()];
    case "application/rpc_firewall/*":
      return [rpcFirewall()];
    default:
      return [];
  }
}

const sameName: Fields = (name) => [{ column: name }];

const SQL_AUDIT: Feed = {
  table: "SQLSecurityAuditEvents",
  where: EVERY,
  fields: (name) => [{ column: name }, { column: "AdditionalFields", path: [name] }],
};

/** Its log in Windows, by the name that its rules have for the channel. */
function rpcFirewall(): Feed {
  const events = windowsEvent(oneOf("Channel", "RPCFW"));
  return {
    ...events,
    fields: (name) => events.fields(name === "EventLog" ? "Channel" : name),
  };
}
