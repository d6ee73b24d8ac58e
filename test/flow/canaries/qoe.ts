/**
 * Canaries in quality reports of calls: of a telephone (RFC 6035, over UDP), Lync and Teams.
 *
 * @module
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import qoe from "../../../plugins/qoe/mod.ts";
import { type Planted, wordsOf } from "./planted.ts";

const { canaries, content, at } = wordsOf("QualityReport", qoe.tables.QualityReport, {
  prefix: "zqQo",
  shaped: {
    LocalNumber: "+4915112308891",
    RemoteNumber: "+4915112308892",
    LocalIp: "10.241.33.61",
    RemoteIp: "10.242.44.62",
    LocalReflexiveIp: "10.243.55.63",
    RemoteReflexiveIp: "10.244.66.64",
    ReporterIp: "127.202.44.78",
    LocalMac: "02-5A-72-C3-E5-01",
    RemoteMac: "02-5A-72-C3-E5-02",
    Bssid: "02-5A-72-C3-E5-03",
  },
});

const controls = { "QualityReport.UserAgent": "zqControlAgent" };

const uri = (column: string): string => `sip:${at(column)}@example.test`;

/** What a telephone publishes when a call is over, and a report that is not read. */
function publication(): Buffer {
  const body = [
    "VQSessionReport: CallTerm",
    `CallID: ${at("CallId")}`,
    `LocalID: "${at("LocalName")}" <${uri("LocalUri")}>`,
    `RemoteID: "${at("RemoteName")}" <${uri("RemoteUri")}>`,
    `OrigID: <${uri("OrigUri")}>`,
    `LocalGroup: ${at("LocalGroup")}`,
    `RemoteGroup: ${at("RemoteGroup")}`,
    `LocalAddr: IP=${at("LocalIp")} PORT=5000 SSRC=0x7`,
    `LocalMAC: ${at("LocalMac")}`,
    `RemoteAddr: IP=${at("RemoteIp")} PORT=5002 SSRC=0x8`,
    `RemoteMAC: ${at("RemoteMac")}`,
    "LocalMetrics:",
    "Timestamps: START=2026-06-30T10:00:00Z STOP=2026-06-30T10:01:00Z",
    `SessionDesc: PT=18 PD=G729 FMTP="mail=${at("FormatParameters")}"`,
    `OwnGroup: OWN=${at("Extra")}`,
    `DialogID: ${at("DialogId")};to-tag=7;from-tag=8`,
    "VQSessionReport: CallTerm",
    `CallID: ${at("OtherFields")}`,
  ].join("\r\n");
  return Buffer.from(
    [
      "PUBLISH sip:collector.example.test SIP/2.0",
      "Via: SIP/2.0/UDP phone.example.test;branch=z9hG4bK7;rport",
      "From: <sip:phone.example.test>;tag=7",
      "To: <sip:collector.example.test>",
      "Call-ID: 7",
      "CSeq: 1 PUBLISH",
      `User-Agent: ${controls["QualityReport.UserAgent"]}`,
      "Event: vq-rtcpxr",
      "Content-Type: application/vq-rtcpxr",
      `Content-Length: ${body.length}`,
      "",
      body,
    ].join("\r\n"),
  );
}

function lyncReport(): string {
  return `<VQReportEvent><VQSessionReport SessionId="7">` +
    `<Endpoint Name="${at("DeviceName")}"/>` +
    `<DialogInfo CallId="7" Start="2026-06-30T10:00:00Z" End="2026-06-30T10:01:00Z">` +
    `<FromURI>${uri("LocalUri")}</FromURI><ToURI>${uri("RemoteUri")}</ToURI>` +
    `<ConfURI>${uri("ConferenceUri")}</ConfURI></DialogInfo>` +
    `<MediaLine Label="main-audio"><Description><NetworkConnectivityInfo>` +
    `<BSSID>${at("Bssid")}</BSSID></NetworkConnectivityInfo>` +
    `<ReflexiveLocalIPAddress>${at("LocalReflexiveIp")}</ReflexiveLocalIPAddress>` +
    `<CaptureDev><Name>${at("CaptureDevice")}</Name></CaptureDev>` +
    `<RenderDev><Name>${at("RenderDevice")}</Name></RenderDev></Description>` +
    `<InboundStream Id="7"/></MediaLine></VQSessionReport></VQReportEvent>\n`;
}

function teamsRecord(): string {
  const end = (side: "Local" | "Remote", name: string) => ({
    name: at(name),
    identity: {
      user: { id: at(`${side}User`), displayName: at(`${side}Name`), tenantId: at("TenantId") },
      phone: { id: at(`${side}Number`) },
    },
  });
  return JSON.stringify({
    id: "e0000000-0000-4000-8000-000000000003",
    endDateTime: "2026-06-30T10:10:00Z",
    sessions: [{
      id: "s-1",
      caller: end("Local", "DeviceName"),
      callee: end("Remote", "RemoteDeviceName"),
      segments: [{
        media: [{
          callerNetwork: { ipAddress: at("LocalIp"), reflexiveIPAddress: at("LocalReflexiveIp") },
          calleeNetwork: { ipAddress: at("RemoteIp"), reflexiveIPAddress: at("RemoteReflexiveIp") },
          calleeDevice: {
            captureDeviceName: at("RemoteCaptureDevice"),
            renderDeviceName: at("RemoteRenderDevice"),
          },
          streams: [{ streamId: "7" }],
        }],
      }],
    }],
  });
}

export const plantedQoe: Planted = {
  canaries,
  content,
  controls,
  sources(folder, ports) {
    const files = [join(folder, "lync.xml"), join(folder, "teams.json")];
    writeFileSync(files[0]!, lyncReport());
    const noRecord = JSON.stringify({ caller: at("OtherFields") });
    writeFileSync(files[1]!, `${teamsRecord()}\n${noRecord}\n`);
    return {
      quality: { plugin: "qoe", config: { files } },
      telephones: { plugin: "qoe", config: { listen: [`udp:127.0.0.1:${ports.qoe}`] } },
    };
  },
  datagrams: ({ qoe: port }) => [{ from: at("ReporterIp"), port, bytes: publication() }],
};
