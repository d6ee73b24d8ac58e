/**
 * One life of a simulated process: its disk, timers and stage. What it started ends with it.
 *
 * @module
 */
import type { Files, OpenFile } from "../../sdk/runtime/files.ts";
import {
  Crash,
  type Fault as FileFault,
  type FaultyFiles,
} from "../../sdk/testkit/faulty_files.ts";
import type { Plan, Stage } from "./plan.ts";
import type { World } from "./world.ts";

/** What outlives the process. */
export interface Machine {
  readonly world: World;
  readonly plan: Plan;
  readonly disk: FaultyFiles;
  /** Its wall clock is ahead of the world's by so many ms. */
  aheadMs: number;
}

/** How a life ended. `error`: by itself. */
export type End = "power cut" | "kill" | "error";

export class Proc {
  readonly machine: Machine;
  isAlive = true;
  /** What it is at; undefined: what `idle` says. */
  #stage: Stage | undefined;
  readonly #idle: Stage;
  readonly #ended: (how: End, error: unknown) => void;
  readonly #locks = new Set<() => void>();

  /** `idle` is the stage of calls to the disk that no other stage has made. */
  constructor(machine: Machine, stages: {
    readonly start: Stage;
    readonly idle: Stage;
    ended(how: End, error: unknown): void;
  }) {
    this.machine = machine;
    this.#stage = stages.start;
    this.#idle = stages.idle;
    this.#ended = stages.ended;
    machine.disk.plan = (call) => this.#fileFault(call.op);
  }

  get stage(): Stage {
    return this.#stage ?? this.#idle;
  }

  /** The start is over. */
  started(): void {
    this.#stage = undefined;
  }

  wall(): number {
    return 1_800_000_000_000 + this.machine.world.now + this.machine.aheadMs;
  }

  /** Runs `work` as a stage; whatever strikes processes strikes at its begin. */
  within<T>(stage: Stage, work: () => T): T {
    const before = this.#stage;
    this.#stage = stage;
    try {
      this.#strike(stage);
      return work();
    } finally {
      this.#stage = before;
    }
  }

  /** A callback of the world's: an error that comes out of it ends the process. */
  run(work: () => void): void {
    if (!this.isAlive) return;
    try {
      work();
    } catch (error) {
      this.end("error", error);
    }
  }

  readonly after = (ms: number, call: () => void): () => void =>
    this.machine.world.after(ms, () => this.run(call));

  /** As `promise`, but for the dead: they never hear of it. */
  live<T>(promise: Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      promise.then(
        (value) => this.isAlive && resolve(value),
        (error: unknown) => this.isAlive && reject(error),
      );
    });
  }

  end(how: End, error?: unknown): void {
    if (!this.isAlive) return;
    this.isAlive = false;
    const { disk, world } = this.machine;
    if (how === "power cut") disk.restart((n) => world.chance.below(n));
    else for (const release of this.#locks) release();
    this.#ended(how, error);
  }

  /** The machine's disk, for this process only. */
  files(): Files {
    const { disk } = this.machine;
    const alive = <T>(work: () => T): T => {
      if (!this.isAlive) throw new Crash("Cannot use the disk: the process is gone");
      return work();
    };
    return {
      open: (path, how) => this.#file(alive(() => disk.open(path, how)), alive),
      list: (folder) => alive(() => disk.list(folder)),
      makeFolder: (folder) => alive(() => disk.makeFolder(folder)),
      remove: (path) => alive(() => disk.remove(path)),
      rename: (from, to) => alive(() => disk.rename(from, to)),
      syncFolder: (folder) => this.live(alive(() => disk.syncFolder(folder))),
      freeBytes: (folder) => alive(() => disk.freeBytes(folder)),
      lock: (path) => {
        const release = alive(() => disk.lock(path));
        this.#locks.add(release);
        return () => {
          this.#locks.delete(release);
          if (this.isAlive) release();
        };
      },
    };
  }

  #file(file: OpenFile, alive: <T>(work: () => T) => T): OpenFile {
    return {
      path: file.path,
      size: () => alive(() => file.size()),
      write: (bytes, at) => alive(() => file.write(bytes, at)),
      read: (into, at) => this.live(alive(() => file.read(into, at))),
      readNow: (into, at) => alive(() => file.readNow(into, at)),
      truncate: (to) => alive(() => file.truncate(to)),
      sync: () => this.live(alive(() => file.sync())),
      close: () => file.close(),
    };
  }

  #strike(stage: Stage): void {
    const { plan, world } = this.machine;
    if (plan.strikes("clock jump", stage)) {
      const ms = world.chance.of([1_500, 70_000, 3_600_000, 40 * 86_400_000]);
      this.machine.aheadMs += world.chance.below(2) === 0 ? ms : -ms;
    }
    for (const how of ["power cut", "kill"] as const) {
      if (!plan.strikes(how, stage)) continue;
      this.end(how);
      // What answers is called by promises that nobody waits for; the dead send nothing anyway.
      if (stage !== "ack") throw new Crash(`${how} at ${stage}`);
    }
  }

  #fileFault(op: string): FileFault | undefined {
    const { plan, world, disk } = this.machine;
    const { stage } = this;
    this.#strike(stage);
    if (op === "sync") return plan.strikes("sync error", stage) ? "fail" : undefined;
    if (op !== "write") return undefined;
    if (plan.strikes("no space", stage)) {
      const used = [...disk.content().values()].reduce((sum, { length }) => sum + length, 0);
      disk.capacity = used + world.chance.below(200);
      world.after(world.chance.between(100, 4_000), () => disk.capacity = Infinity);
    }
    if (plan.strikes("write error", stage)) return world.chance.of(["fail", "late"] as const);
    return plan.strikes("short write", stage) ? "short" : undefined;
  }
}
