import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { rowOf } from "../columns/cell.ts";
import type { ColumnBatch } from "../columns/column.ts";
import { columnBatches, logText, stringsOf } from "../testkit/arbitraries.ts";
import { BodyEncoder, decodeRawBody } from "./body.ts";
import { BodyError } from "./bytes.ts";

/** Plain values, so that a Buffer and a Uint8Array with the same bytes are equal. */
function plain(batch: ColumnBatch): unknown {
  return JSON.parse(JSON.stringify(batch, (_, value: unknown) => {
    if (value instanceof BigInt64Array) return Array.from(value, String);
    if (value instanceof Float64Array) {
      return Array.from(value, (n) => (Object.is(n, -0) ? "-0" : String(n)));
    }
    if (ArrayBuffer.isView(value)) {
      return Array.from(value as unknown as Iterable<number>);
    }
    return isBuffer(value) ? value.data : value;
  }));
}

/** JSON.stringify() calls a Buffer's toJSON() before the replacer sees it. */
function isBuffer(value: unknown): value is { readonly type: "Buffer"; readonly data: number[] } {
  return typeof value === "object" && value !== null && "type" in value && value.type === "Buffer";
}

test("decodeRawBody() gives back what encode() was given, for every form of column", () => {
  const encoder = new BodyEncoder();
  const cursors = fc.option(fc.uint8Array({ maxLength: 40 }), { nil: undefined });
  fc.assert(
    fc.property(columnBatches, cursors, (batch, cursor) => {
      const raw = encoder.encode({ batch, cursor });
      const decoded = decodeRawBody(raw, batch.rows);
      assert.deepEqual(plain(decoded.batch), plain(batch));
      assert.deepEqual(decoded.cursor && [...decoded.cursor], cursor && [...cursor]);
    }),
    { numRuns: 300 },
  );
});

test("numbers that are no decimals of anything come back by their bits", () => {
  const encoder = new BodyEncoder();
  for (const values of [[-0], [-0, 0, 0], [1.5, -0], [-1e-9, 0], [Infinity, 1], [5e-324, -0]]) {
    const column = { form: "number", type: "real", name: "N", values: Float64Array.from(values) };
    const batch = { table: "T", rows: values.length, columns: [column] } as ColumnBatch;
    const { columns } =
      decodeRawBody(encoder.encode({ batch, cursor: undefined }), batch.rows).batch;
    assert.deepEqual(plain({ ...batch, columns }), plain(batch));
  }
});

test("text that goes through templates comes back byte for byte", () => {
  const encoder = new BodyEncoder();
  const texts = fc.array(logText, { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(texts, fc.nat({ max: 200 }), (some, repeat) => {
      const all = Array.from({ length: repeat + 16 }, (_, i) => `${some[i % some.length]} ${i}`);
      const rows = stringsOf(all);
      const column = { form: "text", type: "string", name: "M", absent: undefined, rows } as const;
      const raw = encoder.encode({
        batch: { table: "T", rows: all.length, columns: [column] },
        cursor: undefined,
      });
      const [decoded] = decodeRawBody(raw, all.length).batch.columns;
      assert.ok(decoded?.form === "text");
      assert.equal(Buffer.compare(decoded.rows.bytes, rows.bytes), 0);
      assert.deepEqual([...decoded.rows.ends], [...rows.ends]);
    }),
    { numRuns: 200 },
  );
});

test("text whose rows repeat comes back as a dictionary with the same rows", () => {
  const encoder = new BodyEncoder();
  const texts = fc.uniqueArray(logText, { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(texts, fc.boolean(), (some, hasAbsent) => {
      const all = Array.from({ length: 600 }, (_, i) => some[(i * 7) % some.length] ?? "");
      const absent = hasAbsent ? Uint8Array.from(all, (_, i) => (i % 5 === 0 ? 1 : 0)) : undefined;
      const rows = stringsOf(all.map((text, i) => (absent?.[i] === 1 ? "" : text)));
      const column = { form: "text", type: "string", name: "M", absent, rows } as const;
      const batch = { table: "T", rows: all.length, columns: [column] };
      const decoded = decodeRawBody(encoder.encode({ batch, cursor: undefined }), all.length).batch;
      assert.equal(decoded.columns[0]?.form, "dict");
      for (let row = 0; row < all.length; row++) {
        assert.deepEqual(rowOf(decoded, row), rowOf(batch, row));
      }
    }),
    { numRuns: 20 },
  );
});

test("templates are used, and are smaller, where messages repeat", () => {
  const messages = Array.from({ length: 500 }, (_, i) => `Failed password for u${i % 7} port ${i}`);
  const rows = stringsOf(messages);
  const column = { form: "text", type: "string", name: "M", absent: undefined, rows } as const;
  const raw = new BodyEncoder().encode({
    batch: { table: "T", rows: 500, columns: [column] },
    cursor: undefined,
  });
  assert.ok(raw.length < rows.bytes.length / 4, `${raw.length} of ${rows.bytes.length}`);
});

test("decodeRawBody() refuses any bytes with BodyError and nothing else", () => {
  const encoder = new BodyEncoder();
  fc.assert(
    fc.property(columnBatches, fc.nat(), fc.nat({ max: 255 }), (batch, at, byte) => {
      const raw = encoder.encode({ batch, cursor: undefined }).slice();
      raw[at % raw.length] = byte;
      try {
        decodeRawBody(raw, batch.rows);
      } catch (error) {
        assert.ok(error instanceof BodyError, String(error));
      }
    }),
    { numRuns: 500 },
  );
});

test("decodeRawBody() refuses a body cut at any byte", () => {
  const encoder = new BodyEncoder();
  fc.assert(
    fc.property(columnBatches, (batch) => {
      const raw = encoder.encode({ batch, cursor: undefined }).slice();
      for (let end = 0; end < raw.length; end++) {
        assert.throws(() => decodeRawBody(raw.subarray(0, end), batch.rows), BodyError);
      }
    }),
    { numRuns: 20 },
  );
});
