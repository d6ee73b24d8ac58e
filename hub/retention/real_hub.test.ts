/**
 * Retention of a real hub over virtual time: its API, store, queries, backup and restore.
 *
 * @module
 */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { listAlerts } from "../../sdk/api/alerts.ts";
import { queryEvents } from "../../sdk/api/events.ts";
import { getConsistency, proveFrame, proveRow } from "../../sdk/api/proofs.ts";
import {
  addHold,
  getRetention,
  listHolds,
  listReceipts,
  releaseHold,
  runRetention,
} from "../../sdk/api/retention.ts";
import { SCOPES } from "../../sdk/api/scope.ts";
import { getStatus } from "../../sdk/api/status.ts";
import { ClientError, createClient, type HubClient } from "../../sdk/client/client.ts";
import { TableWriter } from "../../sdk/columns/writer.ts";
import { logOf } from "../../sdk/log.ts";
import { fromBase64, parseCheckpoint } from "../../sdk/proof/checkpoint.ts";
import { loadOrCreateKeys } from "../../sdk/proof/key_file.ts";
import { verifyConsistency } from "../../sdk/proof/merkle.ts";
import { nativeProvider } from "../../sdk/proof/native_provider.ts";
import { openVerifier } from "../../sdk/proof/verify.ts";
import { signRollback } from "../../sdk/proof/rollback.ts";
import { generateKeys, keyHash, type Keys, signer } from "../../sdk/proof/sign.ts";
import { nodeFiles } from "../../sdk/runtime/node_files.ts";
import { column, type Columns, schemaHash, schemaJson, schemaOf, table } from "../../sdk/table.ts";
import { BodyEncoder } from "../../sdk/wire/body.ts";
import { frameHash, packBody, sealFrame } from "../../sdk/wire/frame.ts";
import { streamIdOf } from "../../sdk/wire/link.ts";
import { openOperators } from "../access/operators.ts";
import { makeBackup } from "../backup/backup.ts";
import { store } from "../commands/store.ts";
import { restoreBackup } from "../backup/restore.ts";
import { verifyBackup } from "../backup/verify.ts";
import { openBundle } from "../bundle/write.ts";
import { openAccess } from "../commands/access_file.ts";
import { DEFAULT_CONFIG } from "../config.ts";
import { openControl } from "../control.ts";
import { type Hub, openHub } from "../hub.ts";
import { encodeEntry } from "../ingest/entries.ts";
import { loadIndex } from "../ingest/load_index.ts";
import { type Ledger, openLedger } from "../ledger/ledger.ts";
import { checkLedger } from "../ledger/segments.ts";
import { CONTROL_FILE } from "../listening.ts";
import { DAY_MS, START_MS } from "./room.ts";

const ANY = { host: "127.0.0.1", port: 0 };
const files = nodeFiles();
const agentKeys = generateKeys();
const agentSign = signer(agentKeys.privateKey);
const agent = keyHash(agentKeys.publicKey);
const stream = streamIdOf("audit");
const ROWS = 20;

const declared = table<Columns>({
  doc: "",
  time: "TimeGenerated",
  columns: {
    TimeGenerated: column.time({ class: "public" }),
    Number: column.long({ class: "public" }),
  },
});
const SCHEMA = schemaOf("Audit", declared);

function frameOf(seq: number, previous: Uint8Array, now: number): Uint8Array {
  const writer = new TableWriter(SCHEMA);
  for (let row = 0; row < ROWS; row++) {
    writer.add({ TimeGenerated: BigInt(now + row) * 10_000n, Number: BigInt(seq * ROWS + row) });
  }
  const body = packBody(
    new BodyEncoder().encode({ batch: writer.view(), cursor: new Uint8Array(9) }),
  );
  const empty = (size: number): Uint8Array => new Uint8Array(size);
  const ticks = BigInt(now) * 10_000n;
  return sealFrame(
    {
      kind: "events",
      groupLast: true,
      agent: agent.slice(0, 16),
      boot: empty(16),
      stream,
      epoch: 1,
      seq,
      groupIndex: 0,
      dictionarySeq: seq,
      rows: ROWS,
      schema: schemaHash(SCHEMA),
      firstTime: ticks,
      lastTime: ticks + BigInt(ROWS) * 10_000n,
      sealedAt: ticks,
      monotonic: 0n,
      previous,
      rowRoot: empty(32),
      logId: empty(8),
      logSize: 0,
      logRoot: empty(32),
      policy: empty(32),
      keyId: agent.slice(0, 8),
    },
    body,
    agentSign,
  );
}

