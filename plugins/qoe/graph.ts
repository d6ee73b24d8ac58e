/**
 * Media streams of Microsoft Teams calls: sessions, segments, media and streams of the Graph API's
 * `callRecord`, one row for each stream.
 *
 * @module
 */
import * as v from "valibot";
import type { Json } from "../../sdk/mod.ts";
import { isoTicks } from "../../sdk/read/time_text.ts";
import type { QualityRow } from "./table.ts";

const text = v.optional(v.nullable(v.string()));
const json: v.GenericSchema<Json> = v.any();
const fields = v.record(v.string(), json);
const maybe = v.optional(v.nullable(fields));

const media = v.object({
  label: text,
  callerNetwork: maybe,
  calleeNetwork: maybe,
  callerDevice: maybe,
  calleeDevice: maybe,
  streams: v.optional(v.nullable(v.array(fields))),
});
const identity = v.optional(v.nullable(v.object({ id: text, displayName: text, tenantId: text })));
const endpoint = v.optional(v.nullable(v.object({
  name: text,
  userAgent: v.optional(v.nullable(v.object({ headerValue: text }))),
  identity: v.optional(v.nullable(v.object({
    user: identity,
    phone: identity,
    guest: identity,
    acsUser: identity,
    application: identity,
    applicationInstance: identity,
  }))),
  associatedIdentity: v.optional(v.nullable(v.object({
    id: text,
    displayName: text,
    tenantId: text,
  }))),
})));
const session = v.object({
  id: text,
  caller: endpoint,
  callee: endpoint,
  segments: v.optional(v.nullable(v.array(v.object({
    caller: endpoint,
    callee: endpoint,
    media: v.optional(v.nullable(v.array(media))),
  })))),
});
const callRecord = v.object({
  id: v.string(),
  endDateTime: text,
  sessions: v.optional(v.nullable(v.array(session))),
});

type Endpoint = v.InferOutput<typeof endpoint>;
type Media = v.InferOutput<typeof media>;
type Fields = Readonly<Record<string, Json>>;

/** Why a document gives no rows. Constant: they are counted by value. */
export type GraphReject = "JSON is no callRecord" | "callRecord without media streams";

/** The documents in a parsed JSON text: one, an array of them, or a reply's `value`. */
export function recordsIn(parsed: unknown): readonly unknown[] {
  if (Array.isArray(parsed)) return parsed;
  if (typeof parsed === "object" && parsed !== null && "value" in parsed) {
    if (Array.isArray(parsed.value)) return parsed.value;
  }
  return [parsed];
}

/** Turns one callRecord into a row for each of its media streams. */
export function graphRows(document: unknown, now: number): readonly QualityRow[] | GraphReject {
  const parsed = v.safeParse(callRecord, document);
  if (!parsed.success) return "JSON is no callRecord";
  const { id, endDateTime, sessions } = parsed.output;
  const ended = isoTicks(endDateTime) ?? now;
  const rows = (sessions ?? []).flatMap((one) =>
    (one.segments ?? []).flatMap((segment) => {
      const shared = {
        CallId: id,
        LegId: one.id ?? undefined,
        ...parties(segment.caller ?? one.caller, segment.callee ?? one.callee),
      };
      return (segment.media ?? []).flatMap((line) => {
        const [row, extra] = ends(line);
        return (line.streams ?? []).map((stream, i) => {
          // Said once: many streams would say it again and again.
          const own = streamRow(stream, { ended, extra: i === 0 ? extra : [] });
          return { ...own, ...row, ...shared };
        });
      });
    })
  );
  return rows.length === 0 ? "callRecord without media streams" : rows;
}

function parties(caller: Endpoint, callee: Endpoint): Partial<QualityRow> {
  const from = partyOf(caller);
  const to = partyOf(callee);
  return {
    LocalUser: from.user,
    LocalName: from.name,
    LocalNumber: from.phone,
    RemoteUser: to.user,
    RemoteName: to.name,
    RemoteNumber: to.phone,
    TenantId: from.tenant ?? to.tenant,
    DeviceName: caller?.name ?? undefined,
    RemoteDeviceName: callee?.name ?? undefined,
    UserAgent: caller?.userAgent?.headerValue ?? undefined,
    RemoteUserAgent: callee?.userAgent?.headerValue ?? undefined,
  };
}

function partyOf(end: Endpoint) {
  const who = end?.identity;
  const account = end?.associatedIdentity ?? who?.user ?? who?.guest ?? who?.acsUser ??
    who?.application ?? who?.applicationInstance;
  return {
    user: account?.id ?? undefined,
    name: account?.displayName ?? who?.phone?.displayName ?? undefined,
    tenant: account?.tenantId ?? undefined,
    phone: who?.phone?.id ?? undefined,
  };
}

/** Gives a field and removes it, so that what is left is what has no column. */
class Taker {
  readonly #left: Map<string, Json>;

  constructor(from: Fields | null | undefined) {
    this.#left = new Map(Object.entries(from ?? {}));
  }

