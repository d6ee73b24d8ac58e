/**
 * Every bit and every length of what is kept and sent: frame, spool segment, ledger segment, tile.
 * (Checkpoint and cosignature: `sdk/proof/cosignature.test.ts`; bundle: `sdk/proof/verify.test.ts`.)
 *
 * Detected is what is refused, reported, or contradicts what somebody else was told before: an agent
 * holds the hub to its last checkpoint, the hub holds an agent to its last head.
 *
 * @module
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { agree } from "../../agent/send/agreement.ts";
import { look } from "../../agent/send/hub_checkpoint.ts";
import {
  append,
  cursorOf,
  group,
  held,
  keyOf,
  ONE,
  open as openSpool,
  VERIFY,
} from "../../agent/spool/test_spool.ts";
import type { Spool } from "../../agent/spool/spool.ts";
import { type Ledger, openLedger } from "../../hub/ledger/ledger.ts";
import { encodeMark } from "../../hub/ledger/mark.ts";
import { LedgerError } from "../../hub/ledger/ledger_error.ts";
import { openCheckpoint } from "../../sdk/proof/checkpoint.ts";
import { generateKeys, signer, verifier } from "../../sdk/proof/sign.ts";
import { type FaultyFiles, faultyFiles } from "../../sdk/testkit/faulty_files.ts";
import type { StreamHead } from "../../sdk/wire/link.ts";
import { FrameError, parseHeader, verifyFrame } from "../../sdk/wire/frame.ts";
import { tileConsistency, tileRoot } from "../../sdk/proof/tiles.ts";

/** `bytes` with each bit flipped, then cut at each length. */
function* spoiled(bytes: Uint8Array): Generator<readonly [string, Uint8Array]> {
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const changed = new Uint8Array(bytes);
    changed[bit >> 3]! ^= 1 << (bit & 7);
    yield [`bit ${bit}`, changed];
  }
  for (let length = 0; length < bytes.length; length++) {
    yield [`length ${length}`, bytes.subarray(0, length)];
  }
}

/** A disk on which these files are, and nothing else. */
async function disk(
  folder: string,
  contents: ReadonlyMap<string, Uint8Array>,
): Promise<FaultyFiles> {
  const files = faultyFiles();
  files.makeFolder(folder);
  for (const [name, bytes] of contents) {
    const file = files.open(`${folder}/${name}`, "create");
    if (bytes.length > 0) file.write(bytes, 0);
    await file.sync();
    file.close();
  }
  await files.syncFolder(folder);
  return files;
}

function contentsOf(files: FaultyFiles, folder: string, end: string): Map<string, Uint8Array> {
  const names = files.list(folder).filter((name) => name.endsWith(end));
  return new Map(
    names.map((name) => [name, new Uint8Array(files.bytesOf(`${folder}/${name}`))]),
  );
}

const NEW_CHAIN = { epoch: 1, seq: 0, tail: new Uint8Array(32) };

test("a frame: every bit and every length is refused", () => {
  const [frame] = group(ONE, NEW_CHAIN, [5]);
  verifyFrame(frame!, parseHeader(frame!), VERIFY);
  for (const [what, bytes] of spoiled(frame!)) {
    assert.throws(() => verifyFrame(bytes, parseHeader(bytes), VERIFY), FrameError, what);
  }
});

