/**
 * Input for each plugin with a word of its own, a canary, in each column that must not leave the
 * host as it is and in each of free text, and a control word in a column that does.
 *
 * @module
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { plantedAppLocker } from "./canaries/app_locker.ts";
import { plantedCallDetail } from "./canaries/call_detail.ts";
import { plantedCef } from "./canaries/cef.ts";
import { plantedEventLog } from "./canaries/event_log.ts";
import { plantedIntake } from "./canaries/intake.ts";
import { plantedIntegrity } from "./canaries/integrity.ts";
import { plantedJournal } from "./canaries/journal.ts";
import { plantedNetworkIds } from "./canaries/network_ids.ts";
import type { CanaryPorts, Datagram, Hidden, Planted, Push } from "./canaries/planted.ts";
import { plantedQoe } from "./canaries/qoe.ts";
import { plantedSecurityAudit } from "./canaries/security_audit.ts";
import { plantedSqlServer } from "./canaries/sql_server.ts";
import { plantedSystemCenter } from "./canaries/system_center.ts";

/** Plugins that have a file of their own. */
const PLANTED: readonly Planted[] = [
  plantedAppLocker,
  plantedIntegrity,
  plantedIntake,
  plantedEventLog,
  plantedSecurityAudit,
  plantedNetworkIds,
  plantedSqlServer,
  plantedSystemCenter,
  plantedCef,
  plantedJournal,
  plantedQoe,
  plantedCallDetail,
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
  ...all(({ content }) => content),
};

/** By `Table.Column`. Each of these must be found wherever events are. */
export const CONTROLS: Readonly<Record<string, string>> = {
  "Syslog.MsgId": "zqControlMsg",
  "W3CIISLog.csMethod": "ZQCONTROLMETHOD",
  "Perf.CounterName": "zqControlCounter",
  ...all(({ controls }) => controls),
};

/** A source that reads nothing and is told of, and who cosigns nothing and is told of. */
export const TOLD = { source: "zq_control_source", witness: "zq-control-witness" } as const;

/** Refused logins of one address, more than the hub's rule takes. */
const WEB_LINES = 20;

/** Writes the files and gives the sources that read them, and listen. */
export function canarySources(folder: string, ports: CanaryPorts): object {
  mkdirSync(folder);
  const write = (name: string, lines: readonly string[]): string => {
    const path = join(folder, name);
    writeFileSync(path, `${lines.join("\n")}\n`);
    return path;
  };
  return {
    ...all(({ sources }) => sources(folder, ports)),
    net: { plugin: "syslog", config: { listen: [`udp:127.0.0.1:${ports.syslog}`] } },
    [TOLD.source]: {
      plugin: "syslog",
      config: { listen: [`tcp:127.0.0.1:${ports.taken}`] },
    },
    web: { plugin: "iis", config: { files: [write("u_ex260630.log", iisLines())] } },
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

/** What is sent to the sources that listen. */
export function canaryDatagrams(ports: CanaryPorts): readonly Datagram[] {
  const { "Syslog.HostIP": from = "" } = CANARIES;
  return [
    { from, port: ports.syslog, bytes: syslogDatagram() },
    ...PLANTED.flatMap((planted) => planted.datagrams?.(ports) ?? []),
  ];
}

/** The same over HTTP. */
export function canaryPushes(ports: CanaryPorts): readonly Push[] {
  return PLANTED.flatMap((planted) => planted.pushes?.(ports) ?? []);
}

function syslogDatagram(): Buffer {
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
