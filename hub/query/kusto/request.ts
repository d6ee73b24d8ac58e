/**
 * A request of Kusto's protocol: the text, the database, and what its properties ask for.
 *
 * Options that bound a query are taken as wishes: they can only make the hub's own bounds tighter.
 * Options that mean nothing here are ignored, as Kusto ignores those it does not know.
 *
 * @module
 */
import * as v from "valibot";
import type { KustoBody } from "../../../sdk/api/kusto.ts";
import { KustoFailure } from "./failure.ts";

/** How frames of version 2 are laid out. */
export interface FrameOptions {
  /** Table frames in pieces, with how far it is. */
  readonly progressive: boolean;
  /** Table frames in pieces, without that. */
  readonly fragmented: boolean;
  /** Each frame on a line of its own. */
  readonly newlines: boolean;
  /** Where an error of a result that has begun stands. */
  readonly errors: "in_data" | "end_of_table" | "end_of_dataset";
}

/** Most that one reply may hold. */
export interface ResultLimits {
  readonly records: number;
  readonly bytes: number;
}

/** One parsed request. */
export interface KustoRequest {
  /** As it came, without space around it. */
  readonly text: string;
  readonly database: string;
  /** Literals by the names of `declare query_parameters`. */
  readonly parameters: ReadonlyMap<string, string>;
  readonly timeoutMs: number;
  readonly limits: ResultLimits;
  readonly frames: FrameOptions;
  /** Whether the caller has named the number of rows. */
  readonly hasRowLimit: boolean;
  /** Why the caller says that they look: the option `request_description`. */
  readonly why: string;
}

/** Kusto's own bounds; a client may ask for less. */
const KUSTO_LIMITS: ResultLimits = { records: 500_000, bytes: 64 * 1024 * 1024 };
/** Ours, which hold also where `notruncation` asks for no bound. */
const MOST_LIMITS: ResultLimits = { records: 2_000_000, bytes: 128 * 1024 * 1024 };
/** Longest life of one query. */
export const MAX_TIMEOUT_MS = 240_000;
const DEFAULT_TIMEOUT_MS = 120_000;
/** Largest text of one query, in characters. */
const MAX_TEXT = 1024 * 1024;

const Flag = v.union([
  v.boolean(),
  v.pipe(v.string(), v.transform((text) => text.toLowerCase() === "true")),
]);
const Whole = v.pipe(
  v.union([v.number(), v.pipe(v.string(), v.regex(/^\d{1,15}$/), v.transform(Number))]),
  v.integer(),
  v.minValue(1),
);
const Options = v.object({
  request_description: v.optional(v.pipe(v.string(), v.transform((text) => text.slice(0, 512)))),
  servertimeout: v.optional(v.union([v.string(), v.number()])),
  norequesttimeout: v.optional(Flag),
  truncationmaxrecords: v.optional(Whole),
  truncationmaxsize: v.optional(Whole),
  query_take_max_records: v.optional(Whole),
  notruncation: v.optional(Flag),
  results_progressive_enabled: v.optional(Flag),
  results_v2_fragment_primary_tables: v.optional(Flag),
  results_v2_newlines_between_frames: v.optional(Flag),
  results_error_reporting_placement: v.optional(
    v.picklist(["in_data", "end_of_table", "end_of_dataset"]),
  ),
});
type Options = v.InferOutput<typeof Options>;

/** @throws {KustoFailure} If the text is too long or an option is no value of its type. */
export function readRequest(body: KustoBody): KustoRequest {
  if (body.csl.length > MAX_TEXT) {
    throw new KustoFailure(
      "limit",
      `Cannot read query: it has ${body.csl.length} characters, must be at most ${MAX_TEXT}`,
    );
  }
  const options = readOptions(body.properties);
  return {
    text: body.csl.trim(),
    database: body.db ?? "",
    parameters: readParameters(body.properties),
    timeoutMs: readTimeout(options),
    hasRowLimit: options.truncationmaxrecords !== undefined,
    why: options.request_description ?? "",
    limits: limitsOf(options),
    frames: {
      progressive: options.results_progressive_enabled ?? false,
      fragmented: options.results_v2_fragment_primary_tables ?? false,
      newlines: options.results_v2_newlines_between_frames ?? false,
      errors: options.results_error_reporting_placement ?? "in_data",
    },
  };
}

