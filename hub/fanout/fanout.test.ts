import assert from "node:assert/strict";
import test from "node:test";
import { generateKeys, signer } from "../../sdk/proof/sign.ts";
import { faultyFiles } from "../../sdk/testkit/faulty_files.ts";
import { BodyEncoder } from "../../sdk/wire/body.ts";
import { packBody, parseHeader, sealFrame } from "../../sdk/wire/frame.ts";
import { HUB_KEY_HASH } from "../ledger/entry.ts";
import { type Ledger, openLedger } from "../ledger/ledger.ts";
import { LedgerError } from "../ledger/ledger_error.ts";
import { fanOut } from "./fanout.ts";
import type { Follower, FollowerHealth, Item } from "./follower.ts";

const keys = generateKeys();
const sign = signer(keys.privateKey);
const of = (size: number, byte = 0) => new Uint8Array(size).fill(byte);

function open(tailBytes = 1 << 20): Promise<Ledger> {
  return openLedger({
    folder: "/l",
    files: faultyFiles(),
    keys,
    sign,
    now: () => 1n,
    newLogId: () => of(8),
    tailBytes,
  });
}

function frame(seq: number, raw?: Uint8Array): Uint8Array {
  const batch = {
    table: "T",
    rows: 1,
    columns: [{ name: "N", form: "number", type: "int", values: Float64Array.of(seq) }],
  } as const;
  const body = packBody(raw ?? new BodyEncoder().encode({ batch, cursor: undefined }));
  return sealFrame(
    {
      kind: "events",
      groupLast: true,
      agent: of(16, 0xaa),
      boot: of(16),
      stream: of(8, 0xbb),
      epoch: 1,
      seq,
      groupIndex: 0,
      dictionarySeq: seq,
      rows: 1,
      schema: of(32),
      firstTime: 0n,
      lastTime: 0n,
      sealedAt: 0n,
      monotonic: 0n,
      previous: of(32),
      rowRoot: of(32),
      logId: of(8),
      logSize: 0,
      logRoot: of(32),
      policy: of(32),
      keyId: of(8),
    },
    body,
    sign,
  );
}

const opened = new TextEncoder().encode(JSON.stringify({
  agent: "aa".repeat(16),
  stream: "bb".repeat(8),
  name: "syslog",
}));

interface Recorder extends Follower {
  readonly taken: Item[];
  /** Resolves when so many items were taken. */
  until(count: number): Promise<void>;
}

/** A follower that takes at most `most` items at once. */
function recorder(
  name: string,
  { from = 0, most = 2, before = () => {} }: {
    from?: number;
    most?: number;
    before?: (items: readonly Item[]) => void;
  } = {},
): Recorder {
  const taken: Item[] = [];
  const waits: { readonly count: number; readonly resolve: () => void }[] = [];
  return {
    name,
    taken,
    get next() {
      return from + taken.length;
    },
    async take(items) {
      before(items);
      taken.push(...items.slice(0, most));
      for (const { count, resolve } of waits) if (taken.length >= count) resolve();
    },
    until: (count) =>
      new Promise((resolve) => {
        if (taken.length >= count) resolve();
        waits.push({ count, resolve });
      }),
  };
}

async function fill(ledger: Ledger, count: number): Promise<void> {
  ledger.append("epoch", HUB_KEY_HASH, opened);
  for (let n = 0; n < count; n++) ledger.append("frame", of(32, 1), frame(n));
  await ledger.commit();
}

const indexes = (items: readonly Item[]) => items.map(({ index }) => index);

test("fanOut() gives each follower every entry once, in order, also those to come", async () => {
  await using ledger = await open();
  await fill(ledger, 3);
  const stop = new AbortController();
  const [a, b] = [recorder("a"), recorder("b", { from: 2, most: 100 })];
  const ended = fanOut(ledger, [a, b], stop.signal);
  await Promise.all([a.until(4), b.until(2)]);
  ledger.append("frame", of(32, 1), frame(3));
  await ledger.commit();
  await Promise.all([a.until(5), b.until(3)]);
  stop.abort();
  await ended;
  assert.deepEqual(indexes(a.taken), [0, 1, 2, 3, 4]);
  assert.deepEqual(indexes(b.taken), [2, 3, 4]);
});

