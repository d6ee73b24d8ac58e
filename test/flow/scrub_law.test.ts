/**
 * The scrub law: of a column that is personal, of a customer, of a network or secret, nothing is
 * found behind the agent's third stage in any place and any encoding; of free text, nothing that has
 * a form which a detector knows. `custos scrub canary` plants more kinds, in ten encodings.
 *
 * @module
 */
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { walkSpool } from "../../agent/spool/inspect.ts";
import { freePort } from "../../compile/demo/sources.ts";
import { builtinPlugins } from "../../plugins/builtin.ts";
import { listAlerts } from "../../sdk/api/alerts.ts";
import { listTables, MAX_ROWS, queryEvents, type Row } from "../../sdk/api/events.ts";
import { rowOf } from "../../sdk/columns/cell.ts";
import type { HubClient } from "../../sdk/client/client.ts";
import { formatVerifierKey, NOTE_TYPE } from "../../sdk/proof/checkpoint.ts";
import { generateKeys } from "../../sdk/proof/sign.ts";
import { nodeFiles } from "../../sdk/runtime/node_files.ts";
import { decompress } from "../../sdk/wire/compress.ts";
import { decodeBody, HEADER_BYTES, parseHeader } from "../../sdk/wire/frame.ts";
import { isFrame } from "../../sdk/wire/link.ts";
import { openEngine } from "../../hub/store/engine.ts";
import { sqlFiles } from "../../hub/store/sql_text.ts";
import { after as inTime, selectAll } from "../../hub/store/test_room.ts";
import { foundIn, type Haystack, haystackOf } from "./canary.ts";
import {
  CANARIES,
  canaryDatagrams,
  canaryPushes,
  canarySources,
  CONTENT,
  CONTROLS,
  TOLD,
} from "./canary_logs.ts";
import { keepPushing, keepSending } from "./keep_sending.ts";
import { ledgerFrames } from "../../hub/ledger/stopped.ts";
import {
  agentLog,
  type AgentPlace,
  dataOf,
  runAgentCommand,
  startAgent,
  statusWhen,
  writeConfig,
} from "./test_agent.ts";
import { caughtUp, startHub } from "./test_hub.ts";
import { openTlsRelay, webSocketMessages } from "./tls_relay.ts";

const ROOT = dirname(dirname(import.meta.dirname));
const GUARDED: ReadonlySet<string> = new Set(["personal", "customer", "network", "secret"]);
/** Shorter words are found by chance in bytes that are compressed, signed or random. */
const LEAST_BYTES = 8;
const TOKEN = /[a-z0-9_-]+:\d+:[a-z2-7]{26}/;
const WHOLE_TOKEN = new RegExp(`^${TOKEN.source}$`);
type Rows = ReadonlyMap<string, readonly Row[]>;
/** Nothing of them leaves the host, not even a token. */
const SECRETS = [...builtinPlugins.values()].flatMap(({ tables }) =>
  Object.entries(tables).flatMap(([table, { columns }]) =>
    Object.entries(columns).filter(([, spec]) => spec.class === "secret")
      .map(([name]) => `${table}.${name}`)
  )
);

const work = mkdtempSync(join(tmpdir(), "custos-scrub-"));
/** Where events are, in clear: every control word must be found there. */
const plain = new Map<string, Haystack>();
/** Where they are packed, or must not be at all: its control word is not of an event. */
const raw = new Map<string, { readonly bytes: Haystack; readonly control: string }>();
/** What is told of the alert: the control word of the web log must be found there. */
const told = new Map<string, Haystack>();
/** What the hub answers, by table. */
let answered: Rows = new Map();