test("a spool segment: every bit and every length is reported, cut, or contradicts the hub", async () => {
  const NUMBERS = [0, 1];
  const first = faultyFiles();
  const limits = { segmentBytes: 900 };
  /** What the hub would say if it had so many of the frames. */
  const heads: StreamHead[] = [];
  {
    await using spool = await openSpool(first, { limits });
    const stream = spool.stream(ONE);
    for (const n of [...NUMBERS, -1]) {
      const { epoch, seq, tail } = stream.chain();
      heads.push({ stream: ONE.id, epoch, next: seq, tail });
      if (n >= 0) await append(stream, ONE, [n]);
    }
  }
  const contents = contentsOf(first, "/spool", ".seg");
  assert.ok(contents.size > 1);
  const kinds = new Set<string>();
  for (const [name, whole] of contents) {
    for (const [what, bytes] of spoiled(whole)) {
      const files = await disk("/spool", new Map(contents).set(name, bytes));
      await using spool = await openSpool(files, { limits });
      const numbers = held(spool, ONE).flat();
      // Nothing is ever given out that was not sealed, nor in another order.
      assert.deepEqual(numbers, NUMBERS.filter((n) => numbers.includes(n)), `${name} ${what}`);
      const kind = detected(spool, { files, name, bytes }) ??
        (isContradicted(spool, numbers, heads) ? "contradicted" : "nothing");
      assert.notEqual(kind, "nothing", `${name} ${what}`);
      kinds.add(kind);
      // Without a report, what is lost at the end is read again from the source's cursor.
      if (kind === "reported") continue;
      assert.equal(cursorOf(spool.stream(ONE)), numbers.at(-1) ?? -1, `${name} ${what}`);
    }
  }
  assert.deepEqual(kinds, new Set(["reported", "cut", "contradicted"]));
});

function detected(
  spool: Spool,
  { files, name, bytes }: {
    readonly files: FaultyFiles;
    readonly name: string;
    readonly bytes: Uint8Array;
  },
): "reported" | "cut" | undefined {
  if (spool.report.damages.length > 0) return "reported";
  const now = contentsOf(files, "/spool", ".seg").get(name);
  return now?.length === bytes.length ? undefined : "cut";
}

/** Whether a hub that lacks the first frame that is lost, or has all, sees that it is. */
function isContradicted(
  spool: Spool,
  numbers: readonly number[],
  heads: readonly StreamHead[],
): boolean {
  const lost = heads.slice(1).findIndex((_, n) => !numbers.includes(n));
  if (lost < 0) return false;
  const stream = spool.streams().find(({ id }) => keyOf({ id }) === keyOf(ONE));
  if (stream === undefined) return true;
  const head = lost < (numbers.at(-1) ?? 0) ? heads[lost] : heads.at(-1);
  // A new epoch is one as well: it ends the old one short of what the hub was told.
  return agree(stream, head, (at) => spool.previousOf(at)).kind !== "open";
}

const keys = generateKeys();
/** A record's head, and the mark. */
const MARK_BYTES = 8 + encodeMark(0).length;

function open(files: FaultyFiles, more: object = {}): Promise<Ledger> {
  return openLedger({
    folder: "/ledger",
    files,
    keys,
    sign: signer(keys.privateKey),
    now: () => 5n,
    newLogId: () => new Uint8Array(8).fill(1),
    segmentBytes: 300,
    tailBytes: 0,
    ...more,
  });
}

async function filled(files: FaultyFiles, entries: number): Promise<Ledger> {
  const ledger = await open(files, { segmentBytes: entries > 100 ? 1e6 : 300 });
  for (let n = 0; n < entries; n++) {
    ledger.append("frame", new Uint8Array(32).fill(7), Uint8Array.of(n >> 8, n, 1, 2, 3));
    if (n % 2 === 1 && entries < 100) await ledger.commit();
  }
  await ledger.commit();
  return ledger;
}

async function numbersOf(ledger: Ledger): Promise<number[]> {
  const numbers: number[] = [];
  while (numbers.length < ledger.durable) {
    for (const { payload } of await ledger.read(numbers.length)) numbers.push(payload[1]!);
  }
  return numbers;
}

