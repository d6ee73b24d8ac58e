import assert from "node:assert/strict";
import test from "node:test";
import fc from "fast-check";
import { verifyConsistency, verifyInclusion } from "../../sdk/proof/merkle.ts";
import { generateKeys, signer } from "../../sdk/proof/sign.ts";
import { HEADER_BYTES } from "../../sdk/wire/header.ts";
import { type Call, type FaultyFiles, faultyFiles } from "../../sdk/testkit/faulty_files.ts";
import { durablePart } from "./durable_part.ts";
import { type Ledger, type LedgerEntry, openLedger } from "./ledger.ts";
import { checkLedger } from "./segments.ts";
import { leafOf } from "./tiles.ts";

const keys = generateKeys();
const sign = signer(keys.privateKey);
const agent = new Uint8Array(32).fill(7);

function open(
  files: FaultyFiles,
  more: { readonly segmentBytes?: number; readonly tailBytes?: number } = {},
): Promise<Ledger> {
  return openLedger({
    folder: "/ledger",
    files,
    keys,
    sign,
    now: () => 5n,
    newLogId: () => new Uint8Array(8).fill(1),
    segmentBytes: 3000,
    tailBytes: 1_000_000,
    ...more,
  });
}

/** As long as a frame's header and a body of 60 bytes. */
const frameOf = (n: number) => new Uint8Array(HEADER_BYTES + 60).fill(n);

async function grow(ledger: Ledger, to: number): Promise<void> {
  while (ledger.size < to) {
    const n = ledger.size;
    if (n % 5 === 4) ledger.append("note", agent, new Uint8Array(60).fill(n));
    else ledger.append("frame", agent, frameOf(n));
    if (n % 3 === 2 || n === to - 1) await ledger.commit();
  }
}

async function readAll(ledger: Ledger): Promise<readonly LedgerEntry[]> {
  const all: LedgerEntry[] = [];
  while (all.length < ledger.durable) all.push(...await ledger.read(all.length));
  return all;
}

const deletion = (...frames: readonly number[]) => ({
  frames: new Map(frames.map((index) => [index, 900 + index])),
  mayDelete: () => true,
});

/** The first segment has entries 0 to 5 or so. */
const DOOMED = [0, 2, 3];

/** What no deletion may change. */
async function sameTree(files: FaultyFiles, ledger: Ledger, before: Ledger["checkpoint"]) {
  assert.deepEqual(ledger.checkpoint.root, before.root);
  const part = await durablePart(files, "/ledger", false);
  assert.equal(part?.range.size, before.size);
  const checked = await checkLedger(files, "/ledger");
  assert.deepEqual(checked, { size: before.size, root: before.root });
  for (const entry of await readAll(ledger)) {
    const { index } = entry;
    const proof = await ledger.tiles.inclusion(index, before.size);
    const { root, size } = before;
    assert.ok(verifyInclusion({ index, size, leaf: leafOf(entry), root }, proof), `${index}`);
  }
}

test("deleteFrames() leaves header and leaf of a frame, and each index, leaf and root as it was", async () => {
  const files = faultyFiles();
  await using ledger = await open(files);
  await grow(ledger, 30);
  const before = await readAll(ledger);
  const early = ledger.checkpoint;
  const sizes = [...files.content().values()].reduce((sum, { length }) => sum + length, 0);
  const deleted = await ledger.deleteFrames(deletion(...DOOMED));
  assert.equal(deleted?.frames, 3);
  const after = [...files.content().values()].reduce((sum, { length }) => sum + length, 0);
  assert.equal(sizes - after, deleted?.bytes);
  const entries = await readAll(ledger);
  assert.deepEqual(entries.map(leafOf), before.map(leafOf));
  for (const [i, entry] of entries.entries()) {
    if (!DOOMED.includes(i)) {
      assert.deepEqual(entry, before[i]);
      continue;
    }
    assert.equal(entry.deleted?.tombstone, 900 + i);
    assert.deepEqual(entry.payload, frameOf(i).subarray(0, HEADER_BYTES));
    assert.equal(entry.hubTime, before[i]!.hubTime);
  }
  await sameTree(files, ledger, early);
  await grow(ledger, 60);
  const proof = await ledger.tiles.consistency(early.size, 60);
  const { root } = ledger.checkpoint;
  const claim = { before: early.size, size: 60, beforeRoot: early.root, root };
  assert.ok(verifyConsistency(claim, proof));
});

