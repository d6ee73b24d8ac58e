import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after as afterAll, before, test } from "node:test";
import { loadOrCreateKeys } from "../../sdk/proof/key_file.ts";
import { generateKeys, verifier } from "../../sdk/proof/sign.ts";
import { nodeFiles } from "../../sdk/runtime/node_files.ts";
import { ADDRESS_CATEGORIES } from "../../sdk/scrub/address.ts";
import { openAlerts } from "../alert/alerts.ts";
import { type Control, openControl } from "../control.ts";
import { behaviourDetector } from "../detect/behaviour/detector.ts";
import {
  attackHour,
  batchOf,
  hostRule,
  HOUR,
  RULE_TEXT,
  START,
  usualHour,
} from "../detect/behaviour/fakes.ts";
import { openDetect } from "../detect/detect.ts";
import { FACTS, item } from "../detect/fakes.ts";
import { CONTROL_FILE, saveListening } from "../listening.ts";
import { keepModels } from "../models/keep_models.ts";
import { openModels } from "../models/model_store.ts";
import { openManifest } from "../store/manifest.ts";
import { openStore } from "../store/store.ts";
import { itemOf, never } from "../store/test_room.ts";
import { type Command, EXIT, parseCall, UsageError } from "./command.ts";
import { model } from "./model.ts";
import { train } from "./train.ts";

const DAYS = 8;
const FOLDER = mkdtempSync(join(tmpdir(), "custos-train-"));
const TIMEOUT = { timeout: 120_000 };
/** Hours in which h2 was attacked before anything was trained. */
const ATTACKS = [50, 170];

/** A data folder with eight days of logons. */
before(async () => {
  mkdirSync(join(FOLDER, "rules"));
  writeFileSync(join(FOLDER, "rules", "host.yaml"), RULE_TEXT);
  await loadOrCreateKeys(nodeFiles(), join(FOLDER, "ledger.key"));
  await using control = openControl(join(FOLDER, CONTROL_FILE));
  saveListening(control, { page: "http://127.0.0.1:1", link: "wss://127.0.0.1:2" });
  await using store = await openStore({
    manifest: openManifest(control),
    folder: join(FOLDER, "store"),
    files: nodeFiles(),
    categories: ADDRESS_CATEGORIES,
    after: never,
    pause: () => Promise.resolve(),
  });
  for (let hour = 0; hour < 24 * DAYS; hour++) {
    const rows = [...usualHour(hour), ...(ATTACKS.includes(hour) ? attackHour(hour, "h2") : [])];
    await store.take([itemOf(hour, batchOf(rows))]);
  }
}, TIMEOUT);

afterAll(() => rmSync(FOLDER, { recursive: true, force: true }));

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function run(command: Command, ...words: readonly string[]): Promise<Ran> {
  let [out, err] = ["", ""];
  const code = await command.run({
    ...parseCall(command, [...words, "--data", FOLDER]),
    signal: new AbortController().signal,
    now: () => START + DAYS * 24 * HOUR,
    variable: (name) => name === "USER" ? "kim" : undefined,
    out: (text) => out += text,
    err: (line) => err += `${line}\n`,
  });
  return { code, out, err };
}

async function withControl<T>(work: (control: Control) => Promise<T> | T): Promise<T> {
  await using control = openControl(join(FOLDER, CONTROL_FILE));
  return await work(control);
}

/** What the hub's keeper writes into its ledger. */
function kept(rule = hostRule(), publicKey?: Uint8Array) {
  return withControl(async (control) => {
    const own = await loadOrCreateKeys(nodeFiles(), join(FOLDER, "ledger.key"));
    const payloads: Uint8Array[] = [];
    const keeper = keepModels({
      control,
      rules: [rule],
      verify: verifier(publicKey ?? own.publicKey),
      refused: () => {},
      ledger: {
        append: (_kind, _key, payload) => payloads.push(payload),
        commit: () => Promise.resolve({} as never),
      },
    });
    await keeper.keep();
    await keeper.keep();
    return { payloads, problems: keeper.problems() };
  });
}

