import assert from "node:assert/strict";
import { after as afterAll, before, test } from "node:test";
import * as fc from "fast-check";
import * as v from "valibot";
import { EventQuery, type Filter } from "../../sdk/api/events.ts";
import { column } from "../../sdk/table.ts";
import type { Engine } from "../store/engine.ts";
import { batchOf, itemOf, openRoom } from "../store/test_room.ts";
import type { Query } from "./query.ts";
import { openQuery } from "./query.ts";

const signal = new AbortController().signal;
const columns = {
  TimeGenerated: column.time({ class: "public", optional: true }),
  Host: column.string({ class: "public", optional: true }),
  Text: column.string({ class: "content", optional: true }),
  Count: column.long({ class: "public", optional: true }),
  Level: column.int({ class: "public", optional: true }),
  Share: column.real({ class: "public", optional: true }),
  Good: column.bool({ class: "public", optional: true }),
  Data: column.dynamic({ class: "public", optional: true }),
  Seen: column.time({ class: "public", optional: true }),
};
const FILES = 30;
const ROWS = 10;
const BIG = 2n ** 63n - 1n;

const room = openRoom();
let reads: number[] = [];
/** Counts the files that each SELECT was given. */
const engine: Engine = {
  select(request, of) {
    reads.push(request.files.length);
    return room.engine.select(request, of);
  },
  compact: (request, of) => room.engine.compact(request, of),
  [Symbol.asyncDispose]: () => Promise.resolve(),
};
const query: Query = openQuery({ manifest: room.manifest, engine, folder: room.folder });

before(async () => {
  const store = await room.store();
  for (let file = 0; file < FILES; file++) {
    const rows = Array.from({ length: ROWS }, (_, k) => {
      const n = file * ROWS + k;
      return {
        TimeGenerated: BigInt(n) * 10_000n + 1n,
        Host: n % 3 === 0 ? undefined : `srv-${n % 5}`,
        Text: n === 5 ? 'It\'s 100 % "done"; -- \\ \u00c4pfel_x' : `line ${n} of words`,
        Count: n === 7 ? BIG : n,
        // Absent in most files: they do not have the column.
        Level: file === 2 ? n : undefined,
        Share: n / 4,
        Good: n % 4 === 0 ? undefined : n % 2 === 0,
        Data: file === 1 ? { n, list: [1, null] } : undefined,
        Seen: new Date(n * 1000),
      };
    });
    await store.take([itemOf(file, batchOf("T", columns, rows))]);
    await store.flush();
  }
});
afterAll(() => room[Symbol.asyncDispose]());

function ask(
  more: Omit<v.InferInput<typeof EventQuery>, "table">,
): v.InferOutput<typeof EventQuery> {
  return v.parse(EventQuery, { table: "T", limit: 1000, order: "oldest", ...more });
}

/** The numbers of the rows that match `where`. */
async function numbers(...where: Filter[]): Promise<readonly number[]> {
  const { rows } = await query.events(ask({ where }), signal);
  return rows.map((row) => Number(row["_LedgerIndex"]) * ROWS + Number(row["_Row"]));
}

function all(test: (n: number) => boolean): readonly number[] {
  return Array.from({ length: FILES * ROWS }, (_, n) => n).filter(test);
}

test("rows come as JSON with times of seven digits, null for absent, and their provenance", async () => {
  const { rows, columns: shown, more } = await query.events(
    ask({ limit: 1, from: "1970-01-01T00:00:00.012Z" }),
    signal,
  );
  assert.equal(more, true);
  assert.deepEqual(rows, [{
    TimeGenerated: "1970-01-01T00:00:00.0120001Z",
    Host: null,
    Text: "line 12 of words",
    Count: 12,
    Share: 3,
    Good: null,
    Seen: "1970-01-01T00:00:12.0000000Z",
    Data: { n: 12, list: [1, null] },
    Level: null,
    _Agent: "ab".repeat(16),
    _Source: "one",
    _LedgerIndex: 1,
    _Row: 2,
    _HubTime: "2026-09-21T14:13:20.0000001Z",
  }]);
  assert.deepEqual(shown.find(({ name }) => name === "Seen"), { name: "Seen", type: "datetime" });
});

