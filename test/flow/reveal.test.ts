/**
 * What a token stands for, in the real programs: sealed on the host, carried by a hub that cannot
 * open it, handed out under a grant that a second person has approved, opened where the key is.
 *
 * @module
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import * as v from "valibot";
import { queryEvents } from "../../sdk/api/events.ts";
import { ledgerFrames } from "../../hub/ledger/stopped.ts";
import { rowOf } from "../../sdk/columns/cell.ts";
import { runToEnd } from "../../compile/demo/child.ts";
import {
  type AgentPlace,
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
const PROGRAM = [process.execPath, join(ROOT, "agent", "main.ts")];
const USERS = 5;

const work = mkdtempSync(join(tmpdir(), "custos-reveal-"));
const hubFolder = join(work, "hub");
const logs = join(work, "logs");
const store = join(work, "holder");
const place: AgentPlace = { program: PROGRAM, folder: work };
let hub: TestHub;
let agent: TestAgent;
let agentId: string;
let holder: string;
let keysKey: string;
let lines = 0;

before(async () => {
  mkdirSync(logs);
  hub = await startHub(hubFolder);
  keysKey = await hubKey("holder", "keys:write");
  const [made] = await keys("init", "--reveal");
  holder = v.parse(v.looseObject({ holder: v.string() }), made).holder;
  configure(true);
  const words = ["enroll", "--hub", hub.ready.link, "--token", hub.ready.enrollToken];
  const [enrolled] = await runAgentCommand(place, words);
  agentId = v.parse(v.looseObject({ agent: v.string() }), enrolled).agent;
  await keys("approve", agentId);
  agent = startAgent(place);
});

after(async () => {
  await agent[Symbol.asyncDispose]();
  await hub[Symbol.asyncDispose]();
  rmSync(work, { recursive: true });
});

test("each new token's value travels sealed, and nothing is lost or doubled", async () => {
  await statusWhen(agent, ({ troubles }) => !troubles.some((one) => one.startsWith("link")));
  await keys("push", "--hub", hub.ready.page, "--key", keysKey);
  write(50);
  await readToEnd();
  const status = await statusWhen(
    agent,
    ({ sources }) => sources.some(({ source, acked }) => source === REVEAL && acked === USERS),
  );
  assert.ok(status.sources.every(({ conserved }) => conserved));
  const events = await restartHub(decodedLedger);
  // The control: the same search finds the sealed boxes, and what is public.
  assert.equal(events.filter(({ table }) => table === "CustosReveal").length, USERS);
  const text = JSON.stringify(events);
  assert.ok(text.includes("W3CIISLog"));
  assert.ok(!text.includes("someone-"));
  const boxes = events.flatMap(({ row }) => typeof row["Box"] === "string" ? [row["Box"]] : []);
  for (const box of boxes) assert.ok(!Buffer.from(box, "base64").includes("someone-"));
});

const REVEAL = "custos_reveal";

test("the measured offset of the agent's clock is a column", async () => {
  const client = await hub.client();
  await statusWhen(agent, async () => {
    const body = { table: "CustosAgentClock", limit: 1 };
    const { rows: [row] } = await client.call(queryEvents, { body }).catch(() => ({ rows: [] }));
    if (row === undefined) return false;
    assert.equal(row["_Agent"], agentId);
    assert.equal(row["IsOff"], false);
    assert.ok(Math.abs(Number(row["ClockOffsetMs"])) <= 1000 + Number(row["ClockBoundMs"]));
    return true;
  });
});

test("no query shows the boxes", async () => {
  const client = await hub.client();
  await assert.rejects(client.call(queryEvents, { body: { table: "CustosReveal" } }), {
    code: "forbidden",
  });
});

test("a value is opened under a grant of two persons, in each epoch, and not without", async () => {
  await keys("rotate", "--in", "0s", "--hub", hub.ready.page, "--key", keysKey);
  await untilEpoch(2);
  const [ada, bob] = [await hubKey("ada", "reveal:request"), await hubKey("bob", "reveal:approve")];
  const tokens = await tokensOf(3);
  assert.deepEqual(tokens.map((token) => token.split(":")[1]), ["1", "2"]);
  await sealedAtHub(tokens.length * USERS);
  const asked = await withHub(ada, "ask-reveal", "--why", "ticket 7", ...tokens);
  const [{ id }] = v.parse(v.tuple([v.looseObject({ id: v.string() })]), asked);
  assert.match(failing(ada, "reveal", "--grant", id), /nobody has approved/);
  const own = await hubKey("ada", "reveal:approve");
  assert.match(failing(own, "grant", id, "--why", "mine"), /cannot approve it/);
  await withHub(bob, "grant", id, "--why", "seen the ticket");
  const opened = await withHub(ada, "reveal", "--grant", id);
  const expected = tokens.map((token) => ({ token, value: "someone-3", trust: "ok" }));
  const byToken = new Map(opened.map((one) => [JSON.stringify(one), one]));
  assert.deepEqual([...byToken.keys()].toSorted(), expected.map((one) => JSON.stringify(one)));
  assert.match(failing(bob, "reveal", "--grant", id), /scope|somebody else/);
});

test("a holder makes another reveal key, and opens what was sealed to either", async () => {
  const [made] = await keys("renew-reveal-key", "--hub", hub.ready.page, "--key", keysKey);
  assert.equal(v.parse(v.looseObject({ before: v.number() }), made).before, 1);
  const sealed = (await statusWhen(agent, isAllAcked)).sources
    .find(({ source }) => source === REVEAL)!.acked;
  write(USERS);
  // Every token that comes again travels once more, sealed to the new key.
  await statusWhen(agent, ({ sources }) => {
    write(USERS);
    return sources.some(({ source, acked }) => source === REVEAL && acked >= sealed + USERS);
  });
  await readToEnd();
  const [ada, bob] = [await hubKey("eve", "reveal:request"), await hubKey("bob", "reveal:approve")];
  const asked = await withHub(ada, "ask-reveal", "--why", "ticket 8", ...await tokensOf(3));
  const [{ id }] = v.parse(v.tuple([v.looseObject({ id: v.string() })]), asked);
  await withHub(bob, "grant", id, "--why", "seen the ticket");
  const opened = await withHub(ada, "reveal", "--grant", id);
  assert.equal(opened.length, 2, "one of each epoch, whatever key they were sealed to");
  for (const one of opened) {
    const { value, trust } = v.parse(v.looseObject({ value: v.string(), trust: v.string() }), one);
    assert.deepEqual({ value, trust }, { value: "someone-3", trust: "ok" });
  }
});

test("who asked, who approved and what was handed out is in the ledger, without a value", async () => {
  const ledger = await restartHub(() => Promise.resolve(ledgerBytes()));
  for (const note of ["reveal-request", "reveal-approve", "reveal-handout"]) {
    assert.ok(ledger.includes(`"note":"${note}"`), note);
  }
  assert.ok(!ledger.includes("someone-3"));
  const own = readFileSync(join(store, "lookups.ndjson"), "utf8");
  assert.match(own, /"revealed":\["user:/);
  assert.doesNotMatch(own, /someone-3/);
});

test("policy switches it off", async () => {
  await agent[Symbol.asyncDispose]();
  configure(false);
  agent = startAgent(place);
  write(10);
  await readToEnd();
  const { sources } = await statusWhen(agent, isAllAcked);
  assert.ok(!sources.some(({ source }) => source === REVEAL));
});

test("a token key that was damaged on the host is told, and comes again from the hub", async () => {
  await agent[Symbol.asyncDispose]();
  const path = join(dataOf(place), "token.package");
  const bytes = readFileSync(path);
  bytes[bytes.length - 70]! ^= 1;
  rmSync(path);
  appendFileSync(path, bytes);
  const before = await tokensOf(0);
  await hub[Symbol.asyncDispose]();
  agent = startAgent(place);
  write(10);
  // Nothing is read without keys, and it is said why.
  const status = await statusWhen(
    agent,
    ({ troubles }) => troubles.some((one) => one.includes('refused with "signature"')),
  );
  assert.equal(status.sources.find(({ source }) => source === "web")?.read, 0);
  hub = await startHub(hubFolder, ["--link", `127.0.0.1:${hub.linkPort}`]);
  await readToEnd();
  assert.deepEqual(await tokensOf(0), before);
  const { troubles } = await statusWhen(agent, isAllAcked);
  assert.ok(!troubles.some((one) => one.startsWith("token keys")));
});

function configure(isOn: boolean): void {
  const web = { plugin: "iis", config: { files: [join(logs, "*.log")] } };
  writeConfig(place, { scrub: { holder, reveal: isOn }, sources: { web } });
}

/** Writes so many more lines; the last column numbers them. */
function write(count: number): void {
  let text = lines === 0 ? "#Fields: date time cs-username time-taken\n" : "";
  for (let i = 0; i < count; i++) {
    text += `2026-06-30 10:00:00 someone-${lines % USERS} ${lines}\n`;
    lines++;
  }
  appendFileSync(join(logs, "u_ex260630.log"), text);
}

