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
import { TimestampReader } from "./timestamp.ts";

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
const MAX_INT = 2_147_483_647;

export interface ParserOptions {
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
  readonly #structured = new StructuredData();
  #priority = -1;
  /** A message cut at the limit may end anywhere. */
  #isCut = false;
  #peer = "";
  #peerBytes = new Uint8Array(0);
  // What the last scan of a tag has found.
  #nameEnd = 0;
  #processId = NaN;

  constructor({ write, reject, timezone }: ParserOptions) {
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
    if (why === "") this.#endRow();
    else this.#reject({ bytes: bytes.subarray(start, end), why: this.#isCut ? REASONS.cut : why });
  }

  /** Writes the row's columns; if it gives a reason, it has written none. */
  #parse(bytes: Uint8Array, start: number, end: number): string {
    this.#priority = -1;
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
    if (!isNil(bytes, host, hostEnd)) columns.host.range(bytes, host, hostEnd);
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
      if (this.#priority < 0) return REASONS.header;
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
    const hasHost = hostEnd < end && last !== COLON &&
      (last !== CLOSE || this.#tagEnd(bytes, at, end) === at);
    const { host, process, processId } = this.#columns;
    this.#begin(true);
    const tag = hasHost ? hostEnd + 1 : at;
    if (hasHost) host.range(bytes, at, hostEnd);
    const message = this.#tagEnd(bytes, tag, end);
    if (message > tag) {
      process.range(bytes, tag, this.#nameEnd);
      if (!Number.isNaN(this.#processId)) processId.set(this.#processId);
    }
    this.#text(bytes, message, end);
    return "";
  }

  /**
   * Where the message begins after the tag at `at`: `at` itself if there is no tag. A tag is
   * `name:`, `name[id]:` or `name[id]`, and a space or the end follows.
   */
  #tagEnd(bytes: Uint8Array, at: number, end: number): number {
    let i = at;
    let c = 0;
    for (; i < end; i++) {
      c = bytes[i]!;
      if (c === COLON || c === OPEN || c === SPACE) break;
    }
    this.#nameEnd = i;
    this.#processId = NaN;
    if (i === at || i === end || c === SPACE) return at;
    if (c === OPEN) i = this.#bracket(bytes, i, end);
    else i++;
    if (i < 0 || (i < end && bytes[i] !== SPACE)) return at;
    return i < end ? i + 1 : end;
  }

  /** The index after `[id]` or `[id]:`, or -1. An id that is no number stays in the name. */
  #bracket(bytes: Uint8Array, open: number, end: number): number {
    let i = open + 1;
    let value = 0;
    let isNumber = true;
    for (; i < end; i++) {
      const c = bytes[i]!;
      if (c === CLOSE || c === SPACE) break;
      const digit = c - 48;
      if (digit >>> 0 <= 9) value = value * 10 + digit;
      else isNumber = false;
    }
    if (i >= end || bytes[i] !== CLOSE) return -1;
    if (isNumber && i > open + 1 && value <= MAX_INT) this.#processId = value;
    else this.#nameEnd = i + 1;
    return bytes[i + 1] === COLON && i + 1 < end ? i + 2 : i + 1;
  }

  #begin(hasTime: boolean): void {
    const { time, eventTime, facility, severity, ip } = this.#columns;
    const { ms, ticks, now } = this.#time;
    if (hasTime) {
      time.set(ms, ticks);
      eventTime.set(ms, ticks);
    } else time.set(now);
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
  }

  #endRow(): void {
    if (this.#isCut) this.#write.columns._ParseError.set(REASONS.cut);
    this.#write.endRow();
  }
}

function wordEnd(bytes: Uint8Array, at: number, end: number): number {
  let i = at;
  while (i < end && bytes[i] !== SPACE) i++;
  return i;
}

function isNil(bytes: Uint8Array, at: number, end: number): boolean {
  return end === at + 1 && bytes[at] === DASH;
}

/** A whole number that an int column holds, or NaN. */
function number(bytes: Uint8Array, at: number, end: number): number {
  let value = 0;
  for (let i = at; i < end; i++) {
    const digit = bytes[i]! - 48;
    if (!(digit >= 0 && digit <= 9)) return NaN;
    value = value * 10 + digit;
  }
  return at < end && value <= MAX_INT ? value : NaN;
}

/** Past the byte order mark that RFC 5424 §6.4 puts before UTF-8. */
function afterMark(bytes: Uint8Array, at: number): number {
  const isMark = bytes[at] === 0xef && bytes[at + 1] === 0xbb && bytes[at + 2] === 0xbf;
  return isMark ? at + 3 : at;
}
