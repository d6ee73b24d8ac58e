/**
 * One history of a storage: entries come, are flushed and compacted while it is asked, and it and
 * its compactions are killed anywhere, and started again.
 *
 * @module
 */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import * as fc from "fast-check";
import { indexPath } from "../../hub/store/cold/file_index.ts";
import { turn } from "./life.ts";
import { DAYS, madeEntry, madeItem, TABLES, WORDS } from "./made_ledger.ts";
import { ask, isAsked, KINDS, type Question, wrongOf } from "./questions.ts";
import { type Compaction, type Ground, startStorage, type StorageLife } from "./storage_life.ts";

export type Step =
  | { readonly do: "take"; readonly entries: number }
  | { readonly do: "flush" }
  | { readonly do: "compact"; readonly how: Compaction }
  | { readonly do: "ask"; readonly question: Question }
  | { readonly do: "turns"; readonly count: number }
  | { readonly do: "settle" }
  /** In the operation after so many more, with so much of it done; 0 is now. */
  | { readonly do: "kill"; readonly after: number; readonly share: number };

export interface History {
  readonly seed: number;
  readonly steps: readonly Step[];
}

const question: fc.Arbitrary<Question> = fc.record({
  kind: fc.constantFrom(...KINDS),
  table: fc.constantFrom(...TABLES),
  word: fc.constantFrom(...WORDS),
  day: fc.nat(DAYS - 1),
  order: fc.constantFrom("newest", "oldest"),
});

const compaction: fc.Arbitrary<Compaction> = fc.record({
  isReal: fc.integer({ min: 0, max: 29 }).map((n) => n === 0),
  turns: fc.nat(20),
  endsIn: fc.option(fc.nat(14), { nil: undefined, freq: 1 }),
});

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant("take"), entries: fc.integer({ min: 1, max: 4 }) }),
  },
  { weight: 6, arbitrary: fc.record({ do: fc.constant("flush") }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant("compact"), how: compaction }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant("ask"), question }) },
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant("turns"), count: fc.integer({ min: 1, max: 60 }) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("settle") }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("kill"),
      after: fc.nat(30),
      share: fc.double({ min: 0, max: 1, noNaN: true }),
    }),
  },
);

/** Histories as fast-check makes them, and makes them smaller. */
export const HISTORIES: fc.Arbitrary<History> = fc.record({
  seed: fc.nat(),
  steps: fc.array(step, { minLength: 30, maxLength: 90, size: "max" }),
});

/** How much has happened in histories. */
export interface Happened {
  answers: number;
  kills: number;
  compactions: number;
  killedCompactions: number;
}

/** A row is missing, doubled or wrong, or a hub that is alive gives no answer. */
export class StorageWrong extends Error {
  override readonly name = "StorageWrong";
}

/** @throws {StorageWrong} */
export async function simulate(
  { seed, steps }: History,
  ground: Ground,
  happened: Happened,
): Promise<void> {
  const running = await Running.start({ seed, ground, happened });
  try {
    for (const one of steps) await running.step(one);
    await running.end();
  } finally {
    await running.kill();
  }
}

interface World {
  readonly seed: number;
  readonly ground: Ground;
  readonly happened: Happened;
}

class Running {
  readonly #world: World;
  #storage: StorageLife;
  /** Entries that the ledger has. */
  #length = 0;
  /** Entries that some life of the hub had stored. */
  #stored = 0;
  #following: Promise<void> = Promise.resolve();
  #compacting: Promise<void> = Promise.resolve();
  readonly #tasks = new Set<Promise<void>>();
  #wrong: unknown;

  private constructor(world: World, storage: StorageLife) {
    this.#world = world;
    this.#storage = storage;
  }

  static async start(world: World): Promise<Running> {
    return new Running(world, await startStorage(world.ground));
  }

