/**
 * The crash law on a real file system whose power is cut, which begins to fail or is full: each
 * line of a log that can be read again is at the hub once.
 *
 * `CUSTOS_POWER_CUTS` cuts more often, `CUSTOS_SEED` repeats a run.
 *
 * @module
 */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { type AgentStatus, startAgent, statusWhen, type TestAgent } from "../flow/test_agent.ts";
import { startHub } from "../flow/test_hub.ts";
import { type LoopDisk, openLoopDisk } from "./loop_disk.ts";
import { type MemoryDisk, openMemoryDisk } from "./memory_disk.ts";
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

const CUTS = Number(process.env["CUSTOS_POWER_CUTS"] ?? 3);
const AGENT_LIVES = { least: 100, most: 1_500 };
const HUB_LIVES = { least: 100, most: 2_000 };
const TEST_MS = 900_000;

const seed = Number(process.env["CUSTOS_SEED"] ?? Date.now() % 2 ** 31);
const work = mkdtempSync(join(tmpdir(), "custos-power-"));
let program = "";

const skip = mayMount() ? false : "no file system may be mounted here";
if (skip !== false) {
  console.log("not run: power cuts, failing and full disks, for none may be mounted here");
}

before(async () => {
  console.log(`CUSTOS_SEED=${seed}`);
  if (skip === false) program = await buildAgent(work);
});

after(() => rmSync(work, { recursive: true }));

test(`an agent whose power is cut ${CUTS} times loses and doubles no line`, {
  timeout: TEST_MS,
  skip,
}, async () => {
  using disk = open();
  const places = { folder: join(work, "agent"), dataFolder: disk.path };
  await using scene = await openScene({ ...places, program, seed });
  using writing = keepWriting(scene.logs, scene.random);
  for (let cut = 0; cut < CUTS; cut++) {
    scene.relay.target = scene.random.below(4) === 0 ? undefined : hub(scene).linkPort;
    const agent = startAgent(scene.place);
    await pause(lifeOf(AGENT_LIVES, scene.random));
    await disk.cutPower(agent.pid, agent.ended);
  }
  scene.relay.target = hub(scene).linkPort;
  writing[Symbol.dispose]();
  await finish(scene);
  const { boots } = await checkLedger(scene);
  assert.ok(boots > CUTS / 10, `only ${boots} lives of the agent have left a frame`);
});

test(`a hub whose power is cut ${CUTS} times loses and doubles no line`, {
  timeout: TEST_MS,
  skip,
}, async () => {
  using disk = open();
  const hubFolder = disk.path;
  await using scene = await openScene({ folder: join(work, "hub"), program, seed, hubFolder });
  const agent = startAgent(scene.place);
  using writing = keepWriting(scene.logs, scene.random);
  for (let cut = 0; cut < CUTS; cut++) {
    await pause(lifeOf(HUB_LIVES, scene.random));
    await disk.cutPower(hub(scene).pid, hub(scene).ended);
    scene.hub = await startHub(hubFolder);
    scene.relay.target = scene.hub.linkPort;
  }
  writing[Symbol.dispose]();
  await agent[Symbol.asyncDispose]();
  assert.equal(await agent.ended, 0, agent.errors());
  await finish(scene);
  await checkLedger(scene);
});

test("an agent whose disk begins to fail says so, and goes on where it was durable", {
  timeout: TEST_MS,
  skip,
}, async () => {
  using disk = open();
  const places = { folder: join(work, "eio"), dataFolder: disk.path };
  await using scene = await openScene({ ...places, program, seed });
  using writing = keepWriting(scene.logs, scene.random);
  const agent = startAgent(scene.place);
  await statusWhen(agent, ({ sources }) => sources.some(({ acked }) => acked > 0));
  // While the hub is away the spool alone grows: it is what comes to the end of the device.
  scene.relay.target = undefined;
  disk.failAfter(1);
  await troubled(agent);
  process.kill(agent.pid, "SIGKILL");
  await agent.ended;
  disk.repair();
  scene.relay.target = hub(scene).linkPort;
  writing[Symbol.dispose]();
  await finish(scene);
  await checkLedger(scene);
});

