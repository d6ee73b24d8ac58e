import assert from "node:assert/strict";
import { test } from "node:test";
import { TableWriter } from "../../sdk/columns/writer.ts";
import { type GAP, GAP_SCHEMA } from "../../sdk/gap.ts";
import { openControl } from "../control.ts";
import { type AgentEntry, encodeEntry } from "../ingest/entries.ts";
import { type DetectItem, openDetect } from "./detect.ts";
import type { Finding } from "./detector.ts";
import { item } from "./fakes.ts";
import { loadRules } from "./load_rules.ts";

const T0 = 1_750_000_000_000;
const AGENT = "aa".repeat(16);
const STREAM = "bb".repeat(8);
const PLACE = { agent: AGENT, stream: STREAM, epoch: 2, seq: 7, hash: "cc".repeat(32) };

function plain(index: number, kind: string, payload: Uint8Array): DetectItem {
  return { ...item(index, T0), kind, payload };
}

const OPENED = plain(
  0,
  "epoch",
  encodeEntry({ agent: AGENT, stream: STREAM, name: "web", plugin: "iis", epoch: 2, reason: "" }),
);

async function found(items: readonly DetectItem[], restarts = false): Promise<readonly Finding[]> {
  await using control = openControl(":memory:");
  for (const one of restarts ? items : []) {
    await using detect = openDetect({ control, rules: [] });
    await detect.take([one]);
  }
  await using detect = openDetect({ control, rules: [] });
  if (!restarts) await detect.take(items);
  return detect.findings(0, 100).map(({ finding }) => finding);
}

test("two frames that an agent has signed for one place are a critical finding", async () => {
  const note = { note: "equivocation", ...PLACE, held: "dd".repeat(32), header: "ee" } as const;
  const items = [OPENED, plain(1, "note", encodeEntry(note))];
  const [finding, ...rest] = await found(items);
  assert.equal(rest.length, 0);
  assert.equal(finding?.rule, "equivocation");
  assert.equal(finding?.severity, "critical");
  assert.equal(finding?.entity, `_Agent=${AGENT}, _Source=web`);
  assert.deepEqual(finding?.evidence[0]?.fields, {
    Epoch: "2",
    Seq: "7",
    FrameHash: PLACE.hash,
    HeldHash: "dd".repeat(32),
    Header: "ee",
  });
  // The name of the source survives a restart, and the id is the same.
  assert.deepEqual(await found(items, true), [finding]);
});

test("a frame that never will be taken is a finding with the events that are missing", async () => {
  const note = { note: "refused", ...PLACE, rows: 12, code: "body" } as const;
  const [finding] = await found([OPENED, plain(1, "note", encodeEntry(note))]);
  assert.equal(finding?.rule, "frame-refused");
  assert.equal(finding?.severity, "high");
  assert.equal(finding?.events, 12);
  assert.match(finding?.summary ?? "", /12 events .* body$/);
});

test("notes of other parts are no findings", async () => {
  const look = new TextEncoder().encode(JSON.stringify({ note: "look", who: "x" }));
  const broken = new TextEncoder().encode("{");
  assert.deepEqual(await found([plain(0, "note", look), plain(1, "note", broken)]), []);
});

test("a gap tells its reason, its count and its interval", async () => {
  const writer = new TableWriter<typeof GAP.columns>(GAP_SCHEMA);
  writer.add({
    TimeGenerated: T0,
    Reason: "ring-overflow",
    Count: 40,
    From: "2026-01-01T00:00:00Z",
    To: "2026-01-01T00:01:00Z",
  });
  writer.add({ TimeGenerated: T0, Reason: "file-vanished" });
  const gaps = item(0, T0, writer.view());
  const all = await found([{ ...gaps, frame: { ...gaps.frame!, header: { kind: "gap" } } }]);
  assert.deepEqual(all.map(({ rule, severity, events }) => [rule, severity, events]), [
    ["loss-reported", "medium", 40],
    ["loss-reported", "medium", 1],
  ]);
  assert.deepEqual(all[0]?.evidence[0]?.fields, {
    Reason: "ring-overflow",
    Count: "40",
    From: "2026-01-01T00:00:00Z",
    To: "2026-01-01T00:01:00Z",
  });
  assert.match(all[1]?.summary ?? "", /how many is unknown: file-vanished/);
  assert.notEqual(all[0]?.id, all[1]?.id);
});

test("a rule file may not take the name of what the hub itself looks for", async () => {
  const file = `
- id: equivocation
  title: Mine
  severity: low
  detector: absence
  for: 5m
`;
  const { rules, problems } = await loadRules({
    names: () => Promise.resolve(["own.yaml"]),
    read: () => Promise.resolve(file),
  });
  assert.equal(rules.some(({ id }) => id === "equivocation"), false);
  assert.match(problems[0]?.message ?? "", /ids must differ/);
});

test("a host that enrols again under another key is a finding about the agent before", async () => {
  const enrolled = (
    index: number,
    agent: Pick<AgentEntry, "id" | "host"> & Partial<AgentEntry>,
  ): DetectItem => {
    const entry = { publicKey: "11".repeat(32), os: "linux", state: "active", ...agent } as const;
    return plain(index, "agent", encodeEntry(entry));
  };
  const [old, fresh, other] = ["aa", "ab", "ac"].map((byte) => byte.repeat(16)) as [
    string,
    string,
    string,
  ];
  const items = [
    enrolled(0, { id: old, host: "web-1" }),
    enrolled(1, { id: other, host: "web-2" }),
    enrolled(2, { id: fresh, host: "web-1" }),
    // Later entries of agents that are known say nothing of hosts.
    enrolled(3, { id: old, host: "web-1", state: "shut-out" }),
    enrolled(4, { id: fresh, host: "web-1", certificates: [] }),
  ];
  const [finding, ...rest] = await found(items);
  assert.equal(rest.length, 0);
  assert.deepEqual([finding?.rule, finding?.entity], ["host-enrolled-again", `_Agent=${old}`]);
  assert.deepEqual(finding?.evidence[0]?.fields, { Host: "web-1", Before: old });
  assert.deepEqual(await found(items, true), [finding]);
});