  async step(one: Step): Promise<void> {
    switch (one.do) {
      case "take":
        this.#length += one.entries;
        this.#follow();
        break;
      case "flush":
        this.#keep(this.#flush());
        break;
      case "compact":
        this.#compactLater(one.how);
        break;
      case "ask":
        this.#keep(this.#ask(one.question));
        break;
      case "turns":
        for (let i = 0; i < one.count; i++) await turn();
        break;
      case "settle":
        await this.#settled();
        break;
      case "kill":
        if (one.after === 0) this.#storage.life.end();
        else this.#storage.life.endIn(one.after, one.share);
    }
    if (this.#storage.life.isOver) await this.#restart();
    this.#check();
  }

  /** At rest all is there once, and nothing else is in the folder. */
  async end(): Promise<void> {
    await this.#settled();
    await this.#restart();
    await this.#following;
    await this.#storage.store.flush();
    while (await this.#storage.compact({ isReal: false, turns: 0, endsIn: undefined }));
    for (const kind of ["all", "events", "events-count"] as const) {
      for (const table of TABLES) {
        await this.#ask({ kind, table, word: "", day: 0, order: "newest" });
      }
    }
    this.#check();
    const { snapshot } = this.#storage.manifest;
    if (snapshot.next < this.#lastFrame()) {
      throw new StorageWrong(`${snapshot.next} of ${this.#length} entries are stored at rest`);
    }
    await this.#restart();
    this.#checkFolder();
  }

  async kill(): Promise<void> {
    this.#storage.life.end();
    await this.#settled();
    await this.#storage[Symbol.asyncDispose]();
  }

  /** Entries after the last frame may wait for one that comes behind them. */
  #lastFrame(): number {
    for (let index = this.#length; index > 0; index--) {
      if (madeEntry(this.#world.seed, index - 1).rows.length > 0) return index;
    }
    return 0;
  }

  async #restart(): Promise<void> {
    this.#world.happened.kills++;
    // What was told is not waited for: a compaction may live on.
    this.#storage.life.end();
    const before = this.#storage;
    this.#stored = Math.max(this.#stored, before.manifest.snapshot.next);
    await this.#following;
    await before[Symbol.asyncDispose]();
    this.#compacting = Promise.resolve();
    this.#storage = await startStorage(this.#world.ground);
    const { next } = this.#storage.manifest.snapshot;
    if (next < this.#stored) {
      throw new StorageWrong(`${this.#stored} entries were stored, ${next} are after a start`);
    }
    this.#follow();
  }

  #follow(): void {
    const { store, life } = this.#storage;
    const { seed } = this.#world;
    const to = this.#length;
    this.#following = this.#following.then(async () => {
      try {
        for (let index = store.next; index < to; index++) await store.take([madeItem(seed, index)]);
      } catch (error) {
        if (!life.isOver) this.#wrong ??= error;
      }
    });
  }

  async #flush(): Promise<void> {
    const { store, life } = this.#storage;
    await store.flush().catch((error: unknown) => {
      if (!life.isOver) throw error;
    });
  }

  /** One at a time in each life of the hub. */
  #compactLater(how: Compaction): void {
    const storage = this.#storage;
    this.#compacting = this.#compacting.then(() => this.#compact(storage, how));
    this.#keep(this.#compacting);
  }

  async #compact(storage: StorageLife, how: Compaction): Promise<void> {
    const { life } = storage;
    const { happened } = this.#world;
    try {
      if (await storage.compact(how)) happened.compactions++;
    } catch (error) {
      // It was killed, or its hub was. Else something is wrong with it.
      if (!life.isOver && how.endsIn === undefined) throw error;
      happened.killedCompactions++;
    }
  }

  async #ask(asked: Question): Promise<void> {
    const storage = this.#storage;
    const stored = storage.manifest.snapshot.next;
    const isKnown = storage.manifest.snapshot.columns.has(asked.table);
    if (asked.kind.startsWith("events") && !isKnown) return;
    try {
      const found = await ask(asked, storage);
      const wanted = Array.from({ length: this.#length }, (_, index) => {
        const { table, rows } = madeEntry(this.#world.seed, index);
        return table === undefined ? [] : rows.filter((row) => isAsked(asked, row, table));
      });
      const wrong = wrongOf(found, { wanted, stored });
      if (wrong !== undefined) throw new StorageWrong(`${JSON.stringify(asked)}: ${wrong}`);
      this.#world.happened.answers++;
    } catch (error) {
      if (error instanceof StorageWrong || !storage.life.isOver) throw error;
    }
  }

  #keep(task: Promise<void>): void {
    const kept = task.catch((error: unknown) => {
      this.#wrong ??= error;
    }).finally(() => this.#tasks.delete(kept));
    this.#tasks.add(kept);
  }

  async #settled(): Promise<void> {
    await this.#following;
    await Promise.all(this.#tasks);
  }

  #check(): void {
    if (this.#wrong === undefined) return;
    if (this.#wrong instanceof StorageWrong) throw this.#wrong;
    throw new StorageWrong(String(this.#wrong), { cause: this.#wrong });
  }

  #checkFolder(): void {
    const { folder } = this.#world.ground;
    const listed = [...this.#storage.manifest.snapshot.files.values()].flat();
    const wanted = listed.flatMap(({ path, tier }) =>
      tier === "cold" ? [path, indexPath(path)] : [path]
    );
    const there = ["hot", "cold"].flatMap((name) =>
      readdirSync(join(folder, name)).map((file) => `${name}/${file}`)
    );
    if (wanted.toSorted().join() !== there.toSorted().join()) {
      throw new StorageWrong(`the folder has ${there.join()}, the manifest names ${wanted.join()}`);
    }
  }
}
