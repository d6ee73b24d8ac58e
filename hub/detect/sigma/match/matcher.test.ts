import assert from "node:assert/strict";
import test from "node:test";
import * as fc from "fast-check";
import { rowOf } from "../../../../sdk/columns/cell.ts";
import type { ColumnBatch } from "../../../../sdk/columns/column.ts";
import { pickRows } from "../../../../sdk/columns/pick_rows.ts";
import { TableWriter } from "../../../../sdk/columns/writer.ts";
import { column, type Json, schemaOf, table } from "../../../../sdk/table.ts";
import { FACTS } from "../../fakes.ts";
import { judge, rowEvent } from "../judge.ts";
import type { BoundExpr, BoundField, BoundTest } from "../map/bound_rule.ts";
import { compileRules } from "./matcher.ts";

const EVENTS = table({
  doc: "Events of a made-up system",
  time: "Time",
  columns: {
    Time: column.time({ class: "public", optional: true }),
    Channel: column.string({ class: "system", optional: true }),
    Id: column.int({ class: "public", optional: true }),
    Size: column.long({ class: "public", optional: true }),
    Real: column.real({ class: "public", optional: true }),
    Flag: column.bool({ class: "public", optional: true }),
    Message: column.string({ class: "content", optional: true }),
    Fields: column.dynamic({ class: "content", optional: true }),
  },
});

type Row = Readonly<Partial<Record<keyof typeof EVENTS.columns, unknown>>>;

function batchOf(rows: readonly Row[]): ColumnBatch {
  const writer = new TableWriter<typeof EVENTS.columns>(schemaOf("Events", EVENTS));
  for (const row of rows) writer.add(row as never);
  return writer.view();
}

const TEXTS = fc.oneof(
  fc.constantFrom("a", "ab", "AB", "b", "", "É", "éa", "4688", "10.1.2.3", "fe80::1", "-7", "1.5"),
  fc.constantFrom("aab", "true", "C:\\a\\B.exe", "2026-01-02T03:04:05Z", "ab\u{1F600}", "\u212a"),
  fc.array(fc.constantFrom("a", "b", "A", "B", "é", "É", "k"), { maxLength: 6 }).map((c) =>
    c.join("")
  ),
);
const LEAVES = fc.oneof(
  TEXTS,
  fc.constantFrom<Json>(null, true, false, 4688, -7, 1.5, 70_000, 2e9),
);
const VALUES = fc.oneof(
  LEAVES,
  fc.array(LEAVES, { maxLength: 3 }),
  fc.dictionary(fc.constantFrom("P", "Q"), LEAVES, { maxKeys: 2 }),
  fc.array(fc.dictionary(fc.constantFrom("P", "Q"), LEAVES), { maxLength: 2 }),
);
const maybe = <T>(values: fc.Arbitrary<T>) => fc.option(values, { nil: undefined, freq: 4 });
const ROWS = fc.record({
  Time: maybe(fc.constantFrom(0, 1_767_323_045_000, 1_767_323_045_123)),
  Channel: maybe(fc.constantFrom("Security", "security", "System")),
  Id: maybe(fc.constantFrom(1, 4688, -7)),
  Size: maybe(fc.constantFrom<number | bigint>(1, 4688, 2n ** 62n)),
  Real: maybe(fc.constantFrom(1.5, -7, 1e21)),
  Flag: maybe(fc.boolean()),
  Message: maybe(TEXTS),
  Fields: maybe(
    fc.oneof(
      {
        weight: 4,
        arbitrary: fc.dictionary(fc.constantFrom("A", "B", "C", "Id"), VALUES, { maxKeys: 3 }),
      },
      LEAVES,
    ),
  ),
});