/** What `properties` is: an object, or one written as JSON text, as some clients send it. */
function propertiesOf(properties: KustoBody["properties"]): Record<string, unknown> {
  if (typeof properties !== "string") return { ...properties };
  if (properties.trim() === "") return {};
  try {
    return v.parse(v.record(v.string(), v.unknown()), JSON.parse(properties));
  } catch (cause) {
    throw new KustoFailure("request", "Cannot read properties: they must be a JSON object", {
      cause,
    });
  }
}

function readOptions(properties: KustoBody["properties"]): Options {
  const { Options: given, options } = propertiesOf(properties);
  const parsed = v.safeParse(Options, given ?? options ?? {});
  if (parsed.success) return parsed.output;
  const path = v.getDotPath(parsed.issues[0]) ?? "Options";
  throw new KustoFailure("request", `Cannot read option "${path}": it is no value of its type`);
}

function readParameters(properties: KustoBody["properties"]): ReadonlyMap<string, string> {
  const { Parameters: given, parameters } = propertiesOf(properties);
  const parsed = v.safeParse(
    v.record(v.string(), v.union([v.string(), v.number(), v.boolean()])),
    given ?? parameters ?? {},
  );
  if (!parsed.success) {
    throw new KustoFailure("request", "Cannot read parameters: each must be a literal's text");
  }
  return new Map(Object.entries(parsed.output).map(([name, value]) => [name, String(value)]));
}

/** A time span such as `00:01:30`, or seconds as a number. */
function readTimeout({ servertimeout, norequesttimeout }: Options): number {
  if (norequesttimeout === true) return MAX_TIMEOUT_MS;
  if (servertimeout === undefined) return DEFAULT_TIMEOUT_MS;
  const ms = typeof servertimeout === "number" ? servertimeout * 1000 : spanMs(servertimeout);
  if (ms !== undefined && Number.isFinite(ms) && ms > 0) return Math.min(ms, MAX_TIMEOUT_MS);
  throw new KustoFailure(
    "request",
    'Cannot read option "servertimeout": it must be a time span such as "00:01:00"',
  );
}

const SPAN = /^(?:(\d{1,6})\.)?(\d{1,2}):(\d{1,2})(?::(\d{1,2}(?:\.\d{1,9})?))?$/;
const SHORT_SPAN = /^(\d{1,9}(?:\.\d+)?)(ms|s|m|h|d)$/;
const UNIT_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

function spanMs(text: string): number | undefined {
  const short = SHORT_SPAN.exec(text.trim());
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the pattern has these units
  if (short !== null) return Number(short[1]) * UNIT_MS[short[2] as keyof typeof UNIT_MS];
  const match = SPAN.exec(text.trim());
  if (match === null) return undefined;
  const [days = 0, hours = 0, minutes = 0, seconds = 0] = match.slice(1).map((n) => Number(n ?? 0));
  return (((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000;
}

function limitsOf(options: Options): ResultLimits {
  const most = options.notruncation === true ? MOST_LIMITS : KUSTO_LIMITS;
  return {
    records: Math.min(options.truncationmaxrecords ?? most.records, MOST_LIMITS.records),
    bytes: Math.min(options.truncationmaxsize ?? most.bytes, MOST_LIMITS.bytes),
  };
}

/** `limits` with what the `set` statements of the query itself ask for. */
export function tighterLimits(
  limits: ResultLimits,
  set: ReadonlyMap<string, string>,
): ResultLimits {
  const parsed = v.safeParse(Options, Object.fromEntries(set));
  if (!parsed.success) return limits;
  const { notruncation, truncationmaxrecords, truncationmaxsize } = parsed.output;
  const most = notruncation === true ? MOST_LIMITS : limits;
  return {
    records: Math.min(truncationmaxrecords ?? most.records, MOST_LIMITS.records),
    bytes: Math.min(truncationmaxsize ?? most.bytes, MOST_LIMITS.bytes),
  };
}
