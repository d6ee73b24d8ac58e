import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { getStatus } from "../../sdk/api/status.ts";
import { createClient } from "../../sdk/client/client.ts";
import { logOf } from "../../sdk/log.ts";
import { loadOrCreateKeys } from "../../sdk/proof/key_file.ts";
import { signer } from "../../sdk/proof/sign.ts";
import { nodeFiles } from "../../sdk/runtime/node_files.ts";
import { openAccess } from "../../hub/commands/access_file.ts";
import { DEFAULT_CONFIG } from "../../hub/config.ts";
import { openControl } from "../../hub/control.ts";
import {
  attackHour,
  batchOf,
  hostRule,
  HOUR,
  START,
  usualModel,
} from "../../hub/detect/behaviour/fakes.ts";
import { type Model, signModel } from "../../hub/detect/behaviour/model.ts";
import { openDetect } from "../../hub/detect/detect.ts";
import { item } from "../../hub/detect/fakes.ts";
import { type Hub, openHub } from "../../hub/hub.ts";
import { openLedger } from "../../hub/ledger/ledger.ts";
import { CONTROL_FILE } from "../../hub/listening.ts";
import { openModels } from "../../hub/models/model_store.ts";

const ANY = { host: "127.0.0.1", port: 0 };
const rule = hostRule();
const trained = usualModel(rule, 5);

function open(folder: string): Promise<Hub> {
  const config = { ...DEFAULT_CONFIG, page: ANY, link: { ...DEFAULT_CONFIG.link, listen: ANY } };
  const env = {
    now: () => Date.now(),
    after(ms: number, run: () => void) {
      const timer = setTimeout(run, ms);
      return () => clearTimeout(timer);
    },
    pause: () => new Promise<void>((resolve) => setImmediate(resolve)),
    random: (bytes: number) => crypto.getRandomValues(new Uint8Array(bytes)),
    files: nodeFiles(),
    resolve: () => Promise.resolve([]),
    log: logOf,
  };
  return openHub({ env, folder, config, rules: [rule], webhooks: [] });
}

/** As `custos-hub train` and `model activate` do it. */
async function choose(folder: string, model: Model): Promise<void> {
  const keys = await loadOrCreateKeys(nodeFiles(), join(folder, "ledger.key"));
  await using control = openControl(join(folder, CONTROL_FILE));
  const models = openModels(control);
  const number = models.next(rule.id);
  const signed = signModel({ ...model, number }, signer(keys.privateKey));
  models.add({ rule: rule.id, number, ...signed, comparison: "{}" });
  models.choose({ rule: rule.id, number, by: "kim", why: "test" });
}

/** Two seconds of the hub: in the second one it has looked at what was chosen before. */
async function looked(hub: Hub): Promise<void> {
  for (let i = 0; i < 2; i++) await new Promise<unknown>((resolve) => hub.onSecond(resolve));
}

async function problemsOf(hub: Hub, folder: string): Promise<readonly string[]> {
  await using access = openAccess(folder, () => Date.now());
  const { secret } = access.keys.create({ name: "test", scopes: ["status:read"] });
  const { health } = await createClient({ url: hub.page, key: secret }).call(getStatus, {});
  return health.problems.filter((problem) => problem.includes("odel"));
}

/** The models in the ledger of a hub that has stopped, as a replay takes them. */
async function replayed(folder: string) {
  const keys = await loadOrCreateKeys(nodeFiles(), join(folder, "ledger.key"));
  await using ledger = await openLedger({
    folder: join(folder, "ledger"),
    files: nodeFiles(),
    keys,
    sign: signer(keys.privateKey),
    now: () => 0n,
    newLogId: () => new Uint8Array(8),
  });
  const entries = await ledger.read(0, { maxBytes: 2 ** 30 });
  return entries.filter(({ kind, payload }) =>
    kind === "rule" && new TextDecoder().decode(payload).startsWith('{"model"')
  );
}

test(
  "a chosen model is in the ledger of the running hub once, and a replay judges by it",
  { timeout: 60_000 },
  async () => {
    const folder = mkdtempSync(join(tmpdir(), "custos-model-"));
    try {
      {
        await using hub = await open(folder);
        await choose(folder, trained);
        await looked(hub);
        assert.deepEqual(await problemsOf(hub, folder), []);
      }
      {
        await using hub = await open(folder);
        await looked(hub);
        await choose(folder, { ...trained, shape: "of another table" });
        await looked(hub);
        const [problem] = await problemsOf(hub, folder);
        assert.match(problem!, /^Cannot use model 2 .* measures something else since/);
      }
      const models = await replayed(folder);
      assert.equal(models.length, 1);
      await using control = openControl(":memory:");
      await using detect = openDetect({ control, rules: [rule] });
      const { kind, payload } = models[0]!;
      const later = START + 200 * HOUR;
      await detect.take([
        { index: 0, hubTime: BigInt(START) * 10_000n, kind, payload },
        item(1, later + HOUR, batchOf(attackHour(200))),
        item(2, later + 3 * HOUR),
      ]);
      const hits = detect.findings(0, 10).map(({ finding }) => finding);
      assert.deepEqual(hits.map(({ entity, kind: found }) => `${found} ${entity}`), ["hit h1"]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
);
