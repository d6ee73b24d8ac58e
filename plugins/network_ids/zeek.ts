/**
 * Lines of Zeek's logs: which of their fields have columns.
 *
 * @module
 */
import type { Json } from "../../sdk/mod.ts";
import { fieldPath, JsonFields, type JsonObject } from "../../sdk/read/json_fields.ts";
import { epochTicks, isoTicks } from "../../sdk/read/time_text.ts";
import { applyRules, type Mapping, type Row, type Rules, rulesOf } from "./mapping.ts";

const COMMON: Mapping = {
  DvcHostname: ["_system_name", "_node_name"],
  EventOriginalUid: ["uid"],
  CommunityId: ["community_id"],
  SrcIpAddr: ["id.orig_h"],
  SrcPortNumber: ["id.orig_p"],
  DstIpAddr: ["id.resp_h"],
  DstPortNumber: ["id.resp_p"],
  NetworkProtocol: ["proto"],
  NetworkApplicationProtocol: ["service"],
};

const FILE: Mapping = {
  FileName: ["filename", "name", "path"],
  FileContentType: ["mime_type"],
  FileSize: ["total_bytes", "size"],
  FileMD5: ["md5"],
  FileSHA1: ["sha1"],
  FileSHA256: ["sha256"],
};
const USER: Mapping = {
  SrcUsername: ["username", "user"],
  Password: ["password"],
};
const CERTIFICATE: Mapping = {
  TlsSubject: ["subject", "certificate.subject"],
  TlsIssuer: ["issuer", "certificate.issuer"],
  TlsFingerprint: ["fingerprint", "cert_chain_fps"],
};

/** By log. */
const LOGS: Readonly<Record<string, Mapping>> = {
  conn: {
    NetworkDuration: ["duration"],
    NetworkState: ["conn_state"],
    SrcBytes: ["orig_bytes"],
    DstBytes: ["resp_bytes"],
    SrcPackets: ["orig_pkts"],
    DstPackets: ["resp_pkts"],
  },
  dns: {
    DnsQuery: ["query"],
    DnsQueryTypeName: ["qtype_name"],
    DnsResponseCodeName: ["rcode_name"],
    DnsResponseName: ["answers"],
  },
  http: {
    ...USER,
    HttpRequestMethod: ["method"],
    HttpHost: ["host"],
    Url: ["uri"],
    HttpReferrer: ["referrer"],
    HttpUserAgent: ["user_agent"],
    HttpStatusCode: ["status_code"],
  },
  ssl: {
    ...CERTIFICATE,
    TlsServerName: ["server_name"],
    TlsVersion: ["version"],
    TlsCipher: ["cipher"],
    TlsJa3: ["ja3"],
    TlsJa3s: ["ja3s"],
  },
  x509: CERTIFICATE,
  files: {
    ...FILE,
    SrcIpAddr: ["tx_hosts"],
    DstIpAddr: ["rx_hosts"],
    NetworkApplicationProtocol: ["source"],
    NetworkDuration: ["duration"],
  },
  smtp: { MailFrom: ["mailfrom"], MailTo: ["rcptto"], HttpUserAgent: ["user_agent"] },
  notice: {
    ...FILE,
    SrcIpAddr: ["src"],
    DstIpAddr: ["dst"],
    DstPortNumber: ["p"],
    RuleName: ["note"],
    EventMessage: ["msg"],
  },
  weird: { RuleName: ["name"], EventMessage: ["addl"] },
  intel: {
    RuleName: ["matched"],
    ThreatCategory: ["seen.indicator_type"],
    FileName: ["file_desc"],
  },
  signatures: { RuleName: ["sig_id"], EventMessage: ["event_msg"] },
  ftp: { ...USER, ...FILE, Url: ["arg"] },
  smb_files: FILE,
  smb_mapping: FILE,
  pe: FILE,
  kerberos: { SrcUsername: ["client"] },
  ntlm: USER,
  rdp: { SrcUsername: ["cookie"] },
  radius: USER,
  socks: USER,
  irc: USER,
  mysql: { EventMessage: ["arg"] },
  sip: { HttpRequestMethod: ["method"], Url: ["uri"], HttpStatusCode: ["status_code"] },
  syslog: { EventMessage: ["message"], EventOriginalSeverity: ["severity"] },
};

const OTHER = rulesOf(COMMON);
const RULES: ReadonlyMap<string, Rules> = new Map(
  Object.entries(LOGS).map(([log, mapping]) => [log, rulesOf(COMMON, mapping)]),
);
const TIME = fieldPath("ts");

/** The row of a line of `log`; why there is none. */
export function zeekRow(line: JsonObject, log: string): Row | string {
  const fields = new JsonFields(line);
  const TimeGenerated = fields.take(TIME, ticksOf);
  if (TimeGenerated === undefined) return "no valid time";
  const row: Record<string, unknown> = {};
  oneHost(line, "tx_hosts");
  oneHost(line, "rx_hosts");
  applyRules(RULES.get(log) ?? OTHER, fields, row);
  return {
    ...row,
    TimeGenerated,
    EventProduct: "Zeek",
    EventType: log,
    AdditionalFields: fields.rest(),
  };
}

/** Files are seen between one pair of hosts, mostly: a set of one is that one. */
function oneHost(line: JsonObject, name: string): void {
  const hosts = line[name];
  if (Array.isArray(hosts) && hosts.length === 1 && hosts[0] !== undefined) line[name] = hosts[0];
}

/** Seconds with decimals, or as JSON may have them: milliseconds, or ISO 8601. */
function ticksOf(value: Json): bigint | undefined {
  if (typeof value === "string") return isoTicks(value) ?? epochTicks(value);
  if (typeof value !== "number") return undefined;
  return value > 1e11 ? epochTicks(String(value / 1000)) : epochTicks(String(value));
}
