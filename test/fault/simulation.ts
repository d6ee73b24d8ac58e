/**
 * One seed from its begin to rest: an agent, a hub, the link, and what goes wrong.
 *
 * @module
 */
import type { SignedHeads } from "../../agent/hub_trust.ts";
import type { Doubt } from "../../agent/send/hub_checkpoint.ts";
import { generateKeys } from "../../sdk/proof/sign.ts";
import { Crash, faultyFiles } from "../../sdk/testkit/faulty_files.ts";
import { decodeMessage } from "../../sdk/wire/link.ts";
import { FrameBook } from "./frame_book.ts";
import { Network, typeOf } from "./network.ts";
import { checkLedgerAtRest, checkRest } from "./oracles.ts";
import { Plan, type Stage } from "./plan.ts";
import { type Machine, Proc } from "./proc.ts";
import { newBatcher, signs, type SimAgent, startAgent } from "./sim_agent.ts";
import { type SimHub, startHub } from "./sim_hub.ts";
import { Chance, settled, World } from "./world.ts";

const LEAST_FAULTS = 5;
const LEAST_EVENTS = 200;
/** In ms of the world's time. */
const MOST_RUN_MS = 400_000;
const MOST_REST_MS = 300_000;
/** Whoever was out of room looks again within a second, and tells what went meanwhile. */
const REST_MS = 2_000;

/** Events of the source that cannot be asked again, of one life of the agent. */
export interface Life {
  /** None below was this life's. */
  readonly from: number;
  /** None above; undefined while it lives. */
  to: number | undefined;
}

export interface SeedResult {
  readonly events: number;
  readonly faults: number;
  readonly hits: ReadonlyMap<string, number>;
  readonly wrongs: readonly string[];
  /** A bit flip has cost the hub an entry, and the agent has found it out: there it ends. */
  readonly isFoundOut: boolean;
}

export class Simulation {
  readonly world: World;
  readonly plan: Plan;
  readonly network: Network;
  readonly frames: FrameBook;
  readonly batcher = newBatcher();
  readonly agentKeys;
  readonly hubKeys;
  readonly logId: Uint8Array;
  readonly lives = new Map<string, Life>();
  /** Of the agent. */
  starts = 0;
  readonly wrongs: string[] = [];
  readonly trace: (line: string) => void;
  heads: SignedHeads = { witnessed: undefined };
  agent: SimAgent | undefined;
  hub: SimHub | undefined;
  /** Events that are there to be read by the source that can be asked again. */
  logged = LEAST_EVENTS;
  /** Events that the other one has given. */
  emitted = 0;
  /** Nothing more comes. */
  isQuiet = false;
  /** A spool has told that it was damaged. */
  damaged = false;
  /** A bit of the ledger has flipped: the hub may take its last entry for a torn write. */
  ledgerFlipped = false;
  noCreditUntil = 0;
  #isFoundOut = false;
  /** All is at rest since then. */
  #restFrom = Infinity;
  readonly #agentMachine: Machine;
  readonly #hubMachine: Machine;
  readonly #flips: { path: string; bit: number; near: Buffer }[] = [];

  constructor(seed: number, trace: (line: string) => void = () => {}) {
    this.world = new World(seed);
    const { chance } = this.world;
    this.trace = (line) => trace(`${this.world.now.toFixed(0).padStart(8)} ms  ${line}`);
    this.plan = new Plan(this.world, new Chance(seed ^ 0x55aa_1234));
    this.plan.trace = this.trace;
    this.frames = new FrameBook((what) => this.wrong(what));
    this.network = new Network(this);
    this.agentKeys = signs(generateKeys((n) => chance.bytes(n)));
    this.hubKeys = signs(generateKeys((n) => chance.bytes(n)));
    this.logId = chance.bytes(8);
    this.#agentMachine = this.#machine();
    this.#hubMachine = this.#machine();
  }

