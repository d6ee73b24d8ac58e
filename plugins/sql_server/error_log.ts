/**
 * Messages of SQL Server's ERRORLOG from text: a time, who wrote it, and lines of text.
 *
 * An error is two messages in a row, "Error: N, Severity: S, State: X." and its text: they become
 * one row.
 *
 * @module
 */
import { localTime } from "../../sdk/read/time_text.ts";
import { readLogin } from "./login.ts";
import type { ErrorRow } from "./table.ts";

/** `2026-06-01 10:00:00.12 ` */
const STAMP = /^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)\.(\d{1,7}) +/;
/** What its start looks like: a line that begins so begins a message. */
const SHAPE = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d/;
const STAMP_SHAPE = "0000-00-00 00:00:00.0";
const HEAD = /^Error: (\d{1,9}), Severity: (\d{1,2}), State: (\d{1,9})\.(?:\s|$)/;
/** A text so long after its head is none of it. */
const PAIR_MS = 1_000;
const TICKS_PER_SECOND = 10_000_000n;
const ZERO = 48;
const LF = 10;

/** Why a line is no message. */
export const WHY = {
  noStamp: "no message before it that it continues",
  time: "time not valid",
} as const;

/** Whether a row begins with the line at `at`: a message that is not the text of the one before. */
export function startsRecord(lines: Uint8Array, at: number): boolean {
  if (!isStamped(lines, at)) return false;
  let before = at;
  while (before > 1) {
    before = lines.lastIndexOf(LF, before - 2) + 1;
    if (isStamped(lines, before)) break;
  }
  const entry = entryOf(new TextDecoder().decode(lines.subarray(before, at)));
  return entry === undefined || !isHead(entry.text);
}

function isStamped(lines: Uint8Array, at: number): boolean {
  for (let k = 0; k < STAMP_SHAPE.length; k++) {
    const expected = STAMP_SHAPE.charCodeAt(k);
    const byte = lines[at + k]!;
    const isRight = expected === ZERO ? byte >= ZERO && byte < ZERO + 10 : byte === expected;
    if (!isRight) return false;
  }
  return true;
}

/** Whether a text is the first message of an error, and nothing else. */
function isHead(text: string): boolean {
  return HEAD.exec(text)?.[0].trimEnd() === text;
}

interface Entry {
  readonly wall: string;
  readonly fraction: string;
  readonly source: string;
  readonly text: string;
}

/** A message, with who wrote it. */
interface Message {
  readonly time: bigint;
  readonly source: string;
  readonly text: string;
}

export interface Sink {
  readonly emit: (row: ErrorRow) => void;
  readonly reject: (text: string, why: string) => void;
  readonly timezone: string | undefined;
  readonly instance: string | undefined;
}

/** Adds the messages of `text`, whole lines that end with a record. */
export function readErrorLog(text: string, sink: Sink): void {
  const heads = new Map<string, Message>();
  for (const lines of records(text)) {
    const entry = entryOf(lines);
    if (entry === undefined) {
      if (lines.trim() !== "") sink.reject(lines, WHY.noStamp);
      continue;
    }
    const wall = localTime(entry.wall, sink.timezone);
    if (wall === undefined) {
      sink.reject(lines, WHY.time);
      continue;
    }
    const ticks = BigInt(entry.fraction.padEnd(7, "0"));
    const message = { ...entry, time: BigInt(wall) * (TICKS_PER_SECOND / 1000n) + ticks };
    readMessage(message, heads, sink);
  }
  for (const head of heads.values()) sink.emit(rowOf(head, undefined, sink));
}

function readMessage(message: Message, heads: Map<string, Message>, sink: Sink): void {
  const { source } = message;
  const head = heads.get(source);
  heads.delete(source);
  if (head !== undefined && !isPair(head, message)) sink.emit(rowOf(head, undefined, sink));
  const isText = head !== undefined && isPair(head, message);
  if (!isText && isHead(message.text)) heads.set(source, message);
  else sink.emit(rowOf(message, isText ? head : undefined, sink));
}

function isPair(head: Message, { time, text }: Message): boolean {
  const apart = time - head.time;
  const isNear = apart >= 0n && apart <= BigInt(PAIR_MS) * (TICKS_PER_SECOND / 1000n);
  return isNear && !isHead(text);
}

function rowOf(message: Message, head: Message | undefined, sink: Sink): ErrorRow {
  const { time, source, text } = message;
  const [, number, severity, state] = HEAD.exec((head ?? message).text) ?? [];
  return {
    TimeGenerated: time,
    InstanceName: sink.instance,
    ProcessInfo: source === "" ? undefined : source,
    ErrorNumber: number === undefined ? undefined : Number(number),
    Severity: severity === undefined ? undefined : Number(severity),
    State: state === undefined ? undefined : Number(state),
    ...readLogin(text),
    Message: text,
  };
}

/** The stamped lines of `text`, each with the lines that continue it. */
function* records(text: string): Iterable<string> {
  let start = 0;
  for (let at = 0; at < text.length;) {
    const feed = text.indexOf("\n", at);
    const next = feed < 0 ? text.length : feed + 1;
    if (at > start && isStampedText(text, at)) {
      yield text.slice(start, at);
      start = at;
    }
    at = next;
  }
  if (start < text.length) yield text.slice(start);
}

function isStampedText(text: string, at: number): boolean {
  return SHAPE.test(text.slice(at, at + STAMP_SHAPE.length));
}

function entryOf(lines: string): Entry | undefined {
  const stamp = STAMP.exec(lines);
  if (stamp === null) return undefined;
  const [all, wall = "", fraction = ""] = stamp;
  const rest = lines.slice(all.length);
  // Who wrote it is padded to twelve columns: text that begins at once has nobody's name.
  const source = /^(\S{1,60})(?: +|\r?\n|$)/.exec(rest)?.[1] ?? "";
  const text = rest.slice(source.length).replace(/^ +/, "").replaceAll("\r\n", "\n");
  return { wall, fraction, source, text: text.trimEnd() };
}