test(
  "train makes the same model of the same events, and stores it unless told not to",
  TIMEOUT,
  async () => {
    const dry = await run(train, "--dry-run", "--output", "json");
    const [reading, ...rest] = dry.out.trim().split("\n").map((line): unknown => JSON.parse(line));
    assert.deepEqual(reading, { event: "reading", rule: "host-behaviour", part: 0.125 });
    assert.equal((await run(model, "ls")).out, "\n");
    const { code, out } = await run(train, "--output", "json");
    assert.equal(code, EXIT.ok);
    const hash = /"hash":"([0-9a-f]{64})"/.exec(out)?.[1];
    assert.match(JSON.stringify(rest.at(-1)), new RegExp(hash!));
    assert.match(out, /"number":1,.*"windows":1152,"entities":8/);
    assert.match((await run(model, "ls")).out, /host-behaviour +1 +[0-9a-f]{64}\n$/);
  },
);

test("a model is in force when it was activated and the hub has written it", TIMEOUT, async () => {
  assert.deepEqual((await kept()).payloads, []);
  const chosen = await run(model, "activate", "host-behaviour", "1", "--why", "first");
  assert.equal(chosen.code, EXIT.ok);
  assert.match((await run(model, "ls")).out, /1 +waits for the hub/);
  const { payloads: [payload, ...more] } = await kept();
  assert.deepEqual(more, []);
  assert.match((await run(model, "ls")).out, /1 +in force/);
  assert.deepEqual((await kept()).payloads, [], "once");
  assert.match(new TextDecoder().decode(payload), /"by":"kim","why":"first"/);
  const detector = behaviourDetector(hostRule());
  detector.entry!({ kind: "rule", payload: payload! }, { entry: 1, hubMs: START, aliveMs: 0 });
  const hubMs = START + (24 * DAYS + 1) * HOUR;
  detector.batch(batchOf(attackHour(24 * DAYS)), { ...FACTS, hubMs });
  const { hits } = detector.tick({ entry: 2, hubMs: hubMs + 2 * HOUR, aliveMs: 0 });
  assert.deepEqual(hits.map(({ entity }) => entity), ["h1"]);
});

test(
  "a rule that measures something else refuses its model; put back, it comes again",
  TIMEOUT,
  async () => {
    const other = hostRule({ hours: [9, 17] });
    const refused = await kept(other);
    assert.deepEqual(refused.payloads, []);
    assert.match(refused.problems.join(), /^Cannot use model 1 .* measures something else since/);
    assert.equal((await kept()).payloads.length, 1);
    assert.equal((await kept(hostRule({ title: "Another" }))).payloads.length, 1);
    assert.equal((await kept()).payloads.length, 1);
  },
);

