/**
 * The table of quality reports: one row for each stream that one end of a call has measured.
 *
 * Names follow Azure Monitor's `ACSCallDiagnostics` where it has the idea; times are real numbers
 * here, because reports have fractions of a millisecond.
 *
 * @module
 */
import { column, type RowOf, table } from "../../sdk/mod.ts";

const open = { class: "public", optional: true } as const;
const system = { class: "system", optional: true } as const;
const content = { class: "content", optional: true } as const;
const uri = { class: "personal", kind: "sip", optional: true } as const;
const user = { class: "personal", kind: "user", optional: true } as const;
const name = { class: "personal", kind: "name", optional: true } as const;
const device = { class: "personal", kind: "device", optional: true } as const;
const address = { class: "network", optional: true } as const;
const ms = { ...open, unit: "ms" } as const;
const share = { ...open, unit: "fraction" } as const;
const mos = { ...open, unit: "MOS" } as const;
const decibel = { ...open, unit: "dB" } as const;

const who = {
  ReportFormat: column.string({
    ...open,
    doc: "rfc6035, cisco-cmr, ms-qoe or microsoft-graph",
  }),
  ReportType: column.string({ ...open, doc: "session, interval or alert" }),
  AlertType: column.string({ ...open, doc: "Of an alert: the metric that is bad, such as NLR" }),
  AlertSeverity: column.string({ ...open, doc: "Warning, Critical or Clear" }),
  Side: column.string({ ...open, doc: "Who measured: local is who reports, remote its peer" }),
  CallId: column.string({
    ...content,
    doc: "The same in all reports of a call, and in CallDetail",
  }),
  DialogId: column.string({ ...content, doc: "Call-ID and tags of the SIP dialog" }),
  LegId: column.string({ ...system, doc: "Of this leg or session" }),
  StreamId: column.string({ ...system, doc: "SSRC, or the number of the stream" }),
  StreamDirection: column.string({ ...open, doc: "inbound, outbound, callerToCallee, …" }),
  MediaType: column.string({ ...open, doc: "Such as audio, video, main-audio" }),
  TransportType: column.string({ ...open, doc: "UDP or TCP" }),
  StartTime: column.time(open),
  EndTime: column.time(open),
  DurationSeconds: column.real({ ...open, unit: "s" }),
  LocalUri: column.string({ ...uri, doc: "Who reports; of Graph the caller" }),
  LocalName: column.string({ ...name, doc: "Display name" }),
  LocalUser: column.string({ ...user, doc: "Account" }),
  LocalNumber: column.string({ class: "personal", kind: "tel", optional: true }),
  RemoteUri: column.string({ ...uri, doc: "The peer; of Graph the callee" }),
  RemoteName: column.string(name),
  RemoteUser: column.string(user),
  RemoteNumber: column.string({ class: "personal", kind: "tel", optional: true }),
  OrigUri: column.string({ ...uri, doc: "Who began the call" }),
  ConferenceUri: column.string(uri),
  TenantId: column.string({ class: "customer", kind: "tenant", optional: true }),
  DeviceName: column.string({ ...device, doc: "The telephone or computer that reports" }),
  RemoteDeviceName: column.string(device),
  CaptureDevice: column.string({ ...device, doc: "Microphone or camera" }),
  RenderDevice: column.string({ ...device, doc: "Loudspeaker or screen" }),
  RemoteCaptureDevice: column.string(device),
  RemoteRenderDevice: column.string(device),
  UserAgent: column.string({ ...open, doc: "Software of who reports" }),
  RemoteUserAgent: column.string(open),
};

const network = {
  LocalIp: column.string({ ...address, doc: "Where its media came from" }),
  LocalPort: column.int(open),
  LocalMac: column.string({ ...device, doc: "Hardware address" }),
  LocalGroup: column.string(content),
  LocalReflexiveIp: column.string({ ...address, doc: "As a STUN server saw it" }),
  RemoteIp: column.string(address),
  RemotePort: column.int(open),
  RemoteMac: column.string(device),
  RemoteGroup: column.string(content),
  RemoteReflexiveIp: column.string(address),
  ReporterIp: column.string({ ...address, doc: "Of who sent the report over the network" }),
  NetworkType: column.string({ ...open, doc: "Such as wired, wifi, mobile" }),
  Bssid: column.string({ ...device, doc: "Hardware address of the access point" }),
  PacketsSent: column.long(open),
  PacketsReceived: column.long(open),
  PacketsLost: column.long(open),
  BytesSent: column.long({ ...open, unit: "B" }),
  BytesReceived: column.long({ ...open, unit: "B" }),
  PacketUtilization: column.long({ ...open, doc: "Packets of the stream" }),
  BandwidthEstimate: column.real({ ...open, unit: "bit/s" }),
};

