import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { createEnrolToken } from "../sdk/api/agents.ts";
import { listAlerts } from "../sdk/api/alerts.ts";
import { SCOPES } from "../sdk/api/scope.ts";
import { getStatus, listSources } from "../sdk/api/status.ts";
import { createClient } from "../sdk/client/client.ts";
import { FilesError } from "../sdk/runtime/files.ts";
import { nodeFiles } from "../sdk/runtime/node_files.ts";
import { parseToken } from "../sdk/wire/enroll.ts";
import { openAccess } from "./commands/access_file.ts";
import { DEFAULT_CONFIG } from "./config.ts";
import type { HubEnv } from "./env.ts";
import { openHub } from "./hub.ts";
import { ListenError } from "./listen_error.ts";
import { ANY, openTestHub, testEnv } from "./test_room.ts";

function temporary(): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), "custos-hub-"));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true }) };
}

async function keyFor(folder: string): Promise<string> {
  await using access = openAccess(folder, () => Date.now());
  return access.keys.create({ name: "test", scopes: SCOPES }).secret;
}

test("openHub() answers its API, and goes on with the same log after a restart", async () => {
  using folder = temporary();
  const seen: string[] = [];
  for (const _ of [1, 2]) {
    await using hub = await openTestHub(folder.path);
    const client = createClient({ url: hub.page, key: await keyFor(folder.path) });
    const status = await client.call(getStatus, {});
    assert.deepEqual(status.followers.map(({ name }) => name).toSorted(), [
      "detect",
      "live",
      "proofs",
      "retention",
      "schedule",
      "sources",
      "store",
    ]);
    assert.deepEqual(await client.call(listSources, {}), { sources: [] });
    seen.push(status.ledger.logId);
  }
  assert.equal(seen[0], seen[1]);
});

test("openHub() refuses a link port that another hub has, and says what would be right", async () => {
  using folder = temporary();
  using other = temporary();
  await using hub = await openTestHub(folder.path);
  const port = Number(new URL(hub.link).port);
  await assert.rejects(openTestHub(other.path, { host: "127.0.0.1", port }), (error) => {
    assert.ok(error instanceof ListenError);
    assert.equal(error.code, "in-use");
    assert.match(error.message, new RegExp(`agents on 127\\.0\\.0\\.1:${port}: .*--link`));
    return true;
  });
});

/** The machine, with a clock that runs fast and a disk that is full while `full()`. */
function fullEnv(full: () => boolean): HubEnv {
  const start = Date.now();
  const files = nodeFiles();
  return {
    ...testEnv(),
    now: () => start + (Date.now() - start) * 100,
    after(ms, run) {
      const timer = setTimeout(run, ms / 100);
      return () => clearTimeout(timer);
    },
    files: {
      ...files,
      open(path, how) {
        const file = files.open(path, how);
        const write = (bytes: Uint8Array, offset: number): number => {
          if (full()) throw new FilesError("full", "there is no room", { path });
          return file.write(bytes, offset);
        };
        return { ...file, path, write };
      },
    },
  };
}

test("openHub() waits while the disk is full, says so, and goes on", async () => {
  using folder = temporary();
  let isFull = false;
  const config = { ...DEFAULT_CONFIG, page: ANY, link: { listen: ANY, names: [] } };
  await using hub = await openHub({
    env: fullEnv(() => isFull),
    folder: folder.path,
    config,
    rules: [],
    webhooks: [],
  });
  const client = createClient({ url: hub.page, key: await keyFor(folder.path) });
  isFull = true;
  await assert.rejects(client.call(listAlerts, {}), {
    code: "unavailable",
    message: /disk is full/,
  });
  // Each second that is idle has an entry, which has no room now.
  const seconds = new Promise<void>((resolve) => {
    let left = 3;
    hub.onSecond(() => void (--left === 0 && resolve()));
  });
  const failed = hub.failed.then(() => assert.fail("the hub has ended"));
  await Promise.race([seconds, failed]);
  isFull = false;
  await client.call(listAlerts, {});
});

test("openHub() writes a look into the ledger before it answers", async () => {
  using folder = temporary();
  await using hub = await openTestHub(folder.path);
  const client = createClient({ url: hub.page, key: await keyFor(folder.path) });
  const durable = async () => (await client.call(getStatus, {})).ledger.durable;
  const before = await durable();
  await client.call(listAlerts, { query: {} });
  // A tick may have come in between.
  assert.ok(await durable() > before);
});

test("openHub() makes enrolment tokens that name its own certificate", async () => {
  using folder = temporary();
  await using hub = await openTestHub(folder.path);
  const client = createClient({ url: hub.page, key: await keyFor(folder.path) });
  const made = await client.call(createEnrolToken, { body: {} });
  assert.equal(made.link, hub.link);
  assert.match(made.ca, /BEGIN CERTIFICATE/);
  const { fingerprint } = parseToken(made.token);
  assert.equal(parseToken(await hub.enrolToken()).fingerprint, fingerprint);
});

test("openHub() serves the page, whose one-time link opens a session", async () => {
  using folder = temporary();
  await using hub = await openTestHub(folder.path);
  const html = await (await fetch(hub.page)).text();
  const [, script] = /src="(\/assets\/[^"]+\.js)"/.exec(html) ?? [];
  assert.equal((await fetch(hub.page + script)).status, 200);
  const code = hub.login().split("#login=")[1];
  const headers = { "content-type": "application/json" };
  const exchange = () =>
    fetch(`${hub.page}/v1/session`, { method: "POST", headers, body: JSON.stringify({ code }) });
  assert.equal((await exchange()).status, 200);
  assert.equal((await exchange()).status, 401);
});

test("openHub() refuses a folder that another hub has open", async () => {
  using folder = temporary();
  await using _ = await openTestHub(folder.path);
  await assert.rejects(openTestHub(folder.path), { code: "foreign" });
});
