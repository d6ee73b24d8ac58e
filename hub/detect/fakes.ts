/**
 * Batches and ledger items without a ledger, for the tests of detect and alert.
 *
 * @module
 */
import type { AddressColumn, Column, ColumnBatch } from "../../sdk/columns/column.ts";
import { TableWriter } from "../../sdk/columns/writer.ts";
import { column, schemaOf, table } from "../../sdk/table.ts";
import type { DetectItem } from "./detect.ts";
import type { Facts } from "./detector.ts";

/** A table with a column of most forms. */
const LOGINS = table({
  doc: "Logins of a made-up system",
  time: "TimeGenerated",
  columns: {
    TimeGenerated: column.time({ class: "public" }),
    Host: column.string({ class: "system", optional: true }),
    Status: column.string({ class: "public", optional: true }),
    Message: column.string({ class: "content", optional: true }),
    Size: column.long({ class: "public", optional: true }),
    Failed: column.bool({ class: "public", optional: true }),
  },
});

/** One row of {@link loginBatch}. */
export interface Login {
  readonly TimeGenerated: number;
  readonly Host?: string | undefined;
  readonly Status?: string | undefined;
  readonly Message?: string | undefined;
  readonly Size?: number | bigint | undefined;
  readonly Failed?: boolean | undefined;
}

/** A batch of the table `Logins`. */
export function loginBatch(rows: readonly Login[]): ColumnBatch {
  const writer = new TableWriter<typeof LOGINS.columns>(schemaOf("Logins", LOGINS));
  for (const row of rows) writer.add(row);
  return writer.view();
}

/** `batch` with `extra` columns, such as tokens, which no plugin writes. */
export function withColumns(batch: ColumnBatch, ...extra: readonly Column[]): ColumnBatch {
  return { ...batch, columns: [...batch.columns, ...extra] };
}

/** Addresses by row, from 1; address n has bytes n, is in network n / 2, and has category `of`. */
export function addressColumn(
  name: string,
  indexes: readonly number[],
  categories: readonly number[],
): AddressColumn {
  const tokens = Uint8Array.from(
    { length: 16 * categories.length },
    (_, i) => (i % 16 < 8 ? Math.floor(i / 32) : Math.floor(i / 16)) + 1,
  );
  return {
    form: "address",
    name,
    kind: "ip",
    epoch: 1,
    indexes: Uint32Array.from(indexes),
    tokens,
    categories: Uint8Array.from(categories),
    families: new Uint8Array(categories.length).fill(4),
  };
}

/** What the hub knows of a batch in a test. */
export const FACTS: Facts = {
  entry: 7,
  hubMs: 1_750_000_000_000,
  aliveMs: 0,
  agent: "a1",
  source: "web",
  isEvents: true,
};

/** An item that holds `batch`, or nothing but the time. */
export function item(index: number, hubMs: number, batch?: ColumnBatch): DetectItem {
  const hubTime = BigInt(hubMs) * 10_000n;
  if (batch === undefined) return { index, hubTime };
  const header = { kind: "events" } as const;
  return { index, hubTime, frame: { header, agent: "a1", source: "web", batch: () => batch } };
}

/** `item`, if it holds a batch, from another source. */
export function fromSource(of: DetectItem, source: string): DetectItem {
  return of.frame === undefined ? of : { ...of, frame: { ...of.frame, source } };
}
