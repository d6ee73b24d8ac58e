/**
 * Quality reports of Skype for Business and Lync: the XML document `VQReportEvent` ([MS-QoE] §2.2),
 * one row for each stream of each media line.
 *
 * @module
 */
import type { Json } from "../../sdk/mod.ts";
import { isoTicks } from "../../sdk/read/time_text.ts";
import { childOf, readXml, textAt, type XmlElement, XmlError } from "../../sdk/read/xml.ts";
import { count, int, mosOf, real } from "./measure.ts";
import type { Measures, NumberColumn, QualityRow, TextColumn } from "./table.ts";

/** Why a document is no report. Constant: they are counted by value. */
export type MsQoeReject = "XML not valid" | "no VQReportEvent" | "report without streams";

type Read = typeof real;

const OPENING = "<VQReportEvent";
const CLOSING = "</VQReportEvent>";

/** Where the next report begins in `text`, -1 if there is none: other lines of a log are not ours. */
export function findReport(text: string, from: number): number {
  return text.indexOf(OPENING, from);
}

/**
 * Where the report ends that begins at `at`: with its end tag, or cut off before the next one; -1 if
 * neither is there yet.
 */
export function endOfReport(text: string, at: number): number {
  const next = text.indexOf(OPENING, at + 1);
  const close = text.slice(at, next < 0 ? undefined : next).indexOf(CLOSING);
  return close < 0 ? next : at + close + CLOSING.length;
}

/** Reads one report; what is cut off at its end costs what was there only. */
export function msQoeRows(text: string, now: number): readonly QualityRow[] | MsQoeReject {
  let root: XmlElement;
  try {
    ({ root } = readXml(text));
  } catch (error) {
    if (error instanceof XmlError) return "XML not valid";
    throw error;
  }
  if (root.name !== "VQReportEvent") return "no VQReportEvent";
  const rows = root.children.filter(({ name }) => name === "VQSessionReport")
    .flatMap((session) => sessionRows(session, now));
  return rows.length === 0 ? "report without streams" : rows;
}

function sessionRows(session: XmlElement, now: number): readonly QualityRow[] {
  const shared = sessionOf(session, now);
  const rows: QualityRow[] = [];
  // Said once: a row for each of many streams would say it again and again.
  let extra = leftOf(session);
  for (const line of session.children.filter(({ name }) => name === "MediaLine")) {
    const media = lineOf(line);
    extra = { ...extra, ...leftOf(line) };
    for (const stream of line.children.filter(({ name }) => /^(In|Out)boundStream$/.test(name))) {
      rows.push({ ...streamOf(stream, extra), ...media, ...shared });
      extra = {};
    }
  }
  return rows;
}

function sessionOf(session: XmlElement, now: number) {
  const dialog = childOf(session, "DialogInfo");
  const at = (...path: string[]): string | undefined => textAt(dialog, ...path);
  const start = timeOf(dialog?.attributes.get("Start"));
  const end = timeOf(dialog?.attributes.get("End"));
  const caller = at("FromURI");
  const callee = at("ToURI");
  const isCallee = at("Caller")?.toLowerCase() === "false";
  return {
    TimeGenerated: end ?? start ?? now,
    ReportFormat: "ms-qoe",
    ReportType: "session",
    Side: "local",
    CallId: dialog?.attributes.get("CallId"),
    DialogId: session.attributes.get("SessionId"),
    StartTime: start,
    EndTime: end,
    DurationSeconds: start !== undefined && end !== undefined && end >= start
      ? Number(end - start) / 1e7
      : undefined,
    LocalUri: isCallee ? callee : caller,
    RemoteUri: isCallee ? caller : callee,
    OrigUri: caller,
    ConferenceUri: at("ConfURI"),
    UserAgent: at("LocalUserAgent"),
    RemoteUserAgent: at("RemoteUserAgent"),
    DeviceName: childOf(session, "Endpoint")?.attributes.get("Name"),
  };
}

/** Times may lack a zone: they are UTC then. */
function timeOf(text: string | undefined): bigint | undefined {
  return isoTicks(text) ?? isoTicks(`${text}Z`);
}

function lineOf(line: XmlElement) {
  const at = (...path: string[]): string | undefined => textAt(line, "Description", ...path);
  return {
    MediaType: line.attributes.get("Label"),
    TransportType: at("Transport"),
    NetworkType: at("NetworkConnectivityInfo", "NetworkConnection"),
    Bssid: at("NetworkConnectivityInfo", "BSSID"),
    LocalIp: at("LocalAddr", "IPAddr"),
    LocalPort: int(at("LocalAddr", "Port")),
    LocalMac: at("LocalAddr", "MACAddr"),
    LocalReflexiveIp: at("ReflexiveLocalIPAddress") ?? at("ReflexiveLocalIPAddress", "IPAddr"),
    RemoteIp: at("RemoteAddr", "IPAddr"),
    RemotePort: int(at("RemoteAddr", "Port")),
    RemoteMac: at("RemoteAddr", "MACAddr"),
    CaptureDevice: at("CaptureDev", "Name"),
    RenderDevice: at("RenderDev", "Name"),
  };
}

