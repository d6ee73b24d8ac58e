/**
 * Voice quality reports, `application/vq-rtcpxr` (RFC 6035 §4.6).
 *
 * Telephones leave out the blank after a name, change the order of lines and the case of names, fold
 * lines, and write metrics without the name of their group: all of it is taken.
 *
 * @module
 */
import type { Json } from "../../sdk/mod.ts";
import { isoTicks } from "../../sdk/read/time_text.ts";
import { count, int, known, mosOf, percent, real } from "./measure.ts";
import { nameAddress } from "./name_address.ts";
import type { Measures, NumberColumn, QualityRow, TextColumn } from "./table.ts";

/** Why text is no report. Constant: they are counted by value. */
export type ReportReject = "no VQ report line" | "report without metrics" | "line of no report";

/** A row, or text that is no report and why. */
export type ReportOrNone = QualityRow | { readonly text: string; readonly why: string };

type Read = (text: string | undefined) => number | undefined;

/** Where each metric goes, by its name in capitals: names are unique over all groups. */
const METRICS: Readonly<Record<string, readonly [NumberColumn, Read]>> = {
  PT: ["PayloadType", int],
  SR: ["SampleRate", real],
  FD: ["FrameDuration", real],
  FO: ["FrameBytes", int],
  FPP: ["FramesPerPacket", int],
  PPS: ["PacketsPerSecond", int],
  PLC: ["LossConcealment", int],
  JBA: ["JitterBufferMode", int],
  JBR: ["JitterBufferRate", int],
  JBN: ["JitterBufferNominal", real],
  JBM: ["JitterBufferSizeMax", real],
  JBX: ["JitterBufferAbsoluteMax", real],
  NLR: ["PacketLossRateAvg", percent],
  JDR: ["PacketDiscardRate", percent],
  BLD: ["BurstLossDensity", percent],
  BD: ["BurstDuration", real],
  GLD: ["GapLossDensity", percent],
  GD: ["GapDuration", real],
  GMIN: ["GapMin", int],
  RTD: ["RoundTripTimeAvg", real],
  ESD: ["EndSystemDelay", real],
  OWD: ["OneWayDelay", real],
  SOWD: ["OneWayDelay", real],
  IAJ: ["JitterAvg", real],
  MAJ: ["MeanAbsoluteJitter", real],
  SL: ["SignalLevel", known],
  NL: ["NoiseLevel", known],
  RERL: ["EchoReturnLoss", known],
  RLQ: ["RListening", known],
  RCQ: ["RConversational", known],
  EXTRI: ["RExternalIn", known],
  EXTRO: ["RExternalOut", known],
  MOSLQ: ["MosListening", mosOf],
  MOSCQ: ["MosConversational", mosOf],
  NPS: ["PacketsSent", count],
  NPR: ["PacketsReceived", count],
};

/** Whether a line begins a report; `VQIntervalReport` and `VQAlertReport` too. */
const FIRST = /^[ \t]*VQ(Session|Interval|Alert)Report\b[ \t]*:?([^]*)$/i;

interface Report {
  /** Of the session: the same in the rows of both sides. */
  readonly session: Measures;
  readonly extra: Record<string, Json>;
  /** Lines that are of no form that we know. */
  readonly lines: string[];
  readonly local: Measured;
  readonly remote: Measured;
  side: "local" | "remote";
}

interface Measured {
  readonly row: Measures;
  readonly extra: Record<string, Json>;
}

/** Whether `text` at `at` begins a report. */
export function beginsReport(text: string, at: number): boolean {
  return FIRST.test(text.slice(at, at + 64).split("\n", 1)[0]!);
}

/** Where the first line after `from` is that begins a report; -1 if there is none. */
export function nextReport(text: string, from: number): number {
  const next = /\n(?=[ \t]*VQ(?:Session|Interval|Alert)Report\b)/gi;
  next.lastIndex = from;
  const found = next.exec(text);
  return found === null ? -1 : found.index + 1;
}

