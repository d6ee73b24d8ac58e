/**
 * The two formats of IIS that have no directives: its own, and NCSA common and combined.
 *
 * IIS: `client, user, date, time, site, server, address, ms, received, sent, status, win32, method,
 * target, query,` in local time. NCSA: `client ident user [time zone] "request" status bytes`.
 *
 * @module
 */
import type { RowOf } from "../../sdk/mod.ts";
import { localTime } from "../../sdk/read/time_text.ts";
import type { RequestColumns } from "./table.ts";

export type RequestRow = RowOf<RequestColumns>;

export type Format = "auto" | "w3c" | "iis" | "ncsa";
export type DateOrder = "mdy" | "dmy" | "ymd";

export interface LineOptions {
  readonly format: Format;
  /** Of the dates of IIS's own format. */
  readonly dateOrder: DateOrder;
  /** Of its times; undefined is this host's. */
  readonly timezone?: string | undefined;
}

/** Why a line of these formats is no request. */
export const LINE_WHY = {
  iis: "not the 15 fields of the IIS format",
  ncsa: "not the fields of the NCSA format",
  time: "date or time not valid",
  number: "number not valid",
} as const;
export type LineWhy = (typeof LINE_WHY)[keyof typeof LINE_WHY];

/** A line as a request, or why it is none; undefined where `auto` finds neither format. */
export function readRequestLine(
  line: string,
  options: LineOptions,
): RequestRow | LineWhy | undefined {
  switch (options.format) {
    case "w3c":
      return undefined;
    case "iis":
      return iisRow(line, options) ?? LINE_WHY.iis;
    case "ncsa":
      return ncsaRow(line) ?? LINE_WHY.ncsa;
    case "auto":
      return iisRow(line, options) ?? ncsaRow(line);
  }
}

/** Fields before the target, which may hold commas as the query may. */
const FIXED_FIELDS = 13;

function iisRow(line: string, options: LineOptions): RequestRow | LineWhy | undefined {
  const fields: string[] = [];
  let at = 0;
  while (fields.length < FIXED_FIELDS) {
    const comma = line.indexOf(",", at);
    if (comma < 0) return undefined;
    fields.push(line.slice(at, comma).trim());
    at = comma + 1;
  }
  const last = line.trimEnd().replace(/,$/, "");
  const split = last.lastIndexOf(", ");
  if (split < at || !/^\d{1,4}[/.-]\d{1,2}[/.-]\d{1,4}$/.test(fields[2]!)) return undefined;
  const time = iisTime(fields[2]!, fields[3]!, options);
  if (time === undefined) return LINE_WHY.time;
  const numbers = [7, 8, 9].map((i) => numberOf(fields[i]!));
  if (numbers.some(Number.isNaN)) return LINE_WHY.number;
  const [TimeTaken, csBytes, scBytes] = numbers;
  const server = present(fields[5]!);
  return {
    TimeGenerated: time,
    cIP: present(fields[0]!),
    csUserName: present(fields[1]!),
    sSiteName: present(fields[4]!),
    sIP: present(fields[6]!),
    TimeTaken,
    csBytes,
    scBytes,
    scStatus: present(fields[10]!),
    scWin32Status: present(fields[11]!),
    csMethod: present(fields[12]!),
    csUriStem: present(last.slice(at, split).trim()),
    csUriQuery: present(last.slice(split + 2).trim()),
    AdditionalFields: server === undefined ? undefined : { "s-computername": server },
  };
}

/** `03/20/05` and `7:55:20`, as the locale of the server orders them. */
function iisTime(date: string, time: string, options: LineOptions): number | undefined {
  const [a = "", b = "", c = ""] = date.split(/[/.-]/);
  const order = a.length === 4 ? "ymd" : options.dateOrder;
  const [year, month, day] = order === "ymd" ? [a, b, c] : order === "mdy" ? [c, a, b] : [c, b, a];
  const clock = /^(\d{1,2}):(\d\d):(\d\d)$/.exec(time);
  if (clock === null) return undefined;
  const fullYear = year.length === 2 ? `20${year}` : year;
  const iso = `${fullYear}-${month.padStart(2, "0")}-${day.padStart(2, "0")}`;
  const [, hour = "", minute, second] = clock;
  return localTime(`${iso} ${hour.padStart(2, "0")}:${minute}:${second}`, options.timezone);
}

