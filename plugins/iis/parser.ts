/**
 * Turns whole lines of a W3C extended log file into rows: directives, requests, rejects.
 *
 * The plugin's hot path: no object, string or promise a line. Times are UTC, as the format demands.
 *
 * @module
 */
import type { TimeBuilder } from "../../sdk/columns/numbers.ts";
import type { TextBuilder } from "../../sdk/columns/strings.ts";
import type { TableWriter } from "../../sdk/columns/writer.ts";
import { bomLength, type FileState, readDirective, trimmedEnd } from "./directives.ts";
import { compilePlan, type FieldPlan } from "./plan.ts";
import type { LineWhy, RequestRow } from "./line_formats.ts";
import { asUtf8 } from "./repair.ts";
import { makePlusDecoder, type PlusDecoder } from "./plus.ts";
import { fieldStart, type Line, makeLine, splitLine, splitPlainLine } from "./split.ts";
import type { RequestColumns } from "./table.ts";
import {
  type DateCache,
  keepStamp,
  makeStamp,
  readDate,
  readTime,
  type Stamp,
  STAMP_BYTES,
  TICKS_PER_DAY,
  TICKS_PER_MS,
} from "./time.ts";
import { writeDicts, writeExtras, writeNumbers, writePlusDicts, writeTexts } from "./write.ts";

const LF = 10;
const HASH = 35;
const MS_PER_DAY = TICKS_PER_DAY / TICKS_PER_MS;
/** Distinct field lists kept compiled. */
const MAX_PLANS = 64;

/** Why a line is no request. Constant: they are counted by value. */
export const WHY = {
  noFields: "no #Fields directive before it",
  fewer: "fewer fields than the #Fields directive",
  more: "more fields than the #Fields directive",
  time: "date or time not valid",
  noDate: "no date in the line, none before it",
  number: "number not valid",
  cut: "line over limit, cut",
} as const;

type Why = (typeof WHY)[keyof typeof WHY] | LineWhy;

/** What became of the lines so far: `rows + rejected + skipped` is their number. */
export interface LineCounts {
  rows: number;
  rejected: number;
  /** Directives, remarks and empty lines. */
  skipped: number;
}

export interface ParserOptions {
  readonly writer: TableWriter<RequestColumns>;
  readonly reject: (bytes: Uint8Array, why: Why) => void;
  /** Columns in which `+` stands for a space. */
  readonly plusColumns: ReadonlySet<string>;
  /** Reads a line before any `#Fields`; undefined where it is no request of another format. */
  readonly readOther?: (line: string) => RequestRow | LineWhy | undefined;
  /** Told of each distinct list with fields that have no column. */
  readonly onUnknown?: (names: readonly string[]) => void;
}

/** A parser's memory: one for a source, whatever number of files it reads. */
export interface Parser extends ParserOptions {
  readonly counts: LineCounts;
  readonly planOf: (list: string) => FieldPlan | undefined;
  readonly time: TimeBuilder;
  readonly additional: TextBuilder;
  readonly line: Line;
  readonly dates: DateCache;
  readonly stamp: Stamp;
  readonly plus: PlusDecoder;
}

export function makeParser(options: ParserOptions): Parser {
  const plans = new Map<string, FieldPlan | undefined>();
  const planOf = (list: string): FieldPlan | undefined => {
    if (plans.has(list)) return plans.get(list);
    const plan = compilePlan(list, options.writer, options.plusColumns);
    if (plans.size >= MAX_PLANS) plans.clear();
    plans.set(list, plan);
    if (plan !== undefined && plan.extras.names.length > 0) options.onUnknown?.(plan.extras.names);
    return plan;
  };
  const { TimeGenerated, AdditionalFields } = options.writer.columns;
  return {
    ...options,
    counts: { rows: 0, rejected: 0, skipped: 0 },
    planOf,
    time: TimeGenerated,
    additional: AdditionalFields,
    line: makeLine(),
    dates: { key: -1, ms: 0 },
    stamp: makeStamp(),
    plus: makePlusDecoder(),
  };
}

/** Adds the lines of `given` to the table; `file` is the state of their file. */
export function parseLines(parser: Parser, given: Uint8Array, file: FileState): void {
  const bytes = asUtf8(given);
  const { line } = parser;
  line.bytes = bytes;
  line.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  line.next = 0;
  while (line.next < bytes.length) {
    line.start = line.next;
    const { plan } = file;
    if (plan === undefined || !splitPlainLine(line, plan, parser.stamp)) parseAnyLine(parser, file);
    else finishRow(parser, writeRequest(parser, file, plan));
  }
}