/** Reads all reports of a body; one that is none is given as its text and why. */
export function readReports(
  body: string,
  now: number,
): readonly ReportOrNone[] {
  const parts = body.split(/^(?=[ \t]*VQ(?:Session|Interval|Alert)Report\b)/im);
  return parts.flatMap((part): readonly ReportOrNone[] => {
    if (part.trim() === "") return [];
    const rows = rowsOf(part, now);
    return typeof rows === "string" ? [{ text: part.trimEnd(), why: rows }] : rows;
  });
}

function rowsOf(text: string, now: number): readonly QualityRow[] | ReportReject {
  const [head = "", ...lines] = unfolded(text);
  const first = FIRST.exec(head);
  if (first === null) return "no VQ report line";
  const report: Report = {
    session: { ReportType: first[1]!.toLowerCase() },
    extra: {},
    lines: [],
    local: { row: {}, extra: {} },
    remote: { row: {}, extra: {} },
    side: "local",
  };
  readHead(report, first[2]!.trim());
  for (const line of lines) readLine(report, line);
  const rows = (["local", "remote"] as const).flatMap((side) => {
    const { row, extra } = report[side];
    return Object.keys(row).length === 0 ? [] : [finished(report, { side, row, extra, now })];
  });
  return rows.length === 0 ? "report without metrics" : rows;
}

/** Lines with those that go on in the next ones (RFC 3261 §7.3.1) put together. */
function unfolded(text: string): readonly string[] {
  return text.replaceAll(/\r?\n[ \t]+(?=\S)/g, " ").split(/\r?\n/)
    .map((line) => line.trim()).filter((line) => line !== "");
}

/** `CallTerm`, or of an alert `Type=NLR Severity=Critical Dir=local`. */
function readHead({ session, extra }: Report, text: string): void {
  for (const [key, value] of pairs(text)) {
    const name = key.toUpperCase();
    if (name === "TYPE") session["AlertType"] = value;
    else if (name === "SEVERITY") session["AlertSeverity"] = value;
    else extra[key] = value;
  }
}

function readLine(report: Report, line: string): void {
  const named = /^([A-Za-z][A-Za-z0-9_-]{0,63})[ \t]*:[ \t]*(.*)$/.exec(line);
  if (named === null) {
    const metrics = pairs(line);
    readMetrics(report, metrics);
    if (metrics.length === 0) report.lines.push(line);
    return;
  }
  const [, name = "", value = ""] = named;
  switch (name.toLowerCase()) {
    case "metrics":
    case "localmetrics":
      report.side = "local";
      break;
    case "remotemetrics":
      report.side = "remote";
      break;
    case "localaddr":
      readAddress(report, "Local", value);
      break;
    case "remoteaddr":
      readAddress(report, "Remote", value);
      break;
    case "timestamps":
      readTimes(report, value);
      break;
    default:
      if (!readSession(report, name, value)) readGroup(report, name, value);
  }
}

const SESSION: ReadonlyMap<string, TextColumn> = new Map([
  ["callid", "CallId"],
  ["dialogid", "DialogId"],
  ["localgroup", "LocalGroup"],
  ["remotegroup", "RemoteGroup"],
  ["localmac", "LocalMac"],
  ["remotemac", "RemoteMac"],
  ["x-useragent", "UserAgent"],
]);
const PARTIES: ReadonlyMap<string, "Local" | "Remote" | "Orig"> = new Map([
  ["localid", "Local"],
  ["remoteid", "Remote"],
  ["origid", "Orig"],
  // The draft before the RFC.
  ["fromid", "Local"],
  ["toid", "Remote"],
]);

/** Reads a line about the session; false where it is about something else. */
function readSession({ session }: Report, name: string, value: string): boolean {
  const key = name.toLowerCase();
  const party = PARTIES.get(key);
  const into = SESSION.get(key);
  if (into !== undefined) session[into] = value === "" ? undefined : value;
  if (party !== undefined) {
    const { uri, display } = nameAddress(value);
    session[`${party}Uri`] = uri;
    if (party !== "Orig") session[`${party}Name`] = display;
  }
  return into !== undefined || party !== undefined;
}