async function readToEnd(): Promise<void> {
  await statusWhen(agent, async (status) => {
    if (!isAllAcked(status)) return false;
    await caughtUp(await hub.client());
    return (await rows()).length >= lines;
  });
  const numbers = (await rows()).map((row) => Number(row["TimeTaken"])).toSorted((a, b) => a - b);
  assert.deepEqual(numbers, Array.from({ length: lines }, (_, n) => n));
}

async function rows() {
  const client = await hub.client();
  const { rows: found } = await client.call(queryEvents, {
    body: { table: "W3CIISLog", limit: 10_000 },
  }).catch(() => ({ rows: [] }));
  return found;
}

async function untilEpoch(epoch: number): Promise<void> {
  await statusWhen(agent, async () => {
    write(USERS);
    return (await rows()).some((row) => String(row["csUserName"]).startsWith(`user:${epoch}:`));
  });
  await readToEnd();
}

/** Waits until the hub has the boxes of so many tokens. */
async function sealedAtHub(count: number): Promise<void> {
  await statusWhen(
    agent,
    ({ sources }) => sources.some(({ source, acked }) => source === REVEAL && acked >= count),
  );
  await caughtUp(await hub.client());
}

async function tokensOf(user: number): Promise<readonly string[]> {
  const own = (await rows()).filter((row) => Number(row["TimeTaken"]) % USERS === user);
  return [...new Set(own.map((row) => String(row["csUserName"])))].toSorted();
}