test("no byte of a deleted frame's body is in any file of the ledger", async () => {
  const files = faultyFiles();
  await using ledger = await open(files);
  await grow(ledger, 30);
  await ledger.deleteFrames(deletion(2));
  // 200 bytes of it are in its header, which stays.
  for (const bytes of files.content().values()) {
    assert.ok(!Buffer.from(bytes).includes(Buffer.alloc(HEADER_BYTES + 1, 2)));
  }
  assert.ok(
    [...files.content().values()].some((bytes) =>
      Buffer.from(bytes).includes(Buffer.alloc(HEADER_BYTES + 1, 3))
    ),
  );
});

test("deleteFrames() again changes nothing, and more may go later", async () => {
  const files = faultyFiles();
  await using ledger = await open(files);
  await grow(ledger, 30);
  const { checkpoint } = ledger;
  await ledger.deleteFrames(deletion(0, 2));
  const again = await ledger.deleteFrames(deletion(0, 2, 3));
  assert.equal(again?.frames, 3);
  const entries = await readAll(ledger);
  assert.deepEqual(
    entries.filter(({ deleted }) => deleted !== undefined).map(({ index }) => index),
    [0, 2, 3],
  );
  await sameTree(files, ledger, checkpoint);
});

test("deleteFrames() deletes nothing where it may not at the last moment", async () => {
  const files = faultyFiles();
  await using ledger = await open(files);
  await grow(ledger, 30);
  const before = files.content();
  const held = { ...deletion(...DOOMED), mayDelete: () => false };
  assert.equal(await ledger.deleteFrames(held), undefined);
  assert.deepEqual(files.content(), before);
});

test("deleteFrames() refuses what is no frame of a closed segment", async () => {
  const files = faultyFiles();
  await using ledger = await open(files);
  await grow(ledger, 30);
  const before = files.content();
  await assert.rejects(ledger.deleteFrames(deletion(4)), RangeError);
  await assert.rejects(ledger.deleteFrames(deletion(29)), /not closed/);
  await assert.rejects(ledger.deleteFrames(deletion(0, 28)), /2 are named/);
  assert.deepEqual(files.content(), before);
});

test("closeSegment() closes a small one with the next commit", async () => {
  const files = faultyFiles();
  await using ledger = await open(files);
  await grow(ledger, 2);
  assert.equal(ledger.closedSegment(0), undefined);
  ledger.closeSegment();
  await grow(ledger, 3);
  assert.deepEqual(ledger.closedSegment(1), { first: 0, next: 3 });
  await ledger.deleteFrames(deletion(0, 1, 2));
  assert.equal((await ledger.read(1))[0]?.deleted?.tombstone, 901);
  await grow(ledger, 9);
  assert.equal(ledger.closedSegment(3), undefined);
});

test("a segment that is damaged is left as it is", async () => {
  const files = faultyFiles();
  await using ledger = await open(files);
  await grow(ledger, 30);
  const path = [...files.content().keys()].find((name) => name.endsWith("0000.log"))!;
  files.flip(path, 8 * 1500);
  const before = files.bytesOf(path).slice();
  await assert.rejects(ledger.deleteFrames(deletion(0)), { code: "damaged" });
  assert.deepEqual(files.bytesOf(path), before);
  assert.ok(![...files.content().keys()].some((name) => name.endsWith(".draft")));
});

