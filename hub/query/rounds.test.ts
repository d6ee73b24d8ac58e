import assert from "node:assert/strict";
import { test } from "node:test";
import type { StoredFile } from "../store/manifest.ts";
import { roundsOf, withinTime } from "./rounds.ts";

function fileOf(id: number, [fromMs, toMs]: [number, number], timeless = 0): StoredFile {
  const path = `hot/${id}`;
  return { id, table: "T", tier: "hot", path, rows: 10, bytes: 1, fromMs, toMs, timeless };
}

test("withinTime() keeps each file that may hold a row of the range, and no other", () => {
  const files = [
    fileOf(1, [0, 9]),
    fileOf(2, [10, 19]),
    fileOf(3, [20, 29]),
    fileOf(4, [90, 99], 1),
    fileOf(5, [Infinity, -Infinity], 3),
  ];
  const ids = (from: bigint | undefined, to: bigint | undefined) =>
    withinTime(files, { from, to }).map(({ id }) => id);
  assert.deepEqual(ids(undefined, undefined), [1, 2, 3, 4, 5]);
  // The last tick of ms 9 is in file 1, the first of ms 20 in file 3.
  assert.deepEqual(ids(99_999n, 200_000n), [1, 2, 4, 5]);
  assert.deepEqual(ids(100_000n, 200_001n), [2, 3, 4, 5]);
  assert.deepEqual(ids(1_000_000n, undefined), [4, 5]);
});

test("roundsOf() reads the newest first, in rounds of growing size", () => {
  const files = Array.from({ length: 100 }, (_, i) => fileOf(i, [i * 10, i * 10 + 9]));
  const rounds = roundsOf(files, "newest");
  assert.deepEqual(rounds.map(({ files: { length } }) => length), [8, 32, 60]);
  assert.deepEqual(rounds[0]!.files.map(({ id }) => id), [99, 98, 97, 96, 95, 94, 93, 92]);
  assert.equal(rounds[0]!.settledAt, 9_200_000n);
  assert.equal(rounds[2]!.settledAt, undefined);
  const oldest = roundsOf(files, "oldest");
  assert.equal(oldest[0]!.files[0]!.id, 0);
  assert.equal(oldest[0]!.settledAt, 800_000n);
});

test("a file with rows without a time is read in the first round", () => {
  const files = Array.from({ length: 20 }, (_, i) => fileOf(i, [i, i], i === 0 ? 1 : 0));
  assert.equal(roundsOf(files, "newest")[0]!.files[0]!.id, 0);
  assert.equal(roundsOf(files, "oldest")[0]!.files[0]!.id, 0);
});
