/**
 * Where a plugin's events land: the column writers of its tables, and what it rejects or reports
 * as lost. Part of stage 1 of 7.
 *
 * @module
 */
import { isUtf8 } from "node:buffer";
import { TimeBuilder } from "../../sdk/columns/numbers.ts";
import { DictBuilder, TextBuilder } from "../../sdk/columns/strings.ts";
import { TableWriter } from "../../sdk/columns/writer.ts";
import { type GAP, GAP_SCHEMA } from "../../sdk/gap.ts";
import type { Context, Gap, Plugin, Rejected, Tables } from "../../sdk/plugin.ts";
import { type Columns, type RowOf, type Schema, schemaOf } from "../../sdk/table.ts";
import type { SourceCounts } from "../counters.ts";

type AnyContext = Context<unknown, Tables>;

/** One table's writer and what its batches are. */
export interface SinkTable {
  readonly schema: Schema;
  readonly writer: TableWriter;
  readonly gap: boolean;
}

export interface Sink {
  /** The plugin's tables in order, then `Gap`. */
  readonly tables: readonly SinkTable[];
  readonly emit: AnyContext["emit"];
  readonly write: AnyContext["write"];
  reject(rejected: Rejected): void;
  gap(gap: Gap, refused?: RefusedFrame): void;
  /** Rows that are in the writers now, gaps included. */
  rows(): number;
  byteLength(): number;
  /** Forgets all rows in the writers. */
  reset(): void;
}

/** A frame that the hub will never accept and that a gap stands for. */
export interface RefusedFrame {
  readonly seq: number;
  readonly hash: Uint8Array;
}

/** How large a writer may grow before `onFull` must empty it. */
export interface SinkOptions {
  readonly rows: number;
  readonly bytes: number;
  readonly counts: SourceCounts;
  now(): number;
  onFull(table: SinkTable): void;
}

/** Longest input that is kept in `_Raw`, in bytes. */
const MAX_RAW_BYTES = 64 * 1024;

/** Makes the sink of one source. */
export function openSink(plugin: Plugin, options: SinkOptions): Sink {
  const open = (schema: Schema, gap: boolean): SinkTable => {
    const table: SinkTable = {
      schema,
      gap,
      writer: new TableWriter(schema, {
        rows: options.rows,
        bytes: options.bytes,
        onFull: () => options.onFull(table),
      }),
    };
    return table;
  };
  const own = Object.entries(plugin.tables).map(([name, table]) =>
    open(schemaOf(name, table), false)
  );
  const gaps = new TableWriter<typeof GAP.columns>(GAP_SCHEMA);
  const tables: readonly SinkTable[] = [...own, { schema: GAP_SCHEMA, gap: true, writer: gaps }];
  const byName = new Map(own.map((table) => [table.schema.name, table]));
  return {
    tables,
    emit: Object.fromEntries(
      own.map(({ schema, writer }) => [schema.name, (row: RowOf<Columns>) => writer.add(row)]),
    ),
    write: Object.fromEntries(own.map(({ schema, writer }) => [schema.name, writer])),
    reject: ({ bytes, why, table, into }) => {
      const target = (table === undefined ? undefined : byName.get(table)) ?? own[0];
      if (target === undefined) throw new TypeError(`Cannot reject: ${plugin.name} has no table`);
      addRejected(target, { bytes, why, into, now: options.now() });
      options.counts.rejected++;
    },
    gap: (gap, refused) => {
      gaps.add(gapRow(gap, refused, options.now()));
      options.counts.gaps++;
    },
    rows: () => tables.reduce((sum, { writer }) => sum + writer.rows, 0),
    byteLength: () => tables.reduce((sum, { writer }) => sum + writer.byteLength, 0),
    reset: () => {
      for (const { writer } of tables) writer.reset();
    },
  };
}

/** What could not be parsed is an event too: its bytes and why, at the time it was read. */
function addRejected(
  { schema, writer }: SinkTable,
  { bytes, why, into, now }: {
    readonly bytes: Uint8Array;
    readonly why: string;
    readonly into: string | undefined;
    readonly now: number;
  },
): void {
  const end = Math.min(bytes.length, MAX_RAW_BYTES);
  writer.dropRow();
  const { _Raw, _ParseError, [schema.time]: time } = writer.columns;
  const isText = into !== undefined && schema.columns[into]?.type === "string";
  const column = isText ? writer.columns[into] : undefined;
  if (column instanceof DictBuilder || column instanceof TextBuilder) {
    column.set(textOf(bytes.subarray(0, end)));
  } else _Raw.range(bytes, 0, end);
  _ParseError.set(why);
  if (time instanceof TimeBuilder) time.set(now);
  writer.endRow();
}

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString(isUtf8(bytes) ? "utf8" : "hex");
}

function gapRow(gap: Gap, refused: RefusedFrame | undefined, now: number) {
  return {
    TimeGenerated: now,
    Reason: gap.reason,
    Count: gap.count,
    From: gap.from,
    To: gap.to,
    Detail: gap.detail,
    RefusedSeq: refused?.seq,
    RefusedHash: refused === undefined ? undefined : Buffer.from(refused.hash).toString("hex"),
  };
}
