/**
 * Token keys in the real programs: a holder outside the hub, a rotation while events come, an agent
 * that has lost its keys, a holder that has lost its file, an agent that is revoked.
 *
 * @module
 */
import assert from "node:assert/strict";
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
const USERS = 40;

const work = mkdtempSync(join(tmpdir(), "custos-keys-"));
const hubFolder = join(work, "hub");
const logs = join(work, "logs");
const store = join(work, "holder");
const place: AgentPlace = { program: PROGRAM, folder: work };
let hub: TestHub;
let agent: TestAgent;
let agentId: string;
let holder: string;
let lines = 0;

before(async () => {
  mkdirSync(logs);
  hub = await startHub(hubFolder);
  [{ holder }] = parsed(v.looseObject({ holder: v.string() }), await keys("init"));
  configure();
  const words = ["enroll", "--hub", hub.ready.link, "--token", hub.ready.enrollToken];
  const [enrolled] = parsed(
    v.looseObject({ agent: v.string() }),
    await runAgentCommand(place, words),
  );
  agentId = enrolled.agent;
  agent = startAgent(place);
});

after(async () => {
  await agent[Symbol.asyncDispose]();
  await hub[Symbol.asyncDispose]();
  rmSync(work, { recursive: true });
});

test("nothing is read before the holder's keys are there", async () => {
  write(1);
  const status = await statusWhen(agent, ({ troubles }) => troubles.some(isAboutKeys));
  assert.equal(status.sources.find(({ source }) => source === "web")?.read, 0);
});

test("an agent that nobody has approved gets no package", async () => {
  assert.deepEqual(await pushed(), [{ event: "passed", agent: agentId, why: "not-approved" }]);
});

test("an approved agent gets the keys and reads on", async () => {
  await keys("approve", agentId);
  assert.deepEqual((await pushed()).map(({ event }) => event), ["pushed"]);
  await readToEnd();
  assert.deepEqual(await epochsOf("user-0"), [1]);
});

test("an agent that has lost its package gets it again, and makes the same tokens", async () => {
  const [before] = await tokensIn("user-0");
  await agent[Symbol.asyncDispose]();
  rmSync(join(dataOf(place), "token.package"));
  agent = startAgent(place);
  write(USERS);
  await readToEnd();
  assert.deepEqual(await tokensIn("user-0"), [before]);
});

test("a rotation while events come loses none and doubles none", async () => {
  write(500);
  await keys("rotate", "--in", "0s", ...hubWords(), "--key", await hubKey());
  for (let i = 0; i < 10; i++) write(50);
  await statusWhen(agent, () => existsSync(join(dataOf(place), "token.package")));
  await untilEpoch(2);
  await readToEnd();
  const numbers = (await rows()).map((row) => Number(row["TimeTaken"])).toSorted((a, b) => a - b);
  assert.deepEqual(numbers, Array.from({ length: lines }, (_, n) => n));
});

test("the holder's tokens of a value find its events on both sides of the rotation", async () => {
  const tokens = await lookUp("user-0");
  assert.deepEqual(tokens.map((token) => token.split(":")[1]), ["1", "2"]);
  const all = (await rows()).filter((row) => Number(row["TimeTaken"]) % USERS === 0);
  assert.deepEqual(new Set(all.map((row) => row["csUserName"])), new Set(tokens));
  const client = await hub.client();
  const where = [{ column: "csUserName", op: "in", value: tokens.join(",") }] as const;
  const { rows: found } = await client.call(queryEvents, {
    body: { table: "W3CIISLog", where: [...where], limit: 10_000 },
  });
  assert.equal(found.length, all.length);
});

test("each lookup is written down by the holder and in the hub's ledger, without the value", async () => {
  const own = readFileSync(join(store, "lookups.ndjson"), "utf8");
  assert.match(own, /"why":"ticket 7"/);
  assert.doesNotMatch(own, /user-0/);
  await hub[Symbol.asyncDispose]();
  const ledger = allBytes(join(hubFolder, "ledger"));
  assert.ok(ledger.includes('"note":"token-lookup"'));
  assert.ok(ledger.includes('"note":"token-key-epochs"'));
  assert.ok(!ledger.includes("user-0"));
  hub = await startHub(hubFolder, ["--link", `127.0.0.1:${hub.linkPort}`]);
});

test("the hub's folder holds no token key", () => {
  const Secret = v.looseObject({ secret: v.string() });
  const File = v.looseObject({ epochs: v.array(Secret), signing: Secret });
  const { epochs, signing } = v.parse(
    File,
    JSON.parse(readFileSync(join(store, "holder.json"), "utf8")),
  );
  const bytes = allBytes(hubFolder);
  for (const { secret } of [...epochs, signing]) {
    assert.ok(!bytes.includes(secret));
    assert.ok(!bytes.includes(Buffer.from(secret, "hex")));
  }
});