/** Parses a line that is not plain: a directive, a request after all, or neither. */
function parseAnyLine(parser: Parser, file: FileState): void {
  const { counts, line } = parser;
  const { bytes, start } = line;
  const found = bytes.indexOf(LF, start);
  const stop = found < 0 ? bytes.length : found;
  line.next = stop + 1;
  line.start = start + bomLength(bytes, start);
  line.end = trimmedEnd(bytes, line.start, stop);
  line.isStamped = false;
  if (line.end === line.start) counts.skipped++;
  else if (bytes[line.start] === HASH) {
    counts.skipped++;
    readDirective(bytes.subarray(line.start, line.end), file, parser.planOf);
  } else if (file.plan === undefined) addOther(parser);
  else {
    const { plan } = file;
    const fields = splitLine(line, plan);
    const why = fields < plan.count ? WHY.fewer : fields > plan.count ? WHY.more : undefined;
    finishRow(parser, why ?? writeRequest(parser, file, plan));
  }
}

/** Adds a line without directives before it. */
function addOther(parser: Parser): void {
  const { bytes, start, end } = parser.line;
  const row = parser.readOther?.(new TextDecoder().decode(bytes.subarray(start, end)));
  if (typeof row !== "object") finishRow(parser, row ?? WHY.noFields);
  else {
    parser.writer.add(row);
    parser.counts.rows++;
  }
}

/** Closes the row, or drops it if there is a reason. */
function finishRow(parser: Parser, why: Why | undefined): void {
  if (why === undefined) {
    parser.writer.endRow();
    parser.counts.rows++;
  } else {
    parser.writer.dropRow();
    parser.counts.rejected++;
    parser.reject(parser.line.bytes.subarray(parser.line.start, parser.line.end), why);
  }
}

/** Sets the row's columns; gives why it cannot, and has then set no string. */
function writeRequest(parser: Parser, file: FileState, plan: FieldPlan): Why | undefined {
  const { line } = parser;
  if (line.isStamped) parser.time.set(parser.stamp.ms);
  else {
    const why = writeTime(parser, file, plan);
    if (why !== undefined) return why;
  }
  if (!writeNumbers(line, plan)) return WHY.number;
  writeDicts(line, plan);
  writePlusDicts(line, plan, parser.plus);
  writeTexts(line, plan);
  if (plan.extras.fields.length > 0) writeExtras(line, plan, parser.additional);
  return undefined;
}

function writeTime(parser: Parser, file: FileState, plan: FieldPlan): Why | undefined {
  const { line } = parser;
  let day = file.dayMs;
  let ticks = file.ticks;
  if (plan.date >= 0) {
    ticks = 0;
    day = readDate(line.bytes, fieldStart(line, plan.date), line.ends[plan.date]!, parser.dates);
    if (Number.isNaN(day)) return WHY.time;
  } else if (Number.isNaN(day)) return WHY.noDate;
  if (plan.time >= 0) {
    ticks = readTime(line.bytes, fieldStart(line, plan.time), line.ends[plan.time]!);
    if (ticks < 0) return WHY.time;
    if (plan.date < 0) day = rollDay(file, ticks);
  }
  const ms = Math.floor(ticks / TICKS_PER_MS);
  parser.time.set(day + ms, ticks - ms * TICKS_PER_MS);
  const isStamp = plan.startsWithTime && line.ends[1] === line.start + STAMP_BYTES - 1;
  if (isStamp && line.end >= line.start + STAMP_BYTES) {
    keepStamp(parser.stamp, line.view, line.start, day + ms);
  }
  return undefined;
}

/**
 * The day of a line that has a time only: the day of `#Date`, one more each time the clock went
 * back by over half a day. Lines are in order but for seconds: requests are logged as they end.
 */
function rollDay(file: FileState, ticks: number): number {
  if (ticks < file.ticks - TICKS_PER_DAY / 2) file.dayMs += MS_PER_DAY;
  else if (ticks > file.ticks + TICKS_PER_DAY / 2) return file.dayMs - MS_PER_DAY;
  file.ticks = ticks;
  return file.dayMs;
}
