import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import fc from "fast-check";
import { subtreesOf, verifyConsistency, verifyInclusion } from "../../sdk/proof/merkle.ts";
import { levelCount, TILE_WIDTH } from "../../sdk/proof/tiles.ts";
import { generateKeys, signer } from "../../sdk/proof/sign.ts";
import type { Files } from "../../sdk/runtime/files.ts";
import { nodeFiles } from "../../sdk/runtime/node_files.ts";
import { type Call, faultyFiles } from "../../sdk/testkit/faulty_files.ts";
import { type Ledger, type LedgerOptions, openLedger } from "./ledger.ts";
import { leafOf } from "./tiles.ts";

const keys = generateKeys();
const sign = signer(keys.privateKey);
const agent = new Uint8Array(32).fill(7);

function open(files: Files, more: Partial<LedgerOptions> = {}): Promise<Ledger> {
  return openLedger({
    folder: "/ledger",
    files,
    keys,
    sign,
    now: () => 5n,
    newLogId: () => new Uint8Array(8).fill(1),
    segmentBytes: 9000,
    tailBytes: 200,
    ...more,
  });
}

/** Appends up to `to` entries, a commit after each `step`. */
async function grow(ledger: Ledger, to: number, step = 50): Promise<void> {
  while (ledger.size < to) {
    const n = ledger.size;
    ledger.append("frame", agent, new Uint8Array([n, n >> 8]));
    if (ledger.size % step === 0 || ledger.size === to) await ledger.commit();
  }
}

async function leavesOf(ledger: Ledger): Promise<readonly Uint8Array[]> {
  const leaves: Uint8Array[] = [];
  while (leaves.length < ledger.durable) {
    leaves.push(...(await ledger.read(leaves.length)).map(leafOf));
  }
  return leaves;
}

/** Waits until all tiles are there. */
async function filled({ tiles, durable }: Ledger): Promise<void> {
  for (let turn = 0; tiles.size < durable; turn++) {
    assert.ok(turn < 10_000, "tiles are not filled in");
    await new Promise((resolve) => void setImmediate(resolve));
  }
}

/** Every tile has the hashes of the tree, every proof that is tried verifies. */
async function check(ledger: Ledger, tries: readonly number[]): Promise<void> {
  await filled(ledger);
  const leaves = await leavesOf(ledger);
  const subtree = subtreesOf(leaves);
  const { size, root } = ledger.checkpoint;
  for (const n of tries) {
    const index = n % size;
    const proof = await ledger.tiles.inclusion(index, size);
    assert.ok(verifyInclusion({ index, size, leaf: leaves[index]!, root }, proof), `leaf ${index}`);
    const before = index + 1;
    const beforeRoot = await ledger.tiles.rootAt(before);
    assert.deepEqual(beforeRoot, subtree(0, before));
    const grown = await ledger.tiles.consistency(before, size);
    assert.ok(verifyConsistency({ before, beforeRoot, size, root }, grown), `size ${before}`);
  }
  for (let level = 0; levelCount(size, level) > 0; level++) {
    const count = levelCount(size, level);
    for (let first = 0; first < count; first += TILE_WIDTH) {
      const width = Math.min(TILE_WIDTH, count - first);
      const tile = await ledger.tiles.tile({ level, n: first / TILE_WIDTH, width });
      const span = TILE_WIDTH ** level;
      const right = Array.from(
        { length: width },
        (_, i) => subtree((first + i) * span, (first + i + 1) * span),
      );
      assert.deepEqual(new Uint8Array(tile), new Uint8Array(Buffer.concat(right)), `${level}`);
    }
  }
}

const TRIES = [0, 1, 255, 256, 257, 511, 512, 599, 77, 300];

test("tiles prove every entry and every earlier size, while the ledger grows and after a start", async () => {
  const files = faultyFiles();
  for (const to of [1, 255, 256, 257, 513, 700]) {
    await using ledger = await open(files);
    if (ledger.durable > 0) await check(ledger, TRIES);
    await grow(ledger, to);
    await check(ledger, TRIES);
  }
});

