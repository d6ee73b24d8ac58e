/**
 * Ledger items without a ledger, for the tests of this folder.
 *
 * @module
 */
import type { Column, ColumnBatch } from "../../sdk/columns/column.ts";
import type { FrameHeader } from "../../sdk/wire/header.ts";
import type { Item } from "../fanout/follower.ts";

/** A batch of numbers and texts, by column. */
export function batchOf(
  table: string,
  columns: Readonly<Record<string, readonly (number | string)[]>>,
): ColumnBatch {
  const lists = Object.entries(columns);
  return {
    table,
    rows: lists[0]?.[1].length ?? 0,
    columns: lists.map(([name, values]) => columnOf(name, values)),
  };
}

function columnOf(name: string, values: readonly (number | string)[]): Column {
  if (typeof values[0] === "number") {
    return { form: "number", name, type: "long", values: Float64Array.from(values, Number) };
  }
  const parts = values.map((value) => new TextEncoder().encode(String(value)));
  let end = 0;
  const ends = Uint32Array.from(parts, (part) => end += part.length);
  const rows = { bytes: Buffer.concat(parts), ends };
  return { form: "text", name, type: "string", rows, absent: undefined };
}

/** A recorded frame of `batch`. */
export function itemOf(
  given: {
    readonly index: number;
    readonly batch: ColumnBatch;
    readonly source: string;
    readonly header?: Partial<FrameHeader>;
    readonly hubMs?: number;
  },
): Item {
  const { index, batch, source, hubMs = 0 } = given;
  const empty = (size: number) => new Uint8Array(size);
  const header: FrameHeader = {
    version: 1,
    kind: "events",
    groupLast: true,
    stored: false,
    agent: empty(16),
    boot: empty(16),
    stream: empty(8),
    epoch: 1,
    seq: index,
    groupIndex: 0,
    dictionarySeq: index,
    rows: batch.rows,
    bodyBytes: 0,
    rawBytes: 0,
    schema: new TextEncoder().encode(batch.table.padEnd(32)),
    firstTime: 0n,
    lastTime: 0n,
    sealedAt: 0n,
    monotonic: 0n,
    previous: empty(32),
    bodyHash: empty(32),
    rowRoot: empty(32),
    logId: empty(8),
    logSize: 0,
    logRoot: empty(32),
    policy: empty(32),
    keyId: empty(8),
    ...given.header,
  };
  return {
    index,
    hubTime: BigInt(hubMs) * 10_000n,
    kind: "frame",
    payload: empty(0),
    keyHash: empty(32),
    frame: { header, agent: "a", source, batch: () => batch },
  };
}
