/**
 * Canaries in call records of CUCM, Asterisk, Teams and 3GPP networks.
 *
 * @module
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import callDetail from "../../../plugins/call_detail/mod.ts";
import { type Planted, wordsOf } from "./planted.ts";

const { canaries, content, at } = wordsOf("CallDetail", callDetail.tables.CallDetail, {
  prefix: "zqCd",
  shaped: {
    Caller: "+4915112308871",
    Callee: "+4915112308872",
    FinalCallee: "+4915112308873",
    RedirectedBy: "+4915112308874",
    ServedNumber: "+4915112308875",
    Imsi: "262017712308876",
    Imei: "490154212308877",
    OrigDevice: "SEP00ZQ11DD22F1",
    DestDevice: "SEP00ZQ11DD22F2",
    OrigIp: "10.203.55.73",
    DestIp: "10.204.66.74",
    OrigMediaIp: "10.205.77.75",
    DestMediaIp: "10.206.88.76",
    NodeIp: "10.208.111.78",
    FailureReason: { value: "CONTOSO\\zqFailure6Yg", word: "zqFailure6Yg" },
    LastData: { value: "sip:zqLastData7Uh@example.test", word: "zqLastData7Uh" },
    UserField: { value: "GB82WEST12345698765432", word: "12345698765432" },
    Extra: { value: "9d5e0f6a-86f1-41af-91ab-2d7cd011db47", word: "2d7cd011db47" },
  },
});

const controls = { "CallDetail.LastApp": "zqControlApp" };

/** Names, types and one record; an address is a number whose lowest byte comes first. */
function cucmLines(): readonly string[] {
  const fields: readonly (readonly [string, string, string])[] = [
    ["cdrRecordType", "INTEGER", "1"],
    ["globalCallID_callManagerId", "INTEGER", "2"],
    ["globalCallID_callId", "INTEGER", "5001"],
    ["dateTimeOrigination", "INTEGER", "1782900000"],
    ["dateTimeDisconnect", "INTEGER", "1782900126"],
    ["origIpAddr", "INTEGER", signedAddress(at("OrigIp"))],
    ["callingPartyNumber", "VARCHAR(50)", at("Caller")],
    ["callingPartyNumber_uri", "VARCHAR(254)", `${at("CallerUri")}@example.test`],
    ["callingPartyUnicodeLoginUserID", "VARCHAR(128)", at("CallerUser")],
    ["origMediaTransportAddress_IP", "INTEGER", signedAddress(at("OrigMediaIp"))],
    ["destIpAddr", "INTEGER", "0"],
    ["destIpv4v6Addr", "VARCHAR(64)", at("DestIp")],
    ["originalCalledPartyNumber", "VARCHAR(50)", at("Callee")],
    ["finalCalledPartyNumber", "VARCHAR(50)", at("FinalCallee")],
    ["finalCalledPartyNumber_uri", "VARCHAR(254)", `${at("CalleeUri")}@example.test`],
    ["finalCalledPartyUnicodeLoginUserID", "VARCHAR(128)", at("CalleeUser")],
    ["destMediaTransportAddress_IP", "INTEGER", signedAddress(at("DestMediaIp"))],
    ["lastRedirectDn", "VARCHAR(50)", at("RedirectedBy")],
    ["origDeviceName", "VARCHAR(129)", at("OrigDevice")],
    ["destDeviceName", "VARCHAR(129)", at("DestDevice")],
    // These have no columns of their own.
    ["outpulsedCallingPartyNumber", "VARCHAR(50)", at("OtherFields")],
    ["zqOwnField", "VARCHAR(50)", at("Extra")],
  ];
  return [
    fields.map(([name]) => `"${name}"`).join(","),
    fields.map(([, type]) => type).join(","),
    fields.map(([, type, value]) => type === "INTEGER" ? value : `"${value}"`).join(","),
  ];
}

function signedAddress(address: string): string {
  return String(bytesOf(address).readInt32LE());
}

function bytesOf(address: string): Buffer {
  return Buffer.from(address.split(".").map(Number));
}

function asteriskLine(): string {
  const clid = `"""${at("CallerName")} Lind"" <${at("Caller")}>"`;
  const rest = `"2026-06-30 09:00:00","2026-06-30 09:00:04","2026-06-30 09:01:04",64,60`;
  return [
    `"${at("AccountCode")}","${at("Caller")}","${at("Callee")}","internal",${clid}`,
    `"PJSIP/${at("OrigDevice")}-0000001a","PJSIP/${at("DestDevice")}-0000001b"`,
    `"${controls["CallDetail.LastApp"]}","${at("LastData")}",${rest},"ANSWERED"`,
    `"DOCUMENTATION","1782810000.26","${at("UserField")}"`,
  ].join(",");
}

