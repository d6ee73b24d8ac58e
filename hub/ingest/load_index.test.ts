import assert from "node:assert/strict";
import { test } from "node:test";
import { generateKeys, keyHash, signer } from "../../sdk/proof/sign.ts";
import { faultyFiles } from "../../sdk/testkit/faulty_files.ts";
import { BodyEncoder } from "../../sdk/wire/body.ts";
import { frameHash, packBody, sealFrame } from "../../sdk/wire/frame.ts";
import { streamIdOf } from "../../sdk/wire/link.ts";
import { openControl } from "../control.ts";
import { type Ledger, openLedger } from "../ledger/ledger.ts";
import { encodeEntry } from "./entries.ts";
import { loadIndex, openSnapshots } from "./load_index.ts";
import { hexOf, type StreamIndex } from "./stream_index.ts";

const keys = generateKeys();
const sign = signer(keys.privateKey);
const hash = keyHash(keys.publicKey);
const agent = hexOf(hash.subarray(0, 16));
const stream = streamIdOf("syslog");
const LOG = "00".repeat(8);

/** A ledger of its own with `frames` frames; `word` makes its frames others. */
async function ledgerOf(frames: number, word = 0): Promise<Ledger> {
  const ledger = await openLedger({
    folder: "/l",
    files: faultyFiles(),
    keys,
    sign,
    now: () => 1n,
    newLogId: () => new Uint8Array(8),
  });
  const publicKey = hexOf(keys.publicKey);
  const enrolled = { id: agent, publicKey, host: "h", os: "linux", state: "active" } as const;
  ledger.append("agent", hash, encodeEntry(enrolled));
  const named = { agent, stream: hexOf(stream), name: "syslog", plugin: "syslog" };
  ledger.append("epoch", hash, encodeEntry({ ...named, epoch: 1, reason: "first start" }));
  let previous = new Uint8Array(32);
  for (let seq = 0; seq < frames; seq++) {
    const bytes = frame(seq, previous, word);
    ledger.append("frame", hash, bytes);
    previous = new Uint8Array(frameHash(bytes));
  }
  await ledger.commit();
  return ledger;
}

function frame(seq: number, previous: Uint8Array, word: number): Uint8Array {
  const batch = { table: "T", rows: 0, columns: [] };
  const body = packBody(new BodyEncoder().encode({ batch, cursor: undefined }));
  const empty = (size: number) => new Uint8Array(size);
  const fields = {
    kind: "events",
    groupLast: true,
    agent: hash.slice(0, 16),
    boot: new Uint8Array(16).fill(word),
    stream,
    epoch: 1,
    seq,
    groupIndex: 0,
    dictionarySeq: seq,
    rows: 0,
    schema: empty(32),
    firstTime: 0n,
    lastTime: 0n,
    sealedAt: 0n,
    monotonic: 0n,
    previous,
    rowRoot: empty(32),
    logId: empty(8),
    logSize: 0,
    logRoot: empty(32),
    policy: empty(32),
    keyId: hash.slice(0, 8),
  } as const;
  return sealFrame(fields, body, sign);
}

/** What can be compared: functions that verify are left out. */
function plain(index: StreamIndex): unknown {
  return { ...index, agents: [...index.agents.values()].map(({ entry }) => entry) };
}

/** Counts the entries that are read. */
function counted(ledger: Ledger) {
  const counts = { read: 0 };
  const read = async (from: number) => {
    const entries = await ledger.read(from);
    counts.read += entries.length;
    return entries;
  };
  const commit = () => ledger.commit();
  const append = () => assert.fail("nothing is to be appended");
  const { size, checkpoint, tiles } = ledger;
  return { counts, ledger: { size, checkpoint, tiles, append, commit, read } };
}

async function snapshotOfLedger(ledger: Ledger): Promise<string> {
  await using control = openControl(":memory:");
  await openSnapshots(control, ledger, LOG).save(await loadIndex(ledger, LOG, undefined));
  const { text } = openSnapshots(control, ledger, LOG);
  assert.ok(text);
  return text;
}

test("loadIndex() gives the same index with and without a snapshot, and reads the rest only", async () => {
  await using ledger = await ledgerOf(40);
  const before = await snapshotOfLedger(ledger);
  ledger.append(
    "note",
    hash,
    encodeEntry({
      note: "refused",
      ...{ agent, stream: hexOf(stream), epoch: 1, seq: 40, hash: "ab".repeat(32) },
      ...{ rows: 1, code: "body" },
    }),
  );
  await ledger.commit();
  const { counts, ledger: spied } = counted(ledger);
  const restored = await loadIndex(spied, LOG, before);
  assert.deepEqual(plain(restored), plain(await loadIndex(ledger, LOG, undefined)));
  assert.equal(restored.streams.get(`${agent}/${hexOf(stream)}`)?.refused, "ab".repeat(32));
  // The last entry that it covers, to compare, with what follows; and what follows.
  assert.equal(counts.read, 3);
  const again = await loadIndex(ledger, LOG, await snapshotOfLedger(ledger));
  assert.deepEqual(plain(again), plain(restored));
});

test("loadIndex() refuses a snapshot ahead of the ledger and reads all again", async () => {
  await using newer = await ledgerOf(5);
  await using restored = await ledgerOf(3);
  const index = await loadIndex(restored, LOG, await snapshotOfLedger(newer));
  assert.deepEqual(plain(index), plain(await loadIndex(restored, LOG, undefined)));
});

test("loadIndex() refuses a snapshot of another history of the same log", async () => {
  await using lost = await ledgerOf(3, 1);
  await using grown = await ledgerOf(5, 2);
  const index = await loadIndex(grown, LOG, await snapshotOfLedger(lost));
  assert.deepEqual(plain(index), plain(await loadIndex(grown, LOG, undefined)));
});

test("openSnapshots() saves nothing that is not durable", async () => {
  await using ledger = await ledgerOf(1);
  await using control = openControl(":memory:");
  const failing = { commit: () => Promise.reject(new Error("full")) };
  const index = await loadIndex(ledger, LOG, undefined);
  await assert.rejects(openSnapshots(control, failing, LOG).save(index));
  assert.equal(openSnapshots(control, ledger, LOG).text, undefined);
});