  /** Runs to rest and judges. */
  async run(): Promise<SeedResult> {
    this.#startAgent();
    this.#startHub();
    await settled();
    const isDone = await this.#until(() => this.#isDone(), MOST_RUN_MS);
    if (!isDone) this.wrong(`it does not come to its end: ${this.#state()}`);
    this.#calm();
    const isAtRest = await this.#until(() => this.#hasRested(), MOST_REST_MS);
    if (!isAtRest) this.wrong(`it does not come to rest: ${this.#state()}`);
    else if (this.wrongs.length === 0 && !this.#isFoundOut) await this.#judge();
    return {
      events: this.logged + this.emitted,
      faults: this.plan.count,
      hits: this.plan.hits,
      wrongs: this.wrongs,
      isFoundOut: this.#isFoundOut,
    };
  }

  wrong(what: string): void {
    this.trace(`WRONG: ${what}`);
    this.wrongs.push(what);
  }

  doubted({ code, detail }: Doubt): void {
    // The flipped entry became the last one by a power cut: the hub takes it for a torn write.
    if (code === "fork" && this.#flips.length > 0) {
      this.trace(`the agent has found out that the hub lost an entry: ${detail}`);
      this.#isFoundOut = true;
      return;
    }
    this.wrong(`the agent doubts the hub: ${code}, ${detail}`);
  }

  /** The agent puts a gap where the hub has lost what it had acknowledged. */
  hubLost(stream: string): void {
    if (!this.ledgerFlipped) return;
    this.trace(`the agent has found out that the hub lost entries of ${stream}`);
    this.#isFoundOut = true;
  }

  /** An agent that keeps to its credit is never told that it does not. */
  sessionEnded(code: string): void {
    if (code === "credit" && !this.plan.hits.has("duplicate/send")) {
      this.wrong("the agent has sent more than its credit");
    }
  }

  /** The hub says something: what it promises must be true. */
  told(bytes: Uint8Array): void {
    const type = typeOf(bytes);
    if (type !== "ack" && type !== "welcome") return;
    const message = decodeMessage(bytes);
    const disk = () =>
      [...this.#hubMachine.disk.durable()].filter(([path]) => path.endsWith(".log"))
        .map(([, content]) => content);
    if (message.type === "ack") {
      for (const { stream, epoch, seq } of message.streams) {
        this.frames.acked(keyOf(stream, epoch), seq + 1, disk);
      }
    }
    if (message.type === "welcome") {
      for (const { stream, epoch, next } of message.streams) {
        this.frames.acked(keyOf(stream, epoch), next, disk);
      }
    }
  }

  creditAsked(stage: Stage): void {
    if (!this.plan.strikes("no credit", stage === "accept" ? "accept" : "ack")) return;
    this.noCreditUntil = this.world.now + this.world.chance.between(500, 8_000);
  }

  /** A bit of a frame that the hub does not have yet, on the agent's disk. */
  flipAgent(stage: "agent start" | "send"): void {
    if (!this.plan.isArmed("bit flip", stage)) return;
    const { disk } = this.#agentMachine;
    const candidates = this.frames.unacked().flatMap((frame) => {
      for (const [path, bytes] of disk.content()) {
        const at = path.endsWith(".seg") ? Buffer.from(bytes).indexOf(frame) : -1;
        if (at >= 0) return [{ path, at, length: frame.length }];
      }
      return [];
    });
    if (candidates.length === 0 || !this.plan.strikes("bit flip", stage)) return;
    this.damaged = true;
    const { path, at, length } = this.world.chance.of(candidates);
    disk.flip(path, at * 8 + this.world.chance.below(length * 8));
  }

  /** A bit of what the hub's disk has had for a while. */
  flipHub(stage: "hub start" | "record"): void {
    if (!this.plan.isArmed("bit flip", stage)) return;
    const { disk } = this.#hubMachine;
    const files = [...disk.durable()].filter(([path, { length }]) =>
      length > 40 && /\.log$|level/.test(path)
    );
    const last = files.findLastIndex(([path]) => path.endsWith(".log"));
    const settled = files.filter((_, i) => i !== last);
    if (settled.length === 0 || !this.plan.strikes("bit flip", stage)) return;
    const [path, bytes] = this.world.chance.of(settled);
    const bit = this.world.chance.below(bytes.length * 8);
    disk.flip(path, bit);
    this.ledgerFlipped ||= path.endsWith(".log");
    this.#flips.push({ path, bit, near: nearOf(disk.bytesOf(path), bit) });
  }

  /** What a person does when the ledger says that it is damaged: the file comes from a copy. */
  restoreHub(): boolean {
    const { disk } = this.#hubMachine;
    const flips = this.#flips.splice(0).filter(({ path, bit, near }) => {
      const bytes = disk.content().get(path);
      return bytes !== undefined && nearOf(bytes, bit).equals(near);
    });
    for (const { path, bit } of flips) disk.flip(path, bit);
    return flips.length > 0;
  }

