/**
 * What feeds the log sources of servers: web, databases, antivirus, RPC firewall.
 *
 * @module
 */
import type { SigmaTest } from "../ast.ts";
import type { BoundExpr, BoundField, Feed, Fields } from "./bound_rule.ts";
import { all, any, EVERY, oneOf, startsWith, testOn } from "./conditions.ts";
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

/** The columns of IIS by the names that Sigma's taxonomy has for web servers and proxies. */
const IIS_COLUMNS: Readonly<Record<string, string>> = {
  "cs-uri-stem": "csUriStem",
  "c-uri-stem": "csUriStem",
  "c-uri-query": "csUriQuery",
  "cs-method": "csMethod",
  "cs-host": "csHost",
  "r-dns": "csHost",
  "cs-username": "csUserName",
  "c-username": "csUserName",
  "cs-user-agent": "csUserAgent",
  "c-useragent": "csUserAgent",
  "cs-referer": "csReferer",
  "cs-referrer": "csReferer",
  "cs-cookie": "csCookie",
  "cs-version": "csVersion",
  "cs-bytes": "csBytes",
  "sc-bytes": "scBytes",
  "sc-status": "scStatus",
  "sc-substatus": "scSubStatus",
  "sc-win32-status": "scWin32Status",
  "c-ip": "cIP",
  src_ip: "cIP",
  "s-ip": "sIP",
  dst_ip: "sIP",
  "s-port": "sPort",
  dst_port: "sPort",
  "s-sitename": "sSiteName",
  "time-taken": "TimeTaken",
};

/** Fields that have path and query together, which IIS has apart. */
const WHOLE_URI: ReadonlySet<string> = new Set(["c-uri", "cs-uri", "cs-uri-query"]);
const STEM: BoundField = { column: "csUriStem" };
const QUERY: BoundField = { column: "csUriQuery" };

const IIS: Feed = {
  table: "W3CIISLog",
  where: EVERY,
  fields: (name) => {
    if (WHOLE_URI.has(name)) return [STEM, QUERY];
    if (name === "c-uri-extension") return [STEM];
    const column = IIS_COLUMNS[name];
    return column === undefined ? [{ column: "AdditionalFields", path: [name] }] : [{ column }];
  },
  ask: askUri,
};

/** Asks for text of a target whose path and query are in two columns, without the `?`. */
function askUri(field: string, test: SigmaTest): BoundExpr | undefined {
  if (test.op !== "text") return undefined;
  if (field === "c-uri-extension") {
    return testOn([STEM], { ...test, at: "end", text: `.${test.text}` });
  }
  if (!WHOLE_URI.has(field)) return undefined;
  const { at, text } = test;
  const cut = text.indexOf("?");
  if (cut >= 0) {
    const path = at === "within" || at === "end" ? "end" : "whole";
    const query = at === "within" || at === "start" ? "start" : "whole";
    return all(
      testOn([STEM], { ...test, at: path, text: text.slice(0, cut) }),
      testOn([QUERY], { ...test, at: query, text: text.slice(cut + 1) }),
    );
  }
  // The query is the end of a target that has one, the path its beginning.
  const ofPath = testOn([STEM], test);
  const noQuery = testOn([QUERY], { op: "exists", wanted: false });
  switch (at) {
    case "within":
      return any(ofPath, testOn([QUERY], test));
    case "start":
      return ofPath;
    case "end":
      return any(all(ofPath, noQuery), testOn([QUERY], test));
    case "whole":
      // `cs-uri-query` may as well be the query alone.
      return any(all(ofPath, noQuery), testOn([QUERY], test));
  }
}
