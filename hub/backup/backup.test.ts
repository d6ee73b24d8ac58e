import assert from "node:assert/strict";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { listAlerts } from "../../sdk/api/alerts.ts";
import { SCOPES } from "../../sdk/api/scope.ts";
import { getStatus } from "../../sdk/api/status.ts";
import { createClient, type HubClient } from "../../sdk/client/client.ts";
import { signRollback } from "../../sdk/proof/rollback.ts";
import { generateKeys, type Keys, signer } from "../../sdk/proof/sign.ts";
import { type Files, FilesError } from "../../sdk/runtime/files.ts";
import { nodeFiles } from "../../sdk/runtime/node_files.ts";
import { openOperators } from "../access/operators.ts";
import { openAccess } from "../commands/access_file.ts";
import { openControl } from "../control.ts";
import { checkLedger } from "../ledger/segments.ts";
import { CONTROL_FILE } from "../listening.ts";
import type { Hub } from "../hub.ts";
import { openTestHub } from "../test_room.ts";
import { type BackupOptions, makeBackup } from "./backup.ts";
import { readManifest } from "./manifest.ts";
import { restoreBackup } from "./restore.ts";
import { verifyBackup } from "./verify.ts";

const PASSPHRASE = "correct horse battery";
const files = nodeFiles();

/** Places for a hub, its backup and what is restored of it. */
function room() {
  const path = mkdtempSync(join(tmpdir(), "custos-backup-"));
  return {
    hub: join(path, "hub"),
    backup: join(path, "backup"),
    restored: join(path, "restored"),
    at: (name: string) => join(path, name),
    [Symbol.dispose]: () => rmSync(path, { recursive: true }),
  };
}

function back(data: string, to: string, more: Partial<BackupOptions> = {}) {
  return makeBackup({ files, data, to, passphrase: PASSPHRASE, now: () => Date.now(), ...more });
}

async function clientOf(hub: Hub, folder: string): Promise<HubClient> {
  await using access = openAccess(folder, () => Date.now());
  const { secret } = access.keys.create({ name: "test", scopes: SCOPES });
  return createClient({ url: hub.page, key: secret });
}

/** Each look is an entry. */
async function look(client: HubClient, times: number): Promise<void> {
  for (let i = 0; i < times; i++) await client.call(listAlerts, { query: {} });
}

async function addOperators(folder: string): Promise<ReadonlyMap<string, Keys>> {
  await using control = openControl(join(folder, CONTROL_FILE));
  const people = new Map(["ann", "bob"].map((name) => [name, generateKeys()]));
  for (const [name, { publicKey }] of people) {
    openOperators(control).add({ name, publicKey }, 0);
  }
  return people;
}

function sign(statement: string, name: string, keys: Keys): void {
  const { publicKey, privateKey } = keys;
  const note = readFileSync(statement, "utf8");
  writeFileSync(statement, signRollback(note, { name, publicKey }, signer(privateKey)));
}

function restore(from: string, data: string, more = {}) {
  return restoreBackup({
    files,
    from,
    data,
    passphrase: PASSPHRASE,
    reason: "The disk was lost",
    knownCheckpoint: undefined,
    now: () => Date.now(),
    random: (n) => crypto.getRandomValues(new Uint8Array(n)),
    ...more,
  });
}

test("makeBackup() of a running hub is whole, and carries on with what is new", async () => {
  using at = room();
  await using hub = await openTestHub(at.hub);
  const client = await clientOf(hub, at.hub);
  await look(client, 3);
  const first = await back(at.hub, at.backup);
  assert.equal(first.isRunning, true);
  assert.ok(first.manifest.size >= 3);
  await look(client, 2);
  const second = await back(at.hub, at.backup);
  assert.ok(second.manifest.size >= first.manifest.size + 2);
  assert.deepEqual(await verifyBackup({ files, from: at.backup }), second.manifest);
  // The files of the first one are gone, those of the second are all.
  const named = new Set(second.manifest.files.map(({ file }) => file.split("/")[0]));
  assert.deepEqual(new Set(readdirSync(at.backup)), new Set([...named, "backup.json"]));
  const { ledger } = await client.call(getStatus, {});
  assert.ok(ledger.durable >= second.manifest.size);
});

