import assert from "node:assert/strict";
import { test } from "node:test";
import { type FaultyFiles, faultyFiles } from "../../sdk/testkit/faulty_files.ts";
import { FilesError } from "../../sdk/runtime/files.ts";
import { type NewPlace, reseal } from "./reseal.ts";
import { append, cursorOf, held, KEY, keyOf, ONE, open, TWO } from "./test_spool.ts";

/** A spool of frames 0 to 5, of which a bit of frame 3 has flipped. */
async function damaged(): Promise<FaultyFiles> {
  const files = faultyFiles();
  let before = 0;
  {
    await using spool = await open(files, { limits: { segmentBytes: 9_000 } });
    const one = spool.stream(ONE);
    for (let n = 0; n < 6; n++) {
      if (n === 3) before = spool.status().bytes;
      await append(one, ONE, [n]);
    }
  }
  files.flip("/spool/000000000000.seg", (before + 100) * 8);
  return files;
}

test("a stream that was cut stays cut until something is added", async () => {
  const files = await damaged();
  for (let start = 0; start < 2; start++) {
    await using spool = await open(files);
    const one = spool.stream(ONE);
    assert.deepEqual([cursorOf(one), one.isCut()], [2, true]);
    assert.equal(spool.streams()[0]?.isCut, true);
  }
  {
    await using spool = await open(files);
    await append(spool.stream(ONE), ONE, [3]);
    assert.equal(spool.streams()[0]?.isCut, false);
  }
  await using spool = await open(files);
  assert.equal(spool.stream(ONE).isCut(), false);
});

test("a stream that was cut goes on at the hub's cursor, also after a crash", async () => {
  const files = await damaged();
  {
    await using spool = await open(files);
    const { epoch } = spool.streams()[0]!.epochs[0]!;
    const held = { epoch, next: 3 };
    const why = { above: epoch, reason: "agent-behind", held, cursor: Uint8Array.of(0, 4) };
    await spool.renew(keyOf(ONE), why, (frame, place) => reseal(frame, place, KEY));
    assert.equal(cursorOf(spool.stream(ONE)), 4);
  }
  files.restart(() => 1);
  await using spool = await open(files);
  const one = spool.stream(ONE);
  assert.deepEqual([cursorOf(one), one.isCut(), held(spool, ONE).flat()], [4, false, []]);
});

test("a stream that goes on already takes no cursor of the hub's", async () => {
  const files = await damaged();
  await using spool = await open(files);
  const one = spool.stream(ONE);
  await append(one, ONE, [3]);
  spool.ack({ stream: keyOf(ONE), epoch: one.chain().epoch, seq: 0 });
  const why = { above: 0, reason: "agent-behind", cursor: Uint8Array.of(0, 1) };
  await spool.renew(keyOf(ONE), why, (frame, place) => reseal(frame, place, KEY));
  assert.equal(cursorOf(one), 3);
});

test("an epoch that is given up with what was lost before it is not used again", async () => {
  const files = await damaged();
  const epochs = new Set<number>();
  {
    await using spool = await open(files);
    const one = spool.stream(ONE);
    epochs.add(one.chain().epoch);
    await append(one, ONE, [3]);
  }
  // Now of a frame before that epoch.
  const [bytes] = [files.bytesOf("/spool/000000000000.seg")];
  files.flip("/spool/000000000000.seg", (bytes.length >> 3) * 8);
  await using spool = await open(files);
  const { epoch } = spool.stream(ONE).chain();
  assert.ok(!epochs.has(epoch), `epoch ${epoch} is used again`);
});

/** Where a frame's record is: the file, and the offset of its first byte. */
function placeIn(files: FaultyFiles, frame: Uint8Array): { path: string; offset: number } {
  for (const name of files.list("/spool").filter((file) => file.endsWith(".seg"))) {
    const path = `/spool/${name}`;
    const offset = Buffer.from(files.bytesOf(path)).indexOf(frame);
    if (offset >= 0) return { path, offset };
  }
  throw new Error("The frame is in no segment");
}

test("whichever frame that was sealed again is lost, none from it on counts as there", async () => {
  for (let lost = 0; lost < 6; lost++) {
    const files = faultyFiles();
    const anew: Uint8Array[] = [];
    {
      await using spool = await open(files, { limits: { segmentBytes: 1_700 } });
      const one = spool.stream(ONE);
      for (let n = 0; n < 6; n++) await append(one, ONE, [n]);
      await spool.renew(keyOf(ONE), { above: 0, reason: "tail" }, (frame, place) => {
        const sealed = reseal(frame, place, KEY);
        anew.push(sealed.frame);
        return sealed;
      });
    }
    const { path, offset } = placeIn(files, anew[lost]!);
    files.flip(path, (offset + 100) * 8);
    await using spool = await open(files);
    assert.equal(cursorOf(spool.stream(ONE)), lost - 1, "what is lost is read again");
    const numbers = held(spool, ONE).flat();
    assert.deepEqual(numbers, [0, 1, 2, 3, 4, 5].slice(0, lost));
    assert.equal(spool.status().unackedFrames, lost);
  }
});

test("what a renewal lost before it began once more is no loss", async () => {
  const files = faultyFiles();
  const anew: Uint8Array[] = [];
  {
    await using spool = await open(files, { limits: { segmentBytes: 1_700 } });
    const one = spool.stream(ONE);
    for (let n = 0; n < 6; n++) await append(one, ONE, [n]);
    // What keeps the segment of the first try.
    await append(spool.stream(TWO), TWO, [9]);
    const sealAnew = (frame: Uint8Array, place: NewPlace) => {
      const sealed = reseal(frame, place, KEY);
      anew.push(sealed.frame);
      return sealed;
    };
    const full = (frame: Uint8Array, place: NewPlace) => {
      if (anew.length === 3) throw new FilesError("full", "no room", { path: "/spool" });
      return sealAnew(frame, place);
    };
    const why = { above: 0, reason: "tail" };
    await assert.rejects(spool.renew(keyOf(ONE), why, full), { code: "full" });
    await spool.renew(keyOf(ONE), why, sealAnew);
  }
  const { path, offset } = placeIn(files, anew[1]!);
  files.flip(path, (offset + 100) * 8);
  await using spool = await open(files);
  spool.stream(ONE);
  assert.deepEqual(held(spool, ONE), [[0, 1, 2, 3, 4, 5]]);
});

test("a renewal that a crash cuts short leaves the cursor behind the old frames", async () => {
  for (let at = 1; at < 40; at++) {
    const files = faultyFiles();
    try {
      await using spool = await open(files, { limits: { segmentBytes: 1_700 } });
      const one = spool.stream(ONE);
      for (let n = 0; n < 6; n++) await append(one, ONE, [n]);
      const from = files.calls;
      files.plan = ({ n }) => (n === from + at ? "crash" : undefined);
      const why = { above: 0, reason: "tail" };
      await spool.renew(keyOf(ONE), why, (frame, place) => reseal(frame, place, KEY));
    } catch {
      // The machine is off.
    }
    files.plan = () => undefined;
    files.restart((n) => n - 1);
    await using spool = await open(files);
    assert.equal(cursorOf(spool.stream(ONE)), 5, `crash at call ${at}`);
  }
});
