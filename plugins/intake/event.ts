/**
 * What the four protocols have in common: what becomes of one request, and of one JSON object.
 *
 * @module
 */
import type { HttpReply, HttpRequest } from "../../sdk/read/io.ts";
import { isoTicks } from "../../sdk/read/time_text.ts";
import type { Json } from "../../sdk/table.ts";
import type { LogRow } from "./table.ts";

/** What is not known of an event until it is taken. */
export type Pushed = Omit<LogRow, "TimeGenerated" | "SignedAtSource"> & {
  readonly TimeGenerated?: LogRow["TimeGenerated"] | undefined;
};

/** Input that is no event, and why. */
export interface Refused {
  readonly text: string;
  readonly why: string;
}

/** Events and what is none, in the order in which they came. */
export type Taken = readonly (Pushed | Refused)[];

/** What a protocol makes of a request. */
export interface Heard {
  readonly reply: HttpReply;
  readonly events?: Taken;
}

/** One protocol: the paths it answers, and how. */
export interface Protocol {
  readonly name: "otlp" | "hec" | "ndjson" | "bulk";
  /** Whether it answers this path. */
  serves(path: string): boolean;
  hear(request: HttpRequest): Heard;
  /** A refusal in the words of the protocol. */
  refusal(request: Pick<HttpRequest, "path" | "headers">, status: number, why: string): HttpReply;
}

export type JsonMembers = { readonly [name: string]: Json };

export function isObject(value: unknown): value is JsonMembers {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

/** The object in `text`, or why there is none. */
export function objectIn(text: string): JsonMembers | string {
  const value = jsonIn(text);
  if (value === undefined) return `is not JSON of at most ${MAX_LEVELS} levels`;
  return isObject(value) ? value : "must be a JSON object";
}

/** Those who read values after us go down by calls: a hostile one must not end them. */
const MAX_LEVELS = 64;

/** Undefined where `text` is no JSON, or is nested too deep. */
export function jsonIn(text: string): Json | undefined {
  try {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- JSON.parse() gives nothing else
    const value = JSON.parse(text) as Json;
    return isWithin(value, MAX_LEVELS) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isWithin(value: Json, levels: number): boolean {
  if (typeof value !== "object" || value === null) return true;
  return levels > 0 && Object.values(value).every((member) => isWithin(member, levels - 1));
}

const TIME_NAMES = ["@timestamp", "timestamp", "time", "ts", "eventTime", "datetime"];
const BODY_NAMES = ["message", "msg", "log", "event.original", "body"];
const LEVEL_NAMES = ["log.level", "level", "severity", "severityText", "loglevel"];
const MAX_DEPTH = 24;

/** A JSON object of a log whose names nobody has fixed: what is known gets a column of its own. */
export function eventOf(object: JsonMembers): Pushed {
  const fields = flattened(object);
  const time = take(fields, TIME_NAMES, ticksOf);
  const body = take(fields, BODY_NAMES, textOf);
  const level = take(fields, LEVEL_NAMES, textOf);
  const host = take(fields, ["host.name", "host", "hostname"], textOf);
  const service = take(fields, ["service.name", "service"], textOf);
  const traceId = take(fields, ["trace.id", "trace_id", "traceId"], idOf);
  const spanId = take(fields, ["span.id", "span_id", "spanId"], idOf);
  return {
    ...(time !== undefined && { TimeGenerated: time }),
    ...(body !== undefined && { Body: body }),
    ...(level !== undefined && { SeverityText: level }),
    ...(host !== undefined && { HostName: host }),
    ...(service !== undefined && { ServiceName: service }),
    ...(traceId !== undefined && { TraceId: traceId }),
    ...(spanId !== undefined && { SpanId: spanId }),
    ...(fields.size > 0 && { Attributes: Object.fromEntries(fields) }),
  };
}

/**
 * The members of `object` by dotted names: what a name says of its value is then the same, whether
 * objects are in each other or not.
 */
export function flattened(object: JsonMembers): Map<string, Json> {
  const fields = new Map<string, Json>();
  flatten(object, "", { fields, depth: 0 });
  return fields;
}

function flatten(
  object: JsonMembers,
  prefix: string,
  { fields, depth }: { readonly fields: Map<string, Json>; readonly depth: number },
): void {
  for (const [name, value] of Object.entries(object)) {
    const full = prefix === "" ? name : `${prefix}.${name}`;
    const isDeep = depth < MAX_DEPTH && isObject(value) && Object.keys(value).length > 0;
    if (isDeep) flatten(value, full, { fields, depth: depth + 1 });
    else fields.set(full, value);
  }
}

function take<T>(
  fields: Map<string, Json>,
  names: readonly string[],
  convert: (value: Json) => T | undefined,
): T | undefined {
  for (const name of names) {
    const value = fields.get(name);
    const converted = value === undefined || value === null ? undefined : convert(value);
    if (converted === undefined) continue;
    fields.delete(name);
    return converted;
  }
  return undefined;
}

function textOf(value: Json): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** W3C Trace Context: 16 or 8 bytes in hex. What is none is free text, and no column of its own. */
export function idOf(value: Json): string | undefined {
  return typeof value === "string" && /^(?:[0-9A-Fa-f]{16}){1,2}$/.test(value) ? value : undefined;
}

/** An ISO 8601 text, or seconds, ms, µs or ns since the epoch, told apart by size: in ticks. */
export function ticksOf(value: Json): bigint | undefined {
  if (typeof value === "number") return epochTicks(String(value));
  if (typeof value !== "string") return undefined;
  return epochTicks(value) ?? isoTicks(value);
}

const FRACTION_DIGITS = 12;

function epochTicks(text: string): bigint | undefined {
  const match = /^(\d{1,20})(?:\.(\d{1,12}))?$/.exec(text);
  if (match === null) return undefined;
  const [, whole = "", fraction = ""] = match;
  const scaled = BigInt(whole + fraction.padEnd(FRACTION_DIGITS, "0")) * unitTicks(whole.length);
  const ticks = scaled / 10n ** BigInt(FRACTION_DIGITS + 2);
  return ticks === 0n || ticks > MOST_TICKS ? undefined : ticks;
}

/** The end of the year 9999. */
const MOST_TICKS = 2_534_023_007_999_999_999n;

/** Hundredths of a tick in one unit, of a number with so many digits: s up to the year 5138. */
function unitTicks(digits: number): bigint {
  if (digits <= 11) return 1_000_000_000n;
  if (digits <= 14) return 1_000_000n;
  return digits <= 17 ? 1_000n : 1n;
}
