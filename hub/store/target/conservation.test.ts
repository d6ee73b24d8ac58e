import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { EventQuery } from "../../../sdk/api/events.ts";
import * as v from "valibot";
import { nodeFiles } from "../../../sdk/runtime/node_files.ts";
import { column } from "../../../sdk/table.ts";
import { openQuery } from "../../query/query.ts";
import { COMPACT_POLICY, compactOnce } from "../compact.ts";
import { type Manifest, openManifest } from "../manifest.ts";
import type { Store } from "../store.ts";
import { after, batchOf, itemOf, openRoom, type Room } from "../test_room.ts";
import { type ColdFiles, namesOf, openColdFiles } from "./cold_files.ts";
import { type ColdTarget, TargetError } from "./cold_target.ts";
import { moveFiles, type MoveOptions } from "./move_files.ts";
import { type Fault, openTestBucket, type TestBucket } from "./test_bucket.ts";

const signal = new AbortController().signal;
const FAULTS: readonly Fault[] = ["500", "slow down", "reset", "cut", "wrong bytes", "lost"];
const DAY = 86_400_000;
const columns = {
  TimeGenerated: column.time({ class: "public" }),
  Text: column.string({ class: "content" }),
};
const policy = { ...COMPACT_POLICY, hotFiles: 3, coldFiles: 3 };

/** What is done at once, beside one another, and how often a request fails meanwhile. */
const round = fc.record({
  acts: fc.array(fc.constantFrom("write", "compact", "move", "query", "query"), {
    minLength: 2,
    maxLength: 6,
  }),
  /** Of a hundred requests. */
  failing: fc.constantFrom(0, 10, 40, 100),
  fault: fc.constantFrom(...FAULTS),
  restarts: fc.boolean(),
  /** Room for copies: none, a few, all. */
  cacheBytes: fc.constantFrom(4_000, 20_000, 1_000_000),
});

class Hub {
  readonly room: Room;
  readonly target: ColdTarget;
  manifest!: Manifest;
  store!: Store;
  cold!: ColdFiles;
  moving!: MoveOptions;
  written = 0;
  refused = 0;

  constructor(room: Room, target: ColdTarget) {
    this.room = room;
    this.target = target;
  }

  /** As after a crash: nothing is closed. */
  async start(cacheBytes: number): Promise<void> {
    const { folder, control } = this.room;
    const { target } = this;
    const files = nodeFiles();
    this.manifest = openManifest(control);
    this.store = await this.room.store({ manifest: this.manifest });
    const limits = { cacheBytes, queryBytes: 1e9, deadlineMs: 20_000, freeBytes: 0 };
    const { manifest } = this;
    this.cold = openColdFiles({ manifest, files, folder, target, limits, after });
    const now = (): number => Date.now();
    this.moving = { manifest, files, folder, target, cold: this.cold, isBack: false, now };
  }

  async act(what: string): Promise<void> {
    try {
      await this.#try(what);
    } catch (error) {
      // Told by code is no loss; anything else is.
      if (!(error instanceof TargetError)) throw error;
      this.refused++;
    }
  }

  async #try(what: string): Promise<void> {
    const { manifest, cold, room: { engine, folder } } = this;
    if (what === "query") return await this.query();
    if (what === "move") return await moveFiles(this.moving, signal);
    if (what === "compact") {
      const compacting = { manifest, engine, folder, cold, policy, files: nodeFiles() };
      return void await compactOnce(compacting, signal);
    }
    const index = this.written;
    this.written++;
    const rows = [0, 1, 2].map((day) => ({ TimeGenerated: day * DAY, Text: `event ${index}` }));
    await this.store.take([itemOf(index, batchOf("T", columns, rows))]);
    await this.store.flush();
  }

  /** Each row once: of all entries that were stored when it began, and of some that came later. */
  async query(): Promise<void> {
    const { manifest, cold, room: { engine, folder } } = this;
    const least = manifest.snapshot.next;
    if (least === 0) return;
    const query = openQuery({ manifest, engine, folder, cold });
    const wanted = v.parse(EventQuery, { table: "T", limit: 1000, order: "oldest" });
    const { rows } = await query.events(wanted, signal);
    const found = rows.map((row) => `${String(row["_LedgerIndex"])}/${String(row["_Row"])}`);
    assert.equal(new Set(found).size, found.length, "a row is there twice");
    for (let i = 0; i < least * 3; i++) {
      assert.ok(found.includes(`${Math.floor(i / 3)}/${i % 3}`), `row ${i} is missing`);
    }
  }
}

async function settle(hub: Hub, bucket: TestBucket): Promise<void> {
  bucket.fault = () => undefined;
  await hub.start(1_000_000);
  await moveFiles(hub.moving, signal);
  // The first compaction's loop takes what was released; the next move removes it there.
  await hub.act("compact");
  await moveFiles(hub.moving, signal);
  await hub.query();
  const named = [...hub.manifest.snapshot.files.values()].flat()
    .filter(({ place }) => place !== undefined).flatMap(({ path }) => namesOf(path));
  const there = (await hub.target.list(signal)).map(({ name }) => name);
  assert.deepEqual(there.toSorted(), named.toSorted());
}

test("whatever fails at the target and whenever the hub dies, no row is missing or double", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(round, { minLength: 3, maxLength: 6 }), async (rounds) => {
      await using bucket = await openTestBucket();
      await using room = openRoom({ processes: 2 });
      const hub = new Hub(room, bucket.open());
      await hub.start(1_000_000);
      for (let i = 0; i < 3; i++) await hub.act("write");
      let request = 0;
      for (const { acts, failing, fault, restarts, cacheBytes } of rounds) {
        bucket.fault = () => (request++ * 61) % 100 < failing ? fault : undefined;
        // One at a time of those that the hub runs one at a time.
        const own = Map.groupBy(acts, (act) => act);
        await Promise.all(
          [...own.values()].map(async (same) => {
            for (const act of same) await hub.act(act);
          }),
        );
        if (restarts) await hub.start(cacheBytes);
      }
      await settle(hub, bucket);
    }),
    { numRuns: 12 },
  );
});
