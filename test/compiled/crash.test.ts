/**
 * The crash law: whoever is killed, and whenever, each line of a log that can be read again is at
 * the hub once.
 *
 * `CUSTOS_KILLS` kills more often, `CUSTOS_SEED` repeats a run.
 *
 * @module
 */
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { type Random, randomOf } from "../../compile/demo/random.ts";
import { buildProgram } from "../../compile/program.ts";
import { hostTarget } from "../../compile/targets.ts";
import { queryEvents } from "../../sdk/api/events.ts";
import { listSources } from "../../sdk/api/status.ts";
import { cellOf } from "../../sdk/columns/cell.ts";
import type { HubClient } from "../../sdk/client/client.ts";
import { ledgerFrames } from "../../hub/ledger/stopped.ts";
import { type NumberedLogs, numberedLogs } from "../flow/numbered_logs.ts";
import { openRelay } from "../flow/relay.ts";
import {
  type AgentPlace,
  type AgentStatus,
  isAllAcked,
  killAgentAfter,
  runAgentCommand,
  startAgent,
  statusWhen,
  writeConfig,
} from "../flow/test_agent.ts";
import { caughtUp, killHubAfter, startHub, type TestHub } from "../flow/test_hub.ts";

const ROOT = dirname(dirname(import.meta.dirname));
const AGENT_KILLS = Number(process.env["CUSTOS_KILLS"] ?? 60);
const HUB_KILLS = Number(process.env["CUSTOS_KILLS"] ?? 12);
/** A kill comes so long after the start, in ms: from before the first read to amid the work. */
const AGENT_LIVES = { least: 20, most: 600 };
const HUB_STARTS = { least: 20, most: 400 };
const HUB_LIVES = { least: 100, most: 2_000 };
/** Small groups of small frames: more places to be killed at. */
const BATCH = { flush: "40ms", rows: 64 };
/** Time between two writes to the logs, and the most lines of one, for each log. */
const WRITE_MS = 10;
const MOST_LINES = 40;
const TEST_MS = 900_000;

const seed = Number(process.env["CUSTOS_SEED"] ?? Date.now() % 2 ** 31);
const work = mkdtempSync(join(tmpdir(), "custos-crash-"));
const program = join(work, "custos");

before(async () => {
  console.log(`CUSTOS_SEED=${seed}`);
  const entry = join(ROOT, "agent", "main.ts");
  await buildProgram({ entry, outfile: program, target: hostTarget(), root: ROOT });
});

after(() => rmSync(work, { recursive: true }));

test(`an agent that is killed ${AGENT_KILLS} times loses and doubles no line`, {
  timeout: TEST_MS,
}, async () => {
  await using scene = await openScene("agent");
  const { place, random, relay } = scene;
  using writing = keepWriting(scene.logs, random);
  for (let kill = 0; kill < AGENT_KILLS; kill++) {
    // In some lives the hub is away, and the spool grows.
    relay.target = random.below(4) === 0 ? undefined : hub(scene).linkPort;
    await killAgentAfter(place, lifeOf(AGENT_LIVES, random));
  }
  relay.target = hub(scene).linkPort;
  writing[Symbol.dispose]();
  await finish(scene);
  const { boots } = await checkLedger(scene);
  // Else the kills came before any work.
  assert.ok(boots > AGENT_KILLS / 3, `only ${boots} lives of the agent have left a frame`);
});

test(`a hub that is killed ${HUB_KILLS} times loses and doubles no line`, {
  timeout: TEST_MS,
}, async () => {
  await using scene = await openScene("hub");
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

interface Scene extends AsyncDisposable {
  readonly place: AgentPlace;
  readonly hubFolder: string;
  readonly logs: NumberedLogs;
  readonly relay: Awaited<ReturnType<typeof openRelay>>;
  readonly random: Random;
  hub: TestHub | undefined;
}

/** A hub that runs, and an agent that is enrolled and does not. */
async function openScene(name: string): Promise<Scene> {
  const folder = join(work, name);
  mkdirSync(folder);
  const relay = await openRelay();
  const hubFolder = join(folder, "hub");
  const started = await startHub(hubFolder);
  relay.target = started.linkPort;
  const logs = numberedLogs(join(folder, "logs"));
  const place: AgentPlace = { program: [program], folder };
  writeConfig(place, { batch: BATCH, sources: logs.sources });
  const link = `wss://127.0.0.1:${relay.port}`;
  const { enrollToken } = started.ready;
  await runAgentCommand(place, ["enroll", "--hub", link, "--token", enrollToken]);
  const scene: Scene = {
    place,
    hubFolder,
    logs,
    relay,
    random: randomOf(seed),
    hub: started,
    async [Symbol.asyncDispose]() {
      relay[Symbol.dispose]();
      await scene.hub?.[Symbol.asyncDispose]();
    },
  };
  return scene;
}

function hub({ hub: running }: Scene): TestHub {
  assert.ok(running !== undefined, "the hub was stopped");
  return running;
}

function lifeOf({ least, most }: { least: number; most: number }, random: Random): number {
  return least + random.below(most - least);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, ms));
}