test("makeBackup() of a hub that has stopped holds its whole ledger", async () => {
  using at = room();
  await using hub = await openTestHub(at.hub);
  await look(await clientOf(hub, at.hub), 2);
  await hub[Symbol.asyncDispose]();
  const { manifest, isRunning } = await back(at.hub, at.backup);
  assert.equal(isRunning, false);
  const { size, root } = await checkLedger(files, join(at.hub, "ledger"));
  assert.deepEqual([manifest.size, manifest.root], [size, Buffer.from(root).toString("hex")]);
});

test("verifyBackup() names each file that was changed, cut short or taken away", async () => {
  using at = room();
  await using hub = await openTestHub(at.hub);
  await look(await clientOf(hub, at.hub), 2);
  mkdirSync(join(at.hub, "rules"));
  writeFileSync(join(at.hub, "rules", "one.yaml"), "x");
  const { manifest } = await back(at.hub, at.backup);
  const all = ["backup.json", ...manifest.files.map(({ file }) => file)];
  assert.equal(all.length, 5);
  for (const file of all) {
    const path = join(at.backup, file);
    const bytes = readFileSync(path);
    for (let bit = 0; bit < bytes.length * 8; bit += Math.ceil(bytes.length * 8 / 37)) {
      bytes[bit >> 3]! ^= 1 << (bit & 7);
      writeFileSync(path, bytes);
      await assert.rejects(verifyBackup({ files, from: at.backup }), { code: "damaged" }, file);
      bytes[bit >> 3]! ^= 1 << (bit & 7);
    }
    writeFileSync(path, bytes.subarray(0, -2));
    await assert.rejects(verifyBackup({ files, from: at.backup }), { code: "damaged" }, file);
    rmSync(path);
    const code = file === "backup.json" ? "missing" : "damaged";
    await assert.rejects(verifyBackup({ files, from: at.backup }), { code }, file);
    writeFileSync(path, bytes);
  }
  await verifyBackup({ files, from: at.backup });
});

test("makeBackup() refuses the backup of another hub, foreign files and a hub without data", async () => {
  using at = room();
  for (const name of ["hub", "other"]) {
    await using hub = await openTestHub(at.at(name));
    await look(await clientOf(hub, at.at(name)), 1);
  }
  await back(at.at("other"), at.backup);
  await assert.rejects(back(at.hub, at.backup), { code: "foreign" });
  await verifyBackup({ files, from: at.backup });
  mkdirSync(at.at("home"));
  writeFileSync(join(at.at("home"), "letter.txt"), "Dear");
  await assert.rejects(back(at.hub, at.at("home")), { code: "foreign" });
  await assert.rejects(back(at.at("home"), at.at("new")), { code: "missing" });
});

test("makeBackup() refuses to carry on with a hub that was rolled back", async () => {
  using at = room();
  {
    await using hub = await openTestHub(at.hub);
    await look(await clientOf(hub, at.hub), 1);
  }
  cpSync(at.hub, at.at("old"), { recursive: true });
  {
    await using hub = await openTestHub(at.hub);
    await look(await clientOf(hub, at.hub), 5);
  }
  await back(at.hub, at.backup);
  await assert.rejects(back(at.at("old"), at.backup), { code: "diverged" });
  // As long as before, and another history.
  await using hub = await openTestHub(at.at("old"));
  await look(await clientOf(hub, at.at("old")), 9);
  await assert.rejects(back(at.at("old"), at.backup), { code: "diverged" });
  await verifyBackup({ files, from: at.backup });
});

