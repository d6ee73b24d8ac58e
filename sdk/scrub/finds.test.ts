import assert from "node:assert/strict";
import { test } from "node:test";
import { withRound } from "./finds.ts";

// "ab12cd" with "12" by "TOKEN" is "abTOKENcd".
const first = [{ start: 2, end: 4, token: "TOKEN" }];

test("withRound() maps what a later round finds to the text of before", () => {
  assert.deepEqual(withRound(first, [{ start: 0, end: 2, token: "x" }]), [
    { start: 0, end: 2, token: "x" },
    ...first,
  ]);
  assert.deepEqual(withRound(first, [{ start: 7, end: 9, token: "x" }]), [
    ...first,
    { start: 4, end: 6, token: "x" },
  ]);
});

test("withRound() lets a span over an earlier token stand for both", () => {
  assert.deepEqual(withRound(first, [{ start: 1, end: 8, token: "x" }]), [
    { start: 1, end: 5, token: "x" },
  ]);
  assert.deepEqual(withRound(first, [{ start: 4, end: 9, token: "x" }]), [
    { start: 2, end: 6, token: "x" },
  ]);
});
