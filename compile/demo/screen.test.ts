import assert from "node:assert/strict";
import { test } from "node:test";
import { alertLines } from "./screen.ts";

const EVENT = { table: "T", source: "s", time: null, entry: 7, fields: {} };
const ALERT = {
  id: "a",
  title: "Guessing",
  severity: "high",
  entity: "e",
  summary: "ten",
  evidence: [0, 1, 2, 3, 4].map((row) => ({ ...EVENT, row })),
};

test("alertLines() shows the first events of a new alert, the last of one that was open before", () => {
  const rows = (text: string) =>
    [...text.matchAll(/ledger 7:(\d)/g)].map(([, row]) => row).join("");
  const [opened, added] = [alertLines(ALERT, true), alertLines(ALERT, false)];
  assert.deepEqual([rows(opened), rows(added)], ["012", "234"]);
  assert.match(opened, /^ALERT {5}high: Guessing\n/);
  assert.match(added, /^ALERT {5}high: Guessing \(open since before this start\)\n/);
  assert.match(added, /and 2 more events/);
});