test("fanOut() names agent and source also for a follower that starts behind the name", async () => {
  await using ledger = await open();
  await fill(ledger, 2);
  const stop = new AbortController();
  const late = recorder("late", { from: 2 });
  const ended = fanOut(ledger, [late], stop.signal);
  await late.until(1);
  stop.abort();
  await ended;
  const item = late.taken[0]!.frame!;
  assert.equal(item.agent, "aa".repeat(16));
  assert.equal(item.source, "syslog");
  assert.equal(item.header.seq, 1);
});

test("fanOut() decodes a frame once for all followers", async () => {
  await using ledger = await open(0);
  await fill(ledger, 1);
  const stop = new AbortController();
  const [a, b] = [recorder("a"), recorder("b")];
  const ended = fanOut(ledger, [a, b], stop.signal);
  await Promise.all([a.until(2), b.until(2)]);
  stop.abort();
  await ended;
  const batch = a.taken[1]!.frame!.batch();
  assert.equal(batch.table, "T");
  assert.equal(b.taken[1]!.frame!.batch(), batch);
});

test("fanOut() takes what ingest has decoded, and decodes from the ledger what it has not", async () => {
  await using ledger = await open();
  await fill(ledger, 2);
  const stop = new AbortController();
  const a = recorder("a");
  const handed = { table: "Handed", rows: 0, columns: [] };
  const decoded = (index: number) =>
    index === 1
      ? { index, agent: "a1", source: "s1", header: parseHeader(frame(0)), batch: handed }
      : undefined;
  const ended = fanOut(ledger, [a], stop.signal, { decoded });
  await a.until(3);
  stop.abort();
  await ended;
  assert.equal(a.taken[1]!.frame!.batch(), handed);
  assert.equal(a.taken[1]!.frame!.source, "s1");
  assert.equal(a.taken[2]!.frame!.batch().table, "T");
});

test("fanOut() tries a failing follower again while the others go on, and says how it fares", async () => {
  await using ledger = await open();
  await fill(ledger, 2);
  const stop = new AbortController();
  let tries = 0;
  const poor = recorder("poor", {
    before: () => {
      if (++tries <= 3) throw new Error(`no ${tries}`);
    },
  });
  const good = recorder("good");
  const waits: number[] = [];
  const told: FollowerHealth[] = [];
  const ended = fanOut(ledger, [poor, good], stop.signal, {
    sleep: async (ms) => void waits.push(ms),
    onHealth: (health) => told.push(health),
  });
  await Promise.all([poor.until(3), good.until(3)]);
  stop.abort();
  await ended;
  assert.deepEqual(waits, [100, 200, 400]);
  assert.deepEqual(told.map(({ state, error }) => [state, error]), [
    ["failing", "no 1"],
    ["failing", "no 2"],
    ["failing", "no 3"],
    ["following", undefined],
  ]);
  assert.deepEqual(indexes(poor.taken), [0, 1, 2]);
});

test("fanOut() takes a follower that does not move on for a failing one", async () => {
  await using ledger = await open();
  await fill(ledger, 1);
  const stop = new AbortController();
  const stuck: Follower = { name: "stuck", next: 0, take: async () => {} };
  const told: FollowerHealth[] = [];
  await fanOut(ledger, [stuck], stop.signal, {
    sleep: async () => stop.abort(),
    onHealth: (health) => told.push(health),
  });
  assert.match(told[0]!.error!, /must move on/);
});

test("fanOut() gives no rows for a frame that is signed and is no body", async () => {
  await using ledger = await open();
  ledger.append("epoch", HUB_KEY_HASH, opened);
  ledger.append("frame", of(32, 1), frame(0, of(10, 0xc1)));
  await ledger.commit();
  const stop = new AbortController();
  const a = recorder("a");
  const ended = fanOut(ledger, [a], stop.signal);
  await a.until(2);
  stop.abort();
  await ended;
  assert.equal(a.taken[1]!.frame!.batch().rows, 0);
});

test("fanOut() rejects when the ledger is damaged", async () => {
  const damaged = new LedgerError("damaged", "Cannot trust ledger");
  const ledger = { read: () => Promise.reject(damaged), changed: () => Promise.resolve() };
  await assert.rejects(
    fanOut(ledger, [recorder("a"), recorder("b")], new AbortController().signal),
    damaged,
  );
});
