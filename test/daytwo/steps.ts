/**
 * The steps of day two. Each gives what it has seen, or throws what broke.
 *
 * @module
 */
import { rmSync } from "node:fs";
import { join } from "node:path";
import * as v from "valibot";
import { runToEnd } from "../../compile/demo/child.ts";
import { createEnrolToken } from "../../sdk/api/agents.ts";
import { listAlerts } from "../../sdk/api/alerts.ts";
import { makeOperators, type Operators } from "../flow/hub_operators.ts";
import { caughtUp } from "../flow/test_hub.ts";
import type { Release } from "./releases.ts";
import { Questions } from "./questions.ts";
import { pause, type World } from "./world.ts";

/** What must stay below, from the end of warming up to the end of the soak. */
const MOST_GROWTH = { hubBytes: 64 * 1024 ** 2, agentBytes: 8 * 1024 ** 2 };
/** A shorter soak says nothing of memory. */
const LEAST_SOAK_S = 300;
/** Events go on so long after a backup, so that the restored hub lacks some, in ms. */
const SINCE_BACKUP_MS = 5_000;
const MOST_TRIES = 60;
const MIB = 1024 ** 2;

export interface StepOptions {
  readonly world: World;
  readonly present: Release;
  readonly soakSeconds: number;
}

export interface Step {
  readonly name: string;
  readonly what: string;
  run(options: StepOptions): Promise<string>;
}

const Holder = v.looseObject({ holder: v.string() });
const Event = v.looseObject({ event: v.string(), agent: v.optional(v.string()) });

/** The operators, once a step has made them. */
const made: { operators?: Operators; hasHolder?: boolean } = {};

const upgrade: Step = {
  name: "upgrade",
  what: "hub, then each agent, to this release while events come",
  async run({ world, present }) {
    await world.hub.stop();
    await world.hub.start(present);
    await world.untilStored();
    made.operators = makeOperators(world.folder, world.hub.data);
    made.hasHolder = true;
    const { holder } = v.parse(Holder, (await keys({ world, present }, "init"))[0]);
    await world.each(async (agent) => {
      await agent.stop();
      agent.configure({ program: present.agent, holder });
      agent.start();
    });
    await keys({ world, present }, "approve", ...world.agents.flatMap(({ ids }) => ids));
    await pushUntil({ world, present }, world.agents.flatMap(({ ids }) => ids));
    await world.untilStored();
    await world.untilWell();
    return `hub and ${world.agents.length} agents; they have the keys of a holder`;
  },
};

const restore: Step = {
  name: "restore",
  what: "the hub's disk is lost, two operators sign what was restored",
  async run({ world }) {
    const { hub } = world;
    const operators = made.operators ??= makeOperators(world.folder, hub.data);
    // Agents learn of operators when they connect.
    await hub.stop();
    await hub.start();
    await world.untilStored();
    operators.backup(hub.data);
    await pause(SINCE_BACKUP_MS);
    await world.untilStored();
    await hub.kill();
    rmSync(hub.data, { recursive: true });
    operators.sign(operators.restore(hub.data), 2);
    await hub.start();
    await world.untilStored();
    await world.untilWell();
    await alerted(world, "hub-rolled-back", "");
    return `agents have sent again what came after the backup`;
  },
};

const rotate: Step = {
  name: "rotate",
  what: "the token key is rotated while events come",
  async run({ world, present }) {
    if (made.hasHolder !== true) throw new Error("There is no key holder without the step upgrade");
    const pushed = (await pushKeys({ world, present }, "rotate", "--in", "0s")).length;
    if (pushed !== world.agents.length) throw new Error(`Only ${pushed} agents got the new key`);
    await world.untilStored();
    await world.untilWell();
    return `${pushed} agents have the next epoch`;
  },
};