/** A disk with room for `room` bytes more. */
function almostFull(roomLeft: number): Files {
  let left = roomLeft;
  return {
    ...files,
    open(path, how) {
      const file = files.open(path, how);
      return {
        path,
        size: () => file.size(),
        write(bytes, offset) {
          left -= bytes.length;
          if (left >= 0) return file.write(bytes, offset);
          throw new FilesError("full", "Cannot write: no room", { path });
        },
        read: (into, offset) => file.read(into, offset),
        readNow: (into, offset) => file.readNow(into, offset),
        truncate: (bytes) => file.truncate(bytes),
        sync: () => file.sync(),
        close: () => file.close(),
      };
    },
  };
}

test("makeBackup() on a full disk leaves the backup before whole, wherever it stops", async () => {
  using at = room();
  await using hub = await openTestHub(at.hub);
  const client = await clientOf(hub, at.hub);
  await look(client, 2);
  const { manifest } = await back(at.hub, at.backup);
  await look(client, 2);
  let refused = 0;
  for (let bytes = 0;; bytes += 700) {
    try {
      await back(at.hub, at.backup, { files: almostFull(bytes) });
      break;
    } catch (error) {
      assert.equal(error instanceof Error && "code" in error && error.code, "full");
      refused++;
    }
    assert.deepEqual(await verifyBackup({ files, from: at.backup }), manifest);
  }
  assert.ok(refused > 3, `only ${refused} places`);
  const after = await verifyBackup({ files, from: at.backup });
  assert.ok(after.size > manifest.size);
});

test("a restored hub serves under a new log id when two operators have signed, and says so", async () => {
  using at = room();
  let people: ReadonlyMap<string, Keys>;
  {
    await using hub = await openTestHub(at.hub);
    await look(await clientOf(hub, at.hub), 2);
    people = await addOperators(at.hub);
    await back(at.hub, at.backup);
    await look(await clientOf(hub, at.hub), 4);
  }
  const { rollback, statement, manifest } = await restore(at.backup, at.restored);
  await assert.rejects(openTestHub(at.restored), { code: "unsigned" });
  sign(statement, "ann", people.get("ann")!);
  await assert.rejects(openTestHub(at.restored), { code: "unsigned" });
  // A stranger's, under the second operator's name.
  sign(statement, "bob", generateKeys());
  await assert.rejects(openTestHub(at.restored), { code: "unsigned" });
  sign(statement, "bob", people.get("bob")!);
  for (const start of [1, 2]) {
    await using hub = await openTestHub(at.restored);
    const client = await clientOf(hub, at.restored);
    const { ledger } = await client.call(getStatus, {});
    assert.equal(ledger.logId, Buffer.from(rollback.newLogId).toString("hex"));
    assert.deepEqual(ledger.rollbacks, [{
      oldLogId: manifest.logId,
      newLogId: ledger.logId,
      size: manifest.size,
      lastEntryAt: manifest.lastEntryAt,
      madeAt: rollback.madeAt,
      reason: "The disk was lost",
      signers: ["ann", "bob"],
    }]);
    for (;;) {
      const { alerts } = await client.call(listAlerts, { query: {} });
      const told = alerts.filter(({ rule }) => rule === "hub-rolled-back");
      if (told.length === 0) continue;
      assert.deepEqual(told.map(({ findings }) => findings), [1], `start ${start}`);
      break;
    }
    // An operator who has gone since is no reason not to serve.
    await using control = openControl(join(at.restored, CONTROL_FILE));
    openOperators(control).remove("bob");
  }
  // The tree of the old log is a beginning of the new one.
  const { size } = await checkLedger(files, join(at.restored, "ledger"));
  assert.ok(size > manifest.size);
});

