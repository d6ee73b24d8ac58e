/**
 * Which fault hits which stage: the table of what there is, and one seed's share of it.
 *
 * @module
 */
import type { Chance, World } from "./world.ts";

export const STAGES = [
  "agent start",
  "read",
  "seal",
  "spool",
  "send",
  "hub start",
  "accept",
  "admit",
  "record",
  "sync",
  "ack",
] as const;
/** What a process was at when the fault hit. */
export type Stage = (typeof STAGES)[number];

const AGENT: readonly Stage[] = ["agent start", "read", "seal", "spool", "send"];
const HUB: readonly Stage[] = ["hub start", "accept", "admit", "record", "sync", "ack"];
const ALL: readonly Stage[] = STAGES;
const LINK: readonly Stage[] = ["send", "accept", "ack"];
const WRITES: readonly Stage[] = ["agent start", "spool", "hub start", "record", "sync"];
const SYNCS: readonly Stage[] = ["agent start", "spool", "hub start", "sync"];

/** Fault → the stages that it can hit; `docs/fault.md` says why not the others. */
export const CELLS = {
  "power cut": ALL,
  "kill": ALL,
  "clock jump": ALL,
  "no space": WRITES,
  "write error": WRITES,
  "short write": WRITES,
  "sync error": SYNCS,
  "bit flip": ["agent start", "send", "hub start", "record"],
  "drop": LINK,
  "duplicate": LINK,
  "reorder": LINK,
  "corrupt": LINK,
  "partition": LINK,
  "no credit": ["accept", "ack"],
} as const satisfies Readonly<Record<string, readonly Stage[]>>;

export type Fault = keyof typeof CELLS;

/** How often each fault has hit each stage: `fault/stage`. */
export type Hits = Map<string, number>;

interface Armed {
  readonly fault: Fault;
  readonly stage: Stage;
  /** From this time on, after so many chances. */
  readonly from: number;
  skip: number;
}

const PAIRS = Object.entries(CELLS).flatMap(([fault, stages]) =>
  stages.map((stage) => ({ fault: fault as Fault, stage }))
);

/** One seed's faults. */
export class Plan {
  readonly hits: Hits = new Map();
  /** Faults that have hit. */
  count = 0;
  isOver = false;
  readonly #world: World;
  readonly #chance: Chance;
  #armed: Armed[] = [];

  constructor(world: World, chance: Chance) {
    this.#world = world;
    this.#chance = chance;
    const faults = chance.between(7, 12);
    for (let i = 0; i < faults; i++) this.#arm(chance.below(4_000));
  }

  /** Whether the fault waits for its chance. */
  isArmed(fault: Fault, stage: Stage): boolean {
    return !this.isOver &&
      this.#armed.some((a) => a.from <= this.#world.now && a.fault === fault && a.stage === stage);
  }

  /** Whether the fault hits now; asked at each chance that it has. */
  strikes(fault: Fault, stage: Stage): boolean {
    if (this.isOver || this.#armed.length === 0) return false;
    const at = this.#armed.findIndex((a) =>
      a.fault === fault && a.stage === stage && a.from <= this.#world.now
    );
    const armed = this.#armed[at];
    if (armed === undefined || armed.skip-- > 0) return false;
    this.#armed.splice(at, 1);
    this.count++;
    const cell = `${fault}/${stage}`;
    this.hits.set(cell, (this.hits.get(cell) ?? 0) + 1);
    this.trace(`fault: ${fault} at ${stage}`);
    return true;
  }

  /** Told what happens, where somebody looks. */
  trace: (line: string) => void = () => {};

  /** More faults, where too few have hit. */
  more(): void {
    this.#arm(this.#world.now);
  }

  #arm(from: number): void {
    const { fault, stage } = this.#chance.of(PAIRS);
    this.#armed.push({ fault, stage, from, skip: this.#chance.below(4) });
    // A start comes only after an end.
    const ends = stage === "agent start" ? AGENT : stage === "hub start" ? HUB : undefined;
    if (ends === undefined) return;
    const end = this.#chance.of(ends.slice(1));
    this.#armed.push({ fault: "power cut", stage: end, from, skip: this.#chance.below(4) });
    this.#armed.at(-2)!.skip = this.#chance.below(2);
  }
}