before(async () => {
  const hooks: string[] = [];
  using receiver = await openReceiver(hooks);
  const hubFolder = join(work, "hub");
  await using hub = await startHub(hubFolder, hubWords(receiver.port));
  const place: AgentPlace = {
    program: [process.execPath, join(ROOT, "agent", "main.ts")],
    folder: work,
  };
  using relay = await openTlsRelay(hubFolder, hub.linkPort, join(dataOf(place), "link.pem"));
  const [syslog, qoe, intake] = [await freePort(0), await freePort(0), await freePort(0)];
  const ports = { syslog, qoe, intake, taken: receiver.port };
  writeConfig(place, { sources: canarySources(join(work, "logs"), ports) });
  const link = `wss://127.0.0.1:${relay.port}`;
  await runAgentCommand(place, ["enroll", "--hub", link, "--token", hub.ready.enrollToken]);

  const client = await hub.client();
  const agent = startAgent(place, ["--log-level", "debug"]);
  using _sender = keepSending(canaryDatagrams(ports));
  using _pusher = keepPushing(canaryPushes(ports));
  const status = await statusWhen(agent, async () => hooks.length > 0 && await hasControls(client));
  await agent[Symbol.asyncDispose]();
  await caughtUp(client);
  const { alerts } = await client.call(listAlerts, {});
  told.set("alerts", inJson(alerts));
  told.set("webhook", haystackOf(Buffer.from(hooks.join("\n"))));
  told.set("what the hub tells", inJson(hub.told));
  answered = await allRows(client);
  plain.set("query", inJson([...answered]));

  await hub[Symbol.asyncDispose]();
  const messages = relay.sent().flatMap((bytes) => webSocketMessages(bytes));
  const wire = messages.filter(isFrame).map(clearFrame);
  plain.set("frames on the wire", haystackOf(Buffer.concat(wire)));
  plain.set("frames in the spool", haystackOf(Buffer.concat(await spoolFrames(place))));
  plain.set("frames in the ledger", haystackOf(Buffer.concat(await ledgerBytes(hubFolder))));
  plain.set("Parquet files", inJson(await parquetRows(hubFolder)));
  const put = (where: string, bytes: Buffer, control: string = TOLD.source): void => {
    raw.set(where, { bytes: haystackOf(bytes), control });
  };
  put("the wire", Buffer.concat([...relay.sent(), ...messages]));
  put("the agent's folder", allBytes(dataOf(place)));
  put("the hub's folder", allBytes(hubFolder));
  put("the agent's status", Buffer.from(JSON.stringify(status)));
  put("the agent's log", agentLog(place));
  put("the hub's log", readFileSync(`${hubFolder}.err`), TOLD.witness);
});

after(() => rmSync(work, { recursive: true }));

test("each guarded column of each plugin has a canary, and each plugin's table a control", () => {
  const guarded: string[] = [];
  for (const plugin of builtinPlugins.values()) {
    for (const [table, { columns }] of Object.entries(plugin.tables)) {
      const own = Object.entries(columns).filter(([, spec]) => GUARDED.has(spec.class));
      guarded.push(...own.map(([name]) => `${table}.${name}`));
      assert.ok(Object.keys(CONTROLS).some((path) => path.startsWith(`${table}.`)), table);
    }
  }
  assert.deepEqual(guarded.toSorted(), Object.keys(CANARIES).toSorted());
});

test("each column of free text of each plugin has a canary", () => {
  const texts = [...builtinPlugins.values()].flatMap(({ tables }) =>
    Object.entries(tables).flatMap(([table, { columns }]) =>
      Object.entries(columns).filter(([, spec]) => spec.class === "content")
        .map(([name]) => `${table}.${name}`)
    )
  );
  assert.deepEqual([...texts, "W3CIISLog._Raw"].toSorted(), Object.keys(CONTENT).toSorted());
});

test("the search finds each control word wherever events are in clear", () => {
  assert.equal(plain.size, 5);
  for (const [where, bytes] of plain) {
    for (const [path, word] of Object.entries(CONTROLS)) {
      assert.ok(foundIn(bytes, word).includes("UTF-8"), `${path} is not found in ${where}`);
    }
  }
});

test("the search finds the control word in what is told of an alert", () => {
  assert.equal(told.size, 3);
  for (const [where, bytes] of told) {
    assert.ok(foundIn(bytes, CONTROLS["W3CIISLog.csMethod"]!).length > 0, `not in ${where}`);
  }
});

test("the search finds a control word where events are packed or must not be at all", () => {
  assert.equal(raw.size, 6);
  for (const [where, { bytes, control }] of raw) {
    assert.ok(foundIn(bytes, control, LEAST_BYTES).includes("UTF-8"), `not in ${where}`);
  }
});

test("no canary is found anywhere behind the scrub stage", () => {
  assert.equal(plain.size + told.size + raw.size, 14);
  const leaks: string[] = [];
  const hidden = Object.entries(CONTENT).map(([path, { word }]) => [path, word] as const);
  for (const [path, word] of [...Object.entries(CANARIES), ...hidden]) {
    for (const [where, bytes] of [...plain, ...told]) {
      for (const how of foundIn(bytes, word)) leaks.push(`${path} in ${where} as ${how}`);
    }
    for (const [where, { bytes }] of raw) {
      for (const how of foundIn(bytes, word, LEAST_BYTES)) {
        leaks.push(`${path} in ${where} as ${how}`);
      }
    }
  }
  assert.deepEqual(leaks, []);
});

test("each guarded column but a secret one holds tokens at the hub", () => {
  for (const path of Object.keys(CANARIES)) {
    const isThere = valuesOf(path).some((value) => WHOLE_TOKEN.test(String(value)));
    assert.equal(isThere, !SECRETS.includes(path), path);
  }
});

