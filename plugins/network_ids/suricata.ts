/**
 * Events of Suricata: a line of its EVE log (eve.json) each.
 *
 * @module
 */
import {
  fieldPath,
  isJsonObject,
  JsonFields,
  type JsonObject,
} from "../../sdk/read/json_fields.ts";
import { isoTicks } from "../../sdk/read/time_text.ts";
import { applyRules, type Mapping, type Row, rulesOf } from "./mapping.ts";

const COMMON: Mapping = {
  EventType: ["event_type"],
  DvcHostname: ["host"],
  DvcInboundInterface: ["in_iface"],
  EventOriginalUid: ["flow_id"],
  CommunityId: ["community_id"],
  SrcIpAddr: ["src_ip"],
  SrcPortNumber: ["src_port"],
  DstIpAddr: ["dest_ip"],
  DstPortNumber: ["dest_port"],
  NetworkProtocol: ["proto"],
  NetworkApplicationProtocol: ["app_proto"],
  NetworkDuration: ["flow.age", "netflow.age"],
  NetworkState: ["flow.state", "tcp.state"],
  SrcBytes: ["flow.bytes_toserver", "netflow.bytes"],
  DstBytes: ["flow.bytes_toclient"],
  SrcPackets: ["flow.pkts_toserver", "netflow.pkts"],
  DstPackets: ["flow.pkts_toclient"],
  RuleNumber: ["alert.signature_id"],
  RuleName: ["alert.signature", "anomaly.event"],
  ThreatCategory: ["alert.category", "anomaly.type"],
  EventOriginalSeverity: ["alert.severity"],
  DvcAction: ["alert.action", "drop.reason", "verdict.action"],
  SrcUsername: [
    ...["krb5.cname", "rdp.cookie", "smb.ntlmssp.user", "pgsql.request.user", "ldap.user"],
    "ftp.user",
  ],
  Password: ["http.password", "ftp.password", "pgsql.request.password"],
  DnsQuery: ["dns.rrname", "mdns.rrname"],
  DnsQueryTypeName: ["dns.rrtype", "mdns.rrtype"],
  DnsResponseCodeName: ["dns.rcode", "mdns.rcode"],
  DnsResponseName: ["dns.answers", "dns.answer", "mdns.answers"],
  HttpRequestMethod: ["http.http_method"],
  HttpHost: ["http.hostname"],
  Url: ["http.url"],
  HttpReferrer: ["http.http_refer"],
  HttpUserAgent: ["http.http_user_agent"],
  HttpStatusCode: ["http.status"],
  HttpContentType: ["http.http_content_type"],
  TlsServerName: ["tls.sni", "quic.sni"],
  TlsVersion: ["tls.version", "quic.version"],
  TlsCipher: ["tls.cipher"],
  TlsSubject: ["tls.subject"],
  TlsIssuer: ["tls.issuerdn"],
  TlsFingerprint: ["tls.fingerprint"],
  TlsJa3: ["tls.ja3.hash", "quic.ja3.hash"],
  TlsJa3s: ["tls.ja3s.hash", "quic.ja3s.hash"],
  MailFrom: ["smtp.mail_from", "email.from"],
  MailTo: ["smtp.rcpt_to", "email.to"],
  FileName: ["fileinfo.filename", "smb.filename", "nfs.filename", "tftp.file"],
  FileContentType: ["fileinfo.mimetype"],
  FileSize: ["fileinfo.size"],
  FileMD5: ["fileinfo.md5"],
  FileSHA1: ["fileinfo.sha1"],
  FileSHA256: ["fileinfo.sha256"],
};

const RULES = rulesOf(COMMON);
const TIMESTAMP = fieldPath("timestamp");

/** Bytes of the traffic, in the event or in its parts. */
const PAYLOADS = [
  ...[
    "payload",
    "payload_printable",
    "packet",
    "http.http_request_body",
    "http.http_response_body",
  ],
  ...["http.http_request_body_printable", "http.http_response_body_printable"],
].map(fieldPath);

/** The row of an event; why there is none. */
export function suricataRow(event: JsonObject): Row | string {
  const fields = new JsonFields(event);
  const TimeGenerated = fields.take(TIMESTAMP, isoTicks);
  if (TimeGenerated === undefined) return "no valid time";
  const row: Record<string, unknown> = {};
  hideCommand(event);
  const payload: JsonObject = {};
  for (const path of PAYLOADS) {
    const bytes = fields.take(path, (value) => value);
    if (bytes !== undefined) payload[path.steps.at(-1) ?? path.name] = bytes;
  }
  applyRules(RULES, fields, row);
  return {
    ...row,
    TimeGenerated,
    EventProduct: "Suricata",
    Payload: Object.keys(payload).length === 0 ? undefined : payload,
    AdditionalFields: fields.rest(),
  };
}

/** FTP sends the user and the password as arguments of commands of their own. */
function hideCommand(event: JsonObject): void {
  const ftp = event["ftp"];
  if (!isJsonObject(ftp)) return;
  const { command, command_data: argument, ...rest } = ftp;
  if (argument === undefined || typeof command !== "string") return;
  const name = command.toUpperCase();
  if (name !== "PASS" && name !== "USER") return;
  event["ftp"] = { ...rest, command, [name === "PASS" ? "password" : "user"]: argument };
}