/** Numbers of a stream by the path of names below it. */
const NUMBERS: ReadonlyMap<string, readonly [NumberColumn, Read]> = new Map([
  ["Network/Jitter/InterArrival", ["JitterAvg", real]],
  ["Network/Jitter/InterArrivalMax", ["JitterMax", real]],
  ["Network/PacketLoss/LossRate", ["PacketLossRateAvg", real]],
  ["Network/PacketLoss/LossRateMax", ["PacketLossRateMax", real]],
  ["Network/BurstGapLoss/BurstDensity", ["BurstLossDensity", real]],
  ["Network/BurstGapLoss/BurstDuration", ["BurstDuration", real]],
  ["Network/BurstGapLoss/GapDensity", ["GapLossDensity", real]],
  ["Network/BurstGapLoss/GapDuration", ["GapDuration", real]],
  ["Network/Delay/RoundTrip", ["RoundTripTimeAvg", real]],
  ["Network/Delay/RoundTripMax", ["RoundTripTimeMax", real]],
  ["Network/Utilization/Packets", ["PacketUtilization", count]],
  ["Network/Utilization/BandwidthEst", ["BandwidthEstimate", real]],
  ["Payload/Audio/PayloadType", ["PayloadType", int]],
  ["Payload/Audio/SampleRate", ["SampleRate", real]],
  ["Payload/Audio/JitterBufferSizeAvg", ["JitterBufferSizeAvg", real]],
  ["Payload/Audio/JitterBufferSizeMax", ["JitterBufferSizeMax", real]],
  ["Payload/Audio/Signal/SignalLevel", ["SignalLevel", real]],
  ["Payload/Audio/Signal/NoiseLevel", ["NoiseLevel", real]],
  ["Payload/Audio/Signal/EchoReturn", ["EchoReturnLoss", real]],
  ["Payload/Audio/RatioConcealedSamplesAvg", ["HealedDataRatioAvg", real]],
  ["Payload/Video/PayloadType", ["PayloadType", int]],
  ["Payload/Video/VideoFrameRateAvg", ["VideoFrameRateAvg", real]],
  ["QualityEstimates/Audio/RecvListenMOS", ["MosListening", mosOf]],
  ["QualityEstimates/Audio/RecvListenMOSMin", ["MosListeningMin", mosOf]],
  ["QualityEstimates/Audio/SendListenMOS", ["MosListening", mosOf]],
  ["QualityEstimates/Audio/SendListenMOSMin", ["MosListeningMin", mosOf]],
  ["QualityEstimates/Audio/ConversationalMOS", ["MosConversational", mosOf]],
  ["QualityEstimates/Audio/NetworkMOS/OverallAvg", ["MosNetwork", mosOf]],
  ["QualityEstimates/Audio/NetworkMOS/OverallMin", ["MosNetworkMin", mosOf]],
  ["QualityEstimates/Audio/NetworkMOS/DegradationAvg", ["MosDegradationAvg", real]],
  ["QualityEstimates/Audio/NetworkMOS/DegradationMax", ["MosDegradationMax", real]],
]);
const TEXTS: ReadonlyMap<string, TextColumn> = new Map([
  ["Payload/Audio/PayloadDescription", "CodecName"],
  ["Payload/Video/PayloadDescription", "CodecName"],
  ["QualityEstimates/Audio/NetworkMOS/NetworkMOSAlg", "MosAlgorithm"],
]);

/** What has a column of the session or of the line. */
const TAKEN =
  /^(DialogInfo(@(CallId|Start|End)|\/(FromURI|ToURI|Caller|ConfURI|LocalUserAgent|RemoteUserAgent))|Endpoint@Name|Description\/(Transport|NetworkConnectivityInfo\/(NetworkConnection|BSSID)|(Local|Remote)Addr\/(IPAddr|Port|MACAddr)|ReflexiveLocalIPAddress(\/IPAddr)?|(Capture|Render)Dev\/Name))$/;

type Extra = Readonly<Record<string, Json>>;

/** What has no column, but for the lines of a session and the streams of a line. */
function leftOf(element: XmlElement): Extra {
  const own = element.children.filter(({ name }) =>
    !/^(MediaLine|(In|Out)boundStream)$/.test(name)
  );
  return Object.fromEntries(leavesOf(own).filter(([path]) => !TAKEN.test(path)));
}

function streamOf(stream: XmlElement, shared: Extra): Measures {
  const row: Measures = {
    StreamId: stream.attributes.get("Id"),
    StreamDirection: stream.name === "InboundStream" ? "inbound" : "outbound",
  };
  const extra: Record<string, Json> = { ...shared };
  for (const [path, value] of leavesOf(stream.children)) {
    const [column, read] = NUMBERS.get(path) ?? [];
    const number = read?.(value);
    const text = TEXTS.get(path);
    if (column !== undefined && number !== undefined) row[column] = number;
    else if (text !== undefined) row[text] = value;
    else extra[path] = value;
  }
  if (Object.keys(extra).length > 0) row.Extra = extra;
  return row;
}

/** Texts and attributes of elements and below them by their paths, in order. */
function leavesOf(
  elements: readonly XmlElement[],
  above = "",
): readonly (readonly [string, string])[] {
  return elements.flatMap((element) => {
    const path = `${above}${element.name}`;
    const own: (readonly [string, string])[] = element.text === "" ? [] : [[path, element.text]];
    for (const [key, value] of element.attributes) own.push([`${path}@${key}`, value]);
    return [...own, ...leavesOf(element.children, `${path}/`)];
  });
}
