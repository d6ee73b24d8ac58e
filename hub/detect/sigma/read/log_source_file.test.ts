import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { TableWriter } from "../../../../sdk/columns/writer.ts";
import { column, schemaOf, table } from "../../../../sdk/table.ts";
import { loadRules } from "../../load_rules.ts";
import { FACTS } from "../../fakes.ts";
import { loadSigma } from "../load.ts";
import { bindRule } from "../map/bind.ts";
import { compileRules } from "../match/matcher.ts";
import { printOf } from "../run/running.ts";
import { readLogSources } from "./log_source_file.ts";

const SOURCES = `- logsource: { product: Acme, service: portal }
  table: Portal_CL
  where: { Kind: [login, logout] }
  fields: { User: UserName, src_ip: [Peer.Address, Peer.Proxy] }
- logsource: { category: authentication }
  table: Portal_CL
`;
const RULE = `title: Root from far away
id: r
logsource: { product: acme, service: portal }
detection:
  s: { User: root, src_ip|startswith: '10.', Result: ok }
  condition: s
`;
const PORTAL = table({
  doc: "A table of somebody's own",
  time: "TimeGenerated",
  columns: {
    TimeGenerated: column.time({ class: "public" }),
    Kind: column.string({ class: "public" }),
    UserName: column.string({ class: "public" }),
    Result: column.string({ class: "public" }),
    Peer: column.dynamic({ class: "public" }),
  },
});

test("a log source of one's own feeds rules from its table, by the names of its fields", () => {
  const folder = mkdtempSync(join(tmpdir(), "custos-log-sources-"));
  writeFileSync(join(folder, "log_sources.yaml"), SOURCES);
  writeFileSync(join(folder, "r.yml"), RULE);
  writeFileSync(join(folder, "other.yml"), RULE.replace("id: r", "id: o").replace("portal", "x"));
  const { rules, problems } = loadSigma([folder], undefined);
  rmSync(folder, { recursive: true });
  assert.deepEqual(problems, []);
  const bound = rules.flatMap(bindRule);
  assert.deepEqual(bound.map(({ rule, table }) => `${rule.id} ${table}`), ["r Portal_CL"]);
  const writer = new TableWriter<typeof PORTAL.columns>(schemaOf("Portal_CL", PORTAL));
  const good = { TimeGenerated: 0, Kind: "login", UserName: "root", Result: "ok" };
  for (
    const row of [
      { ...good, Peer: { Address: "10.0.0.1" } },
      { ...good, Peer: { Address: "192.0.2.1", Proxy: "10.0.0.2" } },
      { ...good, Kind: "look", Peer: { Address: "10.0.0.1" } },
      { ...good, UserName: "anna", Peer: { Address: "10.0.0.1" } },
      { ...good, Peer: {} },
    ]
  ) writer.add(row);
  const matches = compileRules(bound).batch(writer.view(), FACTS);
  assert.deepEqual(matches.map(({ row }) => row), [0, 1]);
});

test("a hub reads log sources of its folder, and a rule that they change is another one", async () => {
  const read = async (files: Readonly<Record<string, string>>) =>
    await loadRules({
      names: () => Promise.resolve(Object.keys(files)),
      read: (name) => Promise.resolve(files[name]!),
    });
  const without = await read({ "r.yml": RULE });
  const { sigma, problems } = await read({ "r.yml": RULE, "log_sources.yml": SOURCES });
  assert.deepEqual([problems, sigma.problems], [[], []]);
  assert.deepEqual(sigma.rules[0]!.ownSources?.map(({ table }) => table), ["Portal_CL"]);
  assert.notEqual(printOf(sigma.rules[0]!), printOf(without.sigma.rules[0]!));
});

for (
  const [text, message] of [
    ["- table: A", '1:3: "logsource" is missing'],
    ["- logsource: {}\n  table: A", "1:14: logsource names nothing, must have a category, a"],
    ["- logsource: { product: a }", '1:3: "table" is missing'],
    [
      "- logsource: { product: a }\n  table: a b",
      '2:10: table is "a b", must be the name of a table',
    ],
    [
      "- logsource: { product: a }\n  table: A\n  maps: {}",
      '3:3: unknown key "maps", must be one of',
    ],
    [
      "- logsource: { product: a }\n  table: A\n  where: [x]",
      "3:10: where is a list, must be a map",
    ],
    [
      "- logsource: { product: a }\n  table: A\n  fields: { x: [] }",
      "3:16: x is a list, must be a",
    ],
    ["- word", '1:3: a log source is "word", must be a mapping'],
    ["- [", "2:1: "],
  ] as const
) {
  test(`readLogSources() refuses with ${message}`, () => {
    const good = "- logsource: { service: s }\n  table: T\n";
    const { problems, sources } = readLogSources({ file: "l.yaml", text: `${text}\n` });
    const expected = `Cannot read log sources l.yaml:${message}`;
    assert.deepEqual(problems.map((one) => one.message.slice(0, expected.length)), [expected]);
    assert.deepEqual(sources, []);
    if (text === "- [") return;
    const both = readLogSources({ file: "l.yaml", text: `${text}\n${good}` });
    assert.deepEqual(both.sources.map(({ table }) => table), ["T"]);
  });
}
