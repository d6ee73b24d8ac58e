/**
 * An agent and a hub of the crash law, with logs whose lines are numbered: what was written, and
 * whether the ledger has each of it once.
 *
 * @module
 */
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { dirname, join } from "node:path";
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
  runAgentCommand,
  startAgent,
  statusWhen,
  writeConfig,
} from "../flow/test_agent.ts";
import { caughtUp, startHub, type TestHub } from "../flow/test_hub.ts";

const ROOT = dirname(dirname(import.meta.dirname));
/** Small groups of small frames: more places to be killed at. */
const BATCH = { flush: "40ms", rows: 64 };
/** Time between two writes to the logs, and the most lines of one, for each log. */
const WRITE_MS = 10;
const MOST_LINES = 40;

/** A running hub, and an agent that is enrolled and does not run. */
export interface Scene extends AsyncDisposable {
  readonly place: AgentPlace;
  readonly hubFolder: string;
  readonly logs: NumberedLogs;
  readonly relay: Awaited<ReturnType<typeof openRelay>>;
  readonly random: Random;
  hub: TestHub | undefined;
}

export interface SceneOptions {
  /** New: logs are here, and what has no folder of its own. */
  readonly folder: string;
  /** The compiled agent. */
  readonly program: string;
  readonly seed: number;
  /** Of the agent's data. */
  readonly dataFolder?: string;
  readonly hubFolder?: string;
  /** Sections of the agent's config, beside those that all have. */
  readonly sections?: object;
}

/** Compiles the agent into `folder`; gives the program's path. */
export async function buildAgent(folder: string): Promise<string> {
  const program = join(folder, "custos");
  const entry = join(ROOT, "agent", "main.ts");
  await buildProgram({ entry, outfile: program, target: hostTarget(), root: ROOT });
  return program;
}

/** Starts the hub and enrols the agent. */
export async function openScene(options: SceneOptions): Promise<Scene> {
  const { folder, program, seed } = options;
  const { dataFolder = join(folder, "data"), hubFolder = join(folder, "hub") } = options;
  mkdirSync(folder, { recursive: true });
  const relay = await openRelay();
  const started = await startHub(hubFolder);
  relay.target = started.linkPort;
  const logs = numberedLogs(join(folder, "logs"));
  const place: AgentPlace = { program: [program], folder };
  const agent = { data_dir: dataFolder, host: "test-host" };
  writeConfig(place, { agent, batch: BATCH, sources: logs.sources, ...options.sections });
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

/** The hub that runs now. */
export function hub({ hub: running }: Scene): TestHub {
  assert.ok(running !== undefined, "the hub was stopped");
  return running;
}

/** A number of ms between two. */
export function lifeOf({ least, most }: { least: number; most: number }, random: Random): number {
  return least + random.below(most - least);
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, ms));
}

/** Writes to the logs until it is disposed of. */
export function keepWriting(logs: NumberedLogs, random: Random): Disposable {
  const timer = setInterval(() => logs.write(random.below(MOST_LINES)), WRITE_MS);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

/** A last life, undisturbed, up to the last line; then all must be in order. */
export async function finish(scene: Scene): Promise<void> {
  const { place, logs } = scene;
  logs.write(1);
  logs.end();
  const client = await hub(scene).client();
  const agent = startAgent(place);
  const last = await statusWhen(agent, async (status) =>
    isAllAcked(status) &&
    await isThere(client, "Syslog", `ProcessID == ${logs.syslogLines - 1}`) &&
    await isThere(client, "W3CIISLog", `TimeTaken == ${logs.iisLines - 1}`));
  assertInOrder(last, await gapsOf(client));
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
  }).catch(noTable);
  return rows.length > 0;
}

/** A table is not there before its first row. */
function noTable(error: unknown): { readonly rows: readonly unknown[] } {
  if (error instanceof Error && "code" in error && error.code === "missing") return { rows: [] };
  throw error;
}

/** What the hub knows of losses. */
async function gapsOf(client: HubClient): Promise<readonly unknown[]> {
  const { rows } = await client.call(queryEvents, { body: { table: "Gap", limit: 20 } })
    .catch(noTable);
  return rows;
}

function assertInOrder({ sources, troubles }: AgentStatus, gaps: readonly unknown[]): void {
  assert.deepEqual(gaps, []);
  assert.deepEqual(troubles, []);
  for (const { source, shed, gaps: told } of sources) {
    assert.deepEqual({ source, shed, gaps: told }, { source, shed: 0, gaps: 0 });
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
export async function checkLedger({ logs, hubFolder }: Scene): Promise<{ readonly boots: number }> {
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
