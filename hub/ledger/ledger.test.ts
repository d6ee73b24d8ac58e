import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { openCheckpoint, originOf } from "../../sdk/proof/checkpoint.ts";
import { appendLeaf, EMPTY_RANGE, leafHash, rootOf } from "../../sdk/proof/merkle.ts";
import { generateKeys, signer, verifier } from "../../sdk/proof/sign.ts";
import { type Call, type FaultyFiles, faultyFiles } from "../../sdk/testkit/faulty_files.ts";
import { encodeEntryHead, HUB_KEY_HASH } from "./entry.ts";
import { type Ledger, type LedgerEntry, openLedger } from "./ledger.ts";
import { LedgerError } from "./ledger_error.ts";
import { checkLedger } from "./segments.ts";

const keys = generateKeys();
const sign = signer(keys.privateKey);
const agent = new Uint8Array(32).fill(7);
const newLogId = () => new Uint8Array(8).fill(1);

function open(
  files: FaultyFiles,
  more: { now?: () => bigint; tailBytes?: number } = {},
): Promise<Ledger> {
  return openLedger({
    folder: "/ledger",
    files,
    keys,
    sign,
    now: () => 5n,
    newLogId,
    segmentBytes: 600,
    tailBytes: 200,
    ...more,
  });
}

async function readAll(ledger: Ledger): Promise<readonly LedgerEntry[]> {
  const all: LedgerEntry[] = [];
  while (true) {
    const some = await ledger.read(all.length, { maxBytes: 100 });
    if (some.length === 0) return all;
    all.push(...some);
  }
}

const numbersOf = (entries: readonly LedgerEntry[]) =>
  entries.map(({ payload }) => payload[0]! * 256 + payload[1]!);
const payloadOf = (n: number) => new Uint8Array(30).fill(n).fill(n >> 8, 0, 1).fill(n & 255, 1, 2);
const rising = (n: number) => Array.from({ length: n }, (_, i) => i);

/** Appends `from` to `to` - 1, a commit after each third; gives how many were promised. */
async function grow(ledger: Ledger, from: number, to: number): Promise<number> {
  let promised = from;
  for (let n = from; n < to; n++) {
    ledger.append("frame", agent, payloadOf(n));
    if (n % 3 === 2) promised = (await ledger.commit()).size;
  }
  return promised;
}

test("read() gives durable entries only, in order, from memory and from files", async () => {
  const files = faultyFiles();
  await using ledger = await open(files);
  assert.equal(ledger.append("agent", agent, payloadOf(0)), 0);
  assert.deepEqual(await ledger.read(0), []);
  await grow(ledger, 1, 50);
  const entries = await readAll(ledger);
  assert.deepEqual(numbersOf(entries), rising(48));
  assert.deepEqual(entries.map(({ index }) => index), rising(48));
  assert.deepEqual(
    { ...entries[0]! },
    { index: 0, hubTime: 5n, kind: "agent", keyHash: agent, payload: payloadOf(0) },
  );
  assert.ok(files.list("/ledger").length > 5);
});

test("read() does not show what is in memory only", async () => {
  await using ledger = await open(faultyFiles(), { tailBytes: 10_000 });
  await grow(ledger, 0, 5);
  assert.deepEqual(numbersOf(await ledger.read(0, { maxBytes: 10_000 })), [0, 1, 2]);
});

test("commit() signs the RFC 6962 root over the encoded entries", async () => {
  await using ledger = await open(faultyFiles());
  await grow(ledger, 0, 12);
  const head = encodeEntryHead({ hubTime: 5n, kind: "frame", keyHash: agent });
  const range = rising(12).reduce(
    (tree, n) => appendLeaf(tree, leafHash(head, payloadOf(n))),
    EMPTY_RANGE,
  );
  const expect = {
    origin: originOf(newLogId()),
    publicKey: keys.publicKey,
    verify: verifier(keys.publicKey),
  };
  const checkpoint = openCheckpoint(ledger.checkpoint.note, expect);
  assert.equal(checkpoint.size, 12);
  assert.deepEqual(checkpoint.root, rootOf(range));
});

