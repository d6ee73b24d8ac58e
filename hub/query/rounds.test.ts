import assert from "node:assert/strict";
import { test } from "node:test";
import type { StoredFile } from "../store/manifest.ts";
import { roundsOf } from "./rounds.ts";

function fileOf(id: number, [fromMs, toMs]: [number, number], timeless = 0): StoredFile {
  const path = `hot/${id}`;
  return { id, table: "T", tier: "hot", path, rows: 100, bytes: 1, fromMs, toMs, timeless };
}

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

test("nothing is settled before a later round that has rows without a time", () => {
  const files = Array.from({ length: 20 }, (_, i) => fileOf(i, [i, i], 1));
  for (const order of ["newest", "oldest"] as const) {
    assert.deepEqual(roundsOf(files, order).map(({ settledAt }) => settledAt), [
      undefined,
      undefined,
    ]);
  }
});

test("a file with as many rows as a round needs is a round of its own", () => {
  const files = Array.from(
    { length: 7 },
    (_, i) => ({ ...fileOf(i, [i * 10, i * 10 + 9]), rows: 100_000 }),
  );
  const rounds = roundsOf(files, "newest");
  assert.deepEqual(rounds.map(({ files: { length } }) => length), [1, 3, 3]);
});
