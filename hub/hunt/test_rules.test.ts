import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { builtinPlugins } from "../../plugins/builtin.ts";
import { feedsOf } from "../detect/sigma/map/log_source.ts";
import { testRules } from "./test_rules.ts";

const OWN = fileURLToPath(new URL("../detect/rules/", import.meta.url));

const run = (...paths: readonly string[]) => {
  const { signal } = new AbortController();
  return testRules({ paths, signal, now: () => 0, tell: () => {} });
};

function folder(files: Readonly<Record<string, string>>): Disposable & { readonly at: string } {
  const at = mkdtempSync(join(tmpdir(), "custos-rule-tests-"));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(at, name), text);
  return { at, [Symbol.dispose]: () => rmSync(at, { recursive: true }) };
}

const RULE = `title: A gap
logsource: { product: custos, service: gap }
detection: { a: { Reason: log-cleared }, condition: a }
`;
const gap = (Reason: string) =>
  `${JSON.stringify({ table: "Gap", row: { TimeGenerated: "2026-01-01T00:00:00Z", Reason } })}\n`;

test("our own rules match what they must, and nothing else", async () => {
  const { tested, untested, wrong } = await run(OWN);
  assert.deepEqual([wrong, untested], [[], []]);
  assert.equal(tested, readdirSync(OWN).filter((name) => name.endsWith(".yml")).length);
  assert.ok(tested >= 15);
});

test("testRules() names each event that is not as it must be", async () => {
  using files = folder({
    "a.yml": RULE,
    "a.match.ndjson": gap("log-cleared") + gap("other"),
    "a.no_match.ndjson": gap("other") + gap("other") + gap("log-cleared"),
  });
  const { wrong, tested, events } = await run(files.at);
  assert.deepEqual(wrong, [
    `${join(files.at, "a.match.ndjson")}: event 2 of Gap is not matched, must be`,
    `${join(files.at, "a.no_match.ndjson")}: event 3 of Gap is matched, must not be`,
  ]);
  assert.deepEqual([tested, events], [1, 5]);
});

test("testRules() takes no event for a passed test, nor a rule without events", async () => {
  using files = folder({
    "a.yml": RULE,
    "a.match.ndjson": "no event\n",
    "a.no_match.txt": "what is this",
    "b.yml": RULE.replace("A gap", "Another"),
    "b.match.ndjson": gap("log-cleared"),
    "c.yml": "title: c\n",
  });
  const { wrong, untested, tested } = await run(files.at);
  assert.deepEqual(untested, [join(files.at, "b.yml")]);
  assert.equal(tested, 1);
  assert.match(wrong[0] ?? "", /c\.yml:1:\d+: /);
  assert.match(wrong[1] ?? "", /a\.match\.ndjson: is of no known kind, must be such as/);
  assert.match(wrong[2] ?? "", /a\.no_match\.txt: is of no known kind/);
});

test("testRules() takes lines of no table for no events", async () => {
  using files = folder({
    "a.yml": RULE,
    "a.match.ndjson": '{"table": "toString", "row": {}}\n',
    "a.no_match.ndjson": gap("other"),
  });
  const { wrong } = await run(files.at);
  const file = join(files.at, "a.match.ndjson");
  assert.deepEqual(wrong, [`${file}: 1 lines are no event of a table`, `${file}: has no event`]);
});

const MANY = `title: Many gaps
correlation:
  type: event_count
  rules: [a-gap]
  group-by: [Reason]
  timespan: 1m
  condition: { gte: 2 }
---
${RULE.replace("title: A gap", "title: A gap\nname: a-gap")}`;

test("testRules() takes the events of one side together for a correlation", async () => {
  const right = {
    "a.yml": MANY,
    "a.match.ndjson": gap("log-cleared").repeat(2),
    "a.no_match.ndjson": gap("log-cleared") + gap("other"),
  };
  using files = folder(right);
  assert.deepEqual((await run(files.at)).wrong, []);
  using swapped = folder({
    ...right,
    "a.match.ndjson": right["a.no_match.ndjson"],
    "a.no_match.ndjson": right["a.match.ndjson"],
  });
  assert.deepEqual((await run(swapped.at)).wrong, [
    `${join(swapped.at, "a.match.ndjson")}: the correlation "Many gaps" is not found, must be`,
    `${join(swapped.at, "a.no_match.ndjson")}: the correlation "Many gaps" is found, must not be`,
  ]);
});

test("testRules() tests a correlation whose rules are in another file", async () => {
  const [correlation = "", rule = ""] = MANY.split("---\n");
  using files = folder({
    "a.yml": correlation,
    "a.match.ndjson": gap("log-cleared").repeat(2),
    "a.no_match.ndjson": gap("log-cleared"),
    "b.yml": rule,
    "b.match.ndjson": gap("log-cleared"),
    "b.no_match.ndjson": gap("other"),
  });
  const { wrong, tested } = await run(files.at);
  assert.deepEqual([wrong, tested], [[], 2]);
});

test("testRules() tells now and then how far it is", async () => {
  using files = folder({ "a.yml": RULE, "b.yml": RULE.replace("A gap", "Another") });
  const told: string[] = [];
  let ms = 0;
  const { signal } = new AbortController();
  const tell = (line: string) => told.push(line);
  await testRules({ paths: [files.at], signal, now: () => ms += 4_000, tell });
  assert.deepEqual(told, ["1 of 2 rule files, 0 mistakes"]);
});

test("each table of a plugin has a log source of product custos", () => {
  const tables = [...builtinPlugins.values()].flatMap((plugin) => Object.keys(plugin.tables));
  const lost = ["Gap", "CustosAgent", ...tables].filter((table) => {
    const [feed] = feedsOf({ product: "custos", service: table.toLowerCase() });
    return feed?.table !== table;
  });
  assert.deepEqual(lost, []);
  assert.deepEqual(feedsOf({ product: "custos", service: "nothing" }), []);
  assert.deepEqual(feedsOf({ product: "custos" }), []);
});