async function ledgerIn(folder: string, now: () => number): Promise<Ledger> {
  files.makeFolder(folder);
  const keys = await loadOrCreateKeys(files, join(folder, "ledger.key"));
  return await openLedger({
    folder: join(folder, "ledger"),
    files,
    keys,
    sign: signer(keys.privateKey),
    now: () => BigInt(now()) * 10_000n,
    newLogId: () => new Uint8Array(8).fill(3),
    segmentBytes: 8_000,
  });
}

/** A frame each ten days, for 100 days. */
async function fill(folder: string, clock: { now: number }): Promise<void> {
  await using ledger = await ledgerIn(folder, () => clock.now);
  const id = Buffer.from(agent.subarray(0, 16)).toString("hex");
  const publicKey = Buffer.from(agentKeys.publicKey).toString("hex");
  const entry = { id, publicKey, host: "h", os: "linux", state: "active" } as const;
  ledger.append("agent", agent, encodeEntry(entry));
  ledger.append("schema", agent, new TextEncoder().encode(schemaJson(SCHEMA)));
  const named = { agent: id, stream: Buffer.from(stream).toString("hex"), name: "audit" };
  ledger.append("epoch", agent, encodeEntry({ ...named, plugin: "x", epoch: 1, reason: "start" }));
  let previous = new Uint8Array(32);
  for (let seq = 0; seq < 11; seq++) {
    const bytes = frameOf(seq, previous, clock.now);
    ledger.append("frame", agent, bytes);
    previous = new Uint8Array(frameHash(bytes));
    await ledger.commit();
    clock.now += 10 * DAY_MS;
  }
}

function open(folder: string, clock: { readonly now: number }): Promise<Hub> {
  const config = { ...DEFAULT_CONFIG, page: ANY, link: { listen: ANY, names: [] } };
  const env = {
    now: () => clock.now,
    after(ms: number, run: () => void) {
      const timer = setTimeout(run, ms);
      return () => clearTimeout(timer);
    },
    pause: () => new Promise<void>((resolve) => void setImmediate(resolve)),
    random: (bytes: number) => crypto.getRandomValues(new Uint8Array(bytes)),
    files,
    resolve: () => Promise.resolve([]),
    log: logOf,
  };
  return openHub({ env, folder, config, rules: [], webhooks: [] });
}

async function clientOf(hub: Hub, folder: string): Promise<HubClient> {
  await using access = openAccess(folder, () => Date.now());
  const { secret } = access.keys.create({ name: "test", scopes: SCOPES });
  const client = createClient({ url: hub.page, key: secret });
  for (;;) {
    const { followers } = await client.call(getStatus, {});
    if (followers.every(({ behind, name }) => behind < 3 || name === "schedule")) return client;
    await aTurn();
  }
}

/** Between two looks: the hub refuses callers that ask too often. */
const aTurn = (): Promise<void> => new Promise((resolve) => void setTimeout(resolve, 100));

async function rowsOf(client: HubClient): Promise<number> {
  try {
    const body = { table: "Audit", limit: 1000 } as const;
    return (await client.call(queryEvents, { body })).rows.length;
  } catch (error) {
    if (error instanceof ClientError && /there is no table/.test(error.message)) return 0;
    throw error;
  }
}

/** A day after the other, as far as the clock may be believed. */
async function pass(client: HubClient, clock: { now: number }, days: number): Promise<void> {
  for (let left = days; left > 0; left -= 5) {
    clock.now += Math.min(5, left) * DAY_MS;
    for (const _ of [1, 2]) await client.call(runRetention, { body: {} });
  }
}