function keepWriting(logs: NumberedLogs, random: Random): Disposable {
  const timer = setInterval(() => logs.write(random.below(MOST_LINES)), WRITE_MS);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

/** A last life, undisturbed, up to the last line; then all must be in order. */
async function finish(scene: Scene): Promise<void> {
  const { place, logs } = scene;
  logs.write(1);
  logs.end();
  const client = await hub(scene).client();
  const agent = startAgent(place);
  const last = await statusWhen(agent, async (status) =>
    isAllAcked(status) &&
    await isThere(client, "Syslog", `ProcessID == ${logs.syslogLines - 1}`) &&
    await isThere(client, "W3CIISLog", `TimeTaken == ${logs.iisLines - 1}`));
  assertInOrder(last);
  await agent[Symbol.asyncDispose]();
  assert.equal(await agent.ended, 0, agent.errors());
  await runAgentCommand(place, ["spool", "verify"]);
  await checkHub(scene, client);
  await hub(scene)[Symbol.asyncDispose]();
  assert.equal(await hub(scene).ended, 0, "the hub did not stop cleanly");
  scene.hub = undefined;
}

async function isThere(client: HubClient, table: string, where: string): Promise<boolean> {
  const [column = "", , value] = where.split(" ");
  const { rows } = await client.call(queryEvents, {
    body: { table, where: [{ column, op: "==", value: Number(value) }], limit: 2 },
  }).catch((error: unknown) => {
    // The table is not there before its first row.
    if (error instanceof Error && "code" in error && error.code === "missing") return { rows: [] };
    throw error;
  });
  return rows.length > 0;
}

function assertInOrder({ sources, troubles }: AgentStatus): void {
  assert.deepEqual(troubles, []);
  for (const { source, shed, gaps } of sources) {
    assert.deepEqual({ source, shed, gaps }, { source, shed: 0, gaps: 0 });
  }
}

/** Every follower has caught up; what the hub counts is what was written. */
async function checkHub({ logs }: Scene, client: HubClient): Promise<void> {
  await caughtUp(client);
  const { sources } = await client.call(listSources, {});
  const eventsOf = (name: string) => sources.find(({ source }) => source === name)?.events;
  assert.deepEqual(
    { sys: eventsOf("sys"), web: eventsOf("web") },
    { sys: logs.syslogLines, web: logs.iisLines },
  );
}

/** Each number of each log once, in the ledger. */
async function checkLedger({ logs, hubFolder }: Scene): Promise<{ readonly boots: number }> {
  const counts = { Syslog: times(logs.syslogLines), W3CIISLog: times(logs.iisLines) };
  const columns = { Syslog: "ProcessID", W3CIISLog: "TimeTaken" };
  const boots = new Set<string>();
  const gaps: string[] = [];
  for await (const { header, batch } of ledgerFrames(join(hubFolder, "ledger"))) {
    boots.add(Buffer.from(header.boot).toString("hex"));
    if (header.kind === "gap") gaps.push(batch.table);
    if (batch.table !== "Syslog" && batch.table !== "W3CIISLog") continue;
    const numbers = batch.columns.find(({ name }) => name === columns[batch.table as "Syslog"]);
    for (let row = 0; row < batch.rows; row++) {
      const n = numbers && cellOf(numbers, row);
      assert.ok(typeof n === "number", `a row of ${batch.table} has no number`);
      counts[batch.table as "Syslog"][n]!++;
    }
  }
  for (const [table, of] of Object.entries(counts)) {
    const lost = of.flatMap((count, n) => count === 0 ? [n] : []);
    const doubled = of.flatMap((count, n) => count > 1 ? [n] : []);
    assert.deepEqual({ table, lost: lost.length, doubled: doubled.length }, {
      table,
      lost: 0,
      doubled: 0,
    }, `lost ${lost.slice(0, 20).join()}, doubled ${doubled.slice(0, 20).join()}`);
    console.log(`${table}: ${of.length} lines, 0 lost, 0 doubled, ${boots.size} boots`);
  }
  assert.deepEqual(gaps, []);
  return { boots: boots.size };
}

function times(lines: number): number[] {
  return Array.from({ length: lines }, () => 0);
}
