/**
 * What tables take on disk, beside what the same rows take in ClickHouse, column by column.
 *
 * @module
 */
import { join } from "node:path";
import { type ClickHouseMeasured, measureClickHouse } from "./clickhouse.ts";
import { bytesOf, columnBytes, type LogStore } from "./log_store.ts";

export interface Sizes {
  readonly table: string;
  readonly rows: number;
  readonly bytes: number;
  /** With the indexes as one more. */
  readonly columns: ReadonlyMap<string, number>;
}

export function sizesOf(store: LogStore, table: string): Sizes {
  const files = store.manifest.snapshot.files.get(table) ?? [];
  return {
    table,
    rows: files.reduce((sum, { rows }) => sum + rows, 0),
    bytes: bytesOf(store, table),
    columns: columnBytes(store, table),
  };
}

/** Reads `table` of `store` into ClickHouse; `queries` are asked there. */
export function clickHouseOf(
  { manifest, folder }: LogStore,
  table: string,
  { program, scratch, queries }: {
    readonly program: string;
    readonly scratch: string;
    readonly queries: Readonly<Record<string, string>>;
  },
): ClickHouseMeasured {
  return measureClickHouse(program, scratch, {
    files: join(folder, "cold", `*-${table}.parquet`),
    time: "TimeGenerated",
    columns: manifest.snapshot.columns.get(table)!.filter(({ name }) => !name.startsWith("_")),
    queries,
  });
}

export function printSizes(
  { table, rows, bytes, columns }: Sizes,
  theirs: ClickHouseMeasured | undefined,
): void {
  console.log(`${table}: ${rows} rows, bytes a row by column${theirs ? ", ClickHouse's" : ""}`);
  for (const [name, size] of columns) {
    const other = theirs?.columns[name];
    const beside = other === undefined ? "" : (other / rows).toFixed(2).padStart(9);
    console.log(`  ${name.padEnd(22)}${(size / rows).toFixed(2).padStart(9)}${beside}`);
  }
  console.log(`  ${"all".padEnd(22)}${(bytes / rows).toFixed(2).padStart(9)}`);
  for (const [codec, size] of Object.entries(theirs?.bytes ?? {})) {
    console.log(
      `  ClickHouse ${theirs!.version} ${codec}: ${
        (size / rows).toFixed(1)
      } bytes a row, the store ${(bytes / size).toFixed(3)} of it (goal 0.86)`,
    );
  }
}
