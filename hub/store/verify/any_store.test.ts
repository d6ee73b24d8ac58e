import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import * as fc from "fast-check";
import { nodeFiles } from "../../../sdk/runtime/node_files.ts";
import { ADDRESS_CATEGORIES } from "../../../sdk/scrub/address.ts";
import { columnBatches } from "../../../sdk/testkit/arbitraries.ts";
import { viewLedger } from "../../ledger/ledger_view.ts";
import { openLedgerRoom } from "../ledger_room.ts";
import { verifyStore } from "./verify_store.ts";

const batches = fc.tuple(columnBatches, fc.constantFrom("A", "B")).map(([batch, table]) => ({
  ...batch,
  table,
}));

test("whatever frames hold, the store that the hub makes of them is whole", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(batches, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 3 }),
      fc.boolean(),
      async (flushes, isHotAtEnd) => {
        await using room = await openLedgerRoom();
        for (const flush of flushes.slice(isHotAtEnd ? 1 : 0)) {
          await room.take(flush);
          await room.compact();
        }
        if (isHotAtEnd) await room.take(flushes[0]!);
        const { manifest, folder } = room;
        const report = await verifyStore({
          files: nodeFiles(),
          folder: join(folder, "store"),
          snapshot: () => manifest.snapshot,
          ledger: () => viewLedger(nodeFiles(), join(folder, "ledger")),
          known: () => Promise.resolve([]),
          categories: ADDRESS_CATEGORIES,
          isDeep: true,
          signal: new AbortController().signal,
        });
        assert.deepEqual(report.faults, []);
        const rows = flushes.flat().reduce((sum, batch) => sum + batch.rows, 0);
        assert.equal(report.comparedRows, rows);
      },
    ),
    { numRuns: 25 },
  );
});
