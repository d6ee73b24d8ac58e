/**
 * Rows of `CommonSecurityLog` from CEF messages.
 *
 * @module
 */
import type { RowOf } from "../../../sdk/mod.ts";
import { LocalZone } from "../../../sdk/read/local_time.ts";
import { TimestampReader } from "../timestamp.ts";
import type { Cef } from "./cef.ts";
import { COLUMN_OF_KEY, SHORT_COLUMN } from "./keys.ts";
import { type CefColumn, type CefColumns, cefTable } from "./table.ts";

type CefRow = RowOf<CefColumns>;

/** What stands before the message. */
export interface CefHeader {
  /** In ticks of 100 ns since the epoch. */
  readonly time: bigint | undefined;
  readonly host: string | undefined;
  readonly facility: string | undefined;
  readonly process: string | undefined;
}

const TICKS_PER_MS = 10_000n;
const MAX_INT = 2_147_483_647n;
const MAX_LONG = 9_223_372_036_854_775_807n;
/** Keys whose value is when it happened, the best first. */
const TIME_COLUMNS = ["ReceiptTime", "EndTime", "StartTime"] as const;

/** Makes rows; one for a source. */
export class CefRows {
  readonly #local: TimestampReader;
  readonly #utc = new TimestampReader(new LocalZone("UTC"));
  readonly #encoder = new TextEncoder();

  /** `timezone`: of times that name none. */
  constructor(timezone: string) {
    this.#local = new TimestampReader(new LocalZone(timezone));
  }

  /** The row of a message that was read at `now`, in ms. */
  row({ header, extension }: Cef, before: CefHeader, now: number): CefRow {
    const [vendor, product, version, classId, name, severity] = header;
    const values: Partial<Record<CefColumn, unknown>> = {};
    const rest: string[] = [];
    for (const [key, text] of extension) {
      const column = COLUMN_OF_KEY.get(key);
      const value = column === undefined ? undefined : this.#value(column, text, now);
      const isTaken = column === undefined || values[column] !== undefined;
      if (text === "" && !isTaken) continue;
      if (isTaken || value === undefined) rest.push(key === "" ? text : `${key}=${text}`);
      else this.#set(values, column, value);
    }
    const row = {
      Computer: before.host,
      ProcessName: before.process,
      DeviceFacility: before.facility,
      DeviceVendor: vendor,
      DeviceProduct: product,
      DeviceVersion: version,
      DeviceEventClassID: classId,
      Activity: name,
      LogSeverity: severity,
      ...values,
      AdditionalExtensions: rest.length === 0 ? undefined : rest.join(";"),
      TimeGenerated: before.time ?? this.#happened(values, now),
    };
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- #value() gives what the column's type demands
    return row as CefRow;
  }

  #set(values: Partial<Record<CefColumn, unknown>>, column: CefColumn, value: unknown): void {
    values[column] = value;
    const short = SHORT_COLUMN.get(column);
    const number = short === undefined ? undefined : wholeNumber(String(value), MAX_INT);
    if (short !== undefined && number !== undefined) values[short] = Number(number);
  }

  /** `text` as the column's type; undefined where it is none. */
  #value(column: CefColumn, text: string, now: number): unknown {
    switch (cefTable.columns[column].type) {
      case "int": {
        const number = wholeNumber(text, MAX_INT);
        return number === undefined ? undefined : Number(number);
      }
      case "long":
        return wholeNumber(text, MAX_LONG);
      case "real":
        return text !== "" && Number.isFinite(Number(text)) ? Number(text) : undefined;
      case "datetime":
        return this.#ticks(text, now);
      default:
        return text;
    }
  }

  #happened(values: Partial<Record<CefColumn, unknown>>, now: number): bigint {
    for (const column of TIME_COLUMNS) {
      const value = values[column];
      const ticks = typeof value === "string" ? this.#ticks(value, now) : value;
      if (typeof ticks === "bigint") return ticks;
    }
    return BigInt(now) * TICKS_PER_MS;
  }

  /** Milliseconds since the epoch, or `MMM dd [yyyy] HH:mm:ss[.SSS] [zone]`. */
  #ticks(text: string, now: number): bigint | undefined {
    // Some products write seconds.
    if (/^\d{9,10}$/.test(text)) return BigInt(text) * 1000n * TICKS_PER_MS;
    if (/^\d{11,15}$/.test(text)) return BigInt(text) * TICKS_PER_MS;
    const zone = / (UTC|GMT|Z)$/.exec(text)?.[0] ?? "";
    const reader = zone === "" ? this.#local : this.#utc;
    const bytes = this.#encoder.encode(text.slice(0, text.length - zone.length));
    if (reader.now !== now) reader.forget();
    reader.now = now;
    if (reader.readLegacy(bytes, 0) !== bytes.length) return undefined;
    return BigInt(reader.ms) * TICKS_PER_MS + BigInt(reader.ticks);
  }
}

function wholeNumber(text: string, most: bigint): bigint | undefined {
  if (!/^-?\d{1,19}$/.test(text)) return undefined;
  const value = BigInt(text);
  return value > most || value < -most ? undefined : value;
}
