import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { checkLedger } from "../ledger/segments.ts";
import type { WantedHold } from "./retention.ts";
import {
  agentId,
  DAY_MS,
  days,
  type Disk,
  diskOf,
  type FrameWords,
  gone,
  holdOn,
  openRoom,
  type Room,
  runs,
  START_MS,
} from "./room.ts";

const SECTION = { frames: 10, parquet: 20, tables: {}, witness_hours: 24 };

interface Told {
  readonly words: Required<Pick<FrameWords, "table" | "agent" | "from">>;
  /** When it was received. */
  readonly at: number;
}

/** The law as somebody else would write it down. */
function mustStay({ words, at }: Told, holds: Iterable<WantedHold>): boolean {
  return [...holds].some(({ table, from = -Infinity, to = Infinity, agent }) =>
    (table === "*" || table === words.table) &&
    (agent === undefined || agent === agentId(words.agent)) &&
    [words.from, at].some((time) => time >= from && time <= to)
  );
}

/** A hub, what it was told, and what may not be gone. */
class World {
  readonly disk: Disk = diskOf();
  readonly told = new Map<number, Told>();
  readonly holds = new Map<string, WantedHold>();
  /** Gone before the newest hold came: that is no breach. */
  #before: ReadonlySet<number> = new Set();
  #room: Room | undefined;

  get room(): Room {
    return this.#room!;
  }

  async start(): Promise<void> {
    this.#room = await openRoom(this.disk, { section: SECTION });
  }

  async check(): Promise<void> {
    for (const index of await gone(this.room)) {
      const frame = this.told.get(index)!;
      assert.ok(this.disk.clock.now - frame.at >= 10 * DAY_MS, `frame ${index} was too young`);
      const isHeld = !this.#before.has(index) && mustStay(frame, this.holds.values());
      assert.ok(!isHeld, `frame ${index} was under hold`);
    }
  }

  async frame(words: Told["words"]): Promise<void> {
    const index = this.room.frame(words);
    await this.room.commit();
    this.told.set(index, { words, at: this.disk.clock.now });
  }

  async pass(count: number): Promise<void> {
    for (let day = 0; day < count; day++) {
      await days(this.disk, this.room, 1);
      await this.check();
    }
  }

  async hold(words: Partial<WantedHold>): Promise<void> {
    const wanted = holdOn({ ...words, name: `h${this.room.ledger.size}` });
    this.#before = new Set(await gone(this.room));
    await this.room.retention.addHold(wanted);
    this.holds.set(wanted.name, wanted);
  }

  async release(): Promise<void> {
    const [name] = this.holds.keys();
    if (name === undefined) return;
    await this.room.retention.releaseHold({ name, reason: "over", by: "ada" });
    this.holds.delete(name);
  }

  /** The machine goes off at some call of the next days. */
  async crash(after: number, pick: (n: number) => number): Promise<void> {
    const { files } = this.disk;
    const from = files.calls;
    files.plan = ({ n }) => n >= from + after ? "crash" : undefined;
    try {
      await this.pass(6);
    } catch (error) {
      if (!files.isCrashed) throw error;
    }
    files.plan = () => undefined;
    files.restart(pick);
    await this.start();
    await this.check();
  }
}

type Action = (world: World, pick: (n: number) => number) => Promise<void>;

const tables = fc.constantFrom("Syslog", "Perf", "Event");
const times = fc.integer({ min: -30, max: 60 }).map((day) => START_MS + day * DAY_MS);
const optional = fc.option(times, { nil: undefined });
const words = fc.record({ table: tables, agent: fc.integer({ min: 1, max: 2 }), from: times });
const held = fc.record({
  table: fc.oneof(tables, fc.constant("*")),
  from: optional,
  to: optional,
  agent: fc.constantFrom(undefined, agentId(1), agentId(2)),
});
const actions: fc.Arbitrary<Action> = fc.oneof(
  words.map((said): Action => (world) => world.frame(said)),
  fc.integer({ min: 1, max: 6 }).map((count): Action => (world) => world.pass(count)),
  held.map((said): Action => (world) => world.hold(said)),
  fc.constant<Action>((world) => world.release()),
  fc.nat(60).map((after): Action => (world, pick) => world.crash(after, pick)),
);

test("nothing under hold is ever deleted, whatever happens, and what is released goes in the end", async () => {
  let deleted = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(actions, { minLength: 5, maxLength: 50, size: "max" }),
      fc.infiniteStream(fc.nat()),
      async (list, picks) => {
        const world = new World();
        await world.start();
        for (const action of list) await action(world, (n) => picks.next().value % n);
        deleted += (await gone(world.room)).length;
        while (world.holds.size > 0) await world.release();
        await world.pass(14);
        await runs(world.room);
        assert.deepEqual(await gone(world.room), [...world.told.keys()].toSorted((a, b) => a - b));
        await checkLedger(world.disk.files, "/ledger");
      },
    ),
    { numRuns: 60 },
  );
  assert.ok(deleted > 50, `only ${deleted} frames went before the end`);
});
