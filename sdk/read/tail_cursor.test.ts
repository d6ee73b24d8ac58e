import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { byOrder, decodeCursor, encodeCursor, MAX_LISTED, type Progress } from "./tail_cursor.ts";

const MAX_BYTES = 3 * 1024;

function file(i: number, order: number, read: "unread" | "partly" | "wholly"): Progress {
  const size = 2 ** 40 + i;
  return {
    id: `id-${String(i).padStart(5, "0")}`,
    generation: read === "partly" ? 35 : 0,
    order,
    size,
    offset: read === "unread" ? 0 : read === "partly" ? size - 1 : size,
    live: true,
    check: () => "abcdef",
  };
}

/** The offset that a reader takes a file to be read to. */
function resumed(all: readonly Progress[], cursor = encodeCursor(all)): readonly number[] {
  const { watermark, listed } = decodeCursor(cursor);
  const byId = new Map(listed.map((entry) => [entry.id, entry.offset]));
  return all.map((one) => byId.get(one.id) ?? (byOrder(one, watermark) <= 0 ? one.size : 0));
}

test("encodeCursor() keeps the position of every file that is read in order", () => {
  const run = fc.tuple(fc.nat(2_000), fc.nat(2_000), fc.nat(20), fc.nat(MAX_LISTED - 1));
  fc.assert(
    fc.property(run, ([read, unread, ties, partly]) => {
      // Files of one millisecond stand side by side; what is partly read may be anywhere.
      const all = Array.from({ length: read + unread }, (_, i) => {
        const isPartly = i % 37 === 0 && i / 37 < partly;
        return file(
          i,
          Math.floor(i / (ties + 1)),
          isPartly ? "partly" : i < read ? "wholly" : "unread",
        );
      });
      const cursor = encodeCursor(all);
      assert.ok(JSON.stringify(cursor).length <= MAX_BYTES);
      assert.deepEqual(resumed(all, cursor), all.map((one) => one.offset));
    }),
    { numRuns: 40 },
  );
});

test("encodeCursor() stays within its limit where it cannot keep every position", () => {
  const all = Array.from({ length: 500 }, (_, i) => file(i, i, "partly"));
  assert.ok(JSON.stringify(encodeCursor(all)).length <= MAX_BYTES);
});

test("decodeCursor() refuses what is no cursor", () => {
  for (const cursor of [{ w: "1" }, { f: 1 }, { f: "x" }, { i: 1 }, { f: "12345678:!:abcdef" }]) {
    assert.throws(() => decodeCursor(cursor), TypeError);
  }
});