/** Gives what `look` sees while the hub is stopped. */
async function restartHub<T>(look: () => Promise<T>): Promise<T> {
  await hub[Symbol.asyncDispose]();
  const seen = await look();
  hub = await startHub(hubFolder, ["--link", `127.0.0.1:${hub.linkPort}`]);
  return seen;
}

function keys(verb: string, ...words: readonly string[]): Promise<readonly unknown[]> {
  const command = [...PROGRAM, "keys", verb, ...words, "--store", store, "--output", "json"];
  return runToEnd({ name: "keys", command, cwd: ROOT, errorLog: join(work, "keys.err") });
}

function withHub(key: string, verb: string, ...words: readonly string[]) {
  return keys(verb, ...words, "--hub", hub.ready.page, "--key", key);
}

/** What `custos keys` says on standard error when it fails. */
function failing(key: string, ...words: readonly string[]): string {
  const [program = "", ...rest] = PROGRAM;
  const hubWords = ["--hub", hub.ready.page, "--key", key, "--store", store];
  const { status, stdout, stderr } = spawnSync(program, [...rest, "keys", ...words, ...hubWords], {
    cwd: ROOT,
    encoding: "utf8",
  });
  assert.equal(status, 1);
  assert.equal(stdout, "");
  return stderr;
}

async function hubKey(name: string, scope: string): Promise<string> {
  const words = ["key", "create", "--name", name, "--scopes", scope, "--output", "json"];
  const command = [process.execPath, "hub/main.ts", ...words, "--data", hubFolder];
  const told = await runToEnd({ name: "key", command, cwd: ROOT, errorLog: join(work, "key.err") });
  return v.parse(v.looseObject({ key: v.string() }), told[0]).key;
}

/** Every event in the ledger, in plain. */
async function decodedLedger() {
  const events: { readonly table: string; readonly row: Readonly<Record<string, unknown>> }[] = [];
  for await (const { batch } of ledgerFrames(join(hubFolder, "ledger"))) {
    const { table } = batch;
    for (let i = 0; i < batch.rows; i++) events.push({ table, row: numbersOf(rowOf(batch, i)) });
  }
  return events;
}

/** JSON knows no bigint. */
function numbersOf(row: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [
      name,
      typeof value === "bigint" ? Number(value) : value,
    ]),
  );
}

function ledgerBytes(): Buffer {
  const folder = join(hubFolder, "ledger");
  assert.ok(existsSync(folder));
  const files = readdirSync(folder, { recursive: true, withFileTypes: true });
  return Buffer.concat(
    files.filter((file) => file.isFile()).map(({ parentPath, name }) =>
      readFileSync(join(parentPath, name))
    ),
  );
}
