import assert from "node:assert/strict";
import { test } from "node:test";
import { openEngine } from "../../../store/engine.ts";
import { after } from "../../../store/test_room.ts";
import { sqlText } from "../../../store/sql_text.ts";

/** The cells of the one row that `sql` gives in a real engine. */
async function rowOf(sql: string, natives: readonly string[]): Promise<readonly unknown[]> {
  await using engine = openEngine({ processes: 1, after });
  const signal = new AbortController().signal;
  const request = { sql, values: [], files: [], natives };
  for await (const { rows } of engine.select(request, signal)) return rows[0]!;
  return [];
}

test("a statement calls the native functions that its request names", async () => {
  assert.deepEqual(
    await rowOf("select n_hash_md5('abc'), n_hash_sha1('abc')", ["n_hash_md5", "n_hash_sha1"]),
    [
      "900150983cd24fb0d6963f7d28e17f72",
      "a9993e364706816aba3e25717850c26c9cd0d89d",
    ],
  );
});

test("a statement cannot call a native function that its request does not name", async () => {
  await assert.rejects(rowOf("select n_hash_md5('abc')", ["n_hash_sha1"]), { code: "query" });
});

test("a name of no native function is refused", async () => {
  await assert.rejects(rowOf("select 1", ["n_nothing"]), {
    code: "query",
    message: 'Cannot register native function "n_nothing"',
  });
});

test("a native function is called with NULL, and dynamic values keep their kinds", async () => {
  const series = `[1, null, 2.0, null, {"2":1,"1":9007199254740993}]`;
  const sql = `select n_series_fill_forward(${sqlText(series)}, null),
    n_series_fill_forward(null, null) is null, n_hash_md5(null),
    typeof(n_series_fill_forward('[]', null))`;
  assert.deepEqual(await rowOf(sql, ["n_series_fill_forward", "n_hash_md5"]), [
    `[1,1,2.0,2.0,{"2":1,"1":9007199254740993}]`,
    true,
    "d41d8cd98f00b204e9800998ecf8427e",
    "JSON",
  ]);
});

test("a value that a native function cannot take ends the query with its reason", async () => {
  const deep = "[".repeat(300) + "]".repeat(300);
  const sql = `select n_series_fill_forward(${sqlText(deep)}, null)`;
  await assert.rejects(rowOf(sql, ["n_series_fill_forward"]), {
    code: "value",
    message: "Cannot read JSON: over 200 levels deep",
  });
});

test("a native function runs over more rows than one chunk has", async () => {
  const sql = `select count(distinct n_hash_sha256(range::varchar)) from range(5000)`;
  assert.deepEqual(await rowOf(sql, ["n_hash_sha256"]), ["5000"]);
});
