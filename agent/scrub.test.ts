import fc from "fast-check";
import assert from "node:assert/strict";
import { test } from "node:test";
import { rowOf } from "../sdk/columns/cell.ts";
import type { ColumnBatch } from "../sdk/columns/column.ts";
import { TableWriter } from "../sdk/columns/writer.ts";
import { FreeTextError } from "../sdk/scrub/free_text.ts";
import { openScrubber, type Scrubber } from "../sdk/scrub/scrubber.ts";
import { column, schemaOf, table } from "../sdk/table.ts";
import { zeroCounts } from "./counters.ts";
import { scrub } from "./scrub.ts";

const schema = schemaOf(
  "T",
  table({
    doc: "Test",
    time: "TimeGenerated",
    columns: {
      TimeGenerated: column.time({ class: "public" }),
      N: column.int({ class: "public" }),
      Who: column.string({ class: "personal", optional: true }),
      Note: column.string({ class: "content", optional: true }),
    },
  }),
);
const inner = openScrubber({
  policy: { columns: {} },
  key: { epoch: 1, bytes: new Uint8Array(32) },
});
const BAD = "cannot be judged";

function rowsOf(batch: ColumnBatch | undefined) {
  if (batch === undefined) return [];
  return Array.from({ length: batch.rows }, (_, row) => rowOf(batch, row));
}

/** Row i has number i; those of `bad` cannot be judged. */
function batchOf(count: number, bad: ReadonlySet<number>): ColumnBatch {
  const writer = new TableWriter(schema);
  for (let N = 0; N < count; N++) {
    const who = N % 3 === 0 ? {} : { Who: `user${N % 7}` };
    writer.add({ TimeGenerated: N, N, ...who, Note: bad.has(N) ? BAD : `user${N % 7} came in` });
  }
  return writer.view();
}

/** Fails where a text is {@link BAD}, and counts what it is given. */
function failing(): Scrubber & { readonly given: { rows: number; calls: number } } {
  const given = { rows: 0, calls: 0 };
  return {
    given,
    policyHash: inner.policyHash,
    scrub(batch, of) {
      given.rows += batch.rows;
      given.calls++;
      if (rowsOf(batch).some(({ Note }) => Note === BAD)) {
        throw new FreeTextError("unsettled", "Test");
      }
      return inner.scrub(batch, of);
    },
  };
}

test("exactly the events at fault are kept back; the others go on in order, as without those", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 70 }), fc.array(fc.nat(69)), (count, numbers) => {
      const bad = new Set(numbers.filter((n) => n < count));
      const scrubber = failing();
      const counts = zeroCounts();
      const { batch, faults } = scrub(batchOf(count, bad), schema, { scrubber, counts });
      assert.deepEqual([...faults.keys()], [...bad].toSorted((a, b) => a - b));
      assert.ok([...faults.values()].every((fault) => fault === "unsettled"));
      const [whole, done] = inner.scrub(batchOf(count, new Set()), schema);
      assert.deepEqual(rowsOf(batch), rowsOf(whole).filter((_, row) => !bad.has(row)));
      if (bad.size === 0) assert.equal(counts.tokenised, done.tokenised);
      assert.equal(counts.dropped, 0);
      assert.ok(scrubber.given.calls <= 2 * count);
    }),
  );
});

test("what is done stays n log n, whichever events fail", () => {
  const count = 1024;
  const all = Array.from({ length: count }, (_, n) => n);
  for (const bad of [all, all.filter((n) => n % 2 === 0), [0], [count - 1]]) {
    const scrubber = failing();
    scrub(batchOf(count, new Set(bad)), schema, { scrubber, counts: zeroCounts() });
    assert.ok(scrubber.given.calls <= 2 * count, `${scrubber.given.calls} calls`);
    assert.ok(scrubber.given.rows <= count * (Math.log2(count) + 3), `${scrubber.given.rows} rows`);
  }
});

test("replaced values of events that go on are counted once", () => {
  const counts = zeroCounts();
  scrub(batchOf(8, new Set([2])), schema, { scrubber: failing(), counts });
  const [, { tokenised }] = inner.scrub(batchOf(8, new Set([2])), schema);
  // Event 2 has a user of its own, and a text that nothing was replaced in.
  assert.equal(counts.tokenised, tokenised - 1);
});

test("events that can be judged alone and not together go nowhere", () => {
  const scrubber: Scrubber = {
    policyHash: inner.policyHash,
    scrub(batch, of) {
      if (batch.rows > 1) throw new TypeError("Test");
      return inner.scrub(batch, of);
    },
  };
  const { batch, faults } = scrub(batchOf(4, new Set()), schema, {
    scrubber,
    counts: zeroCounts(),
  });
  assert.equal(batch, undefined);
  assert.deepEqual([...faults], [[0, "failed"], [1, "failed"], [2, "failed"], [3, "failed"]]);
});

test("a value that is left over in a dictionary, of no event, keeps no event back", () => {
  const batch = batchOf(4, new Set());
  const columns = batch.columns.map((c) => {
    if (c.form !== "dict" || c.name !== "Who") return c;
    const bytes = Buffer.concat([c.entries.bytes, new Uint8Array(5)]);
    return { ...c, entries: { bytes, ends: Uint32Array.of(...c.entries.ends, bytes.length) } };
  });
  const scrubber: Scrubber = {
    policyHash: inner.policyHash,
    scrub(given, of) {
      const who = given.columns.find(({ name }) => name === "Who");
      if (who?.form === "dict" && who.entries.bytes.includes(0)) throw new TypeError("Test");
      return inner.scrub(given, of);
    },
  };
  const result = scrub({ ...batch, columns }, schema, { scrubber, counts: zeroCounts() });
  assert.equal(result.batch?.rows, 4);
  assert.equal(result.faults.size, 0);
});