test("a holder that has lost its file goes on from its backup", async () => {
  const copy = join(work, "copy.json");
  await keys("backup", "--to", copy);
  const before = await lookUp("user-1");
  rmSync(join(store, "holder.json"));
  await keys("restore", "--from", copy);
  assert.deepEqual(await lookUp("user-1"), before);
  assert.deepEqual((await pushed()).map(({ event }) => event), ["pushed"]);
});

test("a revoked agent gets no package of the next epoch", async () => {
  await keys("revoke", agentId);
  const told = await keys("rotate", "--in", "0s", ...hubWords(), "--key", await hubKey());
  assert.deepEqual(told.at(-1), { event: "passed", agent: agentId, why: "not-approved" });
  write(USERS);
  await readToEnd();
  assert.deepEqual(await epochsOf("user-0"), [1, 2]);
});

test("a new holder in the place of a lost one is refused until the config names it", async () => {
  rmSync(join(store, "holder.json"));
  const old = holder;
  [{ holder }] = parsed(v.looseObject({ holder: v.string() }), await keys("init", "--epoch", "4"));
  await keys("approve", agentId);
  await pushed();
  await statusWhen(agent, ({ troubles }) => troubles.some((one) => one.includes('"holder"')));
  assert.notEqual(holder, old);
  await agent[Symbol.asyncDispose]();
  configure();
  agent = startAgent(place);
  write(USERS);
  await readToEnd();
  assert.deepEqual(await epochsOf("user-0"), [1, 2, 4]);
});

function isAboutKeys(trouble: string): boolean {
  return trouble.startsWith("token keys: none yet");
}

function configure(): void {
  const web = { plugin: "iis", config: { files: [join(logs, "*.log")] } };
  writeConfig(place, { scrub: { holder }, sources: { web } });
}

const FIELDS = "#Fields: date time cs-username time-taken\n";

/** Writes so many more lines; the last column numbers them. */
function write(count: number): void {
  let text = lines === 0 ? FIELDS : "";
  for (let i = 0; i < count; i++) {
    text += `2026-06-30 10:00:00 user-${lines % USERS} ${lines}\n`;
    lines++;
  }
  appendFileSync(join(logs, "u_ex260630.log"), text);
}

/** Waits until the hub has every line that was written. */
async function readToEnd(): Promise<void> {
  const client = await hub.client();
  await statusWhen(agent, async (status) => {
    if (!isAllAcked(status) || status.troubles.some(isAboutKeys)) return false;
    await caughtUp(client);
    return (await rows()).length >= lines;
  });
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
    write(1);
    return (await rows()).some((row) => String(row["csUserName"]).startsWith(`user:${epoch}:`));
  });
}

/** The tokens at the hub of the lines that name `user`. */
async function tokensIn(user: string): Promise<readonly string[]> {
  const nth = Number(user.split("-")[1]);
  const own = (await rows()).filter((row) => Number(row["TimeTaken"]) % USERS === nth);
  return [...new Set(own.map((row) => String(row["csUserName"])))].toSorted();
}

async function epochsOf(user: string): Promise<readonly number[]> {
  return (await tokensIn(user)).map((token) => Number(token.split(":")[1]));
}

async function lookUp(value: string): Promise<readonly string[]> {
  const words = ["--kind", "user", "--value", value, "--why", "ticket 7", ...hubWords()];
  const told = await keys("token", ...words, "--key", await hubKey());
  return parsed(v.object({ token: v.string() }), told).map(({ token }) => token);
}

async function pushed() {
  const Line = v.looseObject({ event: v.string() });
  const told = await keys("push", ...hubWords(), "--key", await hubKey());
  return parsed(Line, told);
}

function keys(verb: string, ...words: readonly string[]): Promise<readonly unknown[]> {
  const command = [...PROGRAM, "keys", verb, ...words, "--store", store, "--output", "json"];
  return runToEnd({ name: "keys", command, cwd: ROOT, errorLog: join(work, "keys.err") });
}

function hubWords(): readonly string[] {
  return ["--hub", hub.ready.page];
}

async function hubKey(): Promise<string> {
  const words = ["key", "create", "--scopes", "keys:write", "--output", "json"];
  const command = [process.execPath, "hub/main.ts", ...words, "--data", hubFolder];
  const errorLog = join(work, "key.err");
  const told = await runToEnd({ name: "key", command, cwd: ROOT, errorLog });
  const [{ key }] = parsed(v.looseObject({ key: v.string() }), told);
  return key;
}

function parsed<S extends v.GenericSchema>(
  schema: S,
  told: readonly unknown[],
): [v.InferOutput<S>, ...v.InferOutput<S>[]] {
  return v.parse(v.tupleWithRest([schema], schema), told);
}

function allBytes(folder: string): Buffer {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true });
  return Buffer.concat(
    files.filter((file) => file.isFile()).map(({ parentPath, name }) =>
      readFileSync(join(parentPath, name))
    ),
  );
}
