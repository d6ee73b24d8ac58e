import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { nodeFiles } from "../../../sdk/runtime/node_files.ts";
import { column, type RowOf } from "../../../sdk/table.ts";
import { PROVENANCE } from "../layout.ts";
import { sqlFiles } from "../sql_text.ts";
import { batchOf, itemOf, openRoom, type Room, selectAll } from "../test_room.ts";
import { ParquetError } from "../../../sdk/parquet/parquet_error.ts";
import { compactFiles, GROUP_ROWS } from "./compact_files.ts";

const DUCKDB = fileURLToPath(new URL("./vectors/duckdb.parquet", import.meta.url));
const OLDER = fileURLToPath(new URL("./vectors/older.parquet", import.meta.url));
const access = { class: "public", optional: true } as const;
const columns = {
  TimeGenerated: column.time(access),
  Text: column.string(access),
  Long: column.long(access),
  Int: column.int(access),
  Real: column.real(access),
  Flag: column.bool(access),
  Dynamic: column.dynamic(access),
};
const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined, freq: 4 });
const row = fc.record({
  TimeGenerated: optional(fc.oneof(
    fc.integer({ min: 1_785_000_000_000, max: 1_785_300_000_000 }),
    fc.integer({ min: -9e14, max: 9e14 }),
  )),
  Text: optional(fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom("", "a", "ä") },
    { weight: 3, arbitrary: fc.string({ maxLength: 80, unit: "binary" }) },
    { weight: 1, arbitrary: fc.nat({ max: 9 }).map((n) => `${n}long `.repeat(1_000)) },
  )),
  Long: optional(fc.oneof(fc.maxSafeInteger(), fc.integer({ min: 0, max: 3 }))),
  Int: optional(fc.oneof(fc.integer(), fc.integer({ min: 0, max: 3 }))),
  Real: optional(fc.oneof(fc.double(), fc.constantFrom(-0, 0, 0.5))),
  Flag: optional(fc.boolean()),
  Dynamic: optional(
    fc.oneof(
      fc.string(),
      fc.integer(),
      fc.record({ k: fc.string(), list: fc.array(fc.integer()) }),
    ),
  ),
});

/** Rows as they are drawn, or all with the values of the first one, or without values. */
const rowsOf = fc.tuple(
  fc.array(row, { minLength: 1, maxLength: 40 }),
  fc.constantFrom("drawn", "drawn", "same", "none"),
).map(([rows, kind]) =>
  kind === "drawn" ? rows : rows.map(() => (kind === "same" ? rows[0]! : { Int: undefined }))
);

/** Hot files of the frames, one each. */
async function hotFiles(room: Room, frames: readonly (readonly RowOf<typeof columns>[])[]) {
  const store = await room.store();
  for (const [i, rows] of frames.entries()) {
    const batch = batchOf("T", columns, rows);
    await store.take([itemOf(i, batch)]);
    await store.flush();
  }
  return (room.manifest.snapshot.files.get("T") ?? []).map(({ path }) => join(room.folder, path));
}

function compacted(
  room: Room,
  inputs: readonly string[],
  isThorough = false,
): readonly string[] {
  const outputs = Array.from({ length: 24 }, (_, i) => join(room.folder, "cold", `${i}.parquet`));
  const request = { kind: "compact", inputs, outputs, time: "TimeGenerated", isThorough } as const;
  return compactFiles(nodeFiles(), request).map(({ path }) => path);
}

async function rowsIn(room: Room, paths: readonly string[]): Promise<readonly string[]> {
  const names = [...Object.keys(columns), "_Agent", "_Source", "_LedgerIndex", "_Row", "_HubTime"];
  const typed = `select ${
    ["bigint", "varchar", "bigint", "integer", "double", "boolean", "json"]
      .map((type, i) => `null::${type} as "${names[i]}"`).join(", ")
  } where false union all by name select * from ${sqlFiles(paths)}`;
  const shown = names.map((name) => (name === "Real" ? `"Real"::varchar` : `"${name}"`)).join(", ");
  const rows = await selectAll(room.engine, `select ${shown} from (${typed})`, paths);
  return rows.map((cells) => JSON.stringify(cells)).toSorted();
}

