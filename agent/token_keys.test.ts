import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import * as v from "valibot";
import { isOwnBoxKey } from "../sdk/keys/agent_key.ts";
import { type EpochKey, sealPackage } from "../sdk/keys/key_package.ts";
import { generateKeys, signer } from "../sdk/proof/sign.ts";
import { faultyFiles } from "../sdk/testkit/faulty_files.ts";
import { agentIdOf } from "../sdk/wire/enroll.ts";
import { column, schemaOf, table } from "../sdk/table.ts";
import { TableWriter } from "../sdk/columns/writer.ts";
import { configSchema } from "./config/config.ts";
import { IdentityError } from "./identity.ts";
import { openKeyedScrubber } from "./keyed_scrubber.ts";
import { openKeys } from "./open_keys.ts";
import { openTokenKeys, type TokenKeys } from "./token_keys.ts";

const random = (n: number) => new Uint8Array(randomBytes(n));
const holder = generateKeys();
const identityKeys = generateKeys();
const id = agentIdOf(identityKeys.publicKey);
const identity = {
  seed: identityKeys.privateKey,
  publicKey: identityKeys.publicKey,
  agent: new Uint8Array(Buffer.from(id, "hex")),
};
const ONE: EpochKey = { epoch: 1, from: 0, until: 2000, bytes: new Uint8Array(32).fill(1) };
const TWO: EpochKey = { epoch: 2, from: 1000, until: 9000, bytes: new Uint8Array(32).fill(2) };

const open = (files = faultyFiles(), by = holder.publicKey) => {
  files.makeFolder("/d");
  return openTokenKeys({
    folder: "/d",
    files,
    identity,
    random,
    holder: by,
    own: () => Promise.reject(new Error("There is a holder")),
  });
};

function packageFor(
  { boxKey }: TokenKeys,
  keys: readonly EpochKey[],
  { serial = 1, by = holder }: { readonly serial?: number; readonly by?: typeof holder } = {},
): Uint8Array {
  const head = { agent: id, serial, holder: by.publicKey, reveal: undefined };
  return sealPackage(head, keys, { to: boxKey.key, sign: signer(by.privateKey), random });
}

test("keys are those of the package, also after a restart without any message", async () => {
  const files = faultyFiles();
  const keys = await open(files);
  assert.deepEqual(await keys.take(packageFor(keys, [ONE])), { serial: 1, code: "ok" });
  files.crash();
  files.restart(() => 0);
  const again = await open(files);
  assert.deepEqual(again.current(0), { epoch: 1, bytes: ONE.bytes });
  assert.deepEqual(again.boxKey, keys.boxKey);
  assert.ok(isOwnBoxKey(id, identity.publicKey, again.boxKey));
});

test("each epoch is used from its time on, and joined until the older one's end", async () => {
  const keys = await open();
  await keys.take(packageFor(keys, [ONE, TWO]));
  assert.deepEqual([0, 999, 1000, 5000].map((now) => keys.current(now).epoch), [1, 1, 2, 2]);
  assert.deepEqual([999, 1000, 1999, 2000].map((now) => keys.joined(now).length), [0, 1, 1, 0]);
});

test("ready() waits for the first package and no longer", async () => {
  const keys = await open();
  const stop = new AbortController();
  let isReady = false;
  const ready = keys.ready(stop.signal).then(() => isReady = true);
  await Promise.resolve();
  assert.equal(isReady, false);
  assert.match(keys.trouble ?? "", /none yet/);
  await keys.take(packageFor(keys, [ONE]));
  await ready;
  assert.equal(keys.trouble, undefined);
});

test("an older package does not bring an old key back", async () => {
  const keys = await open();
  await keys.take(packageFor(keys, [ONE, TWO], { serial: 5 }));
  const taken = await keys.take(packageFor(keys, [ONE], { serial: 4 }));
  assert.deepEqual(taken, { serial: 5, code: "serial" });
  assert.equal(keys.current(5000).epoch, 2);
  assert.match(keys.trouble ?? "", /"serial"/);
});

