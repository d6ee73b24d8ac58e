import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { isCheckOf } from "./cursor_entries.ts";
import { decodeCursor, encodeCursor, looked, type Progress } from "./tail_cursor.ts";

const MAX_BYTES = 3 * 1024;
const LOOK = { from: 1_000_000, to: 1_000_000 };

interface File extends Progress {
  readonly size: number;
  readonly birth: number;
}

type Read = "unread" | "partly" | "wholly";

function idOf(i: number): string {
  return Buffer.from(`${i}`).toString("base64url").padStart(8, "_").split("").toReversed().join("");
}

function file(i: number, order: number, state: Read | readonly [Read, number]): File {
  const [read, size] = typeof state === "string" ? [state, 2 ** 20 + i] : state;
  const offset = read === "unread" ? 0 : read === "partly" ? size - 1 : size;
  return {
    id: idOf(i),
    generation: read === "partly" ? 35 : 0,
    order,
    changed: order,
    birth: order,
    size,
    offset,
    isRead: offset === size,
    live: true,
    check: () => "abcdef",
  };
}

const lookAt = (all: readonly File[]) => looked(all, LOOK);

/** The offset that a reader takes each file to be read to; NaN where it is not known. */
function resumed(all: readonly File[], cursor = encodeCursor(all, lookAt(all))): number[] {
  const resume = decodeCursor(cursor);
  return all.map((one) => {
    const [listed] = resume.take(one.id);
    if (listed !== undefined) return listed.offset;
    const standing = resume.standing(one);
    return standing === "read" ? one.size : standing === "unread" ? 0 : NaN;
  });
}

const read = fc.constantFrom<Read>("unread", "partly", "wholly");

test("encodeCursor() keeps the position of 300 files, whatever became of them since", () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(read, fc.nat(1_000), fc.nat(2_000_000)), { maxLength: 300 }),
      (files) => {
        const all = files.map(([state, order, size], i) => file(i, order, [state, size + 2]));
        const cursor = encodeCursor(all, lookAt(all));
        assert.ok(JSON.stringify(cursor).length <= MAX_BYTES);
        const grown = all.map((one) => ({ ...one, order: 2_000_000, changed: 2_000_000 }));
        assert.deepEqual(resumed(grown, cursor), all.map((one) => one.offset));
      },
    ),
    { numRuns: 60 },
  );
});

test("encodeCursor() keeps the position of any number of files that are read in order", () => {
  const run = fc.tuple(fc.nat(2_000), fc.nat(2_000), fc.nat(20), fc.nat(100));
  fc.assert(
    fc.property(run, ([done, unread, ties, partly]) => {
      // Files of one millisecond stand side by side; what is partly read may be anywhere.
      const all = Array.from({ length: done + unread }, (_, i) => {
        const isPartly = i % 37 === 0 && i / 37 < partly;
        const state = isPartly ? "partly" : i < done ? "wholly" : "unread";
        return file(i, Math.floor(i / (ties + 1)), state);
      });
      // One that changed last, so that all others are known to have stood still.
      all.push(file(all.length, 999_000, "wholly"));
      const cursor = encodeCursor(all, lookAt(all));
      assert.ok(JSON.stringify(cursor).length <= MAX_BYTES);
      assert.deepEqual(resumed(all, cursor), all.map((one) => one.offset));
    }),
    { numRuns: 30 },
  );
});

test("encodeCursor() gives each position or that it is unknown, never a wrong one", () => {
  const change = fc.constantFrom<"nothing" | "written" | "renamed">(
    "nothing",
    "written",
    "renamed",
  );
  const files = fc.array(fc.tuple(read, fc.nat(999_999), change), {
    minLength: 400,
    maxLength: 700,
  });
  fc.assert(
    fc.property(files, (drawn) => {
      const all = drawn.map(([state, order], i) => file(i, order, state));
      const cursor = encodeCursor(all, lookAt(all));
      assert.ok(JSON.stringify(cursor).length <= MAX_BYTES);
      const now = all.map((one, i) => {
        const what = drawn[i]![2];
        if (what === "nothing") return one;
        const order = what === "written" ? 1_000_001 : one.order;
        return { ...one, size: one.size + 5, order, changed: 1_000_001 };
      });
      let known = 0;
      for (const [i, offset] of resumed(now, cursor).entries()) {
        if (!Number.isNaN(offset)) known++;
        if (!Number.isNaN(offset)) assert.equal(offset, all[i]!.offset);
      }
      assert.ok(known >= 250, `${known} positions of ${all.length} are known`);
    }),
    { numRuns: 30 },
  );
});

