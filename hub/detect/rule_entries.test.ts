import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { generateKeys, signer } from "../../sdk/proof/sign.ts";
import { faultyFiles } from "../../sdk/testkit/faulty_files.ts";
import { openControl } from "../control.ts";
import { type Ledger, openLedger } from "../ledger/ledger.ts";
import type { Rule } from "./rule.ts";
import { readRuleEntry, readRuleSources, recordRules, type RuleEntry } from "./rule_entries.ts";
import { readSigmaRules } from "./sigma/read/read_all.ts";

const keys = generateKeys();
const SILENT: Rule = {
  id: "silent",
  title: "Silent",
  severity: "low",
  where: [],
  entity: ["_Source"],
  show: [],
  detector: "absence",
  table: undefined,
  forMs: 5_000,
};
const SECOND: Rule = { ...SILENT, id: "another" };

function open(): Promise<Ledger> {
  return openLedger({
    folder: "/l",
    files: faultyFiles(),
    keys,
    sign: signer(keys.privateKey),
    now: () => 1n,
    newLogId: () => new Uint8Array(8),
  });
}

async function entriesOf(ledger: Ledger): Promise<readonly (RuleEntry | undefined)[]> {
  const entries = await ledger.read(0);
  return entries.filter(({ kind }) => kind === "rule").map(({ payload }) => readRuleEntry(payload));
}

test("recordRules() writes the rules in force, and again when they change", async () => {
  await using ledger = await open();
  await using control = openControl(":memory:");
  const start = (rules: readonly Rule[], from: number, release = "1.0.0") =>
    recordRules(ledger, control, { release, from, rules });
  await start([SILENT, SECOND], 0);
  await start([SECOND, SILENT], 5);
  await start([{ ...SILENT, forMs: 6_000 }, SECOND], 9);
  await start([SECOND], 12);
  await start([SECOND], 12, "1.0.1");
  const entries = await entriesOf(ledger);
  assert.deepEqual(entries.map((one) => [one?.from, one?.rules.map(({ id }) => id).join(" ")]), [
    [0, "another silent"],
    [9, "another silent"],
    [12, "another"],
    [12, "another"],
  ]);
  const { source, hash } = entries[0]!.rules[1]!;
  assert.deepEqual(JSON.parse(source!), JSON.parse(JSON.stringify(SILENT)));
  assert.equal(hash, createHash("sha256").update(source!).digest("hex"));
});

test("recordRules() writes them again where the ledger does not have them", async () => {
  await using control = openControl(":memory:");
  const inForce = { release: "1.0.0", from: 0, rules: [SILENT] };
  for (const _ of ["first log", "restored log"]) {
    await using ledger = await open();
    await recordRules(ledger, control, inForce);
    assert.equal((await entriesOf(ledger)).length, 1);
  }
});

function sigmaOf(...ids: readonly string[]) {
  const sources = ids.map((id) => ({
    file: `${id}.yml`,
    text: `title: ${id}
id: ${id}
logsource: { product: windows, service: system }
detection: { s: { EventID: 7, "F|expand": "%v%" }, condition: s }
`,
  }));
  return readSigmaRules(sources, new Map([["v", ["a", "b"]]]));
}

test("recordRules() writes what a Sigma rule says once, and its hash each time", async () => {
  await using ledger = await open();
  await using control = openControl(":memory:");
  for (const ids of [["a", "b"], ["b", "a"], ["b", "c"], ["b", "c"]]) {
    const inForce = { release: "1.0.0", from: 0, rules: [SILENT], sigma: sigmaOf(...ids) };
    await recordRules(ledger, control, inForce);
  }
  const entries = await entriesOf(ledger);
  const inForce = entries.filter((one) => one !== undefined);
  assert.deepEqual(inForce.map(({ rules }) => rules.map(({ id }) => id).join(" ")), [
    "a b silent",
    "b c silent",
  ]);
  const sources = new Map<string, string>();
  for (const { payload } of await ledger.read(0)) {
    for (const [hash, source] of Object.entries(readRuleSources(payload)?.sources ?? {})) {
      assert.ok(!sources.has(hash));
      sources.set(hash, source);
    }
  }
  const texts = inForce[1]!.rules.map(({ hash, source }) => source ?? sources.get(hash)!);
  assert.deepEqual(texts.map((one) => /"id":"(\w+)"/.exec(one)?.[1]), ["b", "c", "silent"]);
  assert.match(texts[0]!, /"text":"a"/);
  assert.equal(inForce[1]!.rules[0]!.hash, createHash("sha256").update(texts[0]!).digest("hex"));
});