const MONTHS = "JanFebMarAprMayJunJulAugSepOctNovDec";
const NCSA_TIME = /^\[(\d\d)\/([A-Z][a-z]{2})\/(\d{4}):(\d\d:\d\d:\d\d) ([+-]\d\d)(\d\d)\] "/;
const NCSA_TIME_CHARS = '[08/Apr/2001:17:39:04 -0800] "'.length;
/** After the quote that ends the request. */
const NCSA_STATUS = /^ (\d{3}|-) (\d{1,15}|-)(?: |$)/;
const NCSA_STATUS_CHARS = 24;

function ncsaRow(line: string): RequestRow | LineWhy | undefined {
  const text = line.trimEnd();
  const client = text.indexOf(" ");
  const ident = text.indexOf(" ", client + 1);
  if (client <= 0 || ident < 0) return undefined;
  const stamp = text.indexOf(" [", ident);
  const time = stamp < 0
    ? null
    : NCSA_TIME.exec(text.slice(stamp + 1, stamp + 1 + NCSA_TIME_CHARS));
  if (time === null) return undefined;
  const start = stamp + 1 + NCSA_TIME_CHARS;
  const close = requestEnd(text, start);
  const status = close < 0
    ? null
    : NCSA_STATUS.exec(text.slice(close + 1, close + NCSA_STATUS_CHARS));
  if (status === null) return undefined;
  const at = ncsaTicks(time);
  if (at === undefined) return LINE_WHY.time;
  const [all, code = "", bytes = ""] = status;
  const identity = present(text.slice(client + 1, ident));
  return {
    TimeGenerated: at,
    cIP: present(text.slice(0, client)),
    csUserName: present(text.slice(ident + 1, stamp)),
    ...requestOf(text.slice(start, close)),
    scStatus: present(code),
    scBytes: numberOf(bytes),
    ...combinedOf(text.slice(close + 1 + all.length)),
    AdditionalFields: identity === undefined ? undefined : { rfc931: identity },
  };
}

/** The first quote after which a status stands: a target may hold quotes. */
function requestEnd(text: string, from: number): number {
  for (let at = text.indexOf('" ', from); at >= 0; at = text.indexOf('" ', at + 1)) {
    if (NCSA_STATUS.test(text.slice(at + 1, at + NCSA_STATUS_CHARS))) return at;
  }
  return -1;
}

function ncsaTicks(time: RegExpExecArray): number | undefined {
  const [, day, month = "", year, clock, hours, minutes] = time;
  const index = MONTHS.indexOf(month) / 3;
  if (!Number.isInteger(index) || index < 0) return undefined;
  const date = `${year}-${String(index + 1).padStart(2, "0")}-${day}`;
  const wall = localTime(`${date} ${clock}`, "UTC");
  const offset = (Number(hours) * 60 + Number(`${hours?.[0]}${minutes}`)) * 60_000;
  return wall === undefined || Number(minutes) > 59 ? undefined : wall - offset;
}

/** `GET /path?query HTTP/1.0`; what has no such shape is the target as it stands. */
function requestOf(request: string) {
  const parts = /^([A-Za-z-]{1,40}) (.*?)(?: (HTTP\/\d(?:\.\d)?))?$/s.exec(request);
  const target = parts === null ? request : parts[2] ?? "";
  const mark = target.indexOf("?");
  return {
    csMethod: parts?.[1],
    csUriStem: present(mark < 0 ? target : target.slice(0, mark)),
    csUriQuery: mark < 0 ? undefined : present(target.slice(mark + 1)),
    csVersion: parts?.[3],
  };
}

/** `"referer" "user agent"` of the combined format. */
function combinedOf(rest: string) {
  const middle = rest.indexOf('" "');
  if (!rest.startsWith('"') || !rest.endsWith('"') || middle < 1) {
    return { csReferer: present(rest) };
  }
  return {
    csReferer: present(rest.slice(1, middle)),
    csUserAgent: present(rest.slice(middle + 3, -1)),
  };
}

function present(text: string): string | undefined {
  return text === "" || text === "-" ? undefined : text;
}

/** A whole number; undefined for `-`, NaN for what is none. */
function numberOf(text: string): number | undefined {
  if (text === "-" || text === "") return undefined;
  return /^\d{1,15}$/.test(text) ? Number(text) : NaN;
}
