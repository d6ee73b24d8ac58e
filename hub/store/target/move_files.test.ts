import assert from "node:assert/strict";
import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { nodeFiles } from "../../../sdk/runtime/node_files.ts";
import { column } from "../../../sdk/table.ts";
import { COMPACT_POLICY, compactOnce } from "../compact.ts";
import { type Manifest, openManifest, type StoredFile } from "../manifest.ts";
import { sqlFiles } from "../sql_text.ts";
import { batchOf, itemOf, never, openRoom, type Room, selectAll } from "../test_room.ts";
import { type ColdFiles, namesOf, openColdFiles } from "./cold_files.ts";
import { TargetError } from "./cold_target.ts";
import { moveFiles, type MoveOptions, sweepTarget } from "./move_files.ts";
import { openTestTarget, type TestTarget } from "./test_target.ts";

const signal = new AbortController().signal;
const policy = { ...COMPACT_POLICY, hotFiles: 2, coldFiles: 2 };
const columns = {
  TimeGenerated: column.time({ class: "public" }),
  N: column.long({ class: "public" }),
};
const ROWS = 5;

/** A hub's store that may be killed and started again over one target. */
class Hub {
  readonly room: Room;
  readonly target: TestTarget;
  manifest!: Manifest;
  cold!: ColdFiles;
  moving!: MoveOptions;
  next = 0;

  constructor(room: Room, target: TestTarget) {
    this.room = room;
    this.target = target;
  }

  async start(isBack = false): Promise<void> {
    const { folder, control } = this.room;
    const files = nodeFiles();
    this.manifest = openManifest(control);
    await this.room.store({ manifest: this.manifest });
    this.cold = openColdFiles({
      manifest: this.manifest,
      files,
      folder,
      target: this.target,
      limits: { cacheBytes: 0, queryBytes: 0, deadlineMs: 1, freeBytes: 0 },
      after: never,
    });
    this.moving = {
      ...{ manifest: this.manifest, files, folder, target: this.target, cold: this.cold, isBack },
      now: () => Date.now(),
      largeRows: 1,
    };
  }

  /** Two hot files more, put together. */
  async addCold(): Promise<void> {
    const store = await this.room.store({ manifest: this.manifest });
    for (let k = 0; k < 2; k++) {
      const rows = Array.from({ length: ROWS }, (_, i) => ({ TimeGenerated: i, N: i }));
      await store.take([itemOf(this.next++, batchOf("T", columns, rows))]);
      await store.flush();
    }
    await this.compact();
  }

  compact(): Promise<boolean> {
    return compactOnce({
      ...{ manifest: this.manifest, engine: this.room.engine, files: nodeFiles(), policy },
      folder: this.room.folder,
      cold: this.cold,
    }, signal);
  }

  get files(): readonly StoredFile[] {
    return this.manifest.snapshot.files.get("T") ?? [];
  }

  async rows(): Promise<readonly string[]> {
    using _snapshot = this.manifest.pin();
    const { folder, engine } = this.room;
    const limits = { cacheBytes: 1e9, queryBytes: 1e9, deadlineMs: 1, freeBytes: 0 };
    const { manifest, target } = this;
    const cold = openColdFiles({
      ...{ manifest, target, limits, folder },
      files: nodeFiles(),
      after: never,
    });
    using pinned = await cold.pin(this.files, signal);
    const sql = `select "_LedgerIndex", "N" from ${sqlFiles(pinned.paths)}`;
    return (await selectAll(engine, sql, pinned.paths)).map((row) => JSON.stringify(row))
      .toSorted();
  }

  async checkAll(): Promise<void> {
    const expected = Array.from(
      { length: this.next * ROWS },
      (_, i) => JSON.stringify([String(Math.floor(i / ROWS)), String(i % ROWS)]),
    ).toSorted();
    assert.deepEqual(await this.rows(), expected);
  }

  /** What the target must have, and nothing else. */
  checkTarget(): void {
    const named = this.files.filter(({ place }) => place !== undefined);
    assert.deepEqual(
      [...this.target.held.keys()].toSorted(),
      named.flatMap(({ path }) => namesOf(path)).toSorted(),
    );
  }
}

async function openHub(): Promise<Hub & AsyncDisposable> {
  const room = openRoom();
  const hub = new Hub(room, openTestTarget());
  await hub.start();
  return Object.assign(hub, { [Symbol.asyncDispose]: () => room[Symbol.asyncDispose]() });
}

function local(hub: Hub): readonly string[] {
  return readdirSync(join(hub.room.folder, "cold")).filter((name) => name.endsWith(".parquet"));
}

test("settled files go to the target with their index, which stays here as well", async () => {
  await using hub = await openHub();
  await hub.addCold();
  await moveFiles(hub.moving, signal);
  hub.checkTarget();
  assert.equal(hub.target.held.size, 2);
  assert.deepEqual(local(hub), []);
  assert.ok(existsSync(join(hub.room.folder, namesOf(hub.files[0]!.path)[1]!)));
  await hub.checkAll();
});

test("small files of the last two days wait to be joined", async () => {
  await using hub = await openHub();
  await hub.addCold();
  const young = { ...hub.moving, largeRows: 1000, now: () => 86_400_000 };
  await moveFiles(young, signal);
  assert.equal(hub.target.held.size, 0);
  await moveFiles({ ...young, now: () => 3 * 86_400_000 }, signal);
  assert.equal(hub.target.held.size, 2);
});

