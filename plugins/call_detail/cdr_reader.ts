/**
 * Reads whole files of 3GPP charging records: with the headers of TS 32.297, or bare records one
 * after the other.
 *
 * @module
 */
import { type BerElement, BerError, readBer } from "../../sdk/read/ber.ts";
import type { Gap, Json } from "../../sdk/mod.ts";
import {
  bareRecord,
  type CdrFileHeader,
  type CdrRecord,
  readFileHeader,
  recordsAfter,
} from "./cdr_file.ts";
import { cdrRow } from "./cdr_record.ts";
import type { CallRow } from "./table.ts";

export interface CdrSink {
  readonly emit: (row: CallRow) => void;
  readonly rejectBytes: (bytes: Uint8Array, why: string) => void;
  readonly gap: (gap: Gap) => void;
}

const BER = 1;

/** Takes all records of a file. */
export function readCdrFile(bytes: Uint8Array, sink: CdrSink): void {
  const header = readFileHeader(bytes);
  if (header === undefined) readBare(bytes, sink);
  else readWithHeader(bytes, header, sink);
}

function readWithHeader(bytes: Uint8Array, header: CdrFileHeader, sink: CdrSink): void {
  let count = 0;
  for (const record of recordsAfter(bytes, header)) {
    count++;
    if (record.isCut) {
      sink.rejectBytes(bytes.subarray(record.offset), "record cut by the file's end");
    } else if (record.format !== BER) sink.rejectBytes(record.bytes, "record not in BER");
    else take(record, sink);
  }
  const { records, sequence, hasLost } = header;
  const file = `file number ${sequence}`;
  if (records !== undefined && count < records) {
    const detail = `${file}: its header tells of ${records} records, ${count} are there`;
    sink.gap({ reason: "truncated", count: records - count, detail });
  }
  if (hasLost) {
    sink.gap({ reason: "other", detail: `${file}: its node says that records were lost` });
  }
}

/** Bare records; bytes of 0 or 255 between them are filling. */
function readBare(bytes: Uint8Array, sink: CdrSink): void {
  let at = 0;
  while (at < bytes.length) {
    if (bytes[at] === 0 || bytes[at] === 255) {
      at++;
      continue;
    }
    const element = take(bareRecord(bytes, at), sink);
    // Where the next record begins cannot be told any more.
    if (element === undefined) return;
    at = element.end + at;
  }
}

/** Emits one record, or says why not; gives it, with its end from the record's start. */
function take(record: CdrRecord, sink: CdrSink): BerElement | undefined {
  let element: BerElement;
  try {
    element = readBer(record.bytes);
  } catch (error) {
    if (!(error instanceof BerError)) throw error;
    sink.rejectBytes(record.bytes, `BER not valid: ${error.code}`);
    return undefined;
  }
  const row = cdrRow(element, aboutOf(record));
  if (typeof row === "string") sink.rejectBytes(record.bytes.subarray(0, element.end), row);
  else sink.emit(row);
  return element;
}

function aboutOf({ release, version, specification }: CdrRecord): Readonly<Record<string, Json>> {
  return {
    ...(release !== undefined && { release }),
    ...(version !== undefined && { version }),
    ...(specification !== undefined && { specification }),
  };
}
