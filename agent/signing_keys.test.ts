import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { generateKeys, keyId, publicKeyOf, verifier } from "../sdk/proof/sign.ts";
import { FilesError } from "../sdk/runtime/files.ts";
import { Crash, type Fault, type FaultyFiles, faultyFiles } from "../sdk/testkit/faulty_files.ts";
import { type SealedHead, verifySuccession } from "../sdk/wire/succession.ts";
import { publicKeysOf, SigningKeysError } from "./key_files.ts";
import { openSigningKeys, type SigningKeys } from "./signing_keys.ts";

const FOLDER = "/data/keys";
const pair = generateKeys((n) => new Uint8Array(n).fill(1));
const identity = { seed: pair.privateKey, publicKey: pair.publicKey };
const MESSAGE = new TextEncoder().encode("frame");

function open(
  files: FaultyFiles,
  seeds: Uint8Array[] = [],
): Promise<SigningKeys> {
  const random = (n: number): Uint8Array => {
    const seed = generateKeys().privateKey.subarray(0, n);
    seeds.push(new Uint8Array(seed));
    return seed;
  };
  const options = { files, folder: FOLDER, identity, now: () => 1000, random };
  return openSigningKeys(options);
}

const headAt = (next: number): SealedHead => ({
  stream: new Uint8Array(8).fill(2),
  epoch: 1,
  next,
  tail: new Uint8Array(32).fill(next === 0 ? 0 : 3),
});

/** Every file of the folder, end to end. */
function allBytes(files: FaultyFiles): Buffer {
  return Buffer.concat(files.list(FOLDER).map((name) => files.bytesOf(`${FOLDER}/${name}`)));
}

/** Signs with the key in force, follows from the enrolled one, and no other seed is on the disk. */
function check(files: FaultyFiles, keys: SigningKeys, seeds: readonly Uint8Array[]): void {
  const statements = verifySuccession(keys.statementsAfter(0)!, identity.publicKey);
  const publicKey = statements.at(-1)?.publicKey ?? identity.publicKey;
  assert.deepEqual(keys.keyId, keyId(publicKey));
  assert.ok(verifier(publicKey)(MESSAGE, keys.sign(MESSAGE)));
  const disk = allBytes(files);
  const left = seeds.filter((seed) => disk.includes(seed));
  assert.deepEqual(
    left.map((seed) => Buffer.from(publicKeyOf(seed))),
    statements.length === 0 ? [] : [Buffer.from(publicKey)],
  );
}

test("the first key in force is the enrolled one; each next is signed by the one before", async () => {
  const files = faultyFiles();
  const seeds: Uint8Array[] = [];
  await using keys = await open(files, seeds);
  assert.deepEqual(keys.keyId, keyId(identity.publicKey));
  for (const next of [1, 2, 3]) {
    assert.ok(await keys.next([headAt(next)]));
    check(files, keys, seeds);
  }
  const read = verifySuccession(keys.statementsAfter(0)!, identity.publicKey);
  assert.deepEqual(read.map(({ heads }) => heads[0]?.next), [1, 2, 3]);
  assert.deepEqual(keys.statementsAfter(2)?.length, 1);
  const known = await publicKeysOf(files, FOLDER, identity.publicKey);
  assert.deepEqual(keyId(known.at(-1)!), keys.keyId);
  assert.equal(known.length, 4);
});

test("isBehind() tells whether the last statement has these heads, in whatever order", async () => {
  const files = faultyFiles();
  await using keys = await open(files);
  assert.equal(keys.isBehind([]), true);
  const other = { ...headAt(4), stream: new Uint8Array(8).fill(1) };
  await keys.next([headAt(1), other]);
  assert.equal(keys.isBehind([other, headAt(1)]), false);
  assert.equal(keys.isBehind([other, headAt(2)]), true);
});

const FAULTS: readonly Fault[] = ["fail", "full", "short", "late", "crash"];

