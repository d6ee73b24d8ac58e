import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { Arena, type Decoder, DictBuilder, Interner, TextBuilder } from "./strings.ts";

/** Few letters, so that values repeat, and differ in one byte alone. */
const value = fc.string({ unit: fc.constantFrom("a", "b", "\0"), maxLength: 70 })
  .map((text) => Buffer.from(text));
const values = fc.array(value, { maxLength: 60 });

interface Ranges {
  readonly source: Uint8Array;
  readonly starts: readonly number[];
}

/** All values end to end in one array, the last one at its very end, after `pad` other bytes. */
function lay(list: readonly Uint8Array[], pad: number): Ranges {
  const starts: number[] = [];
  let at = pad;
  for (const bytes of list) {
    starts.push(at);
    at += bytes.length;
  }
  return { source: new Uint8Array(Buffer.concat([Buffer.alloc(pad, "x"), ...list])), starts };
}

const METHODS = ["number", "numberByWords"] as const;
for (const method of METHODS) {
  test(`Interner.${method}() gives equal ranges, and no others, the same number`, () => {
    fc.assert(
      fc.property(values, fc.constantFrom(0, 3, 2000), (list, pad) => {
        const { source, starts } = lay(list, pad);
        const interner = new Interner();
        const expected = new Map<string, number>();
        list.forEach((bytes, i) => {
          const key = bytes.toString("hex");
          if (!expected.has(key)) expected.set(key, expected.size);
          const number = interner[method](source, starts[i]!, starts[i]! + bytes.length);
          assert.equal(number, expected.get(key));
          assert.equal(interner[method](bytes, 0, bytes.length), number);
        });
        const { bytes, ends } = interner.arena.view();
        const kept = Array.from(
          ends,
          (end, i) => Buffer.from(bytes.subarray(ends[i - 1] ?? 0, end)).toString("hex"),
        );
        assert.deepEqual(kept, [...expected.keys()]);
      }),
      { numRuns: 300 },
    );
  });
}

test("Interner.numberByWords() tells thousands of values apart, again after clear()", () => {
  const interner = new Interner();
  for (let round = 0; round < 2; round++) {
    for (let pass = 0; pass < 2; pass++) {
      for (let i = 0; i < 5000; i++) {
        const bytes = Buffer.from(`${"v".repeat(i % 40)}${i}`);
        assert.equal(interner.numberByWords(bytes, 0, bytes.length), i);
      }
    }
    interner.clear();
  }
});

test("a text column keeps ranges of any length from anywhere in an array", () => {
  fc.assert(
    fc.property(values, fc.constantFrom(0, 3, 2000), (list, pad) => {
      const { source, starts } = lay(list, pad);
      const rows = { count: 0 };
      const builder = new TextBuilder(rows);
      list.forEach((bytes, i) => {
        builder.range(source, starts[i]!, starts[i]! + bytes.length);
        rows.count++;
      });
      const column = builder.view("C");
      assert.deepEqual(Buffer.from(column!.rows.bytes), Buffer.concat(list));
    }),
    { numRuns: 300 },
  );
});

test("DictBuilder.decoded() asks once for each distinct range, and anew after reset()", () => {
  const asked: string[] = [];
  const decoder: Decoder & { bytes: Uint8Array } = {
    bytes: new Uint8Array(0),
    decode(source, start, end) {
      const text = Buffer.from(source.subarray(start, end)).toString();
      asked.push(text);
      this.bytes = Buffer.from(text.toLowerCase());
      return this.bytes.length;
    },
  };
  const rows = { count: 0 };
  const builder = new DictBuilder(rows);
  const add = (texts: readonly string[]): void => {
    for (const text of texts) {
      const bytes = Buffer.from(text);
      builder.decoded(bytes, 0, bytes.length, decoder);
      rows.count++;
    }
  };
  add(["A", "b", "a", "A"]);
  const column = builder.view("C")!;
  assert.deepEqual(asked, ["A", "b", "a"]);
  assert.deepEqual([...column.indexes], [1, 2, 1, 1]);
  assert.equal(Buffer.from(column.entries.bytes).toString(), "ab");
  builder.reset();
  rows.count = 0;
  add(["b"]);
  assert.deepEqual([...builder.view("C")!.indexes], [1]);
  assert.deepEqual(asked, ["A", "b", "a", "b"]);
});

test("what holds nothing yet takes little: tables have hundreds of columns that stay empty", () => {
  const { bytes, ends } = new Arena();
  assert.ok(bytes.length + ends.byteLength <= 1024);
});