test("a hub whose disk begins to fail acknowledges nothing that it has not", {
  timeout: TEST_MS,
  skip,
}, async () => {
  using disk = open();
  const hubFolder = disk.path;
  await using scene = await openScene({ folder: join(work, "hub-eio"), program, seed, hubFolder });
  using writing = keepWriting(scene.logs, scene.random);
  const agent = startAgent(scene.place);
  await statusWhen(agent, ({ sources }) => sources.some(({ acked }) => acked > 0));
  disk.failAfter(1);
  // It ends, or takes no more frames.
  await stuck(agent);
  await hub(scene).kill();
  disk.repair();
  scene.hub = await startHub(hubFolder);
  scene.relay.target = scene.hub.linkPort;
  writing[Symbol.dispose]();
  await agent[Symbol.asyncDispose]();
  assert.equal(await agent.ended, 0, agent.errors());
  await finish(scene);
  await checkLedger(scene);
});

test("an agent whose disk is full says so, and goes on once there is room", {
  timeout: TEST_MS,
  skip,
}, async () => {
  using disk = openFull();
  // Nothing is kept free: it must meet the end itself.
  const sections = { spool: { free_space_floor: "0B" } };
  const places = { folder: join(work, "full"), dataFolder: disk.path, sections };
  await using scene = await openScene({ ...places, program, seed });
  using writing = keepWriting(scene.logs, scene.random);
  const agent = startAgent(scene.place);
  await statusWhen(agent, ({ sources }) => sources.some(({ acked }) => acked > 0));
  scene.relay.target = undefined;
  disk.fill();
  await statusWhen(
    agent,
    ({ sources }) => sources.some(({ why }) => /the spool is full|there is no room/.test(why)),
  );
  disk.giveBack();
  scene.relay.target = hub(scene).linkPort;
  writing[Symbol.dispose]();
  await agent[Symbol.asyncDispose]();
  assert.equal(await agent.ended, 0, agent.errors());
  await finish(scene);
  await checkLedger(scene);
});

test("a hub whose disk is full acknowledges nothing that it has not, and goes on", {
  timeout: TEST_MS,
  skip,
}, async () => {
  using disk = openFull();
  const hubFolder = disk.path;
  await using scene = await openScene({ folder: join(work, "hub-full"), program, seed, hubFolder });
  using writing = keepWriting(scene.logs, scene.random);
  const agent = startAgent(scene.place);
  await statusWhen(agent, ({ sources }) => sources.some(({ acked }) => acked > 0));
  disk.fill();
  const before = await stuck(agent);
  disk.giveBack();
  // The same hub: it has not ended.
  await statusWhen(agent, (status) => ackedOf(status) > before);
  writing[Symbol.dispose]();
  await agent[Symbol.asyncDispose]();
  assert.equal(await agent.ended, 0, agent.errors());
  await finish(scene);
  await checkLedger(scene);
});

/** Until the agent tells of its disk, or has ended with a message. */
async function troubled(agent: TestAgent): Promise<void> {
  const isIn = /EIO|EROFS|ENOSPC|read-only|disk|no room/i;
  await statusWhen(
    agent,
    ({ troubles, sources }) =>
      isIn.test([...troubles, ...sources.map(({ why }) => why)].join("\n")),
  ).catch(() => assert.match(agent.errors(), isIn));
}

/** Until nothing has been acknowledged for three statuses; gives how much was. */
async function stuck(agent: TestAgent): Promise<number> {
  let before = -1;
  let same = 0;
  await statusWhen(agent, (status) => {
    const acked = ackedOf(status);
    same = acked === before ? same + 1 : 0;
    before = acked;
    return same >= 3;
  });
  return before;
}

function ackedOf({ sources }: AgentStatus): number {
  return sources.reduce((sum, { acked }) => sum + acked, 0);
}

function open(): LoopDisk {
  const disk = openLoopDisk();
  assert.ok(disk !== undefined, "no disk could be made");
  return disk;
}

function openFull(): MemoryDisk {
  const disk = openMemoryDisk();
  assert.ok(disk !== undefined, "no disk could be made");
  return disk;
}

function mayMount(): boolean {
  const disk = openLoopDisk();
  disk?.[Symbol.dispose]();
  return disk !== undefined;
}
