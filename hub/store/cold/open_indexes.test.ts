import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { nodeFiles } from "../../../sdk/runtime/node_files.ts";
import { column } from "../../../sdk/table.ts";
import { COMPACT_POLICY, compactOnce } from "../compact.ts";
import { filesFor } from "../files_for.ts";
import { batchOf, itemOf, openRoom } from "../test_room.ts";
import { indexPath } from "./file_index.ts";
import { openIndexes } from "./open_indexes.ts";

const DAY = 86_400_000;
const columns = {
  TimeGenerated: column.time({ class: "public" }),
  Id: column.string({ class: "public" }),
  Message: column.string({ class: "content" }),
};

test("filesFor() leaves out cold files whose index says no, and never a hot one", async () => {
  await using room = openRoom();
  const store = await room.store();
  const rows = (day: number) =>
    Array.from({ length: 200 }, (_, i) => ({
      TimeGenerated: day * DAY + i,
      Id: `id-${day}-${i}`,
      Message: `Request ${i} of day${day} has come to its end, as it should, with all that it had`,
    }));
  for (let day = 0; day < 12; day++) {
    await store.take([itemOf(day, batchOf("T", columns, rows(day)))]);
  }
  await store.flush();
  const files = nodeFiles();
  const policy = { ...COMPACT_POLICY, hotFiles: 1 };
  const options = { ...room, files, policy };
  await compactOnce(options, new AbortController().signal);
  await store.take([itemOf(12, batchOf("T", columns, rows(12)))]);
  await store.flush();
  const indexes = openIndexes(files, room.folder);
  const { snapshot } = room.manifest;
  const days = (wanted: object): readonly number[] =>
    filesFor(snapshot, { table: "T", ...wanted }, indexes).map(({ fromMs }) => fromMs / DAY)
      .toSorted((a, b) => a - b);
  assert.equal(days({}).length, 13);
  const byId = days({ texts: [[{ column: "Id", kind: "value", text: "id-7-150" }]] });
  assert.ok(byId.includes(7) && byId.includes(12) && byId.length < 8, String(byId));
  const byTerm = days({ texts: [[{ column: "Message", kind: "terms", text: "DAY3 has" }]] });
  assert.ok(byTerm.includes(3) && byTerm.includes(12) && byTerm.length < 8, String(byTerm));
  const either = days({
    texts: [[
      { column: "Id", kind: "value", text: "id-2-1" },
      { column: "Message", kind: "terms", text: "day9" },
    ]],
  });
  assert.ok(either.includes(2) && either.includes(9) && either.length < 9, String(either));
  assert.deepEqual(days({ texts: [[]] }), []);
  assert.equal(days({ texts: [[{ column: "Other", kind: "value", text: "x" }]] }).length, 13);
  for (const { path, tier } of snapshot.files.get("T")!) {
    if (tier === "cold") rmSync(join(room.folder, indexPath(path)));
  }
  const without = openIndexes(files, room.folder);
  const texts = [[{ column: "Id", kind: "value" as const, text: "no" }]];
  const all = filesFor(snapshot, { table: "T", texts }, without);
  assert.equal(all.length, 13);
});
