/**
 * Canaries in quality reports, and in call records of Graph and of 3GPP networks.
 *
 * @module
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Hidden, Planted } from "./planted.ts";

const quality = {
  LocalUri: "sip:zqLocalUri1Ab@example.test",
  LocalName: "zqLocalName2Bc",
  LocalUser: "zqLocalUser3Cd",
  LocalNumber: "+4915112308875",
  RemoteUri: "sip:zqRemoteUri4De@example.test",
  RemoteName: "zqRemoteName5Ef",
  RemoteUser: "zqRemoteUser6Fg",
  RemoteNumber: "+4915112308876",
  OrigUri: "sip:zqOrigUri7Gh@example.test",
  ConferenceUri: "sip:zqConference8Hi@example.test",
  TenantId: "zqQualityTenant9Ij",
  DeviceName: "zqDevice1Jk",
  RemoteDeviceName: "zqRemoteDevice2Kl",
  CaptureDevice: "zqCapture3Lm",
  RenderDevice: "zqRender4Mn",
  RemoteCaptureDevice: "zqRemoteCapture5No",
  RemoteRenderDevice: "zqRemoteRender6Op",
  LocalIp: "10.231.33.71",
  LocalMac: "02:5a:51:aa:0b:1c",
  LocalReflexiveIp: "10.232.44.72",
  RemoteIp: "10.233.55.73",
  RemoteMac: "02:5a:51:aa:0b:2d",
  RemoteReflexiveIp: "10.234.66.74",
  ReporterIp: "127.203.35.79",
  Bssid: "02:5a:51:aa:0b:3e",
  OtherFields: "zqUnread7Pq",
} as const;

const calls = {
  CallerPrincipal: "zqcaller8@example.test",
  CalleePrincipal: "zqcallee9@example.test",
  OrganizerUser: "zqOrganizer1Qr",
  OrganizerName: "zqOrganizerName2Rs",
  ServedNumber: "4915112308877",
  ServedUri: "sip:zqServed3St@example.test",
  ServedUser: "zqServedUser4Tu@example.test",
  Imsi: "232019988776655",
  Imei: "3520991122334455",
  NodeIp: "10.235.77.75",
  OtherFields: "zqOther5Uv",
} as const;

const at = (name: string): Hidden => ({ value: `zq${name}@example.test`, word: `zq${name}` });

const hidden = {
  CallId: at("CallId6Vw"),
  DialogId: at("Dialog7Wx"),
  LocalGroup: at("Group8Xy"),
  RemoteGroup: at("RemoteGroup9Yz"),
  FormatParameters: at("Format1Za"),
  Extra: at("Vendor2Ab"),
} as const;
const callId = at("SipCallId3Bc");
const chargingId = at("Charging4Cd");
const codec = "zqControlCodec";

function under<T>(table: string, of: Readonly<Record<string, T>>): Record<string, T> {
  return Object.fromEntries(Object.entries(of).map(([name, value]) => [`${table}.${name}`, value]));
}

/** To be sent from the address `QualityReport.ReporterIp`: a report, and one that is not read. */
export function publishDatagram(n: number): Buffer {
  const q = quality;
  const body = [
    "VQSessionReport: CallTerm",
    `CallID: ${hidden.CallId.value}`,
    `LocalID: "${q.LocalName}" <${q.LocalUri}>`,
    `RemoteID: "${q.RemoteName}" <${q.RemoteUri}>`,
    `OrigID: ${q.OrigUri}`,
    `LocalGroup: ${hidden.LocalGroup.value}`,
    `RemoteGroup: ${hidden.RemoteGroup.value}`,
    `LocalMAC: ${q.LocalMac}`,
    `RemoteMAC: ${q.RemoteMac}`,
    `LocalAddr: IP=${q.LocalIp} PORT=5000 SSRC=1`,
    `RemoteAddr: IP=${q.RemoteIp} PORT=5002 SSRC=2`,
    `X-Vendor: ${hidden.Extra.value}`,
    "LocalMetrics:",
    `SessionDesc: PT=18 PD=${codec} FMTP="${hidden.FormatParameters.value}"`,
    "Delay: IAJ=2",
    `DialogID: ${hidden.DialogId.value};to-tag=1;from-tag=2`,
    "VQSessionReport: CallTerm",
    `CallID: ${q.OtherFields}`,
    "",
  ].join("\r\n");
  const head = [
    "PUBLISH sip:collector@127.0.0.1 SIP/2.0",
    `Via: SIP/2.0/UDP ${q.ReporterIp}:5060;branch=z9hG4bK${n};rport`,
    `From: <${q.LocalUri}>;tag=1`,
    "To: <sip:collector@127.0.0.1>",
    `Call-ID: ${hidden.CallId.value}`,
    `CSeq: ${n} PUBLISH`,
    "Event: vq-rtcpxr",
    "Content-Type: application/vq-rtcpxr",
    `Content-Length: ${body.length}`,
  ].join("\r\n");
  return Buffer.from(`${head}\r\n\r\n${body}`);
}

