import assert from "node:assert/strict";
import test from "node:test";
import { type Asked, findingsOf, type Found, triggers } from "./findings.ts";
import type { ScheduledRule } from "./rule.ts";

const RULE: ScheduledRule = {
  id: "r",
  title: "R",
  severity: "low",
  query: "",
  frequencyMs: 60_000,
  periodMs: 60_000,
  trigger: { op: "gt", threshold: 0 },
  tags: ["attack.t1078"],
  entities: [
    { type: "Account", fields: [{ identifier: "FullName", column: "User" }] },
    {
      type: "Host",
      fields: [{ identifier: "HostName", column: "Host" }, {
        identifier: "DnsDomain",
        column: "No",
      }],
    },
  ],
  details: { Tries: "n" },
  perRow: false,
  suppressMs: 0,
};
const ASKED: Asked = { entry: 9, hubMs: 60_500, fromMs: 0, toMs: 60_000 };
const FOUND: Found = {
  columns: ["User", "Host", "n"],
  rows: [["jane", "web1", "3"], ["joe", undefined, "4"], ["jane", "web1", "5"]],
  count: 3,
  tables: ["Syslog"],
};

test("a finding for each entity, with its rows and the interval", () => {
  const findings = findingsOf(RULE, FOUND, ASKED);
  assert.deepEqual(
    findings.map(({ entity, events, entry, hubMs, tags }) => ({
      entity,
      events,
      entry,
      hubMs,
      tags,
    })),
    [
      { entity: "Account jane, Host web1", events: 2, entry: 9, hubMs: 60_500, tags: RULE.tags },
      { entity: "Account joe", events: 1, entry: 9, hubMs: 60_500, tags: RULE.tags },
    ],
  );
  const [first] = findings;
  assert.equal(
    first?.summary,
    "2 rows of the query over what came from 1970-01-01T00:00:00.000Z to 1970-01-01T00:01:00.000Z",
  );
  assert.deepEqual(first.evidence[1], {
    entry: 8,
    row: 0,
    table: "Syslog",
    agent: "",
    source: "",
    time: "1970-01-01T00:01:00.000Z",
    fields: { Tries: "5", User: "jane", Host: "web1", n: "5" },
  });
  assert.equal(new Set(findings.map(({ id }) => id)).size, 2);
  assert.deepEqual(findingsOf(RULE, FOUND, ASKED), findings);
});

test("a row that tells its ledger entry is evidence of that entry", () => {
  const columns = ["_LedgerIndex", "_Row", "_Agent", "_Source", "TimeGenerated", "User"];
  const rows = [["4", "17", "a1", "syslog", "2026-01-02T03:04:05.1234567Z", "jane"]];
  const [finding] = findingsOf(RULE, { ...FOUND, columns, rows, count: 1 }, ASKED);
  const { entry, row, agent, source, time } = finding!.evidence[0]!;
  assert.deepEqual({ entry, row, agent, source, time }, {
    entry: 4,
    row: 17,
    agent: "a1",
    source: "syslog",
    time: "2026-01-02T03:04:05.1234567Z",
  });
});

test("AlertPerResult gives a finding for each row, and no more than a hundred", () => {
  const findings = findingsOf({ ...RULE, perRow: true }, FOUND, ASKED);
  assert.deepEqual(findings.map(({ entity }) => entity), [
    "Account jane, Host web1 #1",
    "Account joe #2",
    "Account jane, Host web1 #3",
  ]);
  const rows = Array.from({ length: 150 }, (_, i) => [`u${i}`, undefined, "1"]);
  const many = findingsOf(RULE, { ...FOUND, rows, count: 150 }, ASKED);
  assert.deepEqual([many.length, many.at(-1)?.kind, many.at(-1)?.summary], [
    101,
    "overflow",
    "50 entities more",
  ]);
});

test("a rule that is triggered by too few rows has a finding without any", () => {
  const rule: ScheduledRule = { ...RULE, trigger: { op: "lt", threshold: 1 } };
  assert.equal(triggers(rule, 0), true);
  const [finding] = findingsOf(rule, { ...FOUND, rows: [], count: 0 }, ASKED);
  assert.deepEqual([finding?.entity, finding?.events, finding?.evidence], ["", 0, []]);
});

test("triggers() compares as the operator says", () => {
  const holds = (op: ScheduledRule["trigger"]["op"]) =>
    [1, 2, 3].map((count) => triggers({ ...RULE, trigger: { op, threshold: 2 } }, count));
  assert.deepEqual(holds("gt"), [false, false, true]);
  assert.deepEqual(holds("lt"), [true, false, false]);
  assert.deepEqual(holds("eq"), [false, true, false]);
  assert.deepEqual(holds("ne"), [true, false, true]);
});