test("a ledger segment: every bit and every length is refused, cut, or contradicts the checkpoint", async () => {
  const first = faultyFiles();
  const before = await filled(first, 9);
  const { checkpoint } = before;
  await before[Symbol.asyncDispose]();
  const contents = contentsOf(first, "/ledger", ".log");
  assert.equal(contents.size, 3);
  const expect = {
    origin: checkpoint.origin,
    publicKey: keys.publicKey,
    verify: verifier(keys.publicKey),
  };
  const readCheckpoint = (note: string) => openCheckpoint(note, expect);
  const kindOf = async (name: string, what: string, bytes: Uint8Array): Promise<string> => {
    const files = await disk("/ledger", new Map(contents).set(name, bytes));
    await using ledger = await open(files);
    const numbers = await numbersOf(ledger);
    assert.deepEqual(numbers, [0, 1, 2, 3, 4, 5, 6, 7, 8].slice(0, numbers.length));
    const doubt = look({ readCheckpoint, witnessed: checkpoint }, ledger.checkpoint.note);
    if (doubt?.code === "fork") return "fork";
    assert.equal(numbers.length, 9);
    // The last mark is never promised to be on the disk: a crash leaves as much.
    const isMark = what === `length ${contents.get(name)!.length - MARK_BYTES}`;
    return ledger.cutBytes > 0 || isMark ? "cut" : "nothing";
  };
  const kinds = new Set<string>();
  for (const [name, whole] of contents) {
    for (const [what, bytes] of spoiled(whole)) {
      const kind = await kindOf(name, what, bytes).catch((error: unknown) => {
        if (error instanceof LedgerError) return error.code;
        throw error;
      });
      assert.notEqual(kind, "nothing", `${name} ${what}`);
      kinds.add(kind);
    }
  }
  assert.deepEqual(kinds, new Set(["damaged", "cut", "fork"]));
});

test("a tile that is served: every bit and every length contradicts the signed root", async () => {
  await using ledger = await filled(faultyFiles(), 20);
  const { size, root } = ledger.checkpoint;
  const [tile] = [await ledger.tiles.tile({ level: 0, n: 0, width: size })];
  assert.deepEqual(await tileRoot(size, ({ width }) => tile.subarray(0, width * 32)), root);
  for (const [what, bytes] of spoiled(tile)) {
    const isTaken = await tileRoot(size, ({ width }) => bytes.subarray(0, width * 32))
      .then((found) => Buffer.compare(found, root) === 0, () => false);
    assert.ok(!isTaken, what);
  }
  await tileConsistency(10, size, ({ width }) => tile.subarray(0, width * 32));
});

test("a tile on the disk: every bit and every length is made again from the ledger", async () => {
  const first = faultyFiles();
  const before = await filled(first, 257);
  const { root } = before.checkpoint;
  await before[Symbol.asyncDispose]();
  const log = contentsOf(first, "/ledger", ".log");
  const tiles = contentsOf(first, "/ledger/tiles", "");
  assert.deepEqual([...tiles.keys()], ["level0", "level1"]);
  const level0 = tiles.get("level0")!.length;
  // Of the full tile, which is 65,536 bits that count alike, some hashes; of the rest all.
  const isTried = (bit: number): boolean => bit >= 8192 * 8 || bit % 1511 === 0;
  for (const [name, whole] of tiles) {
    for (const [what, bytes] of spoiled(whole)) {
      const [kind, at] = what.split(" ");
      const bit = kind === "bit" ? Number(at) : Number(at) * 8;
      if (name === "level0" && !isTried(bit)) continue;
      const files = await disk("/ledger", log);
      const damaged = await openWith(files, new Map(tiles).set(name, bytes));
      await using ledger = damaged.ledger;
      assert.deepEqual(await ledger.tiles.rootAt(257), root);
      await ledger.tiles.inclusion(0, 257);
      await ledger.tiles.inclusion(256, 257);
      assert.deepEqual(contentsOf(files, "/ledger/tiles", "").get(name), whole, `${name} ${what}`);
      if (kind === "bit") assert.ok(damaged.repaired.length > 0, `${name} ${what}`);
    }
  }
  assert.equal(level0, 257 * 32);
});

/** A ledger whose tiles are these, once they are filled in. */
async function openWith(files: FaultyFiles, tiles: ReadonlyMap<string, Uint8Array>) {
  files.makeFolder("/ledger/tiles");
  for (const [name, bytes] of tiles) {
    const file = files.open(`/ledger/tiles/${name}`, "create");
    if (bytes.length > 0) file.write(bytes, 0);
    file.close();
  }
  const repaired: unknown[] = [];
  const tileRepaired = (tile: unknown) => void repaired.push(tile);
  const ledger = await open(files, { segmentBytes: 1e6, tileRepaired });
  while (ledger.tiles.size < 257) await new Promise((resolve) => void setImmediate(resolve));
  return { ledger, repaired };
}
