import assert from "node:assert/strict";
import { test } from "node:test";
import { encodeEntry, type EpochEntry, type IngestNote } from "../ingest/entries.ts";
import { openControl } from "../control.ts";
import { openDetect } from "./detect.ts";
import type { Finding } from "./detector.ts";
import { item } from "./fakes.ts";

const AGENT = "aa".repeat(16);
const STREAM = "bb".repeat(8);
const T0 = 1_750_000_000_000;
const at = (epoch: number, next: number, tail = "cc") => ({ epoch, next, tail: tail.repeat(32) });

/** What all built-in rules find in one entry. */
async function found(kind: "epoch" | "note", entry: EpochEntry | IngestNote) {
  await using control = openControl(":memory:");
  await using detect = openDetect({ control, rules: [] });
  await detect.take([{ ...item(0, T0), kind, payload: encodeEntry(entry) }]);
  return detect.findings(0, 100).map(({ finding }): Finding => finding);
}

const opened = (rest: Partial<EpochEntry>): EpochEntry => ({
  ...{ agent: AGENT, stream: STREAM, name: "web", plugin: "iis", epoch: 3, reason: "spool cut" },
  ...rest,
});

test("history-cut: an epoch that ended before the frames that were sealed in it", async () => {
  const [cut, ...rest] = await found(
    "epoch",
    opened({ before: at(2, 4), announced: at(2, 9), statement: 7 }),
  );
  assert.equal(rest.length, 0);
  assert.equal(cut?.rule, "history-cut");
  assert.equal(cut?.severity, "critical");
  assert.equal(cut?.entity, `_Agent=${AGENT}, _Source=web`);
  assert.match(
    cut?.summary ?? "",
    /Epoch 2 was sealed up to 9 frames, the ledger has 4.*spool cut/,
  );
  assert.equal(cut?.evidence[0]?.fields["Statement"], "7");
});

const CUT: readonly (readonly [string, Partial<EpochEntry>])[] = [
  ["another last frame", { before: at(2, 9), announced: at(2, 9, "dd") }],
  ["an epoch that never came", { before: at(1, 9), announced: at(2, 1) }],
  ["no frame at all", { announced: at(2, 1) }],
  ["whatever reason is given", { before: at(2, 1), announced: at(2, 2), reason: "refused" }],
  ["a forged frame was refused", { before: at(2, 1), announced: at(2, 2), refused: "key" }],
];
for (const [what, rest] of CUT) {
  test(`history-cut: ${what}`, async () => {
    assert.deepEqual((await found("epoch", opened(rest))).map(({ rule }) => rule), ["history-cut"]);
  });
}

const QUIET: readonly (readonly [string, Partial<EpochEntry>])[] = [
  ["all has come", { before: at(2, 9) }],
  ["as hubs before 0.2.0 say that all has come", { before: at(2, 9), announced: at(2, 9) }],
  ["more than was announced", { before: at(2, 9), announced: at(2, 8) }],
  ["it was announced of the new epoch", { before: at(2, 9), announced: at(3, 1) }],
  ["nothing was announced", { before: at(2, 9), announced: at(2, 0) }],
  ["the hub refused what is missing first", {
    before: at(2, 1),
    announced: at(2, 2),
    refused: "body",
  }],
  ["a first epoch", { reason: "first start" }],
  ["an epoch that had no frames", { before: at(2, 0), reason: "first start" }],
];
for (const [what, rest] of QUIET) {
  test(`no finding where ${what}`, async () => {
    assert.deepEqual(await found("epoch", opened(rest)), []);
  });
}

for (const reason of ["first start", "spool lost", "agent-behind", "hub-lost", "tail"]) {
  test(`state-lost: a known stream that begins again, reason "${reason}"`, async () => {
    const [finding] = await found("epoch", opened({ before: at(2, 9), reason }));
    assert.deepEqual([finding?.rule, finding?.severity], ["state-lost", "medium"]);
  });
}

test("history-cut: a statement that came when its epoch was over", async () => {
  const facts = { agent: AGENT, stream: STREAM, stated: at(2, 9), held: at(2, 4), statement: 3 };
  const [finding] = await found("note", { note: "cut", ...facts });
  assert.equal(finding?.rule, "history-cut");
  assert.equal(finding?.evidence[0]?.fields["HeldNext"], "4");
});

test("key-succession: a statement that does not follow; heads alone are no finding", async () => {
  const facts = { agent: AGENT, number: 2, held: 5, code: "number", hash: "ee".repeat(32) };
  const [finding] = await found("note", { note: "succession", ...facts });
  assert.deepEqual([finding?.rule, finding?.severity], ["key-succession", "critical"]);
  assert.match(finding?.summary ?? "", /naming key 2 was refused, key 5 is in force: number/);
  const heads = [{ stream: STREAM, ...at(2, 9) }];
  assert.deepEqual(await found("note", { note: "heads", agent: AGENT, heads }), []);
});