const disk: Step = {
  name: "disk",
  what: "an agent's disk is lost, with its logs; it enrols again",
  async run({ world, present }) {
    const agent = world.agents[0]!;
    const [old = ""] = agent.ids.slice(-1);
    world.rest(agent, true);
    await agent.loseDisk();
    await caughtUp(await world.hub.client());
    const before = (await world.stored()).get(old) ?? 0;
    for (let n = before; n < agent.written; n++) agent.gone.add(n);
    const client = await world.hub.client();
    const { token } = await client.call(createEnrolToken, { body: {} });
    await agent.enroll(world.hub.ready.link, token);
    if (made.hasHolder === true) {
      await keys({ world, present }, "approve", agent.ids.at(-1) ?? "");
      await keys({ world, present }, "revoke", old);
    }
    agent.write(1);
    world.rest(agent, false);
    agent.start();
    if (made.hasHolder === true) await pushUntil({ world, present }, agent.ids.slice(-1));
    await world.untilStored();
    await world.untilWell();
    await alerted(world, "host-enrolled-again", old);
    return `${agent.gone.size} lines went with it, the hub has ${before} of before`;
  },
};

const soak: Step = {
  name: "soak",
  what: "all goes on, and questions are asked in KQL; memory stays flat",
  async run({ world, soakSeconds }) {
    const questions = new Questions(world);
    const memory = world.resetMemory();
    const end = performance.now() + soakSeconds * 1000;
    let told = performance.now();
    while (performance.now() < end) {
      await pause(Math.min(1000, soakSeconds * 1000));
      if (performance.now() - told < 60_000) continue;
      told = performance.now();
      const left = Math.round((end - told) / 1000);
      world.tell(`  soak: ${left} s left, hub ${mib(memory.hub.last)} MiB`);
    }
    await questions.stop();
    await world.untilStored();
    await world.untilWell();
    const slopes = [...memory.agents.values()].map(({ slope }) => slope).toSorted((a, b) => a - b);
    const worst = slopes.at(-1) ?? 0;
    const minutes = soakSeconds / 60;
    const words = `hub ${mib(memory.hub.last)} MiB, slope ${mib(memory.hub.slope)} MiB/min; ` +
      `agents ${mib(middle([...memory.agents.values()].map(({ last }) => last)))} MiB, slope ` +
      `${mib(middle(slopes))} MiB/min, the worst ${mib(worst)}; ` +
      `${questions.asked} queries`;
    const grows = memory.hub.slope * minutes > MOST_GROWTH.hubBytes ||
      middle(slopes) * minutes > MOST_GROWTH.agentBytes;
    if (grows && soakSeconds >= LEAST_SOAK_S) throw new Error(`Memory grows: ${words}`);
    return words;
  },
};

/** In their order. */
export const STEPS: readonly Step[] = [upgrade, restore, rotate, disk, soak];

/** @throws {Error} Unless the hub has an alert of `rule` about it. */
async function alerted({ hub }: World, rule: string, about: string): Promise<void> {
  const client = await hub.client();
  await caughtUp(client);
  const { alerts } = await client.call(listAlerts, { query: {} });
  if (alerts.some((alert) => alert.rule === rule && alert.entity.includes(about))) return;
  throw new Error(`The hub has no alert ${rule}`);
}

type Where = Pick<StepOptions, "world" | "present">;

function keys({ world, present }: Where, verb: string, ...words: readonly string[]) {
  return runToEnd({
    ...{ name: "keys", cwd: world.folder, env: {}, errorLog: world.at("keys.err") },
    command: [
      ...[present.agent, "keys", verb, ...words],
      ...["--store", join(world.folder, "holder"), "--output", "json"],
    ],
  });
}

/** Gives the agents that were given a package. */
async function pushKeys(where: Where, verb: string, ...words: readonly string[]) {
  const { hub } = where.world;
  const key = await hub.key("keys:write");
  const told = await keys(where, verb, ...words, "--hub", hub.ready.page, "--key", key);
  return v.parse(v.array(Event), told).filter(({ event }) => event === "pushed").map((one) =>
    one.agent ?? ""
  );
}

/** An agent tells its box key when it connects: before that the holder passes it over. */
async function pushUntil(where: Where, agents: readonly string[]): Promise<void> {
  for (let tries = 0; tries < MOST_TRIES; tries++) {
    const pushed = new Set(await pushKeys(where, "push"));
    if (agents.every((agent) => pushed.has(agent))) return;
    await pause(1000);
  }
  throw new Error("Not all agents got token keys");
}

function middle(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0;
}

function mib(bytes: number): string {
  return (bytes / MIB).toFixed(bytes < MIB * 10 ? 2 : 0);
}