/** Changes keys until something breaks; gives how many changes were confirmed. */
async function changes(files: FaultyFiles, seeds: Uint8Array[]): Promise<number> {
  let confirmed = 0;
  try {
    await using keys = await open(files, seeds);
    for (const next of [1, 2, 3]) {
      if (await keys.next([headAt(next)])) confirmed = keys.succession.number;
    }
  } catch (error) {
    const isKnown = error instanceof Crash || error instanceof FilesError ||
      error instanceof SigningKeysError;
    if (!isKnown) throw error;
  }
  return confirmed;
}

for (const fault of FAULTS) {
  test(`each call ${fault}s once: the start finds one whole succession and its seed alone`, async () => {
    const healthy = faultyFiles();
    await changes(healthy, []);
    for (let n = 0; n < healthy.calls; n++) {
      for (const draw of [0, 1, 2]) {
        const files = faultyFiles();
        const seeds: Uint8Array[] = [];
        files.plan = (call) => (call.n === n ? fault : undefined);
        const confirmed = await changes(files, seeds);
        files.plan = () => undefined;
        files.crash();
        files.restart((most) => Math.min(most - 1, draw));
        await using keys = await open(files, seeds);
        assert.ok(keys.succession.number >= confirmed, `call ${n}: ${confirmed} was confirmed`);
        check(files, keys, seeds);
        assert.ok(await keys.next([headAt(9)]));
        check(files, keys, seeds);
      }
    }
  });
}

test("crashes between any two calls, at the start too, lose no confirmed key", async () => {
  const picks = fc.array(fc.nat({ max: 2 }), { minLength: 1, maxLength: 8 });
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat({ max: 30 }), { maxLength: 4 }), picks, async (at, draws) => {
      const files = faultyFiles();
      const seeds: Uint8Array[] = [];
      let confirmed = 0;
      for (const wait of at) {
        const until = files.calls + wait;
        files.plan = ({ n }) => (n === until ? "crash" : undefined);
        confirmed = Math.max(confirmed, await changes(files, seeds));
        files.crash();
        let i = 0;
        files.restart((most) => Math.min(most - 1, draws[i++ % draws.length]!));
      }
      files.plan = () => undefined;
      await using keys = await open(files, seeds);
      assert.ok(keys.succession.number >= confirmed);
      check(files, keys, seeds);
    }),
    { numRuns: 200 },
  );
});

test("a full disk leaves the old key in force, and the next try goes on from it", async () => {
  const files = faultyFiles();
  const seeds: Uint8Array[] = [];
  await using keys = await open(files, seeds);
  assert.ok(await keys.next([headAt(1)]));
  const before = keys.keyId;
  for (const room of [0, 10, 32, 40, 200]) {
    files.capacity = allBytes(files).length + room;
    assert.equal(await keys.next([headAt(2)]), false, `${room} bytes`);
    assert.deepEqual(keys.keyId, before);
  }
  files.capacity = Number.POSITIVE_INFINITY;
  assert.ok(await keys.next([headAt(2)]));
  check(files, keys, seeds);
});

test("a succession whose end was cut, or whose seed is gone, is not used", async () => {
  const files = faultyFiles();
  {
    await using keys = await open(files);
    for (const next of [1, 2]) await keys.next([headAt(next)]);
  }
  const whole = new Uint8Array(files.bytesOf(`${FOLDER}/statements`));
  // Root sets the clock back: it has no seed of the key that the shorter succession ends with.
  files.open(`${FOLDER}/statements`, "write").truncate(whole.length / 2);
  await assert.rejects(open(files), { name: "SigningKeysError", code: "missing" });
  files.flip(`${FOLDER}/statements`, 8 * 60);
  await assert.rejects(open(files), SigningKeysError);
  files.open(`${FOLDER}/statements`, "write").write(whole, 0);
  files.flip(`${FOLDER}/2.key`, 3);
  await assert.rejects(open(files), { code: "damaged" });
});