const FIELDS = fc.constantFrom<BoundField | undefined>(
  { column: "Channel" },
  { column: "Id" },
  { column: "Size" },
  { column: "Real" },
  { column: "Flag" },
  { column: "Time" },
  { column: "Message" },
  { column: "Missing" },
  { column: "Message", path: ["A"] },
  { column: "Fields" },
  { column: "Fields", path: ["Id"] },
  { column: "Fields", path: ["A"] },
  { column: "Fields", path: ["B"] },
  { column: "Fields", path: ["A", "P"] },
  undefined,
);
const AT = fc.constantFrom("whole", "start", "end", "within");
const COMPARE = fc.constantFrom("eq", "lt", "lte", "gt", "gte");
const WILDS = fc.array(
  fc.oneof(
    fc.constantFrom("a", "b", "É", ".").map((text) => ({ text })),
    fc.constantFrom("one", "many"),
  ),
  { minLength: 1, maxLength: 4 },
);
const TESTS: fc.Arbitrary<BoundTest> = fc.oneof(
  fc.record({ op: fc.constant("text"), at: AT, text: TEXTS, cased: fc.boolean() }),
  fc.record({ op: fc.constant("wildcard"), parts: WILDS, cased: fc.boolean() }),
  fc.record({
    op: fc.constant("regex"),
    source: fc.constantFrom("a+b", "^a", "[0-9]{2,}", "b$", "(é|A)b?", "."),
    ignoreCase: fc.boolean(),
    multiLine: fc.constant(false),
    dotAll: fc.boolean(),
  }),
  fc.record({
    op: fc.constant("cidr"),
    network: fc.constantFrom("10.0.0.0/8", "fe80::/10", "0.0.0.0/0"),
  }),
  fc.record({
    op: fc.constant("number"),
    compare: COMPARE,
    value: fc.constantFrom(4688, -7, 1.5, 2 ** 62),
  }),
  fc.constantFrom<BoundTest>({ op: "null" }, { op: "empty" }, { op: "exists", wanted: true }),
  fc.constantFrom<BoundTest>({ op: "exists", wanted: false }),
  fc.record({
    op: fc.constant("field"),
    at: AT,
    other: fc.constantFrom({ column: "Message" }, { column: "Fields", path: ["B"] }),
    cased: fc.boolean(),
  }),
  fc.record({
    op: fc.constant("time"),
    part: fc.constantFrom("minute", "hour", "day", "week", "month", "year"),
    compare: COMPARE,
    value: fc.constantFrom(1, 2, 3, 4, 1970, 2026),
  }),
) as fc.Arbitrary<BoundTest>;
const { expr: EXPRS } = fc.letrec<{ expr: BoundExpr; list: readonly BoundExpr[] }>((tie) => ({
  list: fc.array(tie("expr"), { maxLength: 4, depthIdentifier: "e" }),
  expr: fc.oneof(
    { maxDepth: 3, depthIdentifier: "e", depthSize: "small" },
    fc.record({ kind: fc.constant("test"), field: FIELDS, test: TESTS }),
    fc.record({ kind: fc.constantFrom("and", "or"), of: tie("list") }),
    fc.record({ kind: fc.constant("not"), of: tie("expr") }),
    tie("list").chain((of) =>
      fc.record({
        kind: fc.constant("least"),
        count: fc.integer({ min: 1, max: 4 }),
        of: fc.constant(of),
      })
    ),
  ) as fc.Arbitrary<BoundExpr>,
}));
const WHERES = fc.constantFrom<BoundExpr>(
  { kind: "and", of: [] },
  whole("Channel", "Security"),
  { kind: "and", of: [whole("Channel", "system"), whole("Id", "4688")] },
  { kind: "not", of: whole("Channel", "system") },
  {
    kind: "test",
    field: { column: "Fields", path: ["A"] },
    test: { op: "exists", wanted: true },
  },
);

function whole(name: string, text: string): BoundExpr {
  const test: BoundTest = { op: "text", at: "whole", text, cased: false };
  return { kind: "test", field: { column: name }, test };
}

const RULES = fc.array(
  fc.record({ where: WHERES, expr: EXPRS }).map((rule) => ({ ...rule, table: "Events" })),
  { minLength: 1, maxLength: 8 },
);

interface TestRule {
  readonly table: string;
  readonly where: BoundExpr;
  readonly expr: BoundExpr;
}

/** What the matcher finds, as places of rules and rows. */
function matched(rules: readonly TestRule[], batches: readonly ColumnBatch[]): readonly string[] {
  const matcher = compileRules(rules);
  let rows = 0;
  return batches.flatMap((batch) => {
    const found = [...matcher.batch(batch, FACTS)].map(({ rule, row }) =>
      `${rows + row} ${rules.indexOf(rule)}`
    );
    rows += batch.rows;
    return found;
  });
}

function judged(rules: readonly TestRule[], batch: ColumnBatch): readonly string[] {
  const found: string[] = [];
  for (let row = 0; row < batch.rows; row++) {
    const event = rowEvent(rowOf(batch, row));
    for (const [k, { where, expr }] of rules.entries()) {
      if (judge(where, event) && judge(expr, event)) found.push(`${row} ${k}`);
    }
  }
  return found;
}

test("a matcher finds what each rule finds alone in each row as an object", () => {
  fc.assert(
    fc.property(RULES, fc.array(ROWS, { maxLength: 8 }), (rules, rows) => {
      const batch = batchOf(rows);
      assert.deepEqual(matched(rules, [batch]), judged(rules, batch));
    }),
    { numRuns: 1500 },
  );
});

test("a matcher finds the same however rows are put into batches", () => {
  fc.assert(
    fc.property(
      RULES,
      fc.array(ROWS, { maxLength: 12 }),
      fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1 }),
      (rules, rows, sizes) => {
        const batch = batchOf(rows);
        const parts: ColumnBatch[] = [];
        for (let row = 0, k = 0; row < batch.rows; k++) {
          const size = Math.min(sizes[k % sizes.length]!, batch.rows - row);
          parts.push(pickRows(batch, Uint32Array.from({ length: size }, (_, i) => row + i)));
          row += size;
        }
        assert.deepEqual(matched(rules, parts), matched(rules, [batch]));
      },
    ),
    { numRuns: 300 },
  );
});
