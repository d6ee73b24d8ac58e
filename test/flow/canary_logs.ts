/**
 * Input for each plugin with a word of its own, a canary, in each column that must not leave the
 * host as it is and in each of free text, and a control word in a column that does.
 *
 * @module
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { plantedCalls } from "./canaries/calls.ts";
import { plantedAppLocker } from "./canaries/app_locker.ts";
import { plantedIntegrity } from "./canaries/integrity.ts";
import { plantedNetworkIds } from "./canaries/network_ids.ts";
import type { Hidden, Planted } from "./canaries/planted.ts";
import { plantedEventLog } from "./canaries/event_log.ts";
import { plantedSecurityAudit } from "./canaries/security_audit.ts";
import { plantedServerLogs } from "./canaries/server_logs.ts";

/** Plugins that have a file of their own. */
const PLANTED: readonly Planted[] = [
  plantedAppLocker,
  plantedCalls,
  plantedIntegrity,
  plantedEventLog,
  plantedSecurityAudit,
  plantedNetworkIds,
  plantedServerLogs,
];

function all<T>(of: (planted: Planted) => Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(PLANTED.flatMap((planted) => Object.entries(of(planted))));
}

/** By `Table.Column`. None of these words may be found behind the scrub stage. */
export const CANARIES: Readonly<Record<string, string>> = {
  "Syslog.HostIP": "127.201.33.77",
  "W3CIISLog.sIP": "10.201.33.71",
  "W3CIISLog.cIP": "10.202.44.72",
  "W3CIISLog.csUserName": "zqWebUser7Kd",
  "W3CIISLog.csCookie": "zqCookie9Lm",
  "CallDetail.Caller": "+4915112308871",
  "CallDetail.CallerUri": "zqCallerUri4Rt",
  "CallDetail.CallerUser": "zqCallerUser5Bn",
  "CallDetail.CallerName": "zqCallerName6Xs",
  "CallDetail.Callee": "+4915112308872",
  "CallDetail.FinalCallee": "+4915112308873",
  "CallDetail.CalleeUri": "zqCalleeUri7Pw",
  "CallDetail.CalleeUser": "zqCalleeUser8Hj",
  "CallDetail.CalleeName": "zqCalleeName9Gc",
  "CallDetail.RedirectedBy": "+4915112308874",
  "CallDetail.OrigDevice": "SEP00ZQ11DD22F1",
  "CallDetail.DestDevice": "SEP00ZQ11DD22F2",
  "CallDetail.OrigIp": "10.203.55.73",
  "CallDetail.DestIp": "10.204.66.74",
  "CallDetail.OrigMediaIp": "10.205.77.75",
  "CallDetail.DestMediaIp": "10.206.88.76",
  "CallDetail.AccountCode": "zqAccount2Vf",
  "CallDetail.TenantId": "zqTenant3Ty",
  ...all(({ canaries }) => canaries),
};

/** By `Table.Column` of class `content`, and what could not be parsed. */
export const CONTENT: Readonly<Record<string, Hidden>> = {
  "Syslog.StructuredData": { value: "zqStructured1Qa@example.test", word: "zqStructured1Qa" },
  "Syslog.SyslogMessage": { value: "tel:+4915112308881", word: "4915112308881" },
  "W3CIISLog.csUriStem": { value: "/home/zqStemUser2Wb/x", word: "zqStemUser2Wb" },
  "W3CIISLog.csUriQuery": { value: "zqQueryUser3Ec%40example.test", word: "zqQueryUser3Ec" },
  "W3CIISLog.csReferer": { value: btoa("zqReferer4Rd@example.test"), word: "zqReferer4Rd" },
  "W3CIISLog.AdditionalFields": { value: "10.207.99.77", word: "10.207.99.77" },
  "W3CIISLog._Raw": { value: "zqNotParsed5Tf@example.test", word: "zqNotParsed5Tf" },
  "CallDetail.FailureReason": { value: "CONTOSO\\zqFailure6Yg", word: "zqFailure6Yg" },
  "CallDetail.LastData": { value: "sip:zqLastData7Uh@example.test", word: "zqLastData7Uh" },
  "CallDetail.UserField": { value: "GB82WEST12345698765432", word: "12345698765432" },
  "CallDetail.Extra": { value: "9d5e0f6a-86f1-41af-91ab-2d7cd011db47", word: "2d7cd011db47" },
  ...all(({ content }) => content),
};