test("openLedger() goes on where the last process ended", async () => {
  const files = faultyFiles();
  for (const to of [7, 20, 21, 40]) {
    await using ledger = await open(files);
    await grow(ledger, ledger.size, to);
  }
  await using ledger = await open(files);
  assert.deepEqual(numbersOf(await readAll(ledger)), rising(40));
  const checked = await checkLedger(files, "/ledger");
  assert.deepEqual(checked, { size: 40, root: ledger.checkpoint.root });
});

test("a ledger keeps all it promised through a crash at any call, and cuts only the rest", async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(160), fc.infiniteStream(fc.nat()), async (at, picks) => {
      const files = faultyFiles();
      let promised = 0;
      files.plan = ({ n }) => (n === at ? "crash" : undefined);
      try {
        await using ledger = await open(files);
        for (let n = 0; n < 40; n += 2) promised = await grow(ledger, n, n + 2) || promised;
      } catch {
        // The machine is off.
      }
      files.plan = () => undefined;
      files.restart((n) => picks.next().value % n);
      await using ledger = await open(files);
      const numbers = numbersOf(await readAll(ledger));
      assert.ok(numbers.length >= Math.floor(promised / 3) * 3, `${numbers.length} < ${promised}`);
      assert.deepEqual(numbers, rising(numbers.length));
      await grow(ledger, numbers.length, numbers.length + 6);
      const checked = await checkLedger(files, "/ledger");
      assert.equal(checked.size, numbers.length + 6);
    }),
    { numRuns: 300 },
  );
});

const CALLS: readonly Call["op"][] = ["write", "sync", "sync-folder", "truncate"];
for (const op of CALLS) {
  for (const fault of ["fail", "full", "short", "late"] as const) {
    test(`a ledger survives when each ${op} in turn does: ${fault}`, async () => {
      for (let at = 0; at < 25; at++) await survives(op, fault, at);
    });
  }
}

async function survives(
  op: Call["op"],
  fault: "fail" | "full" | "short" | "late",
  at: number,
): Promise<void> {
  const files = faultyFiles();
  let seen = 0;
  let promised = 0;
  files.plan = (call) => (call.op === op && seen++ === at ? fault : undefined);
  try {
    await using ledger = await open(files);
    for (let n = 0; n < 30; n++) {
      ledger.append("frame", agent, payloadOf(n));
      promised = (await ledger.commit()).size;
    }
  } catch (error) {
    assert.ok(error instanceof Error);
  }
  files.plan = () => undefined;
  files.restart((n) => (at * 7) % n);
  await using ledger = await open(files);
  const numbers = numbersOf(await readAll(ledger));
  assert.ok(numbers.length >= promised, `${numbers.length} kept of ${promised}`);
  assert.deepEqual(numbers, rising(numbers.length));
}

test("after a failed sync nothing more is accepted, and the next start has what was promised", async () => {
  const files = faultyFiles();
  const ledger = await open(files);
  await grow(ledger, 0, 3);
  ledger.append("frame", agent, payloadOf(3));
  files.plan = ({ op }) => (op === "sync" ? "fail" : undefined);
  await assert.rejects(ledger.commit(), { code: "failed", permanent: true });
  files.plan = () => undefined;
  await assert.rejects(ledger.commit(), { code: "failed" });
  assert.throws(() => ledger.append("frame", agent, payloadOf(4)), { code: "failed" });
  await ledger[Symbol.asyncDispose]();
  // The system would still show the bytes; they must not be taken for durable.
  await using again = await open(files);
  assert.deepEqual(numbersOf(await readAll(again)), [0, 1, 2]);
});

test("a tail that was cut stays cut, also if the sync of that has failed", async () => {
  const files = faultyFiles();
  {
    await using ledger = await open(files);
    await grow(ledger, 0, 3);
  }
  const torn = files.open("/ledger/0000000000000000.log", "write");
  torn.write(new Uint8Array(2_000).fill(255), torn.size());
  await torn.sync();
  files.plan = ({ op, path }) => (op === "sync" && path === torn.path ? "fail" : undefined);
  await assert.rejects(open(files), { code: "failed" });
  files.plan = () => undefined;
  {
    await using ledger = await open(files);
    await grow(ledger, 3, 18);
  }
  files.restart(() => 1);
  await using ledger = await open(files);
  assert.deepEqual(numbersOf(await readAll(ledger)), rising(18));
  assert.equal((await checkLedger(files, "/ledger")).size, 18);
});

