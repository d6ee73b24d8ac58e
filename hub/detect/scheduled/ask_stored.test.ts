import assert from "node:assert/strict";
import { after as afterAll, before, test } from "node:test";
import { column } from "../../../sdk/table.ts";
import { openControl } from "../../control.ts";
import type { Item } from "../../fanout/follower.ts";
import { openCompiler } from "../../query/run/compiler.ts";
import { openKqlQueries } from "../../query/run/kql_queries.ts";
import type { Store } from "../../store/store.ts";
import { after, batchOf, itemOf, openRoom } from "../../store/test_room.ts";
import type { Finding } from "../detector.ts";
import { openScheduled } from "./open_scheduled.ts";
import { readScheduledFile } from "./read_rule.ts";
import type { ScheduledRule } from "./rule.ts";
import { openFunctionStore } from "../../query/functions/function_store.ts";

const COLUMNS = {
  TimeGenerated: column.time({ class: "public", optional: true }),
  Host: column.string({ class: "public", optional: true }),
};
const MINUTE_MS = 60_000;
const START = Date.parse("2026-08-01T00:00:00Z");

const room = openRoom();
const compiler = openCompiler({ after });
const { manifest, folder, engine } = room;
const kql = openKqlQueries({
  manifest,
  engine,
  compiler,
  folder,
  schemas: () => [],
  functions: openFunctionStore(openControl(":memory:")),
  now: () => START,
});
const items: Item[] = [];
let store: Store;

/** Events of `host`, of `minute` by their own time, which came at `came` minutes. */
function come(
  came: number,
  host: string,
  { minute, count }: { minute: number; count: number },
): void {
  const rows = Array.from({ length: count }, () => ({
    TimeGenerated: START + minute * MINUTE_MS,
    Host: host,
  }));
  const hubTime = BigInt(START + came * MINUTE_MS) * 10_000n;
  items.push({ ...itemOf(items.length, batchOf("Logins", COLUMNS, rows)), hubTime });
}

before(async () => {
  come(0.5, "web1", { minute: 0, count: 2 });
  come(1, "web1", { minute: 1, count: 2 });
  come(6, "web2", { minute: 6, count: 1 });
  // Late by an hour: it came in the interval from 5 to 10 minutes.
  come(7, "web3", { minute: -60, count: 5 });
  come(11, "web1", { minute: 11, count: 9 });
  come(16, "web9", { minute: 16, count: 1 });
  store = await room.store();
  await store.take(items);
});

afterAll(async () => {
  await compiler[Symbol.asyncDispose]();
  await room[Symbol.asyncDispose]();
});

function ruleOf(query: string, more = ""): ScheduledRule {
  const { rules, problems } = readScheduledFile(
    "r.yaml",
    `id: many\nname: Many\nseverity: High\nqueryFrequency: 5m\nqueryPeriod: 5m\n` +
      `triggerOperator: gt\ntriggerThreshold: 0\nquery: |\n  ${query}\n` +
      `entityMappings: [{ entityType: Host, fieldMappings: [{ identifier: HostName, columnName: Host }] }]\n${more}`,
  );
  assert.deepEqual(problems, []);
  return rules[0]!;
}

/** The findings of a rule over all items, handed over in pieces of `step`. */
async function findingsOf(rule: ScheduledRule, step = 1): Promise<readonly Finding[]> {
  const control = openControl(":memory:");
  const found: Finding[] = [];
  const scheduler = openScheduled({
    control,
    rules: [rule],
    ledger: { durable: 0 },
    store,
    kql,
    alerts: { takeFindings: () => undefined },
    env: { after },
  });
  for (let at = 0; at < items.length; at += step) await scheduler.take(items.slice(at, at + step));
  for (const row of control.all("select finding from detect_finding order by number")) {
    found.push(JSON.parse(String(row["finding"])) as Finding);
  }
  await control[Symbol.asyncDispose]();
  return found;
}

test("a query is of what came in its interval, late events too, and of nothing that came after", async () => {
  const rule = ruleOf("Logins | summarize n = count() by Host | where n >= 3");
  const found = await findingsOf(rule);
  assert.deepEqual(
    found.map(({ entity, entry, evidence }) => [entity, entry, evidence[0]?.fields]),
    [
      ["Host web1", 2, { Host: "web1", n: "4" }],
      ["Host web3", 4, { Host: "web3", n: "5" }],
      ["Host web1", 5, { Host: "web1", n: "9" }],
    ],
  );
  assert.deepEqual(await findingsOf(rule, 6), found);
});

test("now() and ago() are of the interval's end, not of the day on which it is asked", async () => {
  const query = "Logins | where TimeGenerated > ago(5m) | project Host, At = now()";
  const found = await findingsOf(ruleOf(query));
  assert.deepEqual(
    found.map(({ entity, evidence }) => [entity, evidence[0]?.fields["At"]]),
    [
      ["Host web1", "2026-08-01T00:05:00Z"],
      ["Host web2", "2026-08-01T00:10:00Z"],
      ["Host web1", "2026-08-01T00:15:00Z"],
    ].filter(([host]) => host !== "web2"),
  );
});

test("rows with their provenance are evidence of their own ledger entries", async () => {
  const found = await findingsOf(ruleOf('Logins | where Host == "web2"'));
  assert.deepEqual(
    found.map(({ evidence }) =>
      evidence.map(({ entry, row, table, source, time }) => ({ entry, row, table, source, time }))
    ),
    [[{ entry: 2, row: 0, table: "Logins", source: "one", time: "2026-08-01T00:06:00Z" }]],
  );
});

test("a query that cannot be read is a finding that says where", async () => {
  const found = await findingsOf(ruleOf("Logins | where Hosst == 1"));
  assert.equal(found.length, 1);
  assert.equal(found[0]?.kind, "refused");
  assert.match(found[0].summary, /cannot be answered: .*Hosst/);
});
