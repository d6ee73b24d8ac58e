/**
 * The compiled agent, with an empty environment and from a hostile folder: it enrols, sends, and
 * what it sent is at the hub and in its spool.
 *
 * @module
 */
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import * as v from "valibot";
import { agentConfig } from "../../compile/demo/agent_config.ts";
import { type Child, runToEnd, startChild } from "../../compile/demo/child.ts";
import { type Alert, messageOf, type Ready } from "../../compile/demo/messages.ts";
import { sampleLogs } from "../../compile/demo/sample_logs.ts";
import { buildProgram } from "../../compile/program.ts";
import { hostTarget } from "../../compile/targets.ts";
import { hostileFolder } from "./hostile_folder.ts";

const ROOT = dirname(dirname(import.meta.dirname));
/** How much of the past the sample logs tell: all of it is the attack. */
const PAST_MS = 12_000;

const work = mkdtempSync(join(tmpdir(), "custos-flow-"));
const hostile = hostileFolder();
const program = join(work, "custos");
const config = join(work, "custos.yaml");
const hubData = join(work, "hub");
const now = Date.now();
const logs = sampleLogs({
  folder: join(work, "logs"),
  seed: 1,
  from: now - PAST_MS,
  liveFrom: now,
});

let hub: Child;
let hubLines: AsyncIterator<unknown>;
let ready: Ready;
let iisLines = 0;

before(async () => {
  const entry = join(ROOT, "agent", "main.ts");
  await buildProgram({ entry, outfile: program, target: hostTarget(), root: ROOT });
  logs.writeUntil(now);
  iisLines = linesOf(join(work, "logs", "iis"));
  const sources = [
    { name: "web", plugin: "iis", config: { files: [logs.globs.iis] }, reads: "" },
    { name: "auth", plugin: "syslog", config: { files: [logs.globs.auth] }, reads: "" },
  ];
  writeFileSync(config, agentConfig({ dataDir: join(work, "agent"), sources }));
  hub = startChild(hubChild("serve --page 127.0.0.1:0 --link 127.0.0.1:0 --output json"));
  hubLines = hub.lines[Symbol.asyncIterator]();
  const first = await nextMessage("ready");
  assert.ok(first?.event === "ready", hub.errors());
  ready = first;
});

after(async () => {
  await hub[Symbol.asyncDispose]();
  hostile[Symbol.dispose]();
  rmSync(work, { recursive: true });
});

test("the compiled agent enrols, sends, stops cleanly, and its spool verifies", async () => {
  await runToEnd(agentChild(["enroll", "--hub", ready.link, "--token", ready.enrollToken]));
  const agent = startChild(agentChild(["run"]));
  await waitUntilAcked(agent);
  await agent[Symbol.asyncDispose]();
  assert.equal(await agent.ended, 0, agent.errors());
  await runToEnd(agentChild(["spool", "verify"]));
});

test("the hub has told of the password guessing, with its evidence", async () => {
  const alert = await nextAlert("Many refused logins from one address on IIS");
  assert.ok(alert.evidence.length >= 10);
  assert.equal(alert.evidence[0]?.fields["scStatus"], "401");
});

test("the hub holds each line of the IIS log once", async () => {
  const key = v.parse(
    v.object({ key: v.string() }),
    (await runToEnd(hubChild("key create --scopes all --output json")))[0],
  ).key;
  const query = ["query", "--hub", ready.page, "--key", key, "--table", "W3CIISLog"];
  let rows: readonly unknown[] = [];
  // The store follows the ledger at its own pace: the runner's deadline ends this.
  while (rows.length < iisLines) {
    const command = [process.execPath, "hub/main.ts", ...query, "--limit", "1000"];
    rows = await runToEnd({ ...child("query"), command: [...command, "--output", "ndjson"] });
  }
  assert.equal(rows.length, iisLines);
});

test("nothing of the hostile folder was obeyed", () => {
  assert.equal(hostile.wasObeyed(), false);
});

function child(name: string) {
  return { name, cwd: ROOT, errorLog: join(work, `${name}.err`) };
}

function hubChild(words: string) {
  const command = [process.execPath, "hub/main.ts", ...words.split(" "), "--data", hubData];
  return { ...child("hub"), command };
}

function agentChild(words: readonly string[]) {
  const command = [program, ...words, "-c", config, "--output", "json"];
  return { ...child("agent"), command, cwd: hostile.path, env: {} };
}

async function nextMessage(event: "ready" | "alert") {
  for (let next = await hubLines.next(); next.done !== true; next = await hubLines.next()) {
    const message = messageOf(next.value);
    if (message?.event === event) return message;
  }
  return undefined;
}

async function nextAlert(title: string): Promise<Alert> {
  for (;;) {
    const message = await nextMessage("alert");
    assert.ok(message?.event === "alert", `the hub ended without the alert\n${hub.errors()}`);
    if (message.alert.title === title) return message.alert;
  }
}

const Acked = v.object({
  sources: v.array(v.object({ source: v.string(), read: v.number(), acked: v.number() })),
});

async function waitUntilAcked(agent: Child): Promise<void> {
  for await (const line of agent.lines) {
    const { sources } = v.parse(Acked, line);
    const web = sources.find(({ source }) => source === "web");
    if (web?.acked === iisLines && sources.every(({ read, acked }) => read === acked)) return;
  }
  assert.fail(`the agent ended by itself\n${agent.errors()}`);
}

function linesOf(folder: string): number {
  const texts = readdirSync(folder).map((name) => readFileSync(join(folder, name), "utf8"));
  return texts.join("").split("\n").filter((line) => line !== "" && !line.startsWith("#")).length;
}