function person(id: string, displayName: string, userPrincipalName?: string) {
  return { id, displayName, tenantId: quality.TenantId, userPrincipalName };
}

function graphRecord(): string {
  const q = quality;
  return JSON.stringify({
    id: "e0000000-0000-4000-8000-000000000002",
    type: "peerToPeer",
    startDateTime: "2026-06-30T11:00:00Z",
    endDateTime: "2026-06-30T11:10:00Z",
    joinWebUrl: calls.OtherFields,
    organizer_v2: { identity: { user: person(calls.OrganizerUser, calls.OrganizerName) } },
    sessions: [{
      id: "s-2",
      caller: {
        name: q.DeviceName,
        identity: { phone: { id: q.LocalNumber } },
        associatedIdentity: person(q.LocalUser, q.LocalName, calls.CallerPrincipal),
      },
      callee: {
        name: q.RemoteDeviceName,
        identity: { phone: { id: q.RemoteNumber } },
        associatedIdentity: person(q.RemoteUser, q.RemoteName, calls.CalleePrincipal),
      },
      segments: [{
        media: [{
          callerNetwork: {
            reflexiveIPAddress: q.LocalReflexiveIp,
            basicServiceSetIdentifier: q.Bssid,
          },
          calleeNetwork: { reflexiveIPAddress: q.RemoteReflexiveIp },
          callerDevice: { captureDeviceName: q.CaptureDevice, renderDeviceName: q.RenderDevice },
          calleeDevice: {
            captureDeviceName: q.RemoteCaptureDevice,
            renderDeviceName: q.RemoteRenderDevice,
          },
          streams: [{ streamId: "1", averageJitter: "PT0.01S" }],
        }],
      }],
    }],
  });
}

function msQoeReport(): string {
  return `<VQReportEvent><VQSessionReport><DialogInfo><ConfURI>${quality.ConferenceUri}</ConfURI>` +
    `</DialogInfo><MediaLine><InboundStream Id="1"/></MediaLine></VQSessionReport></VQReportEvent>`;
}

/** An element of BER whose tag is of context: content is bytes, or elements. */
function ber(tag: number, content: string | Uint8Array | readonly Uint8Array[]): Uint8Array {
  const isElements = Array.isArray(content);
  const bytes = isElements ? Buffer.concat(content) : Buffer.from(content as string | Uint8Array);
  const first = 0x80 | (isElements ? 0x20 : 0);
  const head = tag < 31 ? [first | tag] : [first | 31, tag];
  const length = bytes.length < 128
    ? [bytes.length]
    : [0x82, bytes.length >> 8, bytes.length & 255];
  return Buffer.concat([Uint8Array.from([...head, ...length]), bytes]);
}

/** Digits, the low half of each byte first. */
function bcd(digits: string): Uint8Array {
  const even = digits.length % 2 === 0 ? digits : `${digits}f`;
  return Buffer.from(even.replaceAll(/(.)(.)/g, "$2$1"), "hex");
}

/** Two bare records: of an S-CSCF, and of a mobile call. */
function networkRecords(): Uint8Array {
  const time = Buffer.from("2606301000002b0000", "hex");
  const subscription = (kind: number, text: string) =>
    ber(16, [ber(0, Uint8Array.of(kind)), ber(1, text)]);
  return Buffer.concat([
    ber(63, [
      ber(4, [ber(0, [ber(0, Uint8Array.from(calls.NodeIp.split(".").map(Number)))])]),
      ber(5, callId.value),
      ber(8, calls.ServedUser),
      ber(9, time),
      ber(19, chargingId.value),
      ber(31, [subscription(0, calls.ServedNumber), subscription(2, calls.ServedUri)]),
    ]),
    ber(0, [
      ber(1, bcd(calls.Imsi)),
      ber(2, bcd(calls.Imei)),
      ber(22, time),
      ber(32, Uint8Array.of(1, 2)),
    ]),
  ]);
}

export const plantedCalls: Planted = {
  canaries: { ...under("QualityReport", quality), ...under("CallDetail", calls) },
  content: {
    ...under("QualityReport", hidden),
    "CallDetail.CallId": callId,
    "CallDetail.ChargingId": chargingId,
  },
  controls: { "QualityReport.CodecName": codec },
  sources(folder) {
    const graph = join(folder, "graph_v2.json");
    const qoe = join(folder, "UccApi.log");
    const network = join(folder, "ims.cdr");
    writeFileSync(graph, `${graphRecord()}\n`);
    writeFileSync(qoe, `${msQoeReport()}\n`);
    writeFileSync(network, networkRecords());
    return {
      teams: { plugin: "call_detail", config: { paths: [graph] } },
      network: { plugin: "call_detail", config: { paths: [network], format: "3gpp" } },
      streams: { plugin: "qoe", config: { paths: [graph, qoe] } },
    };
  },
};