test("a compaction joins files that are at the target, and they are removed there", async () => {
  await using hub = await openHub();
  await hub.addCold();
  await moveFiles(hub.moving, signal);
  await hub.addCold();
  await moveFiles(hub.moving, signal);
  const limits = { cacheBytes: 1e9, queryBytes: 1e9, deadlineMs: 1, freeBytes: 0 };
  hub.cold = openColdFiles({ ...hub.moving, limits, after: never });
  assert.equal(await hub.compact(), true);
  assert.equal(hub.files.length, 1);
  assert.equal(hub.target.held.size, 4);
  await moveFiles({ ...hub.moving, cold: hub.cold }, signal);
  hub.checkTarget();
  await hub.checkAll();
});

test("what a query still reads is not removed at the target", async () => {
  await using hub = await openHub();
  await hub.addCold();
  await moveFiles(hub.moving, signal);
  const [old] = hub.files;
  const snapshot = hub.manifest.pin();
  hub.manifest.replace([old!.id], []);
  await moveFiles(hub.moving, signal);
  assert.ok(hub.target.held.has(old!.path));
  snapshot[Symbol.dispose]();
  // The compaction's loop takes what was released.
  await hub.compact();
  await moveFiles(hub.moving, signal);
  assert.equal(hub.target.held.size, 0);
});

test("a file that is replaced while it is sent does not stay at the target", async () => {
  await using hub = await openHub();
  await hub.addCold();
  const [file] = hub.files;
  hub.target.step = (step) => {
    if (step === `after put ${file!.path}`) hub.manifest.replace([file!.id], []);
  };
  await moveFiles(hub.moving, signal);
  assert.equal(hub.cold.counts.copyBytes, 0);
  const places = hub.room.control.get("select count(*) as n from store_places");
  assert.equal(places?.["n"], 0);
  await hub.compact();
  await moveFiles(hub.moving, signal);
  assert.equal(hub.target.held.size, 0);
});

test("a target that is down stops nothing: files stay, and are moved when it is up", async () => {
  await using hub = await openHub();
  hub.target.step = () => {
    throw new TargetError("unreachable", "down");
  };
  for (let i = 0; i < 2; i++) {
    await hub.addCold();
    await assert.rejects(moveFiles(hub.moving, signal), TargetError);
  }
  hub.target.step = () => undefined;
  await hub.checkAll();
  await moveFiles(hub.moving, signal);
  hub.checkTarget();
});

test("files come back from the target, and it is empty then", async () => {
  await using hub = await openHub();
  await hub.addCold();
  await moveFiles(hub.moving, signal);
  await hub.start(true);
  const limits = { cacheBytes: 1e9, queryBytes: 1e9, deadlineMs: 1, freeBytes: 0 };
  const cold = openColdFiles({ ...hub.moving, limits, after: never });
  await moveFiles({ ...hub.moving, cold }, signal);
  assert.equal(hub.target.held.size, 0);
  assert.equal(local(hub).length, 1);
  assert.ok(hub.files.every(({ place }) => place === undefined));
  await hub.checkAll();
});

class Crash extends Error {}

/** All that may happen once, in both directions, with a removal; gives the steps that were reached. */
async function life(hub: Hub, crashAt: number): Promise<number> {
  let step = 0;
  const die = (): void => {
    if (step++ === crashAt) throw new Crash("killed");
  };
  hub.target.step = die;
  const dying = (): MoveOptions => ({
    ...hub.moving,
    manifest: {
      ...hub.manifest,
      get snapshot() {
        return hub.manifest.snapshot;
      },
      noteUpload(path) {
        die();
        hub.manifest.noteUpload(path);
        die();
      },
      setPlace(id, place) {
        die();
        const isListed = hub.manifest.setPlace(id, place);
        die();
        return isListed;
      },
      noteRemoved(path) {
        die();
        hub.manifest.noteRemoved(path);
        die();
      },
    },
  });
  await moveFiles(dying(), signal);
  hub.manifest.replace(hub.files.map(({ id }) => id), []);
  hub.next = 0;
  await hub.compact();
  await moveFiles(dying(), signal);
  return step;
}

test("killed at any step, no row is missing or double, and nothing is left at the target", async () => {
  let steps = Infinity;
  for (let crashAt = 0; crashAt <= steps; crashAt++) {
    await using hub = await openHub();
    await hub.addCold();
    const before = hub.next;
    try {
      steps = await life(hub, crashAt);
    } catch (error) {
      if (!(error instanceof Crash)) throw error;
    }
    hub.target.step = () => undefined;
    await hub.start();
    if (hub.files.length > 0) hub.next = before;
    await moveFiles(hub.moving, signal);
    if (hub.files.length > 0) await hub.checkAll();
    hub.checkTarget();
    assert.deepEqual(hub.manifest.strays(false), []);
  }
  assert.ok(steps > 10);
});

test("a sweep fetches an index that is gone, and tells what is missing or not its own", async () => {
  await using hub = await openHub();
  await hub.addCold();
  await moveFiles(hub.moving, signal);
  const [path, index] = namesOf(hub.files[0]!.path);
  rmSync(join(hub.room.folder, index!));
  hub.target.held.set("cold/9-9-0-T.parquet", new Uint8Array(1));
  assert.deepEqual(await sweepTarget(hub.moving, signal), {
    missing: [],
    unknown: ["cold/9-9-0-T.parquet"],
  });
  assert.ok(existsSync(join(hub.room.folder, index!)));
  assert.ok(hub.target.held.has("cold/9-9-0-T.parquet"));
  hub.target.held.delete(path!);
  assert.deepEqual((await sweepTarget(hub.moving, signal)).missing, [path]);
});