/** Files, the oldest first; each but the newest ten was renamed by the last rotation. */
function rotated(count: number, stateOf: (i: number) => Read): File[] {
  return Array.from({ length: count }, (_, i) => {
    const one = file(i, 1_000_000 - (count - i) * 1_000, stateOf(i));
    return { ...one, changed: Math.max(one.order, 990_000) };
  });
}

test("encodeCursor() keeps the position of 860 rotated files that are renamed once more", () => {
  const states = fc.record({
    done: fc.nat(860),
    partly: fc.nat(859),
    written: fc.option(fc.oneof(fc.nat(859), fc.integer({ min: 801, max: 849 })), {
      nil: undefined,
    }),
  });
  fc.assert(
    fc.property(states, ({ done, partly, written }) => {
      const all = rotated(860, (i) => i === partly ? "partly" : i < done ? "wholly" : "unread");
      const cursor = encodeCursor(all, lookAt(all));
      assert.ok(JSON.stringify(cursor).length <= MAX_BYTES);
      const now = all.map((one, i) => ({
        ...one,
        order: i === written ? 1_000_001 : one.order,
        changed: 1_000_001,
      }));
      for (const [i, offset] of resumed(now, cursor).entries()) {
        // What was written to within the last minute may be written to again.
        const isSure = i !== written || i > 800;
        if (isSure || !Number.isNaN(offset)) assert.equal(offset, all[i]!.offset, `file ${i}`);
      }
    }),
    { numRuns: 30 },
  );
});

test("encodeCursor() stays within its room with ids that take the most of it", () => {
  const all = rotated(420, (i) => i % 2 === 0 ? "partly" : "wholly").map((one, i) => {
    // Of two files each, one for each list, far from the next two.
    const group = Math.floor((i >> 1) * 256 / 210);
    const id = Buffer.from([group, 255, i & 1]).toString("base64url");
    return { ...one, id: `AA${id}AA` };
  });
  assert.ok(JSON.stringify(encodeCursor(all, lookAt(all))).length <= MAX_BYTES);
});

test("decodeCursor() takes a file for new only if it was born after the last look", () => {
  const all = Array.from({ length: 500 }, (_, i) => file(i, i, "wholly"));
  const resume = decodeCursor(encodeCursor(all, lookAt(all)));
  const at = (birth: number, order: number, changed: number) =>
    resume.standing({ id: "new_____", birth, order, changed });
  assert.equal(at(1_000_001, 1_000_001, 1_000_001), "unread");
  assert.equal(at(1_000_000, 1_000_001, 1_000_001), "written");
  assert.equal(at(1, 2, 1_000_001), "moved");
  assert.equal(at(1, 2, 2), "read");
});

test("encodeCursor() tells files apart whose short ids are the same", () => {
  const all = Array.from({ length: 280 }, (_, i) => ({
    ...file(i, i, "wholly"),
    id: `same${String(i).padStart(4, "0")}`,
  }));
  assert.deepEqual(resumed(all), all.map((one) => one.offset));
});

test("isCheckOf() tells checks apart by what was kept, and takes an unknown one for right", () => {
  assert.ok(isCheckOf({ check: "ab" }, "abcdef"));
  assert.ok(!isCheckOf({ check: "ab" }, "acbdef"));
  assert.ok(!isCheckOf({ check: "ab" }, ""));
  assert.ok(isCheckOf({ check: "AB" }, "AAcdef"));
  assert.ok(isCheckOf({ check: "" }, "abcdef"));
});

test("decodeCursor() refuses what is no cursor", () => {
  for (
    const cursor of [{ w: "1" }, { f: 1 }, { f: "_wAB" }, { i: 1 }, { s: "1" }, { f: "AP__" }, {
      k: 1,
    }, {
      k: "__8A",
    }]
  ) {
    assert.throws(() => decodeCursor(cursor), TypeError);
  }
});