async function goneIn(folder: string): Promise<readonly number[]> {
  await using ledger = await ledgerIn(folder, () => 0);
  const seqs: number[] = [];
  for (let at = 0; at < ledger.durable;) {
    const entries = await ledger.read(at);
    for (const { deleted, payload } of entries) {
      if (deleted === undefined) continue;
      seqs.push(Number(new DataView(payload.buffer, payload.byteOffset).getBigUint64(52)));
    }
    at += entries.length;
  }
  return seqs;
}

/** The files of the store in a backup are held to its ledger, as an operator does it. */
async function filesOfBackupHold(backup: string): Promise<void> {
  const said: string[] = [];
  const code = await store.run({
    values: { data: backup, output: "json", deep: true },
    positionals: ["verify"],
    signal: new AbortController().signal,
    now: () => 0,
    variable: () => undefined,
    out: (text) => void said.push(text),
    err: (line) => void said.push(line),
  });
  const report = JSON.parse(said.join("")) as { broken: number; comparedRows: number };
  assert.deepEqual([code, report.broken], [0, 0], said.join(""));
  assert.ok(report.comparedRows > 0, said.join(""));
}

test("a real hub over 300 days: frames go, then files; proofs, streams, holds, backup and restore hold", async () => {
  const work = mkdtempSync(join(tmpdir(), "custos-retention-"));
  const data = join(work, "hub");
  const clock = { now: START_MS };
  try {
    await fill(data, clock);
    const streamsBefore = await streamsIn(data);
    let early: { readonly size: number; readonly root: Uint8Array };
    let people: ReadonlyMap<string, Keys>;
    {
      await using hub = await open(data, clock);
      const client = await clientOf(hub, data);
      early = parseCheckpoint((await client.call(getStatus, {})).ledger.checkpoint);
      // What the store has read it writes within half a second.
      while (await rowsOf(client) < 11 * ROWS) await aTurn();
      const held = { from: instant(START_MS + 20 * DAY_MS), to: instant(START_MS + 21 * DAY_MS) };
      await client.call(addHold, {
        body: { name: "case", table: "Audit", ...held, reason: "asked" },
      });
      await pass(client, clock, 20);
      // Frames are gone, their rows are there.
      assert.equal(await rowsOf(client), 11 * ROWS);
      const { receipts } = await client.call(listReceipts, { query: {} });
      assert.ok(receipts.length > 0 && receipts.every(({ state }) => state === "deleted"));
      const index = receipts.at(-1)!.first!;
      await assert.rejects(client.call(proveRow, { query: { index: `${index}`, row: "0" } }), {
        code: "missing",
        message: /deleted,? by (?:the )?tombstone/,
      });
      const { frameHash: hash } = await client.call(proveFrame, { query: { index: `${index}` } });
      assert.ok(hash !== null);
      await provesFrom(client, early);
      people = await addOperators(data);
      const backup = {
        files,
        data,
        to: join(work, "backup"),
        passphrase: undefined,
        now: () => clock.now,
      };
      await makeBackup(backup);
      await pass(client, clock, 10);
      await makeBackup(backup);
      await verifyBackup({ files, from: join(work, "backup") });
      await filesOfBackupHold(join(work, "backup"));
    }
    // Of days 0 to 40 but the one that is held.
    assert.deepEqual(await goneIn(data), [0, 1, 3, 4]);
    assert.deepEqual(await streamsIn(data), streamsBefore);
    await checkLedger(files, join(data, "ledger"));
    await exportShowsDeletions(data);
    {
      await using hub = await open(data, clock);
      const client = await clientOf(hub, data);
      await pass(client, clock, 160);
      const { holds } = await client.call(listHolds, {});
      assert.deepEqual(holds.map(({ name }) => name), ["case"]);
      // One file has all rows: it is held as a whole.
      assert.equal(await rowsOf(client), 11 * ROWS);
      await client.call(releaseHold, { params: { name: "case" }, body: { reason: "over" } });
      await pass(client, clock, 10);
      assert.equal(await rowsOf(client), 0);
      await provesFrom(client, early);
      const { waiting, problems } = await client.call(getRetention, {});
      assert.deepEqual([waiting.tombstones, problems], [0, []]);
    }
    assert.equal((await goneIn(data)).length, 11);
    // What was backed up on day 140 has the rows of frames that were gone by then.
    const restored = join(work, "restored");
    const { statement } = await restoreBackup({
      files,
      from: join(work, "backup"),
      data: restored,
      passphrase: undefined,
      reason: "The disk was lost",
      knownCheckpoint: undefined,
      now: () => clock.now,
      random: (n) => crypto.getRandomValues(new Uint8Array(n)),
    });
    for (const [name, keys] of people) sign(statement, name, keys);
    clock.now = START_MS + 141 * DAY_MS;
    await using hub = await open(restored, clock);
    const client = await clientOf(hub, restored);
    while (await rowsOf(client) < 11 * ROWS) await aTurn();
    assert.equal(await rowsOf(client), 11 * ROWS);
    const { holds } = await client.call(listHolds, {});
    assert.deepEqual(holds.map(({ name }) => name), ["case"]);
    const { alerts } = await client.call(listAlerts, { query: {} });
    assert.ok(alerts.every(({ rule }) => rule !== "retention-stuck"));
  } finally {
    rmSync(work, { recursive: true });
  }
});

