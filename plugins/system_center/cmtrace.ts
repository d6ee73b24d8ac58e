/**
 * Entries of Configuration Manager's logs, in the two forms that CMTrace reads:
 * `<![LOG[text]LOG]!><time="…" date="…" component="…" …>` and
 * `text  $$<component><date time><thread=…>`. Texts may have many lines.
 *
 * @module
 */
import { logTicks } from "./time.ts";
import type { LogRow } from "./table.ts";

const OPEN = "<![LOG[";
const CLOSE = "]LOG]!>";
const OLD_TAIL =
  /\$\$<([^<>\n]{0,260})><(\d{1,2}-\d{1,2}-\d{4}) ([\d:.]+(?:[+-]\d{1,4})?)>(?:<([^<>\n]{0,260})>)?[ \t\r]*$/;
const OLD_MARK = "$$<";
const SEVERITY: Readonly<Record<string, string>> = {
  "1": "Information",
  "2": "Warning",
  "3": "Error",
};
const MAX_INT = 2_147_483_647;

/** Why text is no entry. */
export const LOG_WHY = {
  open: "entry without its end",
  plain: "no entry of Configuration Manager",
  attributes: "attributes of an entry not valid",
  time: "time of an entry not valid",
} as const;

export interface LogSink {
  readonly emit: (row: LogRow) => void;
  readonly reject: (text: string, why: string) => void;
  readonly timezone: string | undefined;
  readonly logName: string;
}

/** Adds the entries of `text`; gives where the first begins that is not whole yet. */
export function readLog(text: string, sink: LogSink, isEnd: boolean): number {
  const marks = new Marks(text);
  let at = 0;
  while (at < text.length) {
    if (isBlankAt(text, at)) {
      at++;
      continue;
    }
    const next = text.startsWith(OPEN, at)
      ? readMarked(marks, at, sink)
      : readPlain(text, { at, isEnd }, sink);
    if (next < 0) {
      if (!isEnd) return at;
      sink.reject(text.slice(at).trimEnd(), LOG_WHY.open);
      return text.length;
    }
    at = next;
  }
  return text.length;
}

/** Finds marks in a text: each search goes on where the last one ended. */
class Marks {
  readonly text: string;
  readonly #next = new Map<string, number>();

  constructor(text: string) {
    this.text = text;
  }

  /** Where `mark` stands first from `from` on, which never goes back; -1 where there is none. */
  find(mark: string, from: number): number {
    const known = this.#next.get(mark);
    if (known !== undefined && (known < 0 || known >= from)) return known;
    const found = this.text.indexOf(mark, from);
    this.#next.set(mark, found);
    return found;
  }

  /** After the line feed of the line; -1 where the text ends in the middle of it. */
  endOfLine(from: number): number {
    const feed = this.find("\n", from);
    if (feed >= 0) return feed + 1;
    return this.text.endsWith(">") ? this.text.length : -1;
  }
}

/** Reads an entry that begins with its mark; gives where the next begins, -1 if it is not whole. */
function readMarked(marks: Marks, at: number, sink: LogSink): number {
  const { text } = marks;
  const close = marks.find(CLOSE, at);
  const again = marks.find(`\n${OPEN}`, at);
  if (again >= 0 && (close < 0 || again < close)) {
    sink.reject(text.slice(at, again).trimEnd(), LOG_WHY.open);
    return again + 1;
  }
  if (close < 0) return -1;
  const head = close + CLOSE.length;
  const lineEnd = marks.endOfLine(head);
  if (lineEnd < 0) return -1;
  const end = attributesEnd(text, head, lineEnd);
  if (end < 0) {
    sink.reject(text.slice(at, lineEnd).trimEnd(), LOG_WHY.attributes);
    return lineEnd;
  }
  const row = markedRow(text.slice(at + OPEN.length, close), text.slice(head, end), sink);
  if (typeof row === "string") sink.reject(text.slice(at, end), row);
  else sink.emit(row);
  return end;
}