/** By `Table.Column`. Each of these must be found wherever events are. */
export const CONTROLS: Readonly<Record<string, string>> = {
  "Syslog.MsgId": "zqControlMsg",
  "W3CIISLog.csMethod": "ZQCONTROLMETHOD",
  "CallDetail.LastApp": "zqControlApp",
  "Perf.CounterName": "zqControlCounter",
  ...all(({ controls }) => controls),
};

/** A source that reads nothing and is told of, and who cosigns nothing and is told of. */
export const TOLD = { source: "zq_control_source", witness: "zq-control-witness" } as const;

/** Refused logins of one address, more than the hub's rule takes. */
const WEB_LINES = 20;

/** Writes the files and gives the sources that read them; syslog is sent to `ports.syslog`. */
export function canarySources(
  folder: string,
  ports: { readonly syslog: number; readonly sip: number; readonly taken: number },
): object {
  mkdirSync(folder);
  const write = (name: string, lines: readonly string[]): string => {
    const path = join(folder, name);
    writeFileSync(path, `${lines.join("\n")}\n`);
    return path;
  };
  const calls = [
    write("cdr_cucm", cucmLines()),
    write("Master.csv", [asteriskLine()]),
    write("graph.json", [graphRecord()]),
  ];
  return {
    ...all(({ sources }) => sources(folder)),
    phones: { plugin: "qoe", config: { listen: [`udp:127.0.0.1:${ports.sip}`] } },
    net: { plugin: "syslog", config: { listen: [`udp:127.0.0.1:${ports.syslog}`] } },
    [TOLD.source]: {
      plugin: "syslog",
      config: { listen: [`tcp:127.0.0.1:${ports.taken}`] },
    },
    web: { plugin: "iis", config: { paths: [write("u_ex260630.log", iisLines())] } },
    calls: { plugin: "call_detail", config: { paths: calls, timezone: "UTC" } },
    perf: {
      plugin: "perf_counters",
      config: {
        every: "1s",
        custom: [{
          object: "Canary",
          counter: CONTROLS["Perf.CounterName"],
          file: "/proc/loadavg",
        }],
      },
    },
  };
}

/** To be sent from the address `Syslog.HostIP`. */
export function syslogDatagram(): Buffer {
  const { "Syslog.MsgId": id } = CONTROLS;
  return Buffer.from(
    `<34>1 2026-06-30T10:00:00Z host app 7 ${id} [x@32473 mail="${
      hidden("Syslog.StructuredData")
    }"] call ${hidden("Syslog.SyslogMessage")}`,
  );
}

function hidden(path: string): string {
  return CONTENT[path]?.value ?? "";
}

function iisLines(): readonly string[] {
  const at = (column: string): string | undefined => CANARIES[`W3CIISLog.${column}`];
  const method = CONTROLS["W3CIISLog.csMethod"];
  const lines = Array.from({ length: WEB_LINES }, (_, i) =>
    [
      `2026-06-30 10:00:${10 + i}`,
      at("sIP"),
      method,
      hidden("W3CIISLog.csUriStem"),
      `mail=${hidden("W3CIISLog.csUriQuery")}`,
      at("csUserName"),
      at("cIP"),
      `session=${at("csCookie")}`,
      `https://shop.example/?of=${hidden("W3CIISLog.csReferer")}`,
      hidden("W3CIISLog.AdditionalFields"),
      "401",
    ].join(" "));
  return [
    "#Version: 1.0",
    "#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query cs-username c-ip cs(Cookie)" +
    " cs(Referer) X-Forwarded-For sc-status",
    `2026-06-30 10:00:09 ${at("sIP")} by ${hidden("W3CIISLog._Raw")}`,
    ...lines,
  ];
}

function call(column: string): string {
  return CANARIES[`CallDetail.${column}`] ?? "";
}

