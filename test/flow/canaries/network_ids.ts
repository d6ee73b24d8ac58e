/**
 * Canaries in events of Suricata.
 *
 * @module
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Hidden, Planted } from "./planted.ts";

const canaries = {
  "NetworkIdsEvent.CommunityId": "1:zqCommunity1Bf=",
  "NetworkIdsEvent.SrcIpAddr": "10.221.33.91",
  "NetworkIdsEvent.DstIpAddr": "10.222.44.92",
  "NetworkIdsEvent.SrcUsername": "zqNetUser2Cg",
  "NetworkIdsEvent.Password": "zqNetSecret3Dh",
  "NetworkIdsEvent.MailFrom": "zqmailfrom4@example.test",
  "NetworkIdsEvent.MailTo": "zqmailto5@example.test",
  "NetworkIdsEvent.Payload": "zqPayload6Ei",
};

const at = (name: string): Hidden => ({ value: `zq${name}@example.test`, word: `zq${name}` });

const content = {
  "NetworkIdsEvent.EventMessage": at("Message1Fj"),
  "NetworkIdsEvent.DnsQuery": at("Query2Gk"),
  "NetworkIdsEvent.DnsResponseName": at("Answer3Hl"),
  "NetworkIdsEvent.HttpHost": at("Host4Im"),
  "NetworkIdsEvent.Url": at("Url5Jn"),
  "NetworkIdsEvent.HttpReferrer": at("Refer6Ko"),
  "NetworkIdsEvent.HttpUserAgent": at("Agent7Lp"),
  "NetworkIdsEvent.TlsServerName": at("Sni8Mq"),
  "NetworkIdsEvent.TlsSubject": at("Subject9Nr"),
  "NetworkIdsEvent.TlsIssuer": at("Issuer1Os"),
  "NetworkIdsEvent.FileName": { value: "/home/zqFile2Pt/x", word: "zqFile2Pt" },
  "NetworkIdsEvent.AdditionalFields": at("Other3Qu"),
};

const controls = { "NetworkIdsEvent.RuleName": "zqControlRule" };

function event(): string {
  const c = (column: string): string | undefined =>
    Object.entries(canaries).find(([path]) => path === `NetworkIdsEvent.${column}`)?.[1];
  const t = (column: string): string | undefined =>
    Object.entries(content).find(([path]) => path === `NetworkIdsEvent.${column}`)?.[1].value;
  return JSON.stringify({
    timestamp: "2026-06-30T10:00:00.000000+0000",
    event_type: "alert",
    community_id: c("CommunityId"),
    src_ip: c("SrcIpAddr"),
    dest_ip: c("DstIpAddr"),
    payload_printable: c("Payload"),
    alert: { signature: controls["NetworkIdsEvent.RuleName"], other: t("AdditionalFields") },
    ftp: { user: c("SrcUsername"), password: c("Password") },
    smtp: { mail_from: c("MailFrom"), rcpt_to: c("MailTo") },
    dns: { rrname: t("DnsQuery"), answers: [t("DnsResponseName")] },
    http: {
      hostname: t("HttpHost"),
      url: t("Url"),
      http_refer: t("HttpReferrer"),
      http_user_agent: t("HttpUserAgent"),
    },
    tls: { sni: t("TlsServerName"), subject: t("TlsSubject"), issuerdn: t("TlsIssuer") },
    fileinfo: { filename: t("FileName") },
  });
}

function notice(): string {
  const msg = content["NetworkIdsEvent.EventMessage"].value;
  return JSON.stringify({ _path: "notice", ts: 1782813600.5, msg });
}

export const plantedNetworkIds: Planted = {
  canaries,
  content,
  controls,
  sources(folder) {
    const file = join(folder, "eve.json");
    writeFileSync(file, `${event()}\n${notice()}\n`);
    return { ids: { plugin: "network_ids", config: { files: [file] } } };
  },
};
