/**
 * Quality records of Cisco Unified Communications Manager (CMR): CSV files with a line of names and
 * one of SQL types ("Call Detail Records Administration Guide", chapter "Cisco Call Management
 * Records Field Descriptions").
 *
 * @module
 */
import { epochSeconds } from "../../sdk/read/time_text.ts";
import { count, mosOf, real } from "./measure.ts";
import type { NumberColumn, QualityRow } from "./table.ts";

/** Names by position. */
export type Header = readonly string[];

/** Why a record is no quality record. Constant: they are counted by value. */
export type CmrReject =
  | "fewer or more fields than the header"
  | "call record (CDR), no quality record"
  | "no valid time";

export function isHeader(fields: readonly string[]): boolean {
  return fields[0] === "cdrRecordType";
}

/** Whether a record is the line of SQL types, such as `INTEGER,VARCHAR(50)`. */
export function isTypes(fields: readonly string[]): boolean {
  return fields.every((field) =>
    /^(INTEGER|BIGINT|SMALLINT|UNIQUEIDENTIFIER|[A-Z]+\(\d+\))$/.test(field)
  );
}

/** Turns one record into a row. */
export function cmrRow(header: Header, fields: readonly string[]): QualityRow | CmrReject {
  if (fields.length !== header.length) return "fewer or more fields than the header";
  const all = new Map(header.map((name, i) => [name, fields[i]!.trim()]));
  if (all.get("cdrRecordType") !== "2") return "call record (CDR), no quality record";
  const take = (name: string): string | undefined => {
    const value = all.get(name);
    all.delete(name);
    return value === "" ? undefined : value;
  };
  const EndTime = epochSeconds(take("dateTimeStamp"));
  if (EndTime === undefined) return "no valid time";
  take("cdrRecordType");
  const manager = take("globalCallID_callManagerId");
  const call = take("globalCallID_callId");
  const duration = real(take("duration"));
  const PacketsReceived = count(take("numberPacketsReceived"));
  const PacketsLost = count(take("numberPacketsLost"));
  const due = (PacketsReceived ?? 0) + (PacketsLost ?? 0);
  return {
    TimeGenerated: EndTime,
    ReportFormat: "cisco-cmr",
    ReportType: "session",
    Side: "local",
    CallId: manager === undefined || call === undefined ? undefined : `${manager}-${call}`,
    LegId: take("callIdentifier"),
    LocalNumber: take("directoryNum"),
    DeviceName: take("deviceName"),
    StartTime: duration === undefined ? undefined : EndTime - duration * 1000,
    EndTime,
    DurationSeconds: duration,
    PacketsSent: count(take("numberPacketsSent")),
    BytesSent: count(take("numberOctetsSent")),
    PacketsReceived,
    BytesReceived: count(take("numberOctetsReceived")),
    PacketsLost,
    PacketLossRateAvg: PacketsLost === undefined || PacketsReceived === undefined || due === 0
      ? undefined
      : PacketsLost / due,
    JitterAvg: real(take("jitter")),
    RoundTripTimeAvg: real(take("latency")),
    ...metrics(all, take("varVQMetrics")),
    Extra: rest(all),
  };
}

/** Of `varVQMetrics`: K factors estimate MOS of listening, each 8 s. */
const METRICS: ReadonlyMap<string, readonly [NumberColumn, typeof real]> = new Map([
  ["MLQKAV", ["MosListening", mosOf]],
  ["MLQKMN", ["MosListeningMin", mosOf]],
  ["MLQKMX", ["MosListeningMax", mosOf]],
  ["MLQK", ["MosListeningLast", mosOf]],
  ["CCR", ["HealedDataRatioAvg", real]],
  ["ICRMX", ["HealedDataRatioMax", real]],
  ["CS", ["ConcealSeconds", real]],
  ["SCS", ["SevereConcealSeconds", real]],
]);

/** Reads `MLQK=4.2;MLQKav=4.0;…`; what has no column goes to `left`. */
function metrics(left: Map<string, string>, text = ""): Partial<QualityRow> {
  const row: { -readonly [K in keyof QualityRow]?: QualityRow[K] } = {};
  for (const pair of text.split(";")) {
    const sign = pair.indexOf("=");
    if (sign < 1) continue;
    const name = pair.slice(0, sign).trim();
    const value = pair.slice(sign + 1).trim();
    const [column, read] = METRICS.get(name.toUpperCase()) ?? [];
    const number = read?.(value);
    if (column !== undefined && number !== undefined) row[column] = number;
    else if (name === "VoRxCodec") row.CodecName = value;
    else if (name === "MLQKvr") row.MosAlgorithm = `MLQK ${value}`;
    else left.set(name, value);
  }
  row.MosListening ??= row.MosListeningLast;
  return row;
}

/** What is left and says something. */
function rest(all: ReadonlyMap<string, string>): Readonly<Record<string, string>> | undefined {
  const kept = [...all].filter(([, value]) => value !== "");
  return kept.length === 0 ? undefined : Object.fromEntries(kept);
}
