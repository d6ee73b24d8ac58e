/**
 * The table of network intrusion detection: one row an event of Suricata or a line of Zeek.
 *
 * Names are those of ASIM's schemas (network session, DNS, web session) where one has the idea, so
 * that a query finds both sensors' events.
 *
 * @module
 */
import { column, table } from "../../sdk/mod.ts";

const open = { class: "public", optional: true } as const;
const system = { class: "system", optional: true } as const;
const content = { class: "content", optional: true } as const;
const address = { class: "network", optional: true } as const;

export const networkIds = table({
  doc: "What a network sensor saw: an alert, a flow, a transaction, or its own counters",
  time: "TimeGenerated",
  columns: {
    TimeGenerated: column.time({ class: "public", doc: "When it happened or began" }),
    Computer: column.string({ ...system, doc: "Set by the agent" }),
    EventProduct: column.string({ ...open, doc: "Suricata or Zeek" }),
    EventType: column.string({
      ...open,
      doc: "alert, flow, dns, …; of Zeek the log: conn, ssl, …",
    }),
    DvcHostname: column.string({ ...system, doc: "The sensor, as the event names it" }),
    DvcInboundInterface: column.string(system),
    EventOriginalUid: column.string({ ...system, doc: "Of the flow: flow_id, uid" }),
    CommunityId: column.string({
      ...address,
      kind: "community-id",
      doc: "The same for a flow on all sensors; addresses can be guessed from it",
    }),
    SrcIpAddr: column.string({ ...address, doc: "Who opened the flow" }),
    SrcPortNumber: column.int(open),
    DstIpAddr: column.string(address),
    DstPortNumber: column.int(open),
    NetworkProtocol: column.string({ ...open, doc: "Such as tcp" }),
    NetworkApplicationProtocol: column.string({
      ...open,
      doc: "As it was recognised, such as tls",
    }),
    NetworkDuration: column.real({ ...open, unit: "ms" }),
    NetworkState: column.string({ ...open, doc: "How the flow stands or ended" }),
    SrcBytes: column.long({ ...open, unit: "bytes" }),
    DstBytes: column.long({ ...open, unit: "bytes" }),
    SrcPackets: column.long(open),
    DstPackets: column.long(open),
    RuleNumber: column.long({ ...open, doc: "Of the signature" }),
    RuleName: column.string({ ...system, doc: "Of the signature, notice or anomaly" }),
    ThreatCategory: column.string(system),
    EventOriginalSeverity: column.string({ ...open, doc: "Of Suricata 1 is the highest" }),
    EventMessage: column.string({ ...content, doc: "What the sensor says in words" }),
    DvcAction: column.string({ ...open, doc: "Such as allowed or blocked" }),
    SrcUsername: column.string({
      class: "personal",
      kind: "user",
      optional: true,
      doc: "Who logged in, where the protocol shows it",
    }),
    Password: column.string({ class: "secret", optional: true, doc: "Where the sensor saw one" }),
    DnsQuery: column.string(content),
    DnsQueryTypeName: column.string(open),
    DnsResponseCodeName: column.string(open),
    DnsResponseName: column.dynamic({ ...content, doc: "The answers" }),
    HttpRequestMethod: column.string(open),
    HttpHost: column.string(content),
    Url: column.string({ ...content, doc: "As it was asked for, often without host" }),
    HttpReferrer: column.string(content),
    HttpUserAgent: column.string(content),
    HttpStatusCode: column.int(open),
    HttpContentType: column.string(open),
    TlsServerName: column.string({ ...content, doc: "SNI" }),
    TlsVersion: column.string(open),
    TlsCipher: column.string(open),
    TlsSubject: column.string({ ...content, doc: "Of the server's certificate" }),
    TlsIssuer: column.string(content),
    TlsFingerprint: column.string({ ...system, doc: "Of the server's certificate" }),
    TlsJa3: column.string({ ...system, doc: "Hash of what the client offered" }),
    TlsJa3s: column.string({ ...system, doc: "Hash of what the server chose" }),
    MailFrom: column.string({ class: "personal", kind: "email", optional: true }),
    MailTo: column.dynamic({ class: "personal", kind: "email", optional: true }),
    FileName: column.string(content),
    FileContentType: column.string(open),
    FileSize: column.long({ ...open, unit: "bytes" }),
    FileMD5: column.string(system),
    FileSHA1: column.string(system),
    FileSHA256: column.string(system),
    Payload: column.dynamic({
      class: "secret",
      optional: true,
      doc: "Bytes of the traffic: whatever people sent",
    }),
    AdditionalFields: column.dynamic({
      ...content,
      doc: "All that has no column, by its own name",
    }),
  },
});

export type NetworkIdsColumns = typeof networkIds.columns;
