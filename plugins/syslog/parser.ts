/**
 * Syslog messages from bytes into the columns of `Syslog`: RFC 5424, and RFC 3164 as it is met.
 *
 * No object, string or promise an event. Where the dialects of RFC 3164 leave doubt, nothing is cut
 * off: a word that is no tag beyond doubt stays in the message.
 *
 * @module
 */
import type { TableWriter } from "../../sdk/columns/writer.ts";
import type { Rejected } from "../../sdk/mod.ts";
import { LocalZone } from "../../sdk/read/local_time.ts";
import { facilityNames, MAX_PRIORITY, severityNames } from "./priority.ts";
import { StructuredData } from "./structured_data.ts";
import type { SyslogColumns } from "./table.ts";
import { type DeviceHead, isUtc, readDeviceHead } from "./device.ts";
import { TagReader } from "./tag.ts";
import { TimestampReader } from "./timestamp.ts";
import { afterMark, isCef, isNil, number, wordEnd } from "./words.ts";

/** Why a message was rejected; constant, for they are counted by value. */
export const REASONS = {
  priority: "priority is not 0 to 191",
  header: "no priority and no timestamp",
  time: "timestamp is not RFC 3339",
  short: "header is not complete",
  structuredData: "structured data is malformed",
  cut: "line over limit, cut",
} as const;

const LF = 10;
const CR = 13;
const SPACE = 32;
const DASH = 45;
const COLON = 58;
const LESS_THAN = 60;
const GREATER_THAN = 62;
const OPEN = 91;
const CLOSE = 93;
const PERCENT = 37;
const STAR = 42;
const DOT = 46;
const TICKS_PER_MS = 10_000n;

/** A message in the Common Event Format, and what its syslog header says. */
export interface CefMessage {
  readonly bytes: Uint8Array;
  readonly header: {
    /** In ticks of 100 ns since the epoch. */
    readonly time: bigint | undefined;
    readonly host: string | undefined;
    readonly facility: string | undefined;
    readonly process: string | undefined;
  };
  readonly now: number;
}

export interface ParserOptions {
  /** Takes a message in the Common Event Format; false: it is none, and is a row of `Syslog`. */
  readonly takeCef?: (message: CefMessage) => boolean;
  readonly write: TableWriter<SyslogColumns>;
  readonly reject: (rejected: Rejected) => void;
  /** Of times that name none: an IANA name or an offset. */
  readonly timezone: string;
}

/** Writes one row for each message, or rejects it. */
export class SyslogParser {
  readonly #write: TableWriter<SyslogColumns>;
  readonly #columns;
  readonly #reject: (rejected: Rejected) => void;
  readonly #time: TimestampReader;
  readonly #utc = new TimestampReader(new LocalZone("UTC"));
  readonly #takeCef: ParserOptions["takeCef"];
  readonly #structured = new StructuredData();
  #priority = -1;
  /** A message cut at the limit may end anywhere. */
  #isCut = false;
  #peer = "";
  #peerBytes = new Uint8Array(0);
  readonly #tags = new TagReader();
  // Of the message being read: where CEF begins in it, and its host; ends are 0 where there is none.
  #cef = -1;
  #hasTime = false;
  #host = 0;
  #hostEnd = 0;
  #tag = 0;
  #tagStop = 0;