test("a model that was changed, or signed by another key, is refused", TIMEOUT, async () => {
  const swap = (text: string, column = "text") =>
    withControl((control) => control.run(`update model set ${column} = ? where number = 1`, text));
  const { text, hash } = await withControl((control) =>
    openModels(control).get("host-behaviour", 1)!
  );
  for (
    const [column, value, message] of [
      ["text", text.replace(/"threshold":0\.\d/, '"threshold":0.9'), /was changed since/],
      ["hash", "00".repeat(32), /was changed since/],
      ["signature", Buffer.alloc(64).toString("base64"), /not signed by this hub's key/],
    ] as const
  ) {
    const before = await withControl((control) =>
      control.get(`select ${column} as it from model where number = 1`)
    );
    await swap(value, column);
    const shown = await run(model, "show", "host-behaviour", "1");
    assert.equal(shown.code, EXIT.failed);
    assert.match(shown.err, message);
    const words = ["activate", "host-behaviour", "1", "--why", "x"];
    assert.equal((await run(model, ...words)).code, EXIT.failed);
    await withControl((control) => openModels(control).setInForce("host-behaviour", undefined));
    const { payloads, problems } = await kept();
    assert.deepEqual(payloads, []);
    assert.match(problems.join(), message);
    await swap(String(before?.["it"]), column);
  }
  const { problems } = await kept(hostRule(), generateKeys().publicKey);
  assert.match(problems.join(), new RegExp(`model ${hash.slice(0, 12)}: it is not signed by`));
  assert.equal((await kept()).payloads.length, 1);
});

test(
  "verdicts on alerts move the threshold of the next model, with the reason",
  TIMEOUT,
  async () => {
    await withControl(judgeSome);
    const { out } = await run(train);
    assert.match(out, /model 2 +model 1\n/);
    assert.match(out, /true positives +2 of 2 +2 of 2/);
    assert.match(out, /windows that it finds were judged false, 2 windows were judged right/);
    assert.match(out, /agreement +(0\.\d+|1)\n/);
    assert.match(out, /Stored, not in force: custos-hub model activate host-behaviour 2/);
  },
);

/** Alerts as the hub would have made them of all that is stored; what is no attack is judged false. */
async function judgeSome(control: Control): Promise<void> {
  const { text, hash, signature } = openModels(control).get("host-behaviour", 1)!;
  const brought = { rule: "host-behaviour", text, hash, signature, by: "", why: "" };
  const payload = new TextEncoder().encode(JSON.stringify({ model: brought }));
  await using memory = openControl(":memory:");
  await using detect = openDetect({ control: memory, rules: [hostRule()] });
  await detect.take([{ index: 0, hubTime: BigInt(START) * 10_000n, kind: "rule", payload }]);
  for (let hour = 0; hour < 24 * DAYS; hour++) {
    const rows = [...usualHour(hour), ...(ATTACKS.includes(hour) ? attackHour(hour, "h2") : [])];
    await detect.take([item(hour + 1, START + (hour + 1) * HOUR - 1, batchOf(rows))]);
  }
  const alerts = openAlerts({
    control,
    findings: (after, limit) => detect.findings(after, limit),
    now: () => START,
    record: () => Promise.resolve(),
  });
  alerts.takeFindings();
  for (const { id, entity, summary } of alerts.list({ limit: 500 }).alerts) {
    const isAttack = entity === "h2" && /Kinds 4\d/.test(summary);
    const verdict = isAttack ? "true_positive" as const : "false_positive" as const;
    await alerts.judge({ id, verdict, by: "kim", reason: "seen" });
  }
}

test(
  "rollback chooses the model before; show tells how it was made and does",
  TIMEOUT,
  async () => {
    await run(model, "activate", "host-behaviour", "2", "--why", "better");
    const { out } = await run(model, "rollback", "host-behaviour", "--why", "worse", "--by", "lee");
    assert.equal(out, "Model 1 of host-behaviour is chosen\n");
    const shown = JSON.parse((await run(model, "show", "host-behaviour")).out) as {
      readonly model: number;
      readonly chosen: unknown;
      readonly comparison: { readonly candidate: { readonly windows: number } };
    };
    assert.equal(shown.model, 1);
    assert.deepEqual(shown.chosen, { by: "lee", why: "worse" });
    assert.ok(shown.comparison.candidate.windows > 100);
  },
);

test("train and model refuse wrong words with what would be right", TIMEOUT, async () => {
  const wrong: readonly (readonly [Command, ...string[]])[] = [
    [train, "--rule", "other"],
    [train, "--from", "yesterday"],
    [train, "--seed", "-1"],
    [model],
    [model, "forget"],
    [model, "show"],
    [model, "activate", "host-behaviour", "one", "--why", "x"],
    [model, "activate", "host-behaviour", "1"],
  ];
  for (const [command, ...words] of wrong) await assert.rejects(run(command, ...words), UsageError);
  const none = await run(train, "--from", "2030-01-01T00:00:00Z");
  assert.equal(none.code, EXIT.failed);
  assert.match(none.err, /nothing of table Logins is stored of that time/);
  const few = await run(train, "--to", new Date(START + 8 * HOUR).toISOString());
  assert.match(few.err, /48 windows were seen, must be 100 or more/);
  assert.equal((await run(model, "show", "host-behaviour", "9")).code, EXIT.failed);
  assert.match(readFileSync(join(FOLDER, "rules", "host.yaml"), "utf8"), /host-behaviour/);
});