const instant = (ms: number): string => new Date(ms).toISOString();

async function provesFrom(
  client: HubClient,
  early: { readonly size: number; readonly root: Uint8Array },
): Promise<void> {
  const { hashes, checkpoint, to } = await client.call(getConsistency, {
    query: { from: `${early.size}` },
  });
  const { root, size } = parseCheckpoint(checkpoint);
  assert.equal(size, to);
  const claim = { before: early.size, size: to, beforeRoot: early.root, root };
  assert.ok(verifyConsistency(claim, hashes.map((hash) => fromBase64(hash)!)));
}

/** As custos-hub export and custos verify do it. */
async function exportShowsDeletions(folder: string): Promise<void> {
  await using ledger = await ledgerIn(folder, () => 0);
  const { publicKey } = await loadOrCreateKeys(files, join(folder, "ledger.key"));
  const { checkpoint } = ledger;
  const source = { ledger, checkpoint, hubKey: publicKey, witnesses: [] };
  const bundle = await openBundle(source, { source: "audit" });
  const trust = { hubs: [publicKey], witnesses: [], agents: [agentKeys.publicKey] };
  const verifier = openVerifier(nativeProvider, trust);
  for await (const bytes of bundle.bytes()) verifier.take(bytes);
  const { broken, deletions = [], streams } = verifier.end();
  assert.equal(broken, undefined);
  assert.equal(deletions.reduce((sum, { frames }) => sum + frames, 0), 4);
  assert.deepEqual(streams.map(({ frames, events }) => [frames, events]), [[11, 11 * ROWS]]);
}

/** What decides whether a frame is a duplicate. */
async function streamsIn(folder: string): Promise<unknown> {
  await using ledger = await ledgerIn(folder, () => 0);
  const { streams } = await loadIndex(ledger, "", undefined);
  return [...streams.values()].map(({ epoch, next, tail, groupAt, recent }) => ({
    ...{ epoch, next, groupAt, tail: Buffer.from(tail).toString("hex") },
    recent: [...recent].map(([seq, hash]) => [seq, Buffer.from(hash).toString("hex")]),
  }));
}

async function addOperators(folder: string): Promise<ReadonlyMap<string, Keys>> {
  await using control = openControl(join(folder, CONTROL_FILE));
  const people = new Map(["ann", "bob"].map((name) => [name, generateKeys()]));
  for (const [name, { publicKey }] of people) {
    openOperators(control).add({ name, publicKey }, 0);
  }
  return people;
}

function sign(statement: string, name: string, { publicKey, privateKey }: Keys): void {
  const note = readFileSync(statement, "utf8");
  writeFileSync(statement, signRollback(note, { name, publicKey }, signer(privateKey)));
}