test("append() on a full disk throws an error that says to try again, and then works", async () => {
  const files = faultyFiles();
  await using ledger = await open(files);
  await grow(ledger, 0, 3);
  files.capacity = 0;
  assert.throws(() => ledger.append("frame", agent, payloadOf(3)), {
    code: "full",
    permanent: false,
  });
  assert.equal(ledger.size, 3);
  files.capacity = Number.POSITIVE_INFINITY;
  await grow(ledger, 3, 6);
  assert.deepEqual(numbersOf(await readAll(ledger)), rising(6));
});

test("a bit flipped anywhere in what was durable is refused, or hit no entry", async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(), fc.nat(), async (whichFile, whichBit) => {
      const files = faultyFiles();
      {
        await using ledger = await open(files);
        await grow(ledger, 0, 18);
      }
      const names = files.list("/ledger").filter((name) => name.endsWith(".log"));
      const path = `/ledger/${names[whichFile % names.length]}`;
      files.flip(path, whichBit % (files.bytesOf(path).length * 8));
      try {
        await using ledger = await open(files, { tailBytes: 0 });
        assert.deepEqual(numbersOf(await readAll(ledger)), rising(18));
      } catch (error) {
        if (!(error instanceof LedgerError)) throw error;
        assert.equal(error.code, "damaged");
        assert.match(error.message, /\/ledger/);
      }
    }),
    { numRuns: 300 },
  );
});

test("openLedger() names file and offset of a durable entry that was changed", async () => {
  const files = faultyFiles();
  {
    await using ledger = await open(files);
    await grow(ledger, 0, 3);
  }
  files.flip("/ledger/0000000000000000.log", (32 + 28 + 8 + 50) * 8);
  await assert.rejects(open(files), {
    code: "damaged",
    message: /entry 0 in \/ledger\/0{16}\.log at offset 60 is damaged \(crc\)/,
  });
});

test("openLedger() refuses a folder that another process has", async () => {
  const files = faultyFiles();
  await using _first = await open(files);
  await assert.rejects(open(files), { code: "foreign" });
});

test("tick() writes an entry once a second has passed without one, and time never goes back", async () => {
  let now = 100_000_000n;
  await using ledger = await open(faultyFiles(), { now: () => now });
  ledger.append("note", HUB_KEY_HASH, new Uint8Array(1));
  now += 9_999_999n;
  assert.equal(ledger.tick(), false);
  now += 1n;
  assert.equal(ledger.tick(), true);
  now -= 50_000_000n;
  ledger.append("note", HUB_KEY_HASH, new Uint8Array(1));
  await ledger.commit();
  const entries = await readAll(ledger);
  assert.deepEqual(entries.map(({ kind }) => kind), ["note", "tick", "note"]);
  assert.equal(entries[1]!.hubTime, entries[2]!.hubTime);
});

test("changed() waits for durable entries, or until its signal", async () => {
  await using ledger = await open(faultyFiles());
  const stop = new AbortController();
  const waits = ledger.changed(0, stop.signal);
  ledger.append("frame", agent, payloadOf(0));
  await ledger.commit();
  await waits;
  const endless = ledger.changed(1, stop.signal);
  stop.abort(new Error("enough"));
  await assert.rejects(endless, /enough/);
  await assert.rejects(ledger.changed(0, stop.signal), /enough/);
});

test("commit() of many callers shares syncs", async () => {
  const files = faultyFiles();
  await using ledger = await open(files);
  let syncs = 0;
  files.plan = ({ op }) => void (op === "sync" && syncs++);
  const commits = rising(5).map((n) => {
    ledger.append("frame", agent, payloadOf(n));
    return ledger.commit();
  });
  const sizes = (await Promise.all(commits)).map(({ size }) => size);
  assert.deepEqual(sizes, [5, 5, 5, 5, 5]);
  assert.equal(syncs, 1);
});