  #machine(): Machine {
    const disk = faultyFiles();
    const { world } = this;
    disk.syncing = () => world.sleep(world.chance.between(1, 12));
    return { world, plan: this.plan, disk, aheadMs: 0 };
  }

  #startAgent(): void {
    this.flipAgent("agent start");
    const proc = new Proc(this.#agentMachine, {
      start: "agent start",
      idle: "spool",
      ended: (how, error) => {
        this.trace(`agent: ${how} ${textOf(error)}`);
        this.#judgeEnd(error);
        for (const life of this.lives.values()) life.to ??= this.emitted;
        this.agent = undefined;
        this.network.agentEnded(proc);
        this.world.after(this.world.chance.between(50, 2_000), () => this.#startAgent());
      },
    });
    startAgent(this, proc).then((agent) => {
      if (proc.isAlive) this.agent = agent;
    }, (error: unknown) => proc.end("error", error));
  }

  #startHub(): void {
    this.flipHub("hub start");
    const proc = new Proc(this.#hubMachine, {
      start: "hub start",
      idle: "sync",
      ended: (how, error) => {
        this.trace(`hub: ${how} ${textOf(error)}`);
        const isDamaged = codeOf(error) === "damaged";
        if (!isDamaged || !this.restoreHub()) this.#judgeEnd(error);
        this.hub = undefined;
        this.network.hubEnded(proc);
        this.world.after(this.world.chance.between(50, 3_000), () => this.#startHub());
      },
    });
    startHub(this, proc).then((hub) => {
      if (proc.isAlive) this.hub = hub;
    }, (error: unknown) => proc.end("error", error));
  }

  /** Processes may end for what was done to them, and for nothing else. */
  #judgeEnd(error: unknown): void {
    if (error === undefined || error instanceof Crash) return;
    const name = error instanceof Error ? error.name : "";
    const isOurs = ["FilesError", "SpoolError", "LedgerError"].includes(name);
    const isBad = codeOf(error) === "chain" ||
      (name === "LedgerError" && codeOf(error) === "damaged");
    if (!isOurs || isBad) this.wrong(`a process ended: ${textOf(error)}`);
  }

  async #until(isSo: () => boolean, mostMs: number): Promise<boolean> {
    const end = this.world.now + mostMs;
    while (!this.#isFoundOut && !isSo()) {
      if (this.world.now > end || this.wrongs.length > 0) return false;
      if (!await this.world.step()) return false;
    }
    return true;
  }

  /** What a person does when a source says that only a restart goes on. */
  #restartDamaged(): void {
    const { agent } = this;
    const why = agent?.pipelines.find(({ readState }) => readState === "failed")?.why ?? "";
    if (why.includes("is damaged, a restart")) agent?.proc.end("kill");
  }

  /** What a person does when the hub cannot prove what it has signed. */
  #restoreUnproven(): void {
    if (this.agent?.sender.status.lastEnd !== "unproven" || !this.restoreHub()) return;
    this.hub?.proc.end("kill");
  }

  #isDone(): boolean {
    this.#restartDamaged();
    this.#restoreUnproven();
    const cursor = this.agent?.pipelines[0]?.cursor() ?? 0;
    if (Number(cursor) < this.logged) return false;
    if (this.plan.count >= LEAST_FAULTS) return true;
    this.logged += 10;
    this.plan.more();
    return false;
  }

  /** Nothing more goes wrong. */
  #calm(): void {
    this.trace("calm");
    this.plan.isOver = true;
    this.isQuiet = true;
    this.noCreditUntil = 0;
    this.#agentMachine.disk.capacity = Infinity;
    this.#hubMachine.disk.capacity = Infinity;
    this.network.reset();
  }

  /** All has been at rest for a while. */
  #hasRested(): boolean {
    if (!this.#isAtRest()) this.#restFrom = Infinity;
    else this.#restFrom = Math.min(this.#restFrom, this.world.now);
    return this.world.now - this.#restFrom >= REST_MS;
  }

  #isAtRest(): boolean {
    this.#restartDamaged();
    this.#restoreUnproven();
    const { agent, hub } = this;
    if (agent === undefined || hub === undefined) return false;
    return agent.pipelines.every((pipeline) => pipeline.inFlight() === 0) &&
      Number(agent.pipelines[0]?.cursor() ?? 0) === this.logged &&
      agent.pipelines.every(({ sink }) => sink.rows() === 0) &&
      agent.spool.status().unackedFrames === 0 && agent.sender.status.state === "ready";
  }

  #state(): string {
    const { agent, hub } = this;
    if (agent === undefined || hub === undefined) return `agent ${!!agent}, hub ${!!hub}`;
    const { state, lastEnd } = agent.sender.status;
    const cursor = Number(agent.pipelines[0]?.cursor() ?? 0);
    const { unackedFrames } = agent.spool.status();
    const sources = agent.pipelines.map(({ readState, why }) => `${readState} ${why}`).join(", ");
    return `link ${state} after ${lastEnd}, ${unackedFrames} frames wait, read ${cursor} of ` +
      `${this.logged}, ${sources}`;
  }

  async #judge(): Promise<void> {
    checkRest(this);
    // What the ledger says of itself, as a start after a power cut finds it.
    this.hub!.proc.end("power cut");
    for (let i = 0; i < 2; i++) {
      const damage = await checkLedgerAtRest(this, this.#hubMachine);
      if (damage === undefined) return;
      if (this.restoreHub()) continue;
      this.wrong(damage);
      return;
    }
  }
}

function keyOf(stream: Uint8Array, epoch: number): string {
  return `${Buffer.from(stream).toString("hex")}/${epoch}`;
}

/** The bytes around a bit. */
function nearOf(bytes: Uint8Array, bit: number): Buffer {
  return Buffer.from(bytes.slice(Math.max(0, (bit >> 3) - 12), (bit >> 3) + 13));
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : undefined;
}

function textOf(error: unknown): string {
  if (error === undefined) return "";
  if (!(error instanceof Error)) return String(error);
  const isKnown = ["FilesError", "SpoolError", "LedgerError", "Crash"].includes(error.name);
  return isKnown ? error.message : `${error.stack}`;
}

/** Runs one seed. */
export function simulate(seed: number, trace?: (line: string) => void): Promise<SeedResult> {
  return new Simulation(seed, trace).run();
}
