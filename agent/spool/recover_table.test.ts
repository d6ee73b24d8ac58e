/**
 * Holds a start to the table "A spool that is not whole" of `docs/fault.md`: all directories of up
 * to three segments, each whole or not, with what the hub has.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { type FaultyFiles, faultyFiles } from "../../sdk/testkit/faulty_files.ts";
import { writeAll } from "../../sdk/runtime/files.ts";
import { frameHash } from "../../sdk/wire/frame.ts";
import { agree, alreadyHeld } from "../send/agreement.ts";
import { type NewPlace, reseal } from "./reseal.ts";
import { segmentPath } from "./segment_files.ts";
import type { Spool } from "./spool.ts";
import { append, cursorOf, group, held, KEY, keyOf, ONE, open } from "./test_spool.ts";

/**
 * `torn`: ends within its last frame. `flipped`: a bit of its second frame. `headless`: a bit of the
 * file's header. `empty`: no bytes.
 */
const STATES = ["whole", "torn", "flipped", "headless", "empty", "missing"] as const;
type State = (typeof STATES)[number];

/** Frames of a segment; the cursor of each is its number, from 0. */
const EACH = 3;
const LIMITS = { segmentBytes: 1_700, retainAckedBytes: 100_000, cacheBytes: 0 };

/** The files of a spool, and what a hub would have of its frames. */
interface Disk {
  readonly files: ReadonlyMap<string, Uint8Array>;
  readonly epoch: number;
  readonly frames: readonly Uint8Array[];
}

/** A whole spool of so many segments; the hub has acknowledged `acked` frames in the first. */
async function diskOf(segments: number, acked: number): Promise<Disk> {
  const files = faultyFiles();
  await using spool = await open(files, { limits: LIMITS });
  const one = spool.stream(ONE);
  const { epoch } = one.chain();
  const frames: Uint8Array[] = [];
  for (let n = 0; n < segments * EACH; n++) {
    const [frame] = group(ONE, one.chain(), [n]);
    frames.push(frame!);
    await one.append([frame!]);
    if (n + 1 === acked) spool.ack({ stream: keyOf(ONE), epoch, seq: n });
  }
  assert.equal(files.list("/spool").filter((name) => name.endsWith(".seg")).length, segments);
  return { files: new Map(files.content()), epoch, frames };
}

function spoil(disk: Disk, states: readonly State[]): FaultyFiles {
  const files = faultyFiles();
  for (const [k, state] of states.entries()) {
    const path = segmentPath("/spool", k);
    const bytes = disk.files.get(path)!;
    if (state === "missing") continue;
    const whole = Buffer.from(bytes);
    const at = (n: number) => whole.indexOf(disk.frames[k * EACH + n]!);
    const end = state === "empty" ? 0 : state === "torn" ? at(2) + 40 : bytes.length;
    const copy = new Uint8Array(bytes.subarray(0, end));
    if (state === "flipped") copy[at(1) + 40]! ^= 4;
    if (state === "headless") copy[3]! ^= 4;
    writeAll(files.open(path, "write"), copy, 0);
  }
  return files;
}

/** What the table says. */
interface Expected {
  /** The first frame that is not taken for acknowledged. */
  readonly from: number;
  /** One past the last frame that anything on the disk tells of. */
  readonly end: number;
  readonly held: readonly number[];
  readonly cursor: number;
  /** The stream goes on in a new epoch, once the hub was asked. */
  readonly isCut: boolean;
}

/** Rows of the table, in its words; `acked` is what state records behind the first segment tell. */
function expectedOf(states: readonly State[], acked: number): Expected {
  const has = (k: number) => states[k] !== undefined && !["empty", "missing"].includes(states[k]);
  const first = states.findIndex((_, k) => has(k));
  // A folder without any segment is a spool that was lost.
  if (first < 0) return { from: 0, end: 0, held: [], cursor: -1, isCut: true };
  const last = states.findLastIndex((_, k) => has(k));
  const isThere = (n: number): boolean => {
    const k = Math.floor(n / EACH);
    return has(k) && !(states[k] === "torn" && n % EACH === 2) &&
      !(states[k] === "flipped" && n % EACH === 1);
  };
  const isFirstLeft = states.slice(0, first).every((state) => state === "missing");
  // What was before the oldest segment went when it was acknowledged.
  const gone = isFirstLeft ? first * EACH : 0;
  const from = Math.max(gone, last > 0 ? acked : 0);
  let end = last * EACH;
  for (let n = end; n < (last + 1) * EACH; n++) if (isThere(n)) end = n + 1;
  let loss = from;
  while (loss < end && isThere(loss)) loss++;
  const isLost = loss < end;
  const isBadBehind = ["torn", "flipped"].includes(states[last]!) ||
    states.includes("empty", last);
  return {
    from,
    end,
    held: range(from, loss),
    // Where the frame before it is not there, the last state record is all that is left to go by.
    cursor: isThere(loss - 1)
      ? loss - 1
      : Math.max(0, states.findLastIndex((_, k) => has(k) && k * EACH <= loss)) * EACH - 1,
    isCut: isLost || isBadBehind,
  };
}