test("tiles of a tree with three levels", async () => {
  const folder = mkdtempSync(join(tmpdir(), "custos-tiles-"));
  try {
    await using ledger = await open(nodeFiles(), {
      folder: join(folder, "ledger"),
      segmentBytes: 2 ** 26,
      tailBytes: 2 ** 26,
    });
    await grow(ledger, 65_800, 10_000);
    assert.equal((await ledger.tiles.tile({ level: 2, n: 0, width: 1 })).length, 32);
    const { size, root } = ledger.checkpoint;
    for (const index of [0, 65_535, 65_536, 65_799, 4711]) {
      const [entry] = await ledger.read(index);
      const proof = await ledger.tiles.inclusion(index, size);
      assert.ok(verifyInclusion({ index, size, leaf: leafOf(entry!), root }, proof));
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("a folder of a release without tiles gets them", async () => {
  const files = faultyFiles();
  {
    await using ledger = await open(files);
    await grow(ledger, 700);
  }
  for (const name of files.list("/ledger/tiles")) files.remove(`/ledger/tiles/${name}`);
  const missing = await open(files, { tailBytes: 0 });
  const before = await missing.tiles.inclusion(0, 700).catch((error: unknown) => error);
  assert.ok(before instanceof Error && "code" in before && before.code === "behind");
  await check(missing, TRIES);
  await missing[Symbol.asyncDispose]();
  await using again = await open(files);
  assert.equal(again.tiles.size, 700, "filled in durably");
});

test("a filling that a fault has stopped goes on when somebody asks, without a commit", async () => {
  const files = faultyFiles();
  {
    await using ledger = await open(files);
    await grow(ledger, 700);
  }
  for (const name of files.list("/ledger/tiles")) files.remove(`/ledger/tiles/${name}`);
  files.plan = ({ op, path }) => op === "write" && path.includes("tiles") ? "fail" : undefined;
  const stopped: unknown[] = [];
  await using ledger = await open(files, { tilesStopped: (error) => void stopped.push(error) });
  while (stopped.length === 0) await new Promise((resolve) => void setImmediate(resolve));
  files.plan = () => undefined;
  await assert.rejects(ledger.tiles.consistency(5, 700), { code: "behind" });
  while (ledger.tiles.size < 700) await new Promise((resolve) => void setImmediate(resolve));
  await check(ledger, TRIES);
});

test("every bit flipped in a tile is seen, and the tile made again from the ledger", async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(), fc.nat(), fc.nat(2), async (whichFile, whichBit, more) => {
      const files = faultyFiles();
      {
        await using ledger = await open(files);
        await grow(ledger, 600);
      }
      const names = files.list("/ledger/tiles");
      const repaired: unknown[] = [];
      for (let flips = 0; flips <= more; flips++) {
        const path = `/ledger/tiles/${names[(whichFile + flips) % names.length]}`;
        files.flip(path, (whichBit + flips * 9973) % (files.bytesOf(path).length * 8));
      }
      await using ledger = await open(files, { tileRepaired: (tile) => void repaired.push(tile) });
      await check(ledger, TRIES);
      assert.ok(repaired.length > 0);
    }),
    { numRuns: 20 },
  );
});

test("tiles that are cut anywhere are filled in from the ledger", async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(), fc.nat(), async (whichFile, length) => {
      const files = faultyFiles();
      {
        await using ledger = await open(files);
        await grow(ledger, 600);
      }
      const names = files.list("/ledger/tiles");
      const path = `/ledger/tiles/${names[whichFile % names.length]}`;
      const file = files.open(path, "write");
      file.truncate(length % file.size());
      file.close();
      await using ledger = await open(files);
      await check(ledger, TRIES);
    }),
    { numRuns: 20 },
  );
});

test("a tile that the ledger's entries do not give is refused, never shown", async () => {
  const files = faultyFiles();
  {
    await using ledger = await open(files);
    await grow(ledger, 600);
  }
  files.flip("/ledger/tiles/level0", 5);
  const entry = 32 + 28 + 8 + 43;
  files.flip("/ledger/0000000000000000.log", entry * 8);
  await using ledger = await open(files, { tailBytes: 0 });
  await assert.rejects(ledger.tiles.inclusion(1, 600), { code: "damaged" });
  assert.equal((await ledger.tiles.tile({ level: 0, n: 1, width: 256 })).length, 8192);
});

test("tiles are right after a crash at any call", async () => {
  await fc.assert(
    fc.asyncProperty(fc.nat(260), fc.infiniteStream(fc.nat()), async (at, picks) => {
      const files = faultyFiles();
      files.plan = ({ n }) => (n === at ? "crash" : undefined);
      try {
        await using ledger = await open(files);
        await grow(ledger, 600, 17);
      } catch {
        // The machine is off.
      }
      files.plan = () => undefined;
      files.restart((n) => picks.next().value % n);
      await using ledger = await open(files);
      if (ledger.durable > 0) await check(ledger, TRIES);
      await grow(ledger, ledger.durable + 300);
      await check(ledger, TRIES);
    }),
    { numRuns: 25 },
  );
});

const OPS: readonly Call["op"][] = ["open", "write", "sync", "read", "sync-folder", "make-folder"];
for (const op of OPS) {
  for (const fault of ["fail", "full", "short", "late"] as const) {
    test(`the ledger goes on when each ${op} of a tile file in turn does: ${fault}`, async () => {
      for (let at = 0; at < 10; at++) await goesOn(op, fault, at);
    });
  }
}

async function goesOn(
  op: Call["op"],
  fault: "fail" | "full" | "short" | "late",
  at: number,
): Promise<void> {
  const files = faultyFiles();
  let seen = 0;
  files.plan = (call) =>
    call.op === op && call.path.includes("/tiles") && seen++ === at ? fault : undefined;
  await using ledger = await open(files);
  await grow(ledger, 500, 60);
  await ledger.tiles.rootAt(ledger.tiles.size).catch(() => {});
  await grow(ledger, 520);
  files.plan = () => undefined;
  await grow(ledger, 540);
  await check(ledger, TRIES);
}

test("tiles ask for nothing beyond what is durable", async () => {
  await using ledger = await open(faultyFiles());
  await grow(ledger, 300);
  ledger.append("frame", agent, new Uint8Array(2));
  const missing = { code: "missing", permanent: true };
  await assert.rejects(ledger.tiles.inclusion(300, 301), missing);
  await assert.rejects(ledger.tiles.consistency(5, 301), missing);
  await assert.rejects(ledger.tiles.rootAt(301), missing);
  await assert.rejects(ledger.tiles.tile({ level: 0, n: 1, width: 45 }), missing);
  await assert.rejects(ledger.tiles.tile({ level: 0, n: 2, width: 1 }), missing);
  await assert.rejects(ledger.tiles.tile({ level: 2, n: 0, width: 1 }), missing);
  await assert.rejects(ledger.tiles.tile({ level: 63, n: 0, width: 1 }), missing);
  await assert.rejects(ledger.tiles.inclusion(300, 300), RangeError);
  await assert.rejects(ledger.tiles.consistency(0, 300), RangeError);
});
