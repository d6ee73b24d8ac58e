/**
 * Files of counters: what Windows' typeperf, logman and relog write (PDH-CSV 4.0, PDH-TSV 4.0), and
 * CSV files whose first column is a timestamp.
 *
 * @module
 */
import { basename } from "node:path";
import { readRecord } from "../../sdk/read/csv.ts";
import type { RecordReader } from "../../sdk/read/follow_records.ts";
import { isoTicks, localTime } from "../../sdk/read/time_text.ts";
import type { Reading } from "./counter.ts";
import { parseCounterPath } from "./counter_path.ts";

/** One value of one column. */
export interface FileValue {
  /** ms since the epoch. */
  readonly at: number;
  readonly reading: Reading;
  readonly computer: string | undefined;
  /** As the file has it; undefined where it names no path. */
  readonly path: string | undefined;
}

export interface FileSink {
  readonly emit: (value: FileValue) => void;
  readonly reject: (text: string, why: FileReject) => void;
  /** Of times without a zone; undefined is this host's. */
  readonly timezone: string | undefined;
}

/** Why a line is not taken, or not all of it. Constant: they are counted by value. */
export type FileReject =
  | "line over limit, cut"
  | "no header line before it"
  | "quotes not as in CSV"
  | "fewer or more fields than the header"
  | "no valid time"
  | "value that is no number";

interface Column {
  readonly computer: string | undefined;
  readonly path: string | undefined;
  readonly object: string;
  readonly instance: string;
  readonly counter: string;
}

interface Header {
  readonly separator: string;
  /** Minutes that are added to local time for UTC; undefined where the file does not say. */
  readonly bias: number | undefined;
  readonly columns: readonly Column[];
}

/** What typeperf prints into its own output. */
const TOLD_BY_TYPEPERF = /^(Exiting, please wait\.\.\.|The command completed successfully\.)\s*$/;

/** A reader of one file, line by line: no record takes several. */
export function openFileReader(file: string, sink: FileSink): RecordReader {
  let header: Header | undefined;
  return {
    read: (text) => {
      for (const line of linesOf(text)) {
        const found = headerOf(line, file);
        if (found === undefined) readLine(line, header, sink);
        else header = found;
      }
    },
    end: () => {},
    cut: (text) => sink.reject(text, "line over limit, cut"),
    learn: (text) => {
      const [first] = linesOf(text);
      if (first !== undefined) header = headerOf(first, file);
    },
    isWaiting: false,
  };
}

/** Lines that say something, without their ends. */
function linesOf(text: string): readonly string[] {
  return text.split("\n").map((line) => line.replace(/\r$/, "").replace(/^\ufeff/, ""))
    .filter((line) => line.trim() !== "" && !TOLD_BY_TYPEPERF.test(line));
}

/** `"(PDH-CSV 4.0) (Pacific Daylight Time)(420)"`: format, name of the zone, bias. */
const PDH = /^"?\(PDH-([CT])SV 4\.0\)([^"]{0,200})/;
const TIMESTAMP = /^"?(timestamp|time|date)"?\s*[,;\t]/i;

/** The header that a line is; undefined where it is none. */
function headerOf(line: string, file: string): Header | undefined {
  const pdh = PDH.exec(line);
  if (pdh === null && !TIMESTAMP.test(line)) return undefined;
  const separator = pdh?.[1] === "T"
    ? "\t"
    : /^(?:"[^"]*"|[^",;\t]*)([,;\t])/.exec(line)?.[1] ?? ",";
  const record = readRecord(line, 0, separator);
  if (record.kind !== "record") return undefined;
  const bias = /\((-?\d{1,4})\)\s*$/.exec(pdh?.[2] ?? "")?.[1];
  const object = basename(file).replace(/\.[^.]*$/, "");
  const columns = record.fields.slice(1).map((name) => columnOf(name, object));
  return { separator, bias: bias === undefined ? undefined : Number(bias), columns };
}

function columnOf(name: string, object: string): Column {
  const path = parseCounterPath(name);
  return path === undefined
    ? { computer: undefined, path: undefined, object, instance: "", counter: name }
    : { ...path, path: name };
}

function readLine(line: string, header: Header | undefined, sink: FileSink): void {
  if (header === undefined) return sink.reject(line, "no header line before it");
  const record = readRecord(line, 0, header.separator);
  if (record.kind !== "record") return sink.reject(line, "quotes not as in CSV");
  const [time = "", ...fields] = record.fields;
  if (fields.length !== header.columns.length) {
    return sink.reject(line, "fewer or more fields than the header");
  }
  const at = timeOf(time, header.bias, sink.timezone);
  if (at === undefined) return sink.reject(line, "no valid time");
  let isWhole = true;
  for (const [i, { computer, path, ...names }] of header.columns.entries()) {
    const text = fields[i]!.trim();
    // A rate has no value at the first look: it is absent, not 0.
    if (text === "") continue;
    const value = numberOf(text);
    if (value === undefined) isWhole = false;
    else sink.emit({ at, computer, path, reading: { ...names, kind: "gauge", value } });
  }
  if (!isWhole) sink.reject(line, "value that is no number");
}

/** `07/23/2026 06:04:43.000`, which is in no language, `yyyy-mm-dd hh:mm:ss`, or ISO 8601. */
function timeOf(text: string, bias: number | undefined, timezone: string | undefined) {
  const ticks = isoTicks(text);
  if (ticks !== undefined) return Number(ticks / 10_000n);
  const parts = /^(\d\d)\/(\d\d)\/(\d{4}) (\d\d:\d\d:\d\d)(?:[.,](\d{3}))?$/.exec(text);
  const local = parts === null ? text : `${parts[3]}-${parts[1]}-${parts[2]} ${parts[4]}`;
  const ms = localTime(local, bias === undefined ? timezone : "UTC");
  return ms === undefined ? undefined : ms + Number(parts?.[5] ?? 0) + (bias ?? 0) * 60_000;
}

/** A number with a point or a comma, also as `1.5e+007`. */
function numberOf(text: string): number | undefined {
  if (!/^[+-]?\d{1,300}(?:[.,]\d{1,300})?(?:e[+-]?\d{1,3})?$/i.test(text)) return undefined;
  const value = Number(text.replace(",", "."));
  return Number.isFinite(value) ? value : undefined;
}