const range = (from: number, to: number): readonly number[] =>
  Array.from({ length: to - from }, (_, i) => from + i);

const DIRECTORIES: readonly (readonly State[])[] = [1, 2, 3].flatMap((n) =>
  Array.from(
    { length: STATES.length ** n },
    (_, i) =>
      Array.from({ length: n }, (_, k) =>
        STATES[Math.floor(i / STATES.length ** k) % STATES.length]!),
  )
);

const again = (files: FaultyFiles): Promise<Spool> =>
  open(files, { limits: LIMITS, now: () => 2_000, isExpected: true });

for (const acked of [0, EACH]) {
  test(`a start does with each directory what the table says, ${acked} frames acknowledged`, async () => {
    const disks = await Promise.all([1, 2, 3].map((n) => diskOf(n, acked)));
    for (const states of DIRECTORIES) {
      const files = spoil(disks[states.length - 1]!, states);
      await using spool = await again(files);
      const one = spool.stream(ONE);
      const { from, end, ...expected } = expectedOf(states, acked);
      const found = { held: held(spool, ONE).flat(), cursor: cursorOf(one), isCut: one.isCut() };
      assert.deepEqual(found, expected, `${states.join(", ")}; ${from} to ${end}`);
    }
  });
}

/** What a hub that has so many frames has in the end: all events, or gaps where frames were. */
async function endOf(spool: Spool, disk: Disk, hubHas: number): Promise<readonly number[]> {
  const one = spool.stream(ONE);
  const stream = keyOf(ONE);
  await spool.settled();
  const [mine] = spool.streams();
  const head = {
    ...{ stream: ONE.id, epoch: disk.epoch, next: hubHas },
    tail: hubHas > 0 ? frameHash(disk.frames[hubHas - 1]!) : new Uint8Array(32),
    ...(mine!.isCut === true && hubHas > 0 && { cursor: Uint8Array.of(0, hubHas - 1) }),
  };
  const agreed = agree(mine!, head, (at) => spool.previousOf(at));
  if (agreed.kind === "open") {
    const { epoch, next, cursor } = agreed;
    if (cursor !== undefined) spool.takeCursor(stream, cursor);
    spool.resume({ stream, epoch, seq: next });
    for (const at of alreadyHeld(spool.streams()[0]!, epoch, next)) spool.ack({ stream, ...at });
  }
  if (agreed.kind === "new") {
    const { lost, ...why } = agreed.needed;
    const gap = (_: Uint8Array, place: NewPlace) =>
      group(ONE, place, Object.assign([GAP], { kind: "gap" as const }))[0]!;
    await spool.renew(
      stream,
      { ...why, ...(lost && { lost: { ...lost, gap } }) },
      (frame, place) => reseal(frame, place, KEY),
    );
  }
  const all = disk.frames.length;
  for (let n = cursorOf(one) + 1; n < all; n++) await append(one, ONE, [n]);
  return [...range(0, hubHas), ...held(spool, ONE).flat()];
}

const GAP = 999;

/** What the table says of the end. */
function expectedEnd(
  { from, end, cursor, isCut }: Expected,
  { all, hubHas }: { readonly all: number; readonly hubHas: number },
): readonly number[] {
  // A newest segment that is gone is not missed before the hub tells of its frames.
  if (!isCut && hubHas > end) return [...range(0, hubHas), ...range(cursor + 1, all)];
  if (from > hubHas) return [...range(0, hubHas), GAP, ...range(from, all)];
  return range(0, all);
}

for (const acked of [0, EACH]) {
  test(`the hub then has each event once or a gap, ${acked} frames acknowledged`, async () => {
    const disks = await Promise.all([1, 2, 3].map((n) => diskOf(n, acked)));
    for (const states of DIRECTORIES) {
      // Header and frames have nothing to do with each other.
      if (states.includes("headless") || (states.length > 2 && acked === 0)) continue;
      const disk = disks[states.length - 1]!;
      const all = disk.frames.length;
      for (const hubHas of [acked, all]) {
        await using spool = await again(spoil(disk, states));
        const expected = expectedEnd(expectedOf(states, acked), { all, hubHas });
        const name = `${states.join(", ")}; the hub has ${hubHas}`;
        assert.deepEqual(await endOf(spool, disk, hubHas), expected, name);
      }
    }
  });
}
