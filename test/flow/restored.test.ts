/**
 * A hub whose disk was lost, and that was restored from a backup. docs/disaster.md tells how.
 *
 * @module
 */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { appendFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import * as v from "valibot";
import { listAlerts } from "../../sdk/api/alerts.ts";
import { countLines } from "./counted_lines.ts";
import { makeOperators, type Operators, runHubCommand } from "./hub_operators.ts";
import { numberedLogs } from "./numbered_logs.ts";
import {
  type AgentPlace,
  type AgentStatus,
  dataOf,
  isAllAcked,
  runAgentCommand,
  startAgent,
  statusWhen,
  type TestAgent,
  writeConfig,
} from "./test_agent.ts";
import { caughtUp, startHub, type TestHub } from "./test_hub.ts";

const ROOT = dirname(dirname(import.meta.dirname));
/** Of random bytes, so that no compression helps the spool to keep them. */
const LONG_LINES = 5_000;
const LONG_BYTES = 600;
const TEST_MS = 180_000;

const work = mkdtempSync(join(tmpdir(), "custos-restored-"));
after(() => rmSync(work, { recursive: true }));

interface Scene extends AsyncDisposable {
  readonly folder: string;
  readonly place: AgentPlace;
  readonly operators: Operators;
  readonly data: string;
  readonly port: number;
  readonly agent: TestAgent;
  hub: TestHub;
}

/** A hub with two operators, whom its agent knows. */
async function openScene(name: string, sources: object): Promise<Scene> {
  const folder = join(work, name);
  const place: AgentPlace = {
    program: [process.execPath, join(ROOT, "agent", "main.ts")],
    folder: join(folder, "agent"),
  };
  mkdirSync(place.folder, { recursive: true });
  const data = join(folder, "hub");
  const hub = await startHub(data);
  const operators = makeOperators(folder, data);
  // The smallest budget keeps the least of what was acknowledged.
  const spool = { max_bytes: "8MiB", free_space_floor: "0B" };
  writeConfig(place, { batch: { rows: 100, flush: "20ms" }, spool, sources });
  const { link, enrollToken } = hub.ready;
  await runAgentCommand(place, ["enroll", "--hub", link, "--token", enrollToken]);
  const agent = startAgent(place);
  const scene: Scene = {
    ...{ folder, place, operators, data, agent, hub },
    port: hub.linkPort,
    async [Symbol.asyncDispose]() {
      await agent[Symbol.asyncDispose]();
      await scene.hub[Symbol.asyncDispose]();
    },
  };
  return scene;
}

/** The disk is gone; the hub that is made of its backup serves where the old one did. */
async function loseAndRestore(scene: Scene, look = (_statement: string): void => {}) {
  const { operators, data, port } = scene;
  await scene.hub.kill();
  rmSync(data, { recursive: true });
  const statement = operators.restore(data);
  look(statement);
  operators.sign(statement, 2);
  scene.hub = await startHub(data, ["--link", `127.0.0.1:${port}`]);
}

/** One operator alone makes no hub serve. */
function refusesOne({ operators, data }: Scene, statement: string): void {
  operators.sign(statement, 1);
  const refused = runHubCommand(["serve", "--data", data, "--page", "127.0.0.1:0"]);
  assert.equal(refused.status, 1);
  assert.match(refused.stderr, /1 of 2 known operators have signed/);
}

function allOf(lines: number, source = "sys"): (status: AgentStatus) => boolean {
  return (status) =>
    isAllAcked(status) &&
    status.sources.some((of) => of.source === source && of.acked === lines);
}

async function rulesOf(hub: TestHub): Promise<ReadonlySet<string>> {
  const client = await hub.client();
  await caughtUp(client);
  const { alerts } = await client.call(listAlerts, { query: {} });
  return new Set(alerts.map(({ rule }) => rule));
}

test("a restored hub gets again what its agents hold, once two operators have signed", {
  timeout: TEST_MS,
}, async () => {
  const logs = numberedLogs(join(work, "logs"));
  await using scene = await openScene("whole", logs.sources);
  const { agent, operators, data, place } = scene;
  logs.write(700);
  await statusWhen(agent, ({ sources }) => sources.every(({ acked }) => acked > 0));
  operators.backup(data);
  logs.write(700);
  logs.end();
  await statusWhen(agent, (s) => allOf(1400)(s) && allOf(1400, "web")(s));
  await loseAndRestore(scene, (statement) => refusesOne(scene, statement));
  logs.write(700);
  logs.end();
  const last = await statusWhen(agent, (s) => allOf(2100)(s) && allOf(2100, "web")(s));
  assert.deepEqual(last.troubles, []);
  const rules = await rulesOf(scene.hub);
  assert.ok(rules.has("hub-rolled-back"), [...rules].join());
  const kept = v.parse(
    v.object({ logId: v.string(), rollbacks: v.tuple([v.string()]) }),
    JSON.parse(readFileSync(join(dataOf(place), "hub.json"), "utf8")),
  );
  assert.match(kept.rollbacks[0], /custos-operator\/kim [^]*custos-operator\/lee /);

  // What it has followed once, it follows after its next start without being told.
  await agent[Symbol.asyncDispose]();
  {
    await using again = startAgent(place);
    logs.write(100);
    logs.end();
    await statusWhen(again, (s) => allOf(100)(s) && allOf(100, "web")(s));
  }
  await runAgentCommand(place, ["spool", "verify"]);
  await scene.hub[Symbol.asyncDispose]();
  const all = { lines: 2200, lost: [], doubled: [] };
  assert.deepEqual(await countLines(data, logs), { syslog: all, iis: all, gaps: [] });
});

test("what a restored hub lacks and its agent no longer holds is a signed gap and an alert", {
  timeout: TEST_MS,
}, async () => {
  const log = join(work, "long.log");
  const write = (from: number, lines: number): void => {
    const text = Array.from({ length: lines }, (_, n) => {
      const noise = randomBytes(LONG_BYTES).toString("base64");
      return `<34>1 2026-06-30T10:00:00Z h app ${from + n} - - ${noise}\n`;
    });
    appendFileSync(log, text.join(""));
  };
  write(0, 100);
  const sys = { plugin: "syslog", config: { files: [log], timezone: "UTC" } };
  await using scene = await openScene("holes", { sys });
  const { agent, operators, data, place } = scene;
  await statusWhen(agent, allOf(100));
  operators.backup(data);
  write(100, LONG_LINES);
  await statusWhen(agent, allOf(100 + LONG_LINES));
  await loseAndRestore(scene);
  const lines = 200 + LONG_LINES;
  write(lines - 100, 100);
  await statusWhen(agent, allOf(lines));
  const rules = await rulesOf(scene.hub);
  assert.ok(rules.has("loss-reported") && rules.has("history-cut"), [...rules].join());
  await agent[Symbol.asyncDispose]();
  await runAgentCommand(place, ["spool", "verify"]);
  await scene.hub[Symbol.asyncDispose]();
  const { syslog, gaps } = await countLines(data, { syslogLines: lines, iisLines: 0 });
  assert.deepEqual(syslog.doubled, []);
  const { lost } = syslog;
  assert.ok(lost.length > 0 && lost.length < LONG_LINES, `${lost.length} lines are lost`);
  // One hole, behind the backup; the newest that were acknowledged came again.
  assert.deepEqual(lost, Array.from({ length: lost.length }, (_, n) => 100 + n));
  assert.deepEqual(gaps, [{ reason: "hub-lost", count: undefined }]);
});

test("an older log without a statement is followed by nobody, and costs nothing", {
  timeout: TEST_MS,
}, async () => {
  const logs = numberedLogs(join(work, "older-logs"));
  await using scene = await openScene("older", { sys: logs.sources.sys });
  const { agent, data, place } = scene;
  logs.write(300);
  logs.end();
  await statusWhen(agent, allOf(300));
  await scene.hub[Symbol.asyncDispose]();
  const older = `${data}-older`;
  cpSync(data, older, { recursive: true });
  const words = ["--link", `127.0.0.1:${scene.port}`];
  scene.hub = await startHub(data, words);
  logs.write(300);
  logs.end();
  await statusWhen(agent, allOf(600));
  await scene.hub[Symbol.asyncDispose]();
  {
    await using _stale = await startHub(older, words);
    logs.write(300);
    logs.end();
    const { sources } = await statusWhen(
      agent,
      ({ troubles }) => troubles.some((why) => /\bfork\b/.test(why)),
    );
    assert.equal(sources.find(({ source }) => source === "sys")?.acked, 600);
  }
  assert.deepEqual((await countLines(older, logs)).syslog.doubled, []);
  assert.match(readFileSync(join(place.folder, "agent.err"), "utf8"), /cannot be believed/);
});