/** Deletes under a plan and starts again: all is there or all of it is gone, and nothing else. */
async function wholeOrGone(
  plan: (call: Call) => "fail" | "full" | "short" | "late" | "crash" | undefined,
  pick: (n: number) => number,
): Promise<boolean> {
  const files = faultyFiles();
  const ledger = await open(files);
  await grow(ledger, 18);
  const { checkpoint } = ledger;
  // Leaves hints and entries in memory behind.
  await readAll(ledger);
  files.plan = plan;
  let isDone = false;
  try {
    isDone = await ledger.deleteFrames(deletion(...DOOMED)) !== undefined;
  } catch (error) {
    assert.ok(error instanceof Error);
  }
  files.plan = () => undefined;
  if (!files.isCrashed) assert.equal((await readAll(ledger)).length, checkpoint.size);
  files.restart(pick);
  await using again = await open(files);
  await sameTree(files, again, checkpoint);
  const gone = (await readAll(again)).filter(({ deleted }) => deleted !== undefined);
  assert.ok(gone.length === 0 || gone.length === DOOMED.length, `${gone.length} are gone`);
  if (isDone) assert.equal(gone.length, DOOMED.length);
  await again.deleteFrames(deletion(...DOOMED));
  assert.ok(![...files.content().keys()].some((name) => name.endsWith(".draft")));
  await sameTree(files, again, checkpoint);
  return isDone;
}

test("a crash at any call of a deletion leaves the segment whole or without the frames", async () => {
  let isDone = false;
  for (let at = 0; !isDone; at++) {
    assert.ok(at < 200);
    for (const luck of [0, 1, 2]) {
      let n = 0;
      isDone = await wholeOrGone(() => n++ === at ? "crash" : undefined, (of) => luck % of);
    }
  }
});

for (const fault of ["fail", "full", "short", "late"] as const) {
  test(`a deletion whose calls in turn do this leaves the ledger whole: ${fault}`, async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(60), fc.nat(5), async (at, luck) => {
        let n = 0;
        const plan = ({ op }: Call) => {
          const isReading = op === "read" || op === "open" || op === "list";
          if (isReading && fault !== "fail") return undefined;
          return n++ === at ? fault : undefined;
        };
        await wholeOrGone(plan, (of) => luck % of);
      }),
      { numRuns: 60 },
    );
  });
}

for (const fault of [undefined, "late"] as const) {
  test(`reads find their place in a large segment after a deletion, its renaming ${fault ?? "well"}`, async () => {
    const files = faultyFiles();
    await using ledger = await open(files, { segmentBytes: 4_000_000, tailBytes: 100 });
    const large = (n: number) => new Uint8Array(300_000).fill(n);
    for (let n = 0; n < 20; n++) {
      ledger.append("frame", agent, large(n));
      await ledger.commit();
    }
    await ledger.read(12, { maxBytes: 1 });
    files.plan = ({ op }) => op === "rename" ? fault : undefined;
    const going = ledger.deleteFrames(deletion(0, 1, 2, 3, 4, 5, 6));
    await going.catch((error: unknown) => assert.equal(fault, "late", String(error)));
    const [entry] = await ledger.read(12, { maxBytes: 1 });
    assert.deepEqual(entry?.payload, large(12));
    assert.equal((await ledger.read(6, { maxBytes: 1 }))[0]?.deleted?.tombstone, 906);
  });
}

test("reads beside a deletion see each frame whole or deleted", async () => {
  const files = faultyFiles();
  await using ledger = await open(files);
  await grow(ledger, 60);
  const going = ledger.deleteFrames(deletion(...DOOMED));
  const reads = Array.from({ length: 40 }, async (_, i) => {
    for (let turn = 0; turn < i; turn++) await Promise.resolve();
    return await ledger.read(i % 6);
  });
  for (const entries of await Promise.all(reads)) {
    for (const { kind, payload, deleted, index } of entries) {
      if (kind !== "frame") continue;
      const whole = frameOf(index);
      const expected = deleted === undefined ? whole : whole.subarray(0, HEADER_BYTES);
      assert.deepEqual(payload, expected);
    }
  }
  await going;
});