  text(name: string): string | undefined {
    return this.#take(
      name,
      (value) => typeof value === "string" && value !== "" ? value : undefined,
    );
  }

  real(name: string): number | undefined {
    return this.#take(name, (value) => typeof value === "number" ? value : undefined);
  }

  count(name: string): number | undefined {
    const isCount = (value: Json): value is number => Number.isSafeInteger(value);
    return this.#take(name, (value) => isCount(value) && value >= 0 ? value : undefined);
  }

  port(name: string): number | undefined {
    return this.#take(name, (value) => {
      return typeof value === "number" && (value | 0) === value ? value : undefined;
    });
  }

  /** An ISO 8601 duration of time alone, in ms. */
  ms(name: string): number | undefined {
    return this.#take(name, (value) => typeof value === "string" ? durationMs(value) : undefined);
  }

  time(name: string): bigint | undefined {
    return this.#take(name, isoTicks);
  }

  rest(prefix: string): readonly (readonly [string, Json])[] {
    const said = [...this.#left].filter(([name, value]) =>
      value !== null && value !== "" && !name.startsWith("@")
    );
    return said.map(([name, value]) => [`${prefix}${name}`, value]);
  }

  #take<T>(name: string, read: (value: Json) => T | undefined): T | undefined {
    const held = this.#left.get(name);
    const value = held === undefined || held === null ? undefined : read(held);
    if (value !== undefined) this.#left.delete(name);
    return value;
  }
}

/** `PT0.021S`, `PT1M2S` in ms; undefined for what is no duration of up to days. */
export function durationMs(value: string): number | undefined {
  const parts =
    /^(-)?P(?:(\d{1,6})D)?(?:T(?:(\d{1,6})H)?(?:(\d{1,6})M)?(?:(\d{1,9}(?:\.\d{1,9})?)S)?)?$/
      .exec(value);
  if (parts === null || value.endsWith("P") || value.endsWith("T")) return undefined;
  const [, sign, days = "0", hours = "0", minutes = "0", seconds = "0"] = parts;
  const whole = Number(days) * 86_400_000 + Number(hours) * 3_600_000 + Number(minutes) * 60_000;
  return (sign === undefined ? 1 : -1) * (whole + Number((Number(seconds) * 1000).toPrecision(12)));
}

type Left = readonly (readonly [string, Json])[];

function streamRow(
  stream: Fields,
  { ended, extra }: { readonly ended: bigint | number; readonly extra: Left },
): QualityRow {
  const take = new Taker(stream);
  const start = take.time("startDateTime");
  const end = take.time("endDateTime");
  const row: QualityRow = {
    TimeGenerated: end ?? ended,
    ReportFormat: "microsoft-graph",
    ReportType: "session",
    StreamId: take.text("streamId"),
    StreamDirection: take.text("streamDirection"),
    StartTime: start,
    EndTime: end,
    DurationSeconds: start !== undefined && end !== undefined && end >= start
      ? Number(end - start) / 1e7
      : undefined,
    ...metrics(take),
  };
  const left = [...take.rest(""), ...extra];
  return { ...row, Extra: left.length === 0 ? undefined : Object.fromEntries(left) };
}

function metrics(take: Taker): Partial<QualityRow> {
  return {
    CodecName: take.text("audioCodec") ?? take.text("videoCodec"),
    JitterAvg: take.ms("averageJitter") ?? take.ms("averageAudioNetworkJitter"),
    JitterMax: take.ms("maxJitter") ?? take.ms("maxAudioNetworkJitter"),
    RoundTripTimeAvg: take.ms("averageRoundTripTime"),
    RoundTripTimeMax: take.ms("maxRoundTripTime"),
    PacketLossRateAvg: take.real("averagePacketLossRate") ??
      take.real("averageVideoPacketLossRate"),
    PacketLossRateMax: take.real("maxPacketLossRate"),
    HealedDataRatioAvg: take.real("averageRatioOfConcealedSamples"),
    HealedDataRatioMax: take.real("maxRatioOfConcealedSamples"),
    MosDegradationAvg: take.real("averageAudioDegradation"),
    VideoFrameRateAvg: take.real("averageVideoFrameRate"),
    PacketUtilization: take.count("packetUtilization"),
    BandwidthEstimate: take.real("averageBandwidthEstimate"),
  };
}

/** Networks and devices of both ends, and what of them has no column. */
function ends(line: Media): readonly [Partial<QualityRow>, Left] {
  const from = new Taker(line.callerNetwork);
  const to = new Taker(line.calleeNetwork);
  const device = new Taker(line.callerDevice);
  const other = new Taker(line.calleeDevice);
  const row = {
    MediaType: line.label ?? undefined,
    TransportType: from.text("networkTransportProtocol"),
    NetworkType: from.text("connectionType"),
    Bssid: from.text("basicServiceSetIdentifier"),
    LocalIp: from.text("ipAddress"),
    LocalPort: from.port("port"),
    LocalMac: from.text("macAddress"),
    LocalReflexiveIp: from.text("reflexiveIPAddress"),
    RemoteIp: to.text("ipAddress"),
    RemotePort: to.port("port"),
    RemoteMac: to.text("macAddress"),
    RemoteReflexiveIp: to.text("reflexiveIPAddress"),
    CaptureDevice: device.text("captureDeviceName"),
    RenderDevice: device.text("renderDeviceName"),
    RemoteCaptureDevice: other.text("captureDeviceName"),
    RemoteRenderDevice: other.text("renderDeviceName"),
  };
  const left = [
    ...from.rest("callerNetwork."),
    ...to.rest("calleeNetwork."),
    ...device.rest("callerDevice."),
    ...other.rest("calleeDevice."),
  ];
  return [row, left];
}