test("each operator gives the rows that it says", async () => {
  const cases: readonly [Filter, (n: number) => boolean][] = [
    [{ column: "Host", op: "==", value: "srv-1" }, (n) => n % 3 !== 0 && n % 5 === 1],
    [{ column: "Host", op: "==", value: "SRV-1" }, () => false],
    [{ column: "Host", op: "!=", value: "srv-1" }, (n) => n % 3 === 0 || n % 5 !== 1],
    [{ column: "Host", op: "isnull" }, (n) => n % 3 === 0],
    [{ column: "Host", op: "isnotnull" }, (n) => n % 3 !== 0],
    [{ column: "Host", op: "startswith", value: "SRV-4" }, (n) => n % 3 !== 0 && n % 5 === 4],
    [{ column: "Text", op: "contains", value: "NE 12" }, (n) => /ne 12/.test(`line ${n} of`)],
    [{ column: "Text", op: "has", value: "12" }, (n) => n === 12],
    [{ column: "Text", op: "has", value: "\u00e4PFE" }, () => false],
    [{ column: "Text", op: "has", value: "\u00e4PFEL" }, (n) => n === 5],
    [{ column: "Text", op: "contains", value: '100 % "Done"; -- \\ \u00e4' }, (n) => n === 5],
    [{ column: "Count", op: "<", value: 5 }, (n) => n < 5],
    [{ column: "Count", op: "<=", value: 4.5 }, (n) => n < 5],
    [{ column: "Count", op: ">=", value: String(BIG) }, (n) => n === 7],
    [{ column: "Level", op: ">", value: 25 }, (n) => n > 25 && n < 30],
    [{ column: "Level", op: "isnull" }, (n) => n < 20 || n >= 30],
    [{ column: "Share", op: "==", value: 2.75 }, (n) => n === 11],
    [{ column: "Good", op: "==", value: true }, (n) => n % 4 === 2],
    [{ column: "Good", op: "!=", value: true }, (n) => n % 4 !== 2],
    [{ column: "Data", op: "contains", value: '"N":12' }, (n) => n === 12],
    [{ column: "Seen", op: "==", value: "1970-01-01T00:00:09Z" }, (n) => n === 9],
    [{ column: "_LedgerIndex", op: "==", value: 3 }, (n) => n >= 30 && n < 40],
  ];
  for (const [filter, wanted] of cases) {
    assert.deepEqual(await numbers(filter), all(wanted), JSON.stringify(filter));
  }
});

test("several filters, a range of time and a count agree", async () => {
  const where: Filter[] = [
    { column: "Host", op: "==", value: "srv-1" },
    { column: "Count", op: ">", value: 20 },
  ];
  const range = { from: "1970-01-01T00:00:00.031Z", to: "1970-01-01T00:00:00.0910001Z" };
  const wanted = all((n) => n % 3 !== 0 && n % 5 === 1 && n > 30 && n < 91);
  const asked = ask({ where, ...range, columns: ["Count"] });
  const { rows, more } = await query.events(asked, signal);
  assert.deepEqual(rows, wanted.map((Count) => ({ Count })));
  assert.equal(more, false);
  assert.equal(await query.count(asked, signal), wanted.length);
});

