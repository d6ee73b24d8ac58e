import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { generateKeys, keyId } from "../sdk/proof/sign.ts";
import { Crash, type FaultyFiles, faultyFiles } from "../sdk/testkit/faulty_files.ts";
import { parseHeader } from "../sdk/wire/frame.ts";
import { isSealedBefore, verifySuccession } from "../sdk/wire/succession.ts";
import { frameKeys } from "./key_files.ts";
import { KeyChange, type KeyChangeOptions } from "./key_change.ts";
import { openSigningKeys, type SigningKeys } from "./signing_keys.ts";
import { verifySpool, walkSpool } from "./spool/inspect.ts";
import type { Spool } from "./spool/spool.ts";
import { group, ONE, open, TWO } from "./spool/test_spool.ts";

const pair = generateKeys((n) => new Uint8Array(n).fill(1));
const identity = { seed: pair.privateKey, publicKey: pair.publicKey };

interface Host extends AsyncDisposable {
  readonly files: FaultyFiles;
  readonly spool: Spool;
  readonly keys: SigningKeys;
  readonly change: KeyChange;
  /** What was told of changes. */
  readonly told: boolean[];
  /** Steady clock, ms. */
  time: number;
  /** Seals and appends one frame, unless the key changes; false if so. */
  seal(owner?: typeof ONE | typeof TWO): boolean;
  /** Resolves when nothing is on its way to the disk. */
  quiet(): Promise<void>;
}

async function start(
  files: FaultyFiles,
  more: Partial<KeyChangeOptions> = {},
): Promise<Host> {
  const spool = await open(files);
  const keys = await openSigningKeys({
    files,
    folder: "/keys",
    identity,
    now: () => 1000,
    random: (n) => generateKeys().privateKey.subarray(0, n),
  });
  const told: boolean[] = [];
  const now = () => host.time;
  const change = new KeyChange({
    ...{ keys, spool, now, lifeMs: 100, isWanted: () => true },
    told: (isChanged) => told.push(isChanged),
    ...more,
  });
  let n = 0;
  const streams = { [ONE.name]: spool.stream(ONE), [TWO.name]: spool.stream(TWO) };
  const host: Host = {
    ...{ files, spool, keys, change, told, time: 1000 },
    seal(owner = ONE) {
      if (change.held() !== undefined) return false;
      const stream = streams[owner.name];
      const frames = group(owner, stream.chain(), Object.assign([n++ % 60_000], { key: change }));
      // A crash of the disk is the test's own.
      stream.append(frames).catch(() => {});
      return true;
    },
    async quiet() {
      for (let held = change.held(); held !== undefined; held = change.held()) await held;
      await spool.settled();
    },
    async [Symbol.asyncDispose]() {
      await keys[Symbol.asyncDispose]();
      await spool[Symbol.asyncDispose]();
    },
  };
  return host;
}

/** Each frame must have the one right key: the hub would refuse any other. */
async function checkFrames(files: FaultyFiles, keys: SigningKeys): Promise<number> {
  const statements = verifySuccession(keys.statementsAfter(0)!, identity.publicKey);
  const ids = [identity.publicKey, ...statements.map(({ publicKey }) => publicKey)].map(keyId);
  let frames = 0;
  for await (const item of walkSpool(files, "/spool")) {
    // A write that the crash has torn.
    if (item.kind === "problem") continue;
    const header = parseHeader(item.bytes);
    const cover = statements.find((statement) => isSealedBefore(statement, header));
    assert.deepEqual(header.keyId, ids[cover === undefined ? ids.length - 1 : cover.number - 1]);
    frames++;
  }
  return frames;
}