test("a restored hub can be backed up, lost and restored once more", async () => {
  using at = room();
  let people: ReadonlyMap<string, Keys>;
  {
    await using hub = await openTestHub(at.hub);
    await look(await clientOf(hub, at.hub), 1);
    people = await addOperators(at.hub);
  }
  let from = at.hub;
  const ids: string[] = [];
  for (const round of ["a", "b"]) {
    const { manifest } = await back(from, at.at(`backup-${round}`));
    ids.push(manifest.logId);
    from = at.at(`hub-${round}`);
    const { statement } = await restore(at.at(`backup-${round}`), from);
    for (const [name, keys] of people) sign(statement, name, keys);
    await using hub = await openTestHub(from);
    const { ledger } = await (await clientOf(hub, from)).call(getStatus, {});
    assert.deepEqual(ledger.rollbacks?.map(({ oldLogId }) => oldLogId), ids);
  }
});

test("restoreBackup() refuses a damaged backup, a wrong passphrase and a folder in use", async () => {
  using at = room();
  await using hub = await openTestHub(at.hub);
  await look(await clientOf(hub, at.hub), 1);
  const { manifest } = await back(at.hub, at.backup);
  await assert.rejects(restore(at.backup, at.hub), { code: "occupied" });
  await assert.rejects(restore(at.backup, at.restored, { passphrase: "another passphrase" }), {
    code: "passphrase",
  });
  assert.equal(existsSync(`${at.restored}.part`), false, "it is in the way of the right one");
  await assert.rejects(restore(at.backup, at.restored, { reason: "two\nlines" }), {
    code: "format",
  });
  await assert.rejects(restore(at.at("nowhere"), at.restored), { code: "missing" });
  mkdirSync(join(`${at.restored}.part`, "ledger"), { recursive: true });
  await assert.rejects(restore(at.backup, at.restored), {
    code: "occupied",
    message: /\.part: an earlier restore was left there unfinished, remove that$/,
  });
  rmSync(`${at.restored}.part`, { recursive: true });
  const segment = join(at.backup, manifest.files[0]!.file);
  writeFileSync(segment, readFileSync(segment).subarray(0, -3));
  await assert.rejects(restore(at.backup, at.restored), { code: "damaged" });
  assert.equal(existsSync(at.restored), false);
});

test("restoreBackup() forgets sessions and unused tokens, and gives keys to their owner alone", async () => {
  using at = room();
  {
    await using hub = await openTestHub(at.hub);
    await look(await clientOf(hub, at.hub), 1);
    await hub.enrolToken();
    hub.login();
    await using control = openControl(join(at.hub, CONTROL_FILE));
    control.run("insert into store_places values (7, 'https://s3.example/audit/')");
    control.run("insert into store_uploads values ('cold/7-1-0-T.parquet')");
    await back(at.hub, at.backup);
  }
  const copy = (await readManifest(files, at.backup))!.files
    .find(({ path }) => path === CONTROL_FILE)!.file;
  await using kept = openControl(join(at.backup, copy), "read");
  assert.equal(kept.get("select count(*) as n from store_places")?.["n"], 1);
  const { apiKeys } = await restore(at.backup, at.restored);
  assert.equal(apiKeys, 1);
  await using control = openControl(join(at.restored, CONTROL_FILE));
  const forgotten = ["enroll_tokens", "login_code", "session"];
  for (const table of [...forgotten, "store_files", "store_places", "store_uploads"]) {
    assert.equal(control.get(`select count(*) as n from ${table}`)?.["n"], 0, table);
  }
  for (const name of ["ledger.key", "authority/authority.key", CONTROL_FILE]) {
    assert.equal(statSync(join(at.restored, name)).mode & 0o777, 0o600, name);
  }
});

test("a backup without keys holds none, and says so", async () => {
  using at = room();
  await using hub = await openTestHub(at.hub);
  await look(await clientOf(hub, at.hub), 1);
  await back(at.hub, at.backup, { passphrase: undefined });
  assert.equal((await readManifest(files, at.backup))?.keys, "left-out");
  const key = readFileSync(join(at.hub, "ledger.key"), "utf8").split("\n")[1]!;
  for (const name of readdirSync(at.backup, { recursive: true, withFileTypes: true })) {
    if (!name.isFile()) continue;
    assert.equal(readFileSync(join(name.parentPath, name.name)).includes(key), false, name.name);
  }
});