  constructor({ write, reject, timezone, takeCef }: ParserOptions) {
    this.#takeCef = takeCef;
    this.#write = write;
    this.#reject = reject;
    this.#time = new TimestampReader(new LocalZone(timezone));
    const { columns } = write;
    this.#columns = {
      time: columns.TimeGenerated,
      eventTime: columns.EventTime,
      facility: columns.Facility,
      severity: columns.SeverityLevel,
      host: columns.HostName,
      ip: columns.HostIP,
      process: columns.ProcessName,
      processId: columns.ProcessID,
      msgId: columns.MsgId,
      structured: columns.StructuredData,
      message: columns.SyslogMessage,
    };
  }

  /** Wall clock in ms: the time of messages without one, and the year of those without one. */
  setNow(ms: number): void {
    if (ms !== this.#time.now) this.#time.forget();
    this.#time.now = ms;
  }

  /** Lines of a file. `isCut`: they are one line's head. */
  lines(bytes: Uint8Array, isCut: boolean): void {
    this.#isCut = isCut;
    this.#peer = "";
    const end = bytes.length;
    for (let at = 0; at < end;) {
      const feed = bytes.indexOf(LF, at);
      const next = feed < 0 ? end : feed;
      this.#one(bytes, at, next);
      at = next + 1;
    }
  }

  /** One message from a socket. */
  message(bytes: Uint8Array, from: string, isCut: boolean): void {
    this.#isCut = isCut;
    if (from !== this.#peer) {
      this.#peer = from;
      this.#peerBytes = new TextEncoder().encode(from);
    }
    let end = bytes.length;
    while (end > 0 && (bytes[end - 1] === LF || bytes[end - 1] === 0)) end--;
    this.#one(bytes, 0, end);
  }

  #one(bytes: Uint8Array, start: number, lineEnd: number): void {
    const end = bytes[lineEnd - 1] === CR && lineEnd > start ? lineEnd - 1 : lineEnd;
    if (end === start) return;
    const why = this.#parse(bytes, start, end);
    if (why === "" && this.#cef >= 0 && this.#isTakenAsCef(bytes, end)) this.#write.dropRow();
    else if (why === "") this.#endRow();
    else this.#reject({ bytes: bytes.subarray(start, end), why: this.#isCut ? REASONS.cut : why });
  }

  /** Writes the row's columns; if it gives a reason, it has written none. */
  #parse(bytes: Uint8Array, start: number, end: number): string {
    this.#priority = -1;
    this.#cef = -1;
    this.#host = this.#hostEnd = 0;
    this.#tagStop = 0;
    if (bytes[start] !== LESS_THAN) return this.#legacy(bytes, start, end);
    const at = this.#readPriority(bytes, start + 1);
    if (at < 0 || at > end) return REASONS.priority;
    return bytes[at] === 49 && bytes[at + 1] === SPACE
      ? this.#rfc5424(bytes, at + 2, end)
      : this.#legacy(bytes, at, end);
  }

  /** The index after `>`, or -1. */
  #readPriority(bytes: Uint8Array, at: number): number {
    let value = 0;
    let i = at;
    for (; i < at + 3; i++) {
      const digit = bytes[i]! - 48;
      if (!(digit >= 0 && digit <= 9)) break;
      value = value * 10 + digit;
    }
    if (i === at || bytes[i] !== GREATER_THAN || value > MAX_PRIORITY) return -1;
    this.#priority = value;
    return i + 1;
  }

  /** RFC 5424 §6, from the timestamp on. */
  #rfc5424(bytes: Uint8Array, at: number, end: number): string {
    const time = this.#time;
    const hasTime = bytes[at] !== DASH;
    const host = (hasTime ? time.readRfc3339(bytes, at) : at + 1) + 1;
    if (host === 0) return REASONS.time;
    if (host > end || bytes[host - 1] !== SPACE) return hasTime ? REASONS.time : REASONS.short;
    const hostEnd = wordEnd(bytes, host, end);
    const app = hostEnd + 1;
    const appEnd = wordEnd(bytes, app, end);
    const proc = appEnd + 1;
    const procEnd = wordEnd(bytes, proc, end);
    const msg = procEnd + 1;
    const msgEnd = wordEnd(bytes, msg, end);
    const data = msgEnd + 1;
    if (data >= end || hostEnd === host || appEnd === app || procEnd === proc || msgEnd === msg) {
      return REASONS.short;
    }
    const dataEnd = bytes[data] === DASH ? data + 1 : this.#structured.read(bytes, data, end);
    if (dataEnd < 0 || (dataEnd < end && bytes[dataEnd] !== SPACE)) return REASONS.structuredData;
    const columns = this.#columns;
    this.#begin(hasTime);
    if (!isNil(bytes, host, hostEnd)) this.#setHost(bytes, host, hostEnd);
    const id = number(bytes, proc, procEnd);
    if (!Number.isNaN(id)) columns.processId.set(id);
    if (Number.isNaN(id) && !isNil(bytes, proc, procEnd)) this.#namedProcess(bytes, app, procEnd);
    else if (!isNil(bytes, app, appEnd)) columns.process.range(bytes, app, appEnd);
    if (!isNil(bytes, msg, msgEnd)) columns.msgId.range(bytes, msg, msgEnd);
    const structured = this.#structured;
    if (bytes[data] !== DASH) columns.structured.range(structured.bytes, 0, structured.length);
    this.#text(bytes, afterMark(bytes, dataEnd + 1), end);
    return "";
  }

  /** `app procid` becomes `app[procid]`: a process id that is no number is kept with the name. */
  #namedProcess(bytes: Uint8Array, app: number, end: number): void {
    // Not `bytes.slice()`: that of a `Buffer` is no copy.
    const joined = new Uint8Array(bytes.subarray(app, end + 1));
    const space = joined.indexOf(SPACE);
    joined[space] = OPEN;
    joined[joined.length - 1] = CLOSE;
    const start = isNil(joined, 0, space) ? space : 0;
    this.#columns.process.range(joined, start, joined.length);
  }

  /** RFC 3164 §4 and its dialects, from the timestamp on. */
  #legacy(bytes: Uint8Array, start: number, end: number): string {
    const after = this.#time.readLegacy(bytes, start);
    const hasTime = after >= 0 && after < end && bytes[after] === SPACE;
    if (!hasTime) {
      const place = { start, at: after < 0 ? start : after, hasTime: after >= 0 };
      if (this.#device(bytes, place, end)) return "";
      if (this.#priority < 0 && !isCef(bytes, start)) return REASONS.header;
      // RFC 3164 §4.3.3: what has no header is content.
      this.#begin(false);
      this.#text(bytes, start, end);
      return "";
    }
    let at = after;
    while (bytes[at] === SPACE && at < end) at++;
    const hostEnd = wordEnd(bytes, at, end);
    // Where a tag stands in its place, the sender named no host.
    const last = bytes[hostEnd - 1];
    const hasHost = hostEnd < end && last !== COLON && !isCef(bytes, at) &&
      (last !== CLOSE || this.#tags.endOf(bytes, at, end) === at);
    const tag = hasHost ? hostEnd + 1 : at;
    const message = isCef(bytes, tag) ? tag : this.#tags.endOf(bytes, tag, end);
    if (mayBeDevice(bytes, tag, message)) {
      if (hasHost) [this.#host, this.#hostEnd] = [at, hostEnd];
      if (this.#device(bytes, { start, at: tag, hasTime: true }, end)) return "";
    }
    const { process, processId } = this.#columns;
    this.#begin(true);
    if (hasHost) this.#setHost(bytes, at, hostEnd);
    if (message > tag) {
      process.range(bytes, tag, this.#tags.nameEnd);
      if (!Number.isNaN(this.#tags.processId)) processId.set(this.#tags.processId);
      [this.#tag, this.#tagStop] = [tag, this.#tags.nameEnd];
    }
    this.#text(bytes, message, end);
    return "";
  }

  /** A network device's head at `place.at`; false where it is none, and nothing is written. */
  #device(bytes: Uint8Array, place: Place, end: number): boolean {
    const head = readDeviceHead(bytes, place.at, end);
    if (head === undefined) return false;
    const time = this.#time;
    if (!place.hasTime && head.time === undefined) this.#begin(false);
    else {
      const from = place.hasTime ? place.start : place.at + (head.time?.at ?? 0);
      const reader = isUtc(head.zone) ? this.#utc : time;
      if (reader.now !== time.now) reader.forget();
      reader.now = time.now;
      const isTime = reader.readLegacy(bytes, from) >= 0;
      [time.ms, time.ticks] = [reader.ms, reader.ticks];
      this.#begin(isTime, place.hasTime || head.mark !== "*");
    }
    this.#writeDevice(bytes, place, head);
    this.#text(bytes, Math.min(end, place.at + head.text), end);
    return true;
  }

  #writeDevice(bytes: Uint8Array, { at, hasTime }: Place, head: DeviceHead): void {
    const { process, severity } = this.#columns;
    if (this.#hostEnd > 0) this.#setHost(bytes, this.#host, this.#hostEnd);
    else if (head.host !== undefined) {
      const host = Buffer.from(head.host, "latin1");
      this.#columns.host.range(host, 0, host.length);
    }
    process.range(bytes, at + head.mnemonic.from, at + head.mnemonic.to);
    if (this.#priority < 0) {
      const { bytes: names, starts } = severityNames;
      severity.range(names, starts[head.severity]!, starts[head.severity + 1]!);
    }
    const { sequence, counter, mark, zone } = head;
    // What has become the message's time need not stand there twice.
    const time = hasTime || !this.#hasTime ? head.time?.text : undefined;
    const host = this.#host === 0 ? undefined : head.host;
    const named = { counter, host, sequence, mark, time, zone: isUtc(zone) ? undefined : zone };
    const params = Object.entries(named)
      .flatMap(([name, value]) => (value === undefined ? [] : [` ${name}="${value}"`]));
    if (params.length === 0) return;
    // Cisco's number among private enterprises is 9.
    const element = Buffer.from(`[ios@9${params.join("")}]`, "latin1");
    const structured = this.#structured;
    structured.read(element, 0, element.length);
    this.#columns.structured.range(structured.bytes, 0, structured.length);
  }

  #setHost(bytes: Uint8Array, at: number, end: number): void {
    this.#columns.host.range(bytes, at, end);
    [this.#host, this.#hostEnd] = [at, end];
  }

  /** Hands the message in the Common Event Format on. */
  #isTakenAsCef(bytes: Uint8Array, end: number): boolean {
    if (this.#takeCef === undefined || this.#isCut) return false;
    const decoder = new TextDecoder();
    const textOf = (at: number, stop: number): string | undefined =>
      stop === 0 ? undefined : decoder.decode(bytes.subarray(at, stop));
    const { ms, ticks, now } = this.#time;
    const { bytes: names, starts } = facilityNames;
    const facility = this.#priority >> 3;
    return this.#takeCef({
      bytes: bytes.subarray(this.#cef, end),
      now,
      header: {
        time: this.#hasTime ? BigInt(ms) * TICKS_PER_MS + BigInt(ticks) : undefined,
        host: textOf(this.#host, this.#hostEnd),
        process: textOf(this.#tag, this.#tagStop),
        facility: facility < 0
          ? undefined
          : decoder.decode(names.subarray(starts[facility], starts[facility + 1])),
      },
    });
  }

  /** `isTrusted`: false where the message's clock was never set. */
  #begin(hasTime: boolean, isTrusted = true): void {
    this.#hasTime = hasTime;
    const { time, eventTime, facility, severity, ip } = this.#columns;
    const { ms, ticks, now } = this.#time;
    if (hasTime) eventTime.set(ms, ticks);
    if (hasTime && isTrusted) time.set(ms, ticks);
    else time.set(now);
    const priority = this.#priority;
    if (priority >= 0) {
      const f = priority >> 3;
      const { bytes, starts } = facilityNames;
      facility.range(bytes, starts[f]!, starts[f + 1]!);
      const s = priority & 7;
      const { bytes: names, starts: from } = severityNames;
      severity.range(names, from[s]!, from[s + 1]!);
    }
    if (this.#peer !== "") ip.range(this.#peerBytes, 0, this.#peerBytes.length);
  }

  #text(bytes: Uint8Array, at: number, end: number): void {
    if (at < end) this.#columns.message.range(bytes, at, end);
    if (isCef(bytes, at)) this.#cef = at;
  }

  #endRow(): void {
    if (this.#isCut) this.#write.columns._ParseError.set(REASONS.cut);
    this.#write.endRow();
  }
}

/** Where a device's head may stand. */
interface Place {
  /** Of the message's own time, if it has one before the head. */
  readonly start: number;
  readonly at: number;
  readonly hasTime: boolean;
}

/** Whether a device's head may stand at `tag`: what is there now is dear to look at otherwise. */
function mayBeDevice(bytes: Uint8Array, tag: number, message: number): boolean {
  const c = bytes[message]!;
  if (c === PERCENT || c === STAR || c === DOT || c === COLON) return true;
  // A second time of RFC 3164.
  if (bytes[message + 9] === COLON && bytes[message + 12] === COLON) return true;
  const first = bytes[tag]!;
  return message > tag && first >= 48 && first <= 57;
}
