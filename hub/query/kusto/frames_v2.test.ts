import assert from "node:assert/strict";
import { test } from "node:test";
import * as v from "valibot";
import type { KustoRow } from "./answer.ts";
import { queryV2 } from "./frames_v2.ts";

const Frames = v.array(
  v.looseObject({ FrameType: v.string(), TableProgress: v.optional(v.number()) }),
);

/** The frames of a table whose rows come so; a number is how far the query is before it. */
async function framesOf(steps: readonly (number | readonly KustoRow[])[], progressive: boolean) {
  let percent = 0;
  const chunks = async function* (): AsyncGenerator<readonly KustoRow[]> {
    for (const step of steps) {
      if (typeof step === "number") percent = step;
      yield typeof step === "number" ? [] : step;
    }
  };
  const context = { timestamp: "", clientRequestId: "", activityId: "" };
  const tally = { rows: 0, bytes: 0, limits: { records: 100, bytes: 1000 } };
  const pieces = queryV2({
    tables: [{ name: "PrimaryResult", columns: [{ name: "x", type: "long" }], chunks: chunks() }],
  }, {
    tally,
    context,
    frames: { progressive, fragmented: true, newlines: false, errors: "in_data" },
    isStreamed: true,
    percent: () => percent,
    finish: (failure) => Promise.resolve({ context, tally, durationMs: 1, failure }),
  });
  const text = (await Array.fromAsync(pieces)).join("");
  return v.parse(Frames, JSON.parse(text)).slice(2, -2)
    .map(({ FrameType, TableProgress }) => TableProgress ?? FrameType);
}

const STEPS = [7, 7, 40, [["1"]], 60, [["2"]], 50] as const;

test("who wants progress is told how far the query is before the first row, and never less", async () => {
  assert.deepEqual(await framesOf(STEPS, true), [
    "TableHeader",
    7,
    40,
    "TableFragment",
    40,
    60,
    "TableFragment",
    60,
    100,
    "TableCompletion",
  ]);
});

test("who wants pieces alone is told nothing of it", async () => {
  const pieces = ["TableHeader", "TableFragment", "TableFragment", "TableCompletion"];
  assert.deepEqual(await framesOf(STEPS, false), pieces);
});