const codec = {
  CodecName: column.string(open),
  PayloadType: column.int({ ...open, doc: "Of RTP" }),
  SampleRate: column.real({ ...open, unit: "Hz" }),
  FrameDuration: column.real(ms),
  FrameBytes: column.int({ ...open, unit: "B" }),
  FramesPerPacket: column.int(open),
  PacketsPerSecond: column.int(open),
  FormatParameters: column.string({ ...content, doc: "Of the codec, as SDP's fmtp has them" }),
  LossConcealment: column.int({
    ...open,
    doc: "0 unspecified, 1 disabled, 2 enhanced, 3 standard (RFC 3611 §4.7)",
  }),
  SilenceSuppression: column.bool(open),
};

const quality = {
  PacketLossRateAvg: column.real({ ...share, doc: "Lost on the network" }),
  PacketLossRateMax: column.real(share),
  PacketDiscardRate: column.real({ ...share, doc: "Came too late or too early to be played" }),
  BurstLossDensity: column.real({ ...share, doc: "Lost and discarded in bursts" }),
  BurstDuration: column.real({ ...ms, doc: "Mean" }),
  GapLossDensity: column.real({ ...share, doc: "Lost and discarded between bursts" }),
  GapDuration: column.real({ ...ms, doc: "Mean" }),
  GapMin: column.int({ ...open, doc: "Packets received in a row that end a burst" }),
  RoundTripTimeAvg: column.real(ms),
  RoundTripTimeMax: column.real(ms),
  EndSystemDelay: column.real(ms),
  OneWayDelay: column.real({ ...ms, doc: "Symmetric where only that is told" }),
  JitterAvg: column.real({ ...ms, doc: "Between arrivals (RFC 3550 §6.4.1)" }),
  JitterMax: column.real(ms),
  MeanAbsoluteJitter: column.real({ ...ms, doc: "MAJ, or MAPDV (ITU-T G.1020)" }),
  JitterBufferMode: column.int({
    ...open,
    doc: "0 unknown, 2 not adaptive, 3 adaptive (RFC 3611 §4.7)",
  }),
  JitterBufferRate: column.int({ ...open, doc: "Of adaptation, 0 to 15" }),
  JitterBufferNominal: column.real(ms),
  JitterBufferSizeAvg: column.real(ms),
  JitterBufferSizeMax: column.real(ms),
  JitterBufferAbsoluteMax: column.real(ms),
  HealedDataRatioAvg: column.real({ ...share, doc: "Of audio that was made up" }),
  HealedDataRatioMax: column.real(share),
  ConcealSeconds: column.real({ ...open, unit: "s", doc: "With any concealment" }),
  SevereConcealSeconds: column.real({ ...open, unit: "s", doc: "With over 5 % of concealment" }),
  SignalLevel: column.real({ ...decibel, unit: "dBm0" }),
  NoiseLevel: column.real({ ...decibel, unit: "dBm0" }),
  EchoReturnLoss: column.real({ ...decibel, doc: "Residual" }),
  RListening: column.real({ ...open, doc: "R factor of listening, 0 to 120 (ITU-T G.107)" }),
  RConversational: column.real(open),
  RExternalIn: column.real({ ...open, doc: "Of the network segment before" }),
  RExternalOut: column.real(open),
  MosListening: column.real({
    ...mos,
    doc: "1 to 5; absent is not 0. Mean where several are told",
  }),
  MosListeningMin: column.real(mos),
  MosListeningMax: column.real(mos),
  MosListeningLast: column.real({ ...mos, doc: "Of the last interval of the call" }),
  MosConversational: column.real(mos),
  MosNetwork: column.real({ ...mos, doc: "By loss and jitter alone" }),
  MosNetworkMin: column.real(mos),
  MosDegradationAvg: column.real({ ...mos, doc: "What the network took away" }),
  MosDegradationMax: column.real(mos),
  MosAlgorithm: column.string({ ...open, doc: "How MOS was estimated" }),
  VideoFrameRateAvg: column.real({ ...open, unit: "1/s" }),
  Extra: column.dynamic({
    ...content,
    doc: "Other fields by their own names, and metrics whose value is out of their range; " +
      "those of a whole session are in its first row",
  }),
};

export const tables = {
  QualityReport: table({
    doc: "How one stream of a call was at one end of it",
    time: "TimeGenerated",
    columns: {
      TimeGenerated: column.time({
        class: "public",
        doc: "When the measured time ended, else when the report came",
      }),
      ...who,
      ...network,
      ...codec,
      ...quality,
      OtherFields: column.string({
        class: "personal",
        kind: "record",
        optional: true,
        doc: "A report that was not read, with the reason in _ParseError",
      }),
    },
  }),
};

export type QualityRow = RowOf<typeof tables.QualityReport.columns>;

/** A row that is being put together. */
export type Measures = { -readonly [K in keyof QualityRow]?: QualityRow[K] };

/** Columns that hold a number. */
export type NumberColumn = {
  [K in keyof QualityRow]-?: number extends QualityRow[K] ? K : never;
}[keyof QualityRow];

/** Columns that hold text. */
export type TextColumn = {
  [K in keyof QualityRow]-?: string extends QualityRow[K] ? (K extends "Extra" ? never : K) : never;
}[keyof QualityRow];