/** A group of metrics, or a line that no document knows. */
function readGroup(report: Report, name: string, value: string): void {
  const metrics = pairs(value);
  if (metrics.length > 0) readMetrics(report, metrics);
  else if (value !== "") report.extra[name] = value;
}

function readAddress({ session, extra }: Report, side: "Local" | "Remote", text: string): void {
  for (const [key, value] of pairs(text)) {
    const name = key.toUpperCase();
    if (value === "") continue;
    if (name === "IP") session[`${side}Ip`] = value.replace(/^\[(.*)\]$/, "$1");
    else if (name === "PORT" && int(value) !== undefined) session[`${side}Port`] = int(value);
    else if (name === "SSRC" && side === "Local") session["StreamId"] = value;
    else extra[`${side}Addr.${key}`] = value;
  }
}

function readTimes(report: Report, text: string): void {
  const { row, extra } = report[report.side];
  for (const [key, value] of pairs(text)) {
    const name = key.toUpperCase();
    const ticks = isoTicks(value) ?? isoTicks(`${value}Z`);
    if (ticks !== undefined && name === "START") row["StartTime"] = ticks;
    else if (ticks !== undefined && name === "STOP") row["EndTime"] = ticks;
    else extra[`Timestamps.${key}`] = value;
  }
}

function readMetrics(report: Report, metrics: readonly (readonly [string, string])[]): void {
  const { row, extra } = report[report.side];
  for (const [key, value] of metrics) {
    const name = key.toUpperCase();
    const [column, read] = METRICS[name] ?? [];
    const number = read?.(value);
    if (column !== undefined && number !== undefined) row[column] = number;
    else if (name === "PD") row["CodecName"] = value;
    else if (name === "FMTP") row["FormatParameters"] = value;
    else if (name === "SSUP" && /^(on|off)$/i.test(value)) {
      row["SilenceSuppression"] = value.toLowerCase() === "on";
    } else if (name === "QOEESTALG") row["MosAlgorithm"] = value;
    else if (value !== "") extra[key] = value;
  }
}

interface Side {
  readonly side: "local" | "remote";
  readonly row: Measures;
  readonly extra: Record<string, Json>;
  readonly now: number;
}

function finished(report: Report, { side, row, extra, now }: Side): QualityRow {
  const { lines } = report;
  const all = { ...report.extra, ...extra, ...(lines.length > 0 && { lines }) };
  const { StartTime: start, EndTime: end } = row;
  return {
    ...report.session,
    ...row,
    TimeGenerated: end ?? start ?? now,
    ReportFormat: "rfc6035",
    Side: side,
    DurationSeconds: typeof start === "bigint" && typeof end === "bigint" && end >= start
      ? Number(end - start) / 1e7
      : undefined,
    Extra: Object.keys(all).length === 0 ? undefined : all,
  };
}

/**
 * The `KEY=VALUE` of a line, in order; a value may be in quotes, and blanks may be around the sign.
 * Words without a sign are left out. Time grows with the line alone.
 */
function pairs(line: string): readonly (readonly [string, string])[] {
  const found: [string, string][] = [];
  let at = 0;
  for (;;) {
    const sign = line.indexOf("=", at);
    if (sign < 0) return found;
    const key = line.slice(at, sign).trim().split(/\s/).at(-1)!;
    const [value, end] = valueAt(line, sign + 1);
    if (/^[A-Za-z][\w.-]{0,63}$/.test(key)) found.push([key, value]);
    at = end;
  }
}

/** The value that begins at `from`, and where it ends. */
function valueAt(line: string, from: number): [string, number] {
  let start = from;
  while (line[start] === " " || line[start] === "\t") start++;
  if (line[start] === '"') {
    const close = line.indexOf('"', start + 1);
    if (close >= 0) return [line.slice(start + 1, close), close + 1];
  }
  let end = start;
  while (end < line.length && line[end] !== " " && line[end] !== "\t") end++;
  const word = line.slice(start, end).replace(/[;,]$/, "");
  // `A= B=1`: what follows the blank is the next pair.
  return start > from && word.includes("=") ? ["", start] : [word, end];
}
