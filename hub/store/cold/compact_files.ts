/**
 * Stage 5 of 7, store: puts the rows of many files into few that are small, one after the other in time.
 *
 * Runs in the engine's process. One column of all rows is in memory at a time, and what was
 * written of the columns before it.
 *
 * @module
 */
import { createHash } from "node:crypto";
import { type Files, writeAll } from "../../../sdk/runtime/files.ts";
import { ByteWriter } from "../../../sdk/wire/bytes.ts";
import type { CompactedFile, CompactRequest } from "../engine_messages.ts";
import { type ChunkFacts, writeFooter } from "../parquet/footer.ts";
import { ParquetError } from "../../../sdk/parquet/parquet_error.ts";
import type { FileColumn } from "../../../sdk/parquet/read_footer.ts";
import type { Seal } from "../seal.ts";
import { ColumnPlans } from "./column_plans.ts";
import { encodeChunk, type EncodedChunk } from "./encode_chunk.ts";
import { encodeIndex, indexColumn, type IndexEntry, indexPath } from "./file_index.ts";
import { gather, runsOf } from "./gather.ts";
import { type InputFiles, openInputs } from "./input_files.ts";
import { cutByTime, type OrderColumns, rowsByDay, spanOf } from "./row_order.ts";

/** Rows of one group: less to read for a few rows, more to compress at once. */
export const GROUP_ROWS = 65_536;
const MAX_GROUP_BYTES = 256 * 1024 * 1024;
const MIN_GROUP_ROWS = 256;
/** Days that get files of their own; hostile clocks must not make a file for each of 10,000. */
const MAX_DAYS = 16;
/** Of most footers. */
const FOOTER_BYTES = 16_384;
const MAGIC = Buffer.from("PAR1");

interface Output {
  readonly rows: Uint32Array;
  readonly runs: Uint32Array;
  readonly chunks: EncodedChunk[];
  readonly index: IndexEntry[];
}

/** Writes the rows of the files `inputs` to as many of `outputs` as they need. */
export function compactFiles(
  files: Files,
  request: CompactRequest,
  plans?: ColumnPlans,
): readonly CompactedFile[] {
  using inputs = openInputs(files, request.inputs);
  return writeColdFiles(files, inputs, { ...request, plans });
}

export interface ColdFiles extends Omit<CompactRequest, "kind" | "inputs"> {
  readonly plans?: ColumnPlans | undefined;
}

/** Writes the rows of `inputs` to as many of `outputs` as they need. */
export function writeColdFiles(
  files: Files,
  inputs: InputFiles,
  { outputs: names, time, table = "", isThorough = false, plans = new ColumnPlans() }: ColdFiles,
): readonly CompactedFile[] {
  if (inputs.rows === 0) return [];
  const order = orderColumns(inputs, time);
  const outputs = outputsOf(inputs, order, names.length);
  const scratch = new ByteWriter();
  for (const column of inputs.columns) {
    const whole = inputs.read(column);
    for (const { rows, runs, chunks, index } of outputs) {
      const values = gather(whole, rows.length, runs);
      const plan = plans.of(`${table} ${isThorough}`, column, rows.length);
      const chunk = encodeChunk(column, values, { rows: rows.length, plan, isThorough, scratch });
      // A file without the column says the same.
      if (chunk === undefined) continue;
      chunks.push(chunk);
      index.push(...indexColumn(column, values));
    }
  }
  return outputs.map(({ rows, chunks, index }, i) => {
    const path = names[i]!;
    writeWhole(files, indexPath(path), encodeIndex(index));
    const bytes = fileOf(chunks, rows.length);
    writeWhole(files, path, bytes);
    const { least, most, none } = spanOf(order.time, rows);
    return {
      path,
      rows: rows.length,
      least: least === undefined ? null : String(least),
      most: most === undefined ? null : String(most),
      timeless: none,
      seal: sealOf(bytes, order, rows),
    };
  });
}

function sealOf(bytes: Uint8Array, { ledgerIndex }: OrderColumns, rows: Uint32Array): Seal {
  const { least, most } = spanOf(ledgerIndex, rows);
  return {
    hash: createHash("sha256").update(bytes).digest("hex"),
    first: Number(least ?? 0n),
    last: Number(most ?? 0n),
  };
}

function orderColumns(inputs: InputFiles, time: string): OrderColumns {
  const read = (name: string) => {
    const column = inputs.columns.find((candidate) => candidate.name === name);
    if (column === undefined) {
      throw new ParquetError("format", `Cannot compact: no column "${name}"`);
    }
    return inputs.read(column);
  };
  const isTime = ({ name, type }: FileColumn): boolean => name === time && type === "int64";
  return {
    time: inputs.columns.some(isTime) ? read(time) : undefined,
    hubTime: read("_HubTime"),
    ledgerIndex: read("_LedgerIndex"),
  };
}

/** At most `most` files; where days are many, the last has what is left. */
function outputsOf(inputs: InputFiles, order: OrderColumns, most: number): readonly Output[] {
  const size = Math.max(
    MIN_GROUP_ROWS,
    Math.min(GROUP_ROWS, Math.floor(MAX_GROUP_BYTES / (inputs.rawBytes / inputs.rows))),
  );
  const lists = rowsByDay(order, MAX_DAYS);
  const rows = lists.flatMap((list) => cutByTime(list, order, size));
  // More than there are names for: a file of any size is right, if not as fast to read.
  const kept = rows.length <= most ? rows : lists;
  return kept.map((list) => ({ rows: list, runs: runsOf(list), chunks: [], index: [] }));
}

function fileOf(chunks: readonly EncodedChunk[], rows: number): Uint8Array {
  const out = new ByteWriter();
  out.ensure(chunks.reduce((sum, { bytes }) => sum + bytes.length, 0) + FOOTER_BYTES);
  out.raw(MAGIC);
  const facts: ChunkFacts[] = [];
  for (const chunk of chunks) {
    facts.push({
      ...chunk.facts,
      dataOffset: out.used + chunk.facts.dataOffset,
      dictionaryOffset: chunk.facts.dictionaryOffset === undefined ? undefined : out.used,
    });
    out.raw(chunk.bytes);
  }
  const start = out.used;
  writeFooter(out, [{ rows, chunks: facts }]);
  const footerBytes = out.used - start;
  out.ensure(4);
  out.used = out.bytes.writeUInt32LE(footerBytes, out.used);
  out.raw(MAGIC);
  return out.view();
}

function writeWhole(files: Files, path: string, bytes: Uint8Array): void {
  const file = files.open(path, "write");
  try {
    file.truncate(0);
    writeAll(file, bytes, 0);
  } finally {
    file.close();
  }
}