test("an epoch keeps its key", async () => {
  const keys = await open();
  await keys.take(packageFor(keys, [ONE]));
  const other = { ...ONE, bytes: new Uint8Array(32).fill(7) };
  const taken = await keys.take(packageFor(keys, [other], { serial: 2 }));
  assert.equal(taken.code, "epoch");
  assert.deepEqual(keys.current(0).bytes, ONE.bytes);
});

test("a package of another holder is refused, and one that was kept is no key any more", async () => {
  const files = faultyFiles();
  const keys = await open(files);
  const other = generateKeys();
  assert.equal((await keys.take(packageFor(keys, [ONE], { by: other }))).code, "holder");
  assert.throws(() => keys.current(0), TypeError);
  await keys.take(packageFor(keys, [ONE]));
  const later = await open(files, other.publicKey);
  assert.throws(() => later.current(0), TypeError);
  assert.equal((await later.take(packageFor(later, [TWO], { by: other }))).code, "ok");
});

test("a package that cannot be kept is not used: after a crash its tokens could not be made", async () => {
  const files = faultyFiles();
  const keys = await open(files);
  files.plan = ({ op, path }) => op === "sync" && path.includes("package") ? "fail" : undefined;
  await assert.rejects(keys.take(packageFor(keys, [ONE])), { name: "FilesError" });
  assert.throws(() => keys.current(0), TypeError);
});

test("a damaged box key is told, not replaced", async () => {
  const files = faultyFiles();
  await open(files);
  files.flip("/d/box.key", 97);
  await assert.rejects(open(files), { name: "IdentityError", code: "key" });
});

test("the scrubber goes on with the next epoch's key at its time, and says so in the policy", async () => {
  const keys = await open();
  await keys.take(packageFor(keys, [ONE, TWO]));
  const declared = table({
    doc: "Test",
    time: "TimeGenerated",
    columns: {
      TimeGenerated: column.time({ class: "public" }),
      Who: column.string({ class: "personal" }),
    },
  });
  const schema = schemaOf("T", declared);
  let now = 999;
  const scrubber = openKeyedScrubber({ policy: { columns: {} }, keys, now: () => now });
  const scrubbed = () => {
    const writer = new TableWriter(schema);
    writer.add({ TimeGenerated: 0, Who: "Ada" });
    const [{ columns }] = scrubber.scrub(writer.view(), schema);
    const who = columns.find(({ name }) => name === "Who");
    return { epoch: who?.form === "token" ? who.epoch : 0, policy: scrubber.policyHash };
  };
  const before = scrubbed();
  now = 1000;
  // The part that was scrubbed before is sealed under the policy that it was scrubbed under.
  assert.deepEqual(scrubber.policyHash, before.policy);
  const after = scrubbed();
  assert.deepEqual([before.epoch, after.epoch], [1, 2]);
  assert.notDeepEqual(before.policy, after.policy);
});

test("a token key that is lost or damaged on an agent that has run is told, not replaced", async () => {
  const folder = mkdtempSync(join(tmpdir(), "custos-token-key-"));
  const config = v.parse(configSchema, {
    version: 1,
    agent: { data_dir: folder },
    sources: { iis: {} },
  });
  const file = join(folder, "token.key");
  try {
    const made = (await openKeys(config, identity)).current(0);
    mkdirSync(join(folder, "spool"));
    writeFileSync(join(folder, "spool", "0000000000.seg"), "");
    assert.deepEqual((await openKeys(config, identity)).current(0), made);
    rmSync(file);
    await assert.rejects(openKeys(config, identity), (error) => {
      assert.ok(error instanceof IdentityError);
      assert.equal(error.code, "token-key");
      assert.match(error.message, /backup.*no longer be joined/);
      return true;
    });
    assert.ok(!existsSync(file));
    writeFileSync(file, "nonsense");
    await assert.rejects(openKeys(config, identity), { name: "IdentityError", code: "key" });
    // Its backup makes the same tokens.
    writeFileSync(file, Buffer.from(made.bytes).toString("hex"));
    assert.deepEqual((await openKeys(config, identity)).current(0), made);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