test("cold files hold exactly the rows of the files they were made of, also twice", {
  timeout: 180_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(rowsOf, { minLength: 1, maxLength: 3 }),
      fc.boolean(),
      async (frames, isThorough) => {
        await using room = openRoom();
        const hot = await hotFiles(room, frames);
        const before = await rowsIn(room, hot);
        const once = compacted(room, hot, isThorough);
        assert.deepEqual(await rowsIn(room, once), before);
        const moved = once.map((path, i) => {
          const to = join(room.folder, "hot", `again-${i}.parquet`);
          writeFileSync(to, readFileSync(path));
          return to;
        });
        assert.deepEqual(await rowsIn(room, compacted(room, moved)), before);
      },
    ),
    { numRuns: 6 },
  );
});

test("a file that an older hub has written is read as DuckDB reads it", async () => {
  await using room = openRoom();
  await room.store();
  const before = await rowsIn(room, [OLDER]);
  assert.equal(before.length, 186);
  assert.deepEqual(await rowsIn(room, compacted(room, [OLDER])), before);
});

test("a column without a value is not in the file, and each row without it is", async () => {
  await using room = openRoom();
  const DAY = 86_400_000;
  const hot = await hotFiles(room, [[
    { TimeGenerated: 0, Int: 1 },
    { TimeGenerated: DAY, Int: 2, Text: "a" },
  ]]);
  const cold = compacted(room, hot);
  const widths = await Promise.all(cold.map(async (path) => {
    const [cells] = await selectAll(room.engine, `select * from ${sqlFiles([path])}`, [path]);
    return cells!.length - PROVENANCE.length;
  }));
  assert.deepEqual(widths, [2, 3]);
  assert.equal((await rowsIn(room, cold)).length, 2);
});

test("a file that DuckDB has written is read as well", async () => {
  await using room = openRoom();
  await room.store();
  const names = '"Text", "Few", "N", "Small", "Real", "Flag", "J", "TimeGenerated", "_Row"';
  const rowsOf = async (paths: readonly string[]) => {
    const rows = await selectAll(room.engine, `select ${names} from ${sqlFiles(paths)}`, paths);
    return rows.map((cells) => JSON.stringify(cells)).toSorted();
  };
  const cold = compacted(room, [DUCKDB]);
  assert.deepEqual(await rowsOf(cold), await rowsOf([DUCKDB]));
  assert.equal((await rowsOf(cold)).length, 200);
});

test("a large file is cut into pieces of time, none over what one group may have", async () => {
  await using room = openRoom();
  const rows = GROUP_ROWS + 5_000;
  const frames = Array.from(
    { length: 3 },
    (_, frame) =>
      Array.from({ length: Math.ceil(rows / 3) }, (_row, i) => ({
        TimeGenerated: 1_785_000_000_000 + i * 3 + frame,
        Int: i,
      })),
  );
  const files = compacted(room, await hotFiles(room, frames));
  assert.equal(files.length, 2);
  const spans = await Promise.all(files.map(async (path) => {
    const sql = `select min("TimeGenerated"), max("TimeGenerated"), count(*) from ${
      sqlFiles([path])
    }`;
    const [cells] = await selectAll(room.engine, sql, [path]);
    return cells!.map(Number);
  }));
  assert.ok(spans[0]![1]! < spans[1]![0]!);
  for (const [, , count] of spans) assert.ok(count! > GROUP_ROWS / 2 && count! <= GROUP_ROWS);
});

test("bytes that are no file of the store are refused, whatever is wrong with them", async () => {
  await using room = openRoom();
  await room.store();
  const whole = readFileSync(DUCKDB);
  const path = join(room.folder, "hot", "broken.parquet");
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat({ max: whole.length - 1 }), fc.nat({ max: 255 })), { maxLength: 8 }),
      fc.nat({ max: whole.length }),
      (changes, cut) => {
        const bytes = Buffer.from(whole);
        for (const [at, value] of changes) bytes[at] = value;
        writeFileSync(path, changes.length === 0 ? bytes.subarray(0, cut) : bytes);
        try {
          compacted(room, [path]);
        } catch (error) {
          assert.ok(error instanceof ParquetError, String(error));
        }
      },
    ),
    { numRuns: 150 },
  );
});
