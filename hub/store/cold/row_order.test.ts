import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { gather, runsOf } from "./gather.ts";
import { cutByTime, type OrderColumns } from "./row_order.ts";
import type { WholeColumn } from "./whole_column.ts";

function words(values: readonly bigint[], absent?: readonly boolean[]): WholeColumn {
  return {
    form: "words",
    words: new Int32Array(BigInt64Array.from(values).buffer),
    absent: absent && Uint8Array.from(absent, Number),
  };
}

test("cutByTime() cuts at times, keeps each row once, and in a piece the order of arrival", () => {
  const row = fc.record({ time: fc.integer({ min: -30, max: 30 }), isTimeless: fc.boolean() });
  const least = fc.integer({ min: 1, max: 70 });
  fc.assert(fc.property(fc.array(row, { minLength: 1, maxLength: 200 }), least, (list, most) => {
    const times = list.map(({ time }) => BigInt(time) * 10_000n);
    const columns: OrderColumns = {
      time: words(times, list.map(({ isTimeless }) => isTimeless)),
      hubTime: words(times.map((time) => time / 3n)),
      ledgerIndex: words(times),
    };
    const keyOf = (at: number): bigint => list[at]!.isTimeless ? times[at]! / 3n : times[at]!;
    const pieces = cutByTime(Uint32Array.from(list, (_, i) => i), columns, most);
    assert.equal(pieces.length, Math.ceil(list.length / most));
    let last: bigint | undefined;
    for (const piece of pieces) {
      assert.ok(piece.length <= most);
      assert.deepEqual([...piece], [...piece].toSorted((a, b) => a - b));
      const keys = [...piece].map(keyOf).toSorted((a, b) => (a < b ? -1 : 1));
      assert.ok(last === undefined || last <= keys[0]!);
      last = keys.at(-1);
    }
    const all = pieces.flatMap((piece) => [...piece]).toSorted((a, b) => a - b);
    assert.deepEqual(all, list.map((_, i) => i));
  }));
});

test("gather() gives the rows of the runs, of each form of column", () => {
  const values = fc.array(fc.tuple(fc.boolean(), fc.string({ maxLength: 60 })), { maxLength: 120 });
  fc.assert(fc.property(values, (list) => {
    const rows = Uint32Array.from(list.flatMap(([isTaken], i) => (isTaken ? [i] : [])));
    const bytes = list.map(([, text]) => Buffer.from(text));
    let end = 0;
    const strings = {
      bytes: Buffer.concat(bytes),
      ends: Uint32Array.from(bytes, ({ length }) => (end += length)),
    };
    const runs = runsOf(rows);
    const texts = gather({ form: "text", strings, absent: undefined }, rows.length, runs);
    assert.ok(texts.form === "text");
    const whole = Buffer.from(texts.strings.bytes);
    assert.deepEqual(
      [...rows].map((_, i) =>
        whole.toString("utf8", i === 0 ? 0 : texts.strings.ends[i - 1], texts.strings.ends[i])
      ),
      [...rows].map((row) => bytes[row]!.toString("utf8")),
    );
    const numbers = Float64Array.from(list, (_, i) => i * 1.5);
    const taken = gather({ form: "number", values: numbers }, rows.length, runs);
    assert.deepEqual(taken, { form: "number", values: Float64Array.from(rows, (at) => at * 1.5) });
    const wide = gather(words(list.map((_, i) => BigInt(i) << 40n)), rows.length, runs);
    assert.deepEqual(wide, words([...rows].map((at) => BigInt(at) << 40n)));
  }));
});