test("each column of free text holds a token at the hub", () => {
  for (const path of Object.keys(CONTENT)) {
    assert.ok(valuesOf(path).some((value) => TOKEN.test(JSON.stringify(value))), path);
  }
});

/** What a column of a table holds at the hub, where it holds anything. */
function valuesOf(path: string): readonly unknown[] {
  const [table = "", column = ""] = path.split(".");
  return (answered.get(table) ?? []).map((row) => row[column] ?? "");
}

function inJson(value: unknown): Haystack {
  return haystackOf(Buffer.from(JSON.stringify(value)));
}

/** Takes the messages of a webhook. */
async function openReceiver(
  bodies: string[],
): Promise<Disposable & { readonly port: number }> {
  const server: Server = createServer((request, response) => {
    let body = JSON.stringify(request.headers);
    request.on("data", (chunk) => body += String(chunk));
    request.on("end", () => {
      bodies.push(body);
      response.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return { port, [Symbol.dispose]: () => void server.close() };
}

function hubWords(webhookPort: number): readonly string[] {
  const secret = join(work, "webhook.secret");
  writeFileSync(secret, `whsec_${Buffer.alloc(32, 7).toString("base64")}\n`);
  const url = `http://127.0.0.1:${webhookPort}/`;
  const webhooks = [{ name: "test", url, secret_file: secret, allow_private: true }];
  // Nobody listens there.
  const { publicKey } = generateKeys();
  const key = formatVerifierKey({ name: TOLD.witness, publicKey }, NOTE_TYPE.cosignature);
  const witnesses = [{ url: "http://127.0.0.1:9/", key }];
  const config = join(work, "hub.yaml");
  writeFileSync(config, JSON.stringify({ witnesses, notify: { webhooks } }));
  return ["-c", config, "--log-level", "debug"];
}

/** Each control word has come, and something in each column of free text. */
async function hasControls(client: HubClient): Promise<boolean> {
  const rows = await allRows(client);
  const text = JSON.stringify([...rows]);
  const isThere = (path: string): boolean => {
    const [table = "", column = ""] = path.split(".");
    return (rows.get(table) ?? []).some((row) => row[column] !== null && row[column] !== undefined);
  };
  return Object.values(CONTROLS).every((word) => text.includes(word)) &&
    Object.keys(CONTENT).every(isThere);
}

async function allRows(client: HubClient): Promise<Rows> {
  const { tables } = await client.call(listTables, {});
  const rows = new Map<string, readonly Row[]>();
  for (const { name } of tables) {
    const reply = await client.call(queryEvents, { body: { table: name, limit: MAX_ROWS } });
    rows.set(name, reply.rows);
  }
  return rows;
}

/** The body as it was before it was compressed, and its rows as JSON. */
function clearFrame(bytes: Uint8Array): Buffer {
  const header = parseHeader(bytes);
  const packed = bytes.subarray(HEADER_BYTES);
  const body = header.stored ? packed : decompress(packed, header.rawBytes);
  const { batch } = decodeBody(bytes, header);
  const rows = Array.from({ length: batch.rows }, (_, row) => JSON.stringify(rowOf(batch, row)));
  return Buffer.concat([body, Buffer.from(rows.join("\n"))]);
}

async function spoolFrames(place: AgentPlace): Promise<readonly Buffer[]> {
  const frames: Buffer[] = [];
  for await (const item of walkSpool(nodeFiles(), join(dataOf(place), "spool"))) {
    assert.ok(item.kind === "frame", "the spool is damaged");
    frames.push(clearFrame(item.bytes));
  }
  return frames;
}

async function ledgerBytes(hubFolder: string): Promise<readonly Buffer[]> {
  const frames: Buffer[] = [];
  for await (const { bytes } of ledgerFrames(join(hubFolder, "ledger"))) {
    frames.push(clearFrame(bytes));
  }
  return frames;
}

/** Each row of each file that the store has. */
async function parquetRows(hubFolder: string): Promise<readonly unknown[]> {
  const store = join(hubFolder, "store");
  const names = readdirSync(store, { recursive: true, encoding: "utf8" });
  const files = names.filter((name) => name.endsWith(".parquet")).map((name) => join(store, name));
  assert.ok(files.length > 0, "the store has no files");
  await using engine = openEngine({ after: inTime });
  const rows: unknown[] = [];
  for (const file of files) {
    rows.push(...await selectAll(engine, `select * from ${sqlFiles([file])}`, [file]));
  }
  return rows;
}

function allBytes(folder: string): Buffer {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  return Buffer.concat(files.map(({ parentPath, name }) => readFileSync(join(parentPath, name))));
}
