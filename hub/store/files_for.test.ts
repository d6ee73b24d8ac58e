import assert from "node:assert/strict";
import { test } from "node:test";
import { filesFor } from "./files_for.ts";
import type { StoredFile } from "./manifest.ts";

function fileOf(id: number, [fromMs, toMs]: [number, number], timeless = 0): StoredFile {
  const path = `hot/${id}`;
  return { id, table: "T", tier: "hot", path, rows: 10, bytes: 1, fromMs, toMs, timeless };
}

test("filesFor() keeps each file that may hold a row of the range, and no other", () => {
  const files = [
    fileOf(1, [0, 9]),
    fileOf(2, [10, 19]),
    fileOf(3, [20, 29]),
    fileOf(4, [90, 99], 1),
    fileOf(5, [Infinity, -Infinity], 3),
  ];
  const snapshot = { next: 1, files: new Map([["T", files]]), columns: new Map() };
  const ids = (from: bigint | undefined, to: bigint | undefined) =>
    filesFor(snapshot, { table: "T", from, to }).map(({ id }) => id);
  assert.deepEqual(ids(undefined, undefined), [1, 2, 3, 4, 5]);
  // The last tick of ms 9 is in file 1, the first of ms 20 in file 3.
  assert.deepEqual(ids(99_999n, 200_000n), [1, 2, 4, 5]);
  assert.deepEqual(ids(100_000n, 200_001n), [2, 3, 4, 5]);
  assert.deepEqual(ids(1_000_000n, undefined), [4, 5]);
});

test("filesFor() leaves out files whose index says no", () => {
  const files = [fileOf(1, [0, 9]), fileOf(2, [0, 9])];
  const snapshot = { next: 1, files: new Map([["T", files]]), columns: new Map() };
  const indexes = { mayHold: ({ id }: StoredFile) => id === 2 };
  assert.deepEqual(filesFor(snapshot, { table: "T" }, indexes).map(({ id }) => id), [2]);
});