function graphRecord(): string {
  const tenantId = at("TenantId");
  const user = (who: string) => ({
    user: {
      id: at(`${who}User`),
      displayName: at(`${who}Name`),
      userPrincipalName: at(`${who}Principal`),
      tenantId,
    },
  });
  return JSON.stringify({
    id: "e0000000-0000-4000-8000-000000000001",
    version: 1,
    type: "peerToPeer",
    joinWebUrl: at("OtherFields"),
    startDateTime: "2026-06-30T10:00:00Z",
    endDateTime: "2026-06-30T10:10:00Z",
    organizer: { user: { id: at("OrganizerUser"), displayName: at("OrganizerName"), tenantId } },
    sessions: [{
      id: "s-1",
      failureInfo: { stage: "midcall", reason: `left ${at("FailureReason")} out` },
      caller: { identity: user("Caller") },
      callee: { identity: user("Callee") },
      segments: [{
        media: [{
          callerNetwork: { ipAddress: at("OrigIp"), reflexiveIPAddress: at("OrigMediaIp") },
          calleeNetwork: { ipAddress: at("DestIp"), reflexiveIPAddress: at("DestMediaIp") },
        }],
      }],
    }],
  });
}

/** An element of BER with a context tag: text or bytes, or elements (X.690 §8.1). */
function ber(tag: number, content: string | Uint8Array | readonly Buffer[]): Buffer {
  const isConstructed = Array.isArray(content);
  const body = isConstructed ? Buffer.concat(content) : Buffer.from(content as string);
  const first = 0x80 | (isConstructed ? 0x20 : 0);
  const tags = tag < 31 ? [first | tag] : [first | 31, ...(tag > 127 ? [0x81] : []), tag & 127];
  return Buffer.concat([Buffer.from([...tags, 0x82, body.length >> 8, body.length & 255]), body]);
}

/** SubscriptionID: 0 is a number, 1 an IMSI, 2 a SIP URI. */
function subscription(kind: number, text: string): Buffer {
  const sequence = ber(16, [ber(0, Buffer.from([kind])), ber(1, text)]);
  sequence[0] = 0x30;
  return sequence;
}

/** Digits, the low half of each byte first. */
function tbcd(digits: string): Buffer {
  const pairs = digits.padEnd(digits.length + digits.length % 2, "f").match(/../g) ?? [];
  return Buffer.from(pairs.map((pair) => `${pair[1]}${pair[0]}`).join(""), "hex");
}

/** Records of multimedia telephony and of a mobile call (TS 32.298), one after the other. */
function chargingRecords(): Buffer {
  const time = Buffer.from("2606301000002b0000", "hex");
  const multimedia = ber(83, [
    ber(4, [ber(0, [ber(0, bytesOf(at("NodeIp")))])]),
    ber(5, at("CallId")),
    ber(6, [ber(0, `sip:${at("CallerUri")}@example.test`)]),
    ber(8, at("ServedUser")),
    ber(11, time),
    ber(19, at("ChargingId")),
    ber(31, [
      subscription(0, at("ServedNumber")),
      subscription(1, at("Imsi")),
      subscription(2, `sip:${at("ServedUri")}@example.test`),
    ]),
    ber(120, at("OtherFields")),
  ]);
  const mobile = ber(0, [
    ber(1, tbcd(at("Imsi"))),
    ber(2, tbcd(at("Imei"))),
    ber(22, time),
    ber(32, Buffer.from([7])),
  ]);
  return Buffer.concat([multimedia, mobile]);
}

export const plantedCallDetail: Planted = {
  canaries,
  content,
  controls,
  sources(folder) {
    const write = (name: string, bytes: string | Buffer): string => {
      const path = join(folder, name);
      writeFileSync(path, bytes);
      return path;
    };
    const noRecord = JSON.stringify({ caller: at("CallerName"), number: at("Caller") });
    const files = [
      write("cdr_cucm", `${cucmLines().join("\n")}\n`),
      write("Master.csv", `${asteriskLine()}\n`),
      write("graph.json", `${graphRecord()}\n${noRecord}\n`),
    ];
    const charging = [write("charging.cdr", chargingRecords())];
    return {
      calls: { plugin: "call_detail", config: { files, timezone: "UTC" } },
      charging: { plugin: "call_detail", config: { files: charging, format: "3gpp" } },
    };
  },
};