test("files of other times are not opened, and a read of the newest stops early", async () => {
  reads = [];
  const asked = ask({ from: "1970-01-01T00:00:00.100Z", to: "1970-01-01T00:00:00.120Z" });
  assert.equal((await query.events(asked, signal)).rows.length, 20);
  assert.deepEqual(reads, [2]);
  reads = [];
  const newest = await query.events(
    ask({ limit: 25, order: "newest", columns: ["Share"] }),
    signal,
  );
  assert.deepEqual(
    newest.rows.map((row) => row["Share"]),
    Array.from({ length: 25 }, (_, i) => (299 - i) / 4),
  );
  assert.deepEqual(reads, [8]);
  reads = [];
  const rare: Filter[] = [{ column: "Text", op: "has", value: "12" }];
  const found = await query.events(ask({ where: rare, limit: 5, order: "newest" }), signal);
  assert.deepEqual(found.rows.map((row) => row["Count"]), [12]);
  assert.deepEqual(reads, [8, 22]);
  reads = [];
  const none = await query.events(ask({ from: "2000-01-01T00:00:00Z" }), signal);
  assert.deepEqual([none.rows, none.more, reads], [[], false, []]);
});

test("what is unknown or of another type is refused and what is known is named", async () => {
  const cases: readonly [Parameters<typeof ask>[0] & { table?: string }, string, RegExp][] = [
    [{ table: "Nope" }, "table", /no table "Nope", there are T/],
    [{ columns: ["Nope"] }, "column", /no column "Nope", there are .*Host/],
    [{ where: [{ column: "host", op: "isnull" }] }, "column", /no column "host"/],
    [{ where: [{ column: "Count", op: "contains", value: "1" }] }, "operator", /needs text/],
    [{ where: [{ column: "Count", op: "==", value: "x" }] }, "value", /is long/],
    [{ where: [{ column: "Count", op: "==", value: "99999999999999999999" }] }, "value", /is long/],
    [{ where: [{ column: "Good", op: "==", value: "true" }] }, "value", /is bool/],
    [{ where: [{ column: "Seen", op: ">", value: "noon" }] }, "value", /is datetime/],
    [{ where: [{ column: "Host", op: "==" }] }, "value", /is string/],
  ];
  for (const [more, code, message] of cases) {
    await assert.rejects(query.events(ask(more), signal), { code, message });
  }
});

test("a hostile value is compared, never obeyed", async () => {
  const parts = fc.constantFrom(
    "'",
    '"',
    "\\",
    "--",
    ";",
    "$1",
    "%",
    "_",
    ".*",
    "(",
    "\0",
    "\n",
    "drop table",
    "x",
  );
  const hostile = fc.array(parts, { minLength: 1, maxLength: 6 }).map((list) => list.join(""));
  const texts = fc.oneof(hostile, fc.string({ unit: "binary", maxLength: 8 })).map((text) =>
    text.toWellFormed()
  );
  const operators = fc.constantFrom("==", "!=", "<", "contains", "startswith", "has");
  await fc.assert(
    fc.asyncProperty(texts, operators, async (value, op) => {
      const where: Filter[] = [{ column: "Text", op, value }];
      const count = await query.count(ask({ where }), signal);
      const lower = value.toLowerCase();
      const lines = all(() => true).map((n) =>
        n === 5 ? 'It\'s 100 % "done"; -- \\ \u00c4pfel_x' : `line ${n} of words`
      );
      if (op === "==") assert.equal(count, lines.filter((line) => line === value).length);
      if (op === "!=") assert.equal(count, lines.filter((line) => line !== value).length);
      if (op === "contains") {
        assert.equal(
          count,
          lines.filter((line) => line.toLowerCase().includes(lower)).length,
        );
      }
      if (op === "startswith") {
        assert.equal(
          count,
          lines.filter((line) => line.toLowerCase().startsWith(lower)).length,
        );
      }
    }),
    { numRuns: 60 },
  );
});

test("tables() tells what is stored", () => {
  const [entry] = query.tables();
  assert.equal(query.tables().length, 1);
  assert.deepEqual([entry!.name, entry!.time, entry!.rows, entry!.files], [
    "T",
    "TimeGenerated",
    300,
    30,
  ]);
  assert.deepEqual(entry!.columns.find(({ name }) => name === "Level"), {
    name: "Level",
    type: "int",
  });
});
