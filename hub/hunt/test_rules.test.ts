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
const signal = new AbortController().signal;

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
  const { tested, untested, wrong } = await testRules([OWN], signal);
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
  const { wrong, tested, events } = await testRules([files.at], signal);
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
  const { wrong, untested, tested } = await testRules([files.at], signal);
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
  const { wrong } = await testRules([files.at], signal);
  const file = join(files.at, "a.match.ndjson");
  assert.deepEqual(wrong, [`${file}: 1 lines are no event of a table`, `${file}: has no event`]);
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
