import assert from "node:assert/strict";
import { test } from "node:test";
import { generateKeys, signer } from "../../sdk/proof/sign.ts";
import { faultyFiles } from "../../sdk/testkit/faulty_files.ts";
import { BodyEncoder } from "../../sdk/wire/body.ts";
import { packBody, parseHeader, sealFrame } from "../../sdk/wire/frame.ts";
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
