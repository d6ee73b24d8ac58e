import assert from "node:assert/strict";
import { test } from "node:test";
import { generateKeys, signer } from "../../sdk/proof/sign.ts";
import { faultyFiles } from "../../sdk/testkit/faulty_files.ts";
import { BodyEncoder } from "../../sdk/wire/body.ts";
import { packBody, parseHeader, sealFrame } from "../../sdk/wire/frame.ts";
import { encodeStatement, enrolled } from "../../sdk/wire/succession.ts";
import { openControl } from "../control.ts";
import type { Item } from "../fanout/follower.ts";
import { type Ledger, openLedger } from "../ledger/ledger.ts";
import { openFramePlaces } from "./frame_places.ts";

const keys = generateKeys();
const sign = signer(keys.privateKey);
const AGENT = "07".repeat(16);
const STREAMS = ["aa".repeat(8), "bb".repeat(8)] as const;

function frame(stream: string, epoch: number, seq: number): Uint8Array {
  const batch = { table: "T", rows: 0, columns: [] };
  const empty = (size: number) => new Uint8Array(size);
  const fields = {
    kind: "events",
    groupLast: true,
    agent: Buffer.from(AGENT, "hex"),
    boot: empty(16),
    stream: Buffer.from(stream, "hex"),
    epoch,
    seq,
    groupIndex: 0,
    dictionarySeq: seq,
    rows: 0,
    schema: empty(32),
    firstTime: 0n,
    lastTime: 0n,
    sealedAt: 0n,
    monotonic: 0n,
    previous: empty(32),
    rowRoot: empty(32),
    logId: empty(8),
    logSize: 0,
    logRoot: empty(32),
    policy: empty(32),
    keyId: empty(8),
  } as const;
  return sealFrame(fields, packBody(new BodyEncoder().encode({ batch, cursor: undefined })), sign);
}

/** Two streams in turn: 200 frames of epoch 1, then 10 of epoch 2 that begin at seq 0. */
async function filled(): Promise<Ledger> {
  const ledger = await openLedger({
    folder: "/l",
    files: faultyFiles(),
    keys,
    sign,
    now: () => 1n,
    newLogId: () => new Uint8Array(8),
  });
  for (let seq = 0; seq < 210; seq++) {
    for (const stream of STREAMS) {
      const [epoch, at] = seq < 200 ? [1, seq] : [2, seq - 200];
      ledger.append("frame", new Uint8Array(32), frame(stream, epoch, at));
    }
  }
  await ledger.commit();
  return ledger;
}

async function items(ledger: Ledger, from: number, to: number): Promise<Item[]> {
  const all: Item[] = [];
  for (let at = from; at < to; at = all.at(-1)!.index + 1) {
    for (const entry of (await ledger.read(at)).slice(0, to - at)) {
      const batch = () => ({ table: "T", rows: 0, columns: [] });
      const header = parseHeader(entry.payload);
      all.push({ ...entry, frame: { header, agent: AGENT, source: "s", batch } });
    }
  }
  return all;
}

test("find() gives the entry of each frame, whichever are remembered, and of no other", async () => {
  await using ledger = await filled();
  const control = openControl(":memory:");
  const places = openFramePlaces(control, ledger);
  await places.follower.take(await items(ledger, 0, 300));
  // What is not followed yet is found by reading on.
  for (const [seq, index] of [[0, 1], [63, 127], [64, 129], [100, 201], [199, 399]] as const) {
    const place = { agent: AGENT, stream: STREAMS[1], epoch: 1, seq };
    assert.equal(await places.find(place), index);
  }
  const none = { agent: AGENT, stream: STREAMS[0], epoch: 1, seq: 0 };
  assert.equal(await places.find({ ...none, seq: 200 }), undefined);
  assert.equal(await places.find({ ...none, epoch: 3 }), undefined);
  assert.equal(await places.find({ ...none, stream: "cc".repeat(8) }), undefined);
  assert.equal(await places.find({ ...none, agent: "08".repeat(16) }), undefined);
});

test("places are remembered over a start, with how far they go", async () => {
  await using ledger = await filled();
  const control = openControl(":memory:");
  await openFramePlaces(control, ledger).follower.take(await items(ledger, 0, 420));
  const again = openFramePlaces(control, ledger);
  assert.equal(again.follower.next, 420);
  assert.equal(await again.find({ agent: AGENT, stream: STREAMS[0], epoch: 2, seq: 3 }), 406);
});

test("keysOf() gives an agent's enrolments and statements below an index, after a start too", async () => {
  await using ledger = await filled();
  const control = openControl(":memory:");
  const places = openFramePlaces(control, ledger);
  const enrolment = (id: string, state: string) =>
    Buffer.from(JSON.stringify({ id, publicKey: "00".repeat(32), host: "h", os: "o", state }));
  const before = { ...enrolled(keys.publicKey), agent: Buffer.from(AGENT, "hex") };
  const { publicKey } = keys;
  const statement = encodeStatement(before, { time: 1n, publicKey, heads: [] }, sign);
  const item = (index: number, kind: Item["kind"], payload: Uint8Array): Item => ({
    index,
    kind,
    payload,
    hubTime: 1n,
    keyHash: new Uint8Array(32),
  });
  await places.follower.take([
    item(0, "agent", enrolment(AGENT, "active")),
    item(1, "agent", enrolment("08".repeat(16), "active")),
    item(2, "note", enrolment(AGENT, "active")),
    item(3, "succession", statement),
    item(4, "agent", enrolment(AGENT, "shut-out")),
  ]);
  for (const one of [places, openFramePlaces(control, ledger)]) {
    assert.equal(one.follower.next, 5);
    assert.deepEqual(one.keysOf(AGENT, 5), [0, 3, 4]);
    assert.deepEqual(one.keysOf(AGENT, 4), [0, 3]);
    assert.deepEqual(one.keysOf("09".repeat(16), 5), []);
  }
});

test("a hub that remembered frames alone reads its ledger again", async () => {
  await using ledger = await filled();
  const control = openControl(":memory:");
  await openFramePlaces(control, ledger).follower.take(await items(ledger, 0, 420));
  control.exec("drop table key_place");
  assert.equal(openFramePlaces(control, ledger).follower.next, 0);
});