test("the first key changes once the hub takes statements; the next by age or by frames", async () => {
  let isWanted = false;
  await using host = await start(faultyFiles(), { isWanted: () => isWanted, mostFrames: 5 });
  const { change, keys } = host;
  const tick = async (): Promise<number> => {
    change.tick();
    await host.quiet();
    return keys.succession.number;
  };
  host.seal();
  assert.equal(await tick(), 0);
  isWanted = true;
  assert.equal(await tick(), 1);
  isWanted = false;
  host.seal();
  assert.equal(await tick(), 1);
  host.time += 100;
  assert.equal(await tick(), 2);
  host.time += 100;
  assert.equal(await tick(), 2, "it has sealed nothing");
  for (let i = 0; i < 5; i++) host.seal();
  assert.equal(await tick(), 3);
  assert.deepEqual(change.status, { number: 3, ageMs: 0 });
  assert.deepEqual(host.told, [true, true, true]);
});

test("a full disk leaves the key as it is, and the change is tried again later", async () => {
  const files = faultyFiles();
  await using host = await start(files);
  host.seal();
  await host.quiet();
  files.plan = ({ path, op }) => path.startsWith("/keys") && op === "write" ? "full" : undefined;
  host.change.tick();
  await host.quiet();
  assert.deepEqual([host.told, host.keys.succession.number], [[false], 0]);
  assert.ok(host.seal());
  files.plan = () => undefined;
  host.change.tick();
  assert.equal(host.change.held(), undefined);
  host.time += 60_000;
  host.change.tick();
  await host.quiet();
  assert.equal(await checkFrames(files, host.keys), 2);
  assert.deepEqual(host.told, [false, true]);
});

test("where a change fails so that no key is known to be in force, nothing is sealed again", async () => {
  const files = faultyFiles();
  const host = await start(files);
  host.seal();
  files.plan = ({ path, op }) => path.startsWith("/keys") && op === "sync" ? "fail" : undefined;
  host.change.tick();
  await assert.rejects(host.change.broken, { name: "SigningKeysError", code: "failed" });
  assert.equal(host.seal(), false);
  host.time += 1e9;
  host.change.tick();
  assert.equal(host.seal(), false);
  await host[Symbol.asyncDispose]();
});

const Step = fc.oneof(
  fc.constant("one" as const),
  fc.constant("two" as const),
  fc.constant("tick" as const),
  fc.record({ turns: fc.nat({ max: 40 }) }),
);

test("in whatever order frames and changes come, and crash, each frame has its one right key", async () => {
  const steps = fc.array(Step, { minLength: 1, maxLength: 40 });
  const crashes = fc.array(fc.nat({ max: 150 }), { maxLength: 2 });
  let changes = 0;
  await fc.assert(
    fc.asyncProperty(steps, crashes, fc.nat({ max: 2 }), async (list, at, draw) => {
      const files = faultyFiles();
      for (const wait of [...at, Number.POSITIVE_INFINITY]) {
        const until = files.calls + wait;
        files.plan = ({ n }) => (n >= until ? "crash" : undefined);
        try {
          const host = await start(files, { mostFrames: 1 });
          await play(host, list);
          await host[Symbol.asyncDispose]();
        } catch (error) {
          if (!files.isCrashed) throw error;
        }
        if (!files.isCrashed) continue;
        files.restart((most) => Math.min(most - 1, draw));
      }
      files.plan = () => undefined;
      await using host = await start(files);
      await checkFrames(files, host.keys);
      const known = frameKeys(files, "/keys", identity.publicKey);
      const problems = await Array.fromAsync(verifySpool(files, "/spool", known));
      assert.deepEqual(problems.filter(({ why }) => /^(key|signature)/.test(why)), []);
      changes += host.keys.succession.number;
    }),
    { numRuns: 150 },
  );
  assert.ok(changes > 100, `only ${changes} changes`);
});

async function play(
  host: Host,
  list: readonly (typeof Step extends fc.Arbitrary<infer T> ? T : never)[],
): Promise<void> {
  for (const step of list) {
    if (step === "tick") host.change.tick();
    else if (step === "one") host.seal(ONE);
    else if (step === "two") host.seal(TWO);
    else for (let turn = 0; turn < step.turns; turn++) await Promise.resolve();
    if (host.files.isCrashed) throw new Crash("the machine is off");
  }
  await Promise.race([host.quiet(), host.change.broken]);
}
