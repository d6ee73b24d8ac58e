/**
 * The crash law: whoever is killed, and whenever, each line of a log that can be read again is at
 * the hub once.
 *
 * `CUSTOS_KILLS` kills more often, `CUSTOS_SEED` repeats a run.
 *
 * @module
 */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { ledgerEntries } from "../../hub/ledger/stopped.ts";
import { killAgentAfter, startAgent, statusWhen } from "../flow/test_agent.ts";
import { killHubAfter, startHub } from "../flow/test_hub.ts";
import {
  buildAgent,
  checkLedger,
  finish,
  hub,
  keepWriting,
  lifeOf,
  openScene,
  pause,
} from "./scene.ts";

const AGENT_KILLS = Number(process.env["CUSTOS_KILLS"] ?? 30);
const HUB_KILLS = Number(process.env["CUSTOS_KILLS"] ?? 8);
/** A kill comes so long after the start, in ms: from before the first read to amid the work. */
const AGENT_LIVES = { least: 20, most: 600 };
/** On a busy machine a life is longer: so many times what a start takes. */
const STARTS_PER_LIFE = 6;
const HUB_STARTS = { least: 20, most: 400 };
const HUB_LIVES = { least: 100, most: 2_000 };
/** A kill of the hub takes about 2 s on a machine at rest. */
const TEST_MS = 900_000 + 6_000 * Math.max(AGENT_KILLS, HUB_KILLS);

const seed = Number(process.env["CUSTOS_SEED"] ?? Date.now() % 2 ** 31);
const work = mkdtempSync(join(tmpdir(), "custos-crash-"));
let program = "";

before(async () => {
  console.log(`CUSTOS_SEED=${seed}`);
  program = await buildAgent(work);
});

after(() => rmSync(work, { recursive: true }));

test(`an agent that is killed ${AGENT_KILLS} times loses and doubles no line`, {
  timeout: TEST_MS,
}, async () => {
  await using scene = await openScene({ folder: join(work, "agent"), program, seed });
  const { place, random, relay } = scene;
  const started = performance.now();
  let startMs = 0;
  {
    // From its first key on it changes keys at each start: kills come before, amid and after that.
    await using agent = startAgent(place);
    await statusWhen(agent, () => true);
    startMs = Math.ceil(performance.now() - started);
    await statusWhen(agent, ({ key }) => key.number > 0);
  }
  const lives = { ...AGENT_LIVES, most: Math.max(AGENT_LIVES.most, STARTS_PER_LIFE * startMs) };
  using writing = keepWriting(scene.logs, random);
  for (let kill = 0; kill < AGENT_KILLS; kill++) {
    // In some lives the hub is away, and the spool grows.
    relay.target = random.below(4) === 0 ? undefined : hub(scene).linkPort;
    await killAgentAfter(place, lifeOf(lives, random));
  }
  relay.target = hub(scene).linkPort;
  writing[Symbol.dispose]();
  await finish(scene);
  const { boots } = await checkLedger(scene);
  // Else the kills came before any work.
  assert.ok(boots > AGENT_KILLS / 10, `only ${boots} lives of the agent have left a frame`);
  const entries = await Array.fromAsync(ledgerEntries(join(scene.hubFolder, "ledger")));
  const keys = entries.filter(({ kind }) => kind === "succession").length;
  console.log(`${keys} keys`);
  assert.ok(keys > AGENT_KILLS / 4, `only ${keys} keys`);
});

test(`a hub that is killed ${HUB_KILLS} times loses and doubles no line`, {
  timeout: TEST_MS,
}, async () => {
  await using scene = await openScene({ folder: join(work, "hub"), program, seed });
  const { random, hubFolder, relay } = scene;
  const agent = startAgent(scene.place);
  using writing = keepWriting(scene.logs, random);
  for (let kill = 0; kill < HUB_KILLS; kill++) {
    await hub(scene).kill();
    // It is killed at its start as well.
    await killHubAfter(hubFolder, lifeOf(HUB_STARTS, random));
    scene.hub = await startHub(hubFolder);
    relay.target = scene.hub.linkPort;
    await pause(lifeOf(HUB_LIVES, random));
  }
  writing[Symbol.dispose]();
  await agent[Symbol.asyncDispose]();
  assert.equal(await agent.ended, 0, agent.errors());
  await finish(scene);
  await checkLedger(scene);
});