/** Where `<name="value" …>` ends that begins at `from`; -1 where there is none. */
function attributesEnd(text: string, from: number, lineEnd: number): number {
  if (text[from] !== "<") return -1;
  let isQuoted = false;
  for (let at = from; at < lineEnd; at++) {
    if (text[at] === '"') isQuoted = !isQuoted;
    else if (text[at] === ">" && !isQuoted) return at + 1;
  }
  return -1;
}

function markedRow(message: string, attributes: string, sink: LogSink): LogRow | string {
  const found = new Map<string, string>();
  for (const [, name = "", value = ""] of attributes.matchAll(/([A-Za-z]+)="([^"]*)"/g)) {
    found.set(name.toLowerCase(), value);
  }
  const take = (name: string): string | undefined => {
    const value = found.get(name);
    found.delete(name);
    return value === "" ? undefined : value;
  };
  const time = logTicks(take("date") ?? "", take("time") ?? "", sink.timezone);
  if (time === undefined) return LOG_WHY.time;
  const type = take("type");
  const thread = threadOf(take("thread"));
  if (thread === "broken") return LOG_WHY.attributes;
  const row = {
    TimeGenerated: time,
    LogName: sink.logName,
    Component: take("component"),
    Severity: type === undefined ? undefined : SEVERITY[type] ?? type,
    Context: take("context"),
    ThreadId: thread,
    SourceFile: take("file"),
    Message: lines(message),
  };
  for (const [name, value] of found) if (value === "") found.delete(name);
  return { ...row, AdditionalFields: found.size === 0 ? undefined : Object.fromEntries(found) };
}

/** Reads lines up to one that ends as an entry of the older form does. */
function readPlain(
  text: string,
  { at, isEnd }: { readonly at: number; readonly isEnd: boolean },
  sink: LogSink,
): number {
  let end = at;
  for (let start = at; start < text.length; start = end) {
    const feed = text.indexOf("\n", start);
    if (start > at && text.startsWith(OPEN, start)) {
      sink.reject(text.slice(at, start).trimEnd(), LOG_WHY.plain);
      return start;
    }
    if (feed < 0 && !isEnd) return -1;
    end = feed < 0 ? text.length : feed + 1;
    const line = text.slice(start, feed < 0 ? end : feed);
    const mark = line.lastIndexOf(OLD_MARK);
    const tail = mark < 0 ? null : OLD_TAIL.exec(line.slice(mark));
    if (tail === null) continue;
    const row = plainRow(text.slice(at, start + mark), tail, sink);
    if (typeof row === "string") sink.reject(text.slice(at, end).trimEnd(), row);
    else sink.emit(row);
    return end;
  }
  if (!isEnd) return -1;
  sink.reject(text.slice(at).trimEnd(), LOG_WHY.plain);
  return text.length;
}

function plainRow(message: string, tail: RegExpExecArray, sink: LogSink): LogRow | string {
  const [, component, date = "", time = "", more = ""] = tail;
  const ticks = logTicks(date, time, sink.timezone);
  if (ticks === undefined) return LOG_WHY.time;
  const thread = threadOf(/^thread=(.*)$/.exec(more)?.[1]);
  if (thread === "broken") return LOG_WHY.attributes;
  const isThread = thread !== undefined || more === "";
  return {
    TimeGenerated: ticks,
    LogName: sink.logName,
    Component: component === "" ? undefined : component,
    ThreadId: thread,
    Message: lines(message).trimEnd(),
    AdditionalFields: isThread ? undefined : { more },
  };
}

/** `1256`, or `6348 (0x18CC)`. */
function threadOf(text: string | undefined): number | "broken" | undefined {
  const digits = /^(\d{1,10})(?: \(0x[0-9A-Fa-f]+\))?$/.exec(text?.trim() ?? "")?.[1];
  if (digits === undefined) return text === undefined || text.trim() === "" ? undefined : "broken";
  return Number(digits) > MAX_INT ? "broken" : Number(digits);
}

function lines(text: string): string {
  return text.replaceAll("\r\n", "\n");
}

function isBlankAt(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code === 10 || code === 13 || code === 32 || code === 9 || code === 0xfeff;
}
