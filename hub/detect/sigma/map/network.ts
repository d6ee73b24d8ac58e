/**
 * What feeds the log sources of networks: sensors, proxies, name servers, devices that speak syslog.
 *
 * @module
 */
import type { BoundExpr, Feed } from "./bound_rule.ts";
import { all, EVERY, oneOf, startsWith, textTest } from "./conditions.ts";
import { syslog } from "./linux.ts";
import type { LogSource } from "./log_source.ts";

/** The feeds of a network's log source; none where no table has its events. */
export function networkFeeds({ category, product, service }: LogSource): readonly Feed[] {
  if (product === "zeek") return service === undefined ? [] : [zeek(service)];
  if (product === "suricata") return [sensor(oneOf("EventProduct", "Suricata"))];
  if (product !== undefined && DEVICES.has(product)) {
    return category === undefined && service !== "duo" ? [syslog(isOf(product))] : [];
  }
  if (product !== undefined) return [];
  if (service === "netflow") return [sensor(oneOf("EventType", "flow", "netflow", "conn"))];
  switch (category) {
    case "proxy":
      return [sensor(oneOf("EventType", "http"))];
    case "dns":
      return [sensor(oneOf("EventType", "dns"))];
    case "firewall":
      return [sensor(oneOf("EventType", "flow", "netflow", "conn"))];
    default:
      return [];
  }
}

/** Products whose devices write their messages to syslog. */
const DEVICES = new Set(["cisco", "huawei", "juniper", "fortigate", "fortios", "paloalto"]);

/** How messages of a product look; others are not told apart. */
function isOf(product: string): BoundExpr {
  if (product === "cisco") return startsWith("ProcessName", "%");
  return product.startsWith("forti") ? textTest("SyslogMessage", "within", "devid=") : EVERY;
}

function zeek(service: string): Feed {
  return sensor(all(oneOf("EventProduct", "Zeek"), oneOf("EventType", service)));
}

function sensor(where: BoundExpr): Feed {
  return {
    table: "NetworkIdsEvent",
    where,
    fields: (name) => [
      ...(COLUMNS[name] ?? []).map((column) => ({ column })),
      { column: "AdditionalFields", path: [name] },
      ...(name.includes(".") ? [{ column: "AdditionalFields", path: name.split(".") }] : []),
    ],
  };
}

/** Columns by the names of Zeek, of Sigma's taxonomy for proxies, DNS and firewalls, and of ECS. */
const COLUMNS: Readonly<Record<string, readonly string[]>> = {
  "id.orig_h": ["SrcIpAddr"],
  "id.orig_p": ["SrcPortNumber"],
  "id.resp_h": ["DstIpAddr"],
  "id.resp_p": ["DstPortNumber"],
  src_ip: ["SrcIpAddr"],
  src_port: ["SrcPortNumber"],
  dst_ip: ["DstIpAddr"],
  dst_port: ["DstPortNumber"],
  "destination.port": ["DstPortNumber"],
  proto: ["NetworkProtocol"],
  service: ["NetworkApplicationProtocol"],
  action: ["DvcAction"],
  query: ["DnsQuery"],
  qtype_name: ["DnsQueryTypeName"],
  record_type: ["DnsQueryTypeName"],
  answer: ["DnsResponseName"],
  answers: ["DnsResponseName"],
  method: ["HttpRequestMethod"],
  "cs-method": ["HttpRequestMethod"],
  host: ["HttpHost"],
  "cs-host": ["HttpHost"],
  "r-dns": ["HttpHost"],
  uri: ["Url"],
  "c-uri": ["Url"],
  "cs-uri": ["Url"],
  "cs-uri-stem": ["Url"],
  "c-uri-query": ["Url"],
  user_agent: ["HttpUserAgent"],
  "c-useragent": ["HttpUserAgent"],
  "cs-user-agent": ["HttpUserAgent"],
  "cs-referrer": ["HttpReferrer"],
  status_code: ["HttpStatusCode"],
  "sc-status": ["HttpStatusCode"],
  resp_mime_types: ["HttpContentType"],
  "certificate.serial": [],
  "certificate.subject": ["TlsSubject"],
  "certificate.issuer": ["TlsIssuer"],
  name: ["FileName", "RuleName"],
  path: ["FileName"],
  filename: ["FileName"],
};
