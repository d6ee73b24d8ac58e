/**
 * All that day two runs: a hub, agents, whoever writes their logs, and what the hub must have.
 *
 * @module
 */
import { join } from "node:path";
import { createEnrolToken } from "../../sdk/api/agents.ts";
import { listSources } from "../../sdk/api/status.ts";
import { DayAgent, SOURCE } from "./agent.ts";
import { DayHub } from "./hub.ts";
import { residentBytes, Samples } from "./memory.ts";
import type { Release } from "./releases.ts";

const WRITE_MS = 200;
/** Agents must be well after so long, in ms: they come back with pauses of up to a minute. */
const WELL_MS = 90_000;
const SAMPLE_MS = 2_000;
const ASK_MS = 500;
/** The hub must have what was written after so long, in ms. */
const LATEST_MS = 180_000;
/** So many agents are started or stopped at a time. */
const ABREAST = 4;

export interface WorldOptions {
  readonly folder: string;
  readonly agents: number;
  /** Lines a second of each agent. */
  readonly rate: number;
  /** What hub and agents begin with. */
  readonly release: Release;
  readonly tell: (line: string) => void;
}

export class World implements AsyncDisposable {
  readonly folder: string;
  readonly hub: DayHub;
  readonly agents: readonly DayAgent[];
  readonly tell: (line: string) => void;
  #memory = { hub: new Samples(), agents: new Map<DayAgent, Samples>() };
  readonly #rate: number;
  readonly #timers: NodeJS.Timeout[] = [];
  readonly #stopped = new Set<DayAgent>();

  constructor({ folder, agents, rate, release, tell }: WorldOptions) {
    this.folder = folder;
    this.tell = tell;
    this.#rate = rate;
    this.hub = new DayHub(folder, release);
    this.agents = Array.from(
      { length: agents },
      (_, number) => new DayAgent(number, folder, release.agent),
    );
  }

  /** Hub and agents run, and logs grow. */
  async open(): Promise<void> {
    await this.hub.start();
    const client = await this.hub.client();
    await this.each(async (agent) => {
      agent.configure({});
      const { token } = await client.call(createEnrolToken, { body: {} });
      await agent.enroll(this.hub.ready.link, token);
      agent.write(1);
      agent.start();
    });
    this.write();
    this.#timers.push(setInterval(() => this.#sample(), SAMPLE_MS));
  }

  /** Lets logs grow, each at its rate. */
  write(): void {
    let due = 0;
    const more = (): void => {
      due += this.#rate * WRITE_MS / 1000;
      const lines = Math.floor(due);
      due -= lines;
      for (const agent of this.agents) if (!this.#stopped.has(agent)) agent.write(lines);
    };
    this.#timers.unshift(setInterval(more, WRITE_MS));
  }

  stopWriting(): void {
    clearInterval(this.#timers.shift());
  }

  /** Lets one log rest, or grow again. */
  rest(agent: DayAgent, isResting: boolean): void {
    if (isResting) this.#stopped.add(agent);
    else this.#stopped.delete(agent);
  }

  /** Does the same with all agents, some at a time. */
  async each(act: (agent: DayAgent) => Promise<void>): Promise<void> {
    const left = [...this.agents];
    const next = async (): Promise<void> => {
      for (let agent = left.shift(); agent !== undefined; agent = left.shift()) await act(agent);
    };
    // All come to their end before one's failure is told: no process may be started after it.
    const ended = await Promise.allSettled(Array.from({ length: ABREAST }, next));
    for (const one of ended) if (one.status === "rejected") throw one.reason;
  }

  /** Events that the hub has counted in its ledger, by agent id. */
  async stored(): Promise<ReadonlyMap<string, number>> {
    const client = await this.hub.client();
    const { sources } = await client.call(listSources, {});
    return new Map(
      sources.filter(({ source }) => source === SOURCE).map((one) => [one.agent, one.events]),
    );
  }

  /** The hub comes to have all that is written now. @throws {Error} Whose it lacks. */
  async untilStored(): Promise<void> {
    const wanted = this.agents.map((agent) => ({
      agent,
      lines: agent.written - agent.gone.size,
    }));
    const deadline = performance.now() + LATEST_MS;
    for (;;) {
      const stored = await this.stored();
      const behind = wanted.filter(({ agent, lines }) =>
        agent.ids.reduce((sum, id) => sum + (stored.get(id) ?? 0), 0) < lines
      );
      if (behind.length === 0) return;
      if (performance.now() > deadline) throw new Error(lacks(behind));
      await pause(ASK_MS);
    }
  }

  /** All agents come to be well. @throws {Error} Which is not, and why. */
  async untilWell(): Promise<void> {
    const deadline = performance.now() + WELL_MS;
    for (;;) {
      const ill = this.agents.find(({ status }) => status === undefined || troubled(status));
      if (ill === undefined) break;
      if (performance.now() > deadline) {
        const why = ill.status?.troubles.join(", ") ?? "it has told nothing";
        throw new Error(`Agent ${ill.number} is not well: ${why}`);
      }
      await pause(ASK_MS);
    }
    const wrong = this.agents.find(({ broken }) => broken > 0);
    if (wrong !== undefined) throw new Error(`Agent ${wrong.number} does not conserve events`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    await this.each((agent) => agent.stop());
    await this.hub.stop();
  }

  /** Memory from now on. */
  resetMemory() {
    return this.#memory = { hub: new Samples(), agents: new Map<DayAgent, Samples>() };
  }

  at(name: string): string {
    return join(this.folder, name);
  }

  #sample(): void {
    const now = performance.now();
    const { hub, agents } = this.#memory;
    hub.add(now, residentBytes(this.hub.pid));
    for (const agent of this.agents) {
      const samples = agents.get(agent) ?? new Samples();
      agents.set(agent, samples);
      samples.add(now, residentBytes(agent.pid));
    }
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, ms));
}

function troubled({ troubles }: { readonly troubles: readonly string[] }): boolean {
  return troubles.length > 0;
}

function lacks(behind: readonly { readonly agent: DayAgent; readonly lines: number }[]): string {
  const [first] = behind;
  const troubles = first?.agent.status?.troubles.join(", ") || "no trouble";
  return `The hub lacks lines of ${behind.length} agents after ${LATEST_MS / 1000} s; ` +
    `agent ${first?.agent.number} tells ${troubles}`;
}