/** Names, types and one record; an address is a number whose lowest byte comes first. */
function cucmLines(): readonly string[] {
  const fields: readonly (readonly [string, string, string])[] = [
    ["cdrRecordType", "INTEGER", "1"],
    ["globalCallID_callManagerId", "INTEGER", "2"],
    ["globalCallID_callId", "INTEGER", "5001"],
    ["dateTimeOrigination", "INTEGER", "1782900000"],
    ["dateTimeDisconnect", "INTEGER", "1782900126"],
    ["origIpAddr", "INTEGER", signedAddress(call("OrigIp"))],
    ["callingPartyNumber", "VARCHAR(50)", call("Caller")],
    ["callingPartyNumber_uri", "VARCHAR(254)", `${call("CallerUri")}@example.test`],
    ["callingPartyUnicodeLoginUserID", "VARCHAR(128)", call("CallerUser")],
    ["origMediaTransportAddress_IP", "INTEGER", signedAddress(call("OrigMediaIp"))],
    ["destIpAddr", "INTEGER", "0"],
    ["destIpv4v6Addr", "VARCHAR(64)", call("DestIp")],
    ["originalCalledPartyNumber", "VARCHAR(50)", call("Callee")],
    ["finalCalledPartyNumber", "VARCHAR(50)", call("FinalCallee")],
    ["finalCalledPartyNumber_uri", "VARCHAR(254)", `${call("CalleeUri")}@example.test`],
    ["finalCalledPartyUnicodeLoginUserID", "VARCHAR(128)", call("CalleeUser")],
    ["destMediaTransportAddress_IP", "INTEGER", signedAddress(call("DestMediaIp"))],
    ["lastRedirectDn", "VARCHAR(50)", call("RedirectedBy")],
    ["origDeviceName", "VARCHAR(129)", call("OrigDevice")],
    ["destDeviceName", "VARCHAR(129)", call("DestDevice")],
    // Has no column of its own.
    ["outpulsedCallingPartyNumber", "VARCHAR(50)", call("Caller")],
    ["zqOwnField", "VARCHAR(50)", hidden("CallDetail.Extra")],
  ];
  return [
    fields.map(([name]) => `"${name}"`).join(","),
    fields.map(([, type]) => type).join(","),
    fields.map(([, type, value]) => type === "INTEGER" ? value : `"${value}"`).join(","),
  ];
}

function signedAddress(address: string): string {
  return String(Buffer.from(address.split(".").map(Number)).readInt32LE());
}

function asteriskLine(): string {
  const clid = `"""${call("CallerName")} Lind"" <${call("Caller")}>"`;
  const rest = `"2026-06-30 09:00:00","2026-06-30 09:00:04","2026-06-30 09:01:04",64,60`;
  return [
    `"${call("AccountCode")}","${call("Caller")}","${call("Callee")}","internal",${clid}`,
    `"PJSIP/${call("OrigDevice")}-0000001a","PJSIP/${call("DestDevice")}-0000001b"`,
    `"${CONTROLS["CallDetail.LastApp"]}","${
      hidden("CallDetail.LastData")
    }",${rest},"ANSWERED","DOCUMENTATION","1782810000.26"` +
    `,"${hidden("CallDetail.UserField")}"`,
  ].join(",");
}

function graphRecord(): string {
  const user = (who: string) => ({
    user: { id: call(`${who}User`), displayName: call(`${who}Name`), tenantId: call("TenantId") },
  });
  return JSON.stringify({
    id: "e0000000-0000-4000-8000-000000000001",
    version: 1,
    type: "peerToPeer",
    startDateTime: "2026-06-30T10:00:00Z",
    endDateTime: "2026-06-30T10:10:00Z",
    sessions: [{
      id: "s-1",
      failureInfo: { stage: "midcall", reason: `left ${hidden("CallDetail.FailureReason")} out` },
      caller: { identity: user("Caller") },
      callee: { identity: user("Callee") },
      segments: [{
        media: [{
          callerNetwork: { ipAddress: call("OrigIp"), reflexiveIPAddress: call("OrigMediaIp") },
          calleeNetwork: { ipAddress: call("DestIp"), reflexiveIPAddress: call("DestMediaIp") },
        }],
      }],
    }],
  });
}
