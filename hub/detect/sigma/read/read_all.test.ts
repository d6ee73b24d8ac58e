import assert from "node:assert/strict";
import test from "node:test";
import { readSigmaRules, type SigmaRules } from "./read_all.ts";

function read(...texts: readonly string[]): SigmaRules {
  const sources = texts.map((text, i) => ({ file: `${i + 1}.yml`, text }));
  return readSigmaRules(sources, new Map([["Admins", ["root", "adm_*"]]]));
}

function rule(id: string, value = id): string {
  return `title: Rule ${id}
id: ${id}
logsource: { product: windows, category: process_creation }
detection: { s: { F: ${value} }, condition: s }
`;
}

function correlation(id: string, body: string): string {
  const lines = body.split("\n").map((line) => `  ${line}\n`).join("");
  return `title: Correlation ${id}\nid: ${id}\ncorrelation:\n${lines}`;
}

/** Where each problem is and what kind it is. */
function places({ problems }: SigmaRules): readonly string[] {
  return problems.map(({ code, file, line, column }) => `${code} ${file}:${line}:${column}`);
}

test("readSigmaRules() reads all documents of a file, each on its own", () => {
  const rules = read(`${rule("a")}---\ntitle: Broken\n---\n${rule("b")}`);
  assert.deepEqual(rules.rules.map(({ id, line }) => [id, line]), [["a", 1], ["b", 8]]);
  assert.deepEqual(places(rules), ["missing 1.yml:6:1"]);
  assert.equal(rules.total, 3);
});

test("readSigmaRules() shares what a global document says until it is reset", () => {
  const shared = "action: global\ntitle: T\nlogsource: { product: windows }\n";
  const own = (id: string) => `id: ${id}\ndetection: { s: { F: 1 }, condition: s }\n`;
  const again = "action: repeat\nid: c\nlogsource: { service: system }\n";
  const rules = read(
    `${shared}---\n${own("a")}---\n${own("b")}---\n${again}---\naction: reset\n---\n${own("d")}`,
  );
  assert.deepEqual(rules.rules.map(({ id }) => id), ["a", "b", "c"]);
  assert.deepEqual(rules.rules[2]!.logsource, { product: "windows", service: "system" });
  assert.deepEqual(places(rules), ["missing 1.yml:17:1"]);
});

test("readSigmaRules() takes the first of two rules with one id", () => {
  const rules = read(rule("a", "first"), rule("a", "second"));
  assert.deepEqual(rules.rules.map(({ file }) => file), ["1.yml"]);
  assert.match(rules.problems[0]!.message, /2\.yml:1:1: "a" is also at 1\.yml:1, ids/);
});

test("readSigmaRules() gives a rule without an id the same one each time, and another to another", () => {
  const text = rule("a").replace("id: a\n", "");
  const [first] = read(text).rules;
  assert.match(first!.id, /^[0-9a-f]{32}$/);
  assert.equal(read(rule("b"), text).rules[1]!.id, first!.id);
  assert.notEqual(read(text.replace("Rule a", "Rule b")).rules[0]!.id, first!.id);
});

test("readSigmaRules() adds a filter to the rules that it names, of its log source alone", () => {
  const filter = (rules: string, product: string) =>
    `title: F
logsource: { product: ${product} }
filter:
  rules: ${rules}
  selection: { User|startswith: adm_ }
  condition: not selection
`;
  const kinds = (text: string) =>
    read(rule("a"), rule("b"), text).rules.map(({ expr }) => expr.kind);
  assert.deepEqual(kinds(filter("[a]", "windows")), ["and", "test"]);
  assert.deepEqual(kinds(filter("any", "windows")), ["and", "and"]);
  assert.deepEqual(kinds(filter("any", "linux")), ["test", "test"]);
  const [, second] = read(rule("a"), filter("a", "windows")).rules;
  assert.equal(second, undefined);
  assert.deepEqual(places(read(rule("a"), filter("[a, c]", "windows"))), ["reference 2.yml:4:3"]);
});

test("readSigmaRules() fills placeholders and tells of those without a value", () => {
  const text = rule("a").replace("F: a", "'F|expand': '%Admins%-%Other%'");
  assert.deepEqual(read(text).rules[0]!.placeholders, ["Other"]);
  const [filled] = read(text.replace("-%Other%", "")).rules;
  assert.deepEqual(filled!.placeholders, []);
  assert.deepEqual(filled!.expr, {
    kind: "or",
    of: [
      {
        kind: "test",
        field: "F",
        test: { op: "text", at: "whole", text: "root", cased: false },
      },
      {
        kind: "test",
        field: "F",
        test: { op: "text", at: "start", text: "adm_", cased: false },
      },
    ],
  });
  const plain = read(rule("a").replace("F: a", "'F|expand': '\\%x%Admins%'")).rules[0]!;
  assert.match(JSON.stringify(plain.expr), /"%xroot"/);
});

test("readSigmaRules() ties a correlation to rules by id and name, whatever comes first", () => {
  const rules = read(
    correlation("z", "type: temporal_ordered\nrules: [y, b]\ntimespan: 1h"),
    correlation(
      "y",
      `type: event_count
rules: by_name
group-by: [User]
timespan: 90s
condition: { gt: 3, lte: 9 }
generate: true
aliases: { User: { by_name: TargetUserName } }`,
    ),
    `${rule("a")}name: by_name\n`,
    rule("b"),
  );
  assert.deepEqual(places(rules), []);
  const [y, z] = rules.correlations;
  assert.deepEqual([y!.id, y!.rules, y!.withinMs, y!.generates], ["y", ["a"], 90_000, true]);
  assert.deepEqual(y!.aliases.get("User"), new Map([["a", "TargetUserName"]]));
  assert.deepEqual(y!.condition, {
    kind: "bounds",
    bounds: [{ compare: "gt", value: 3 }, { compare: "lte", value: 9 }],
    fields: [],
    percentile: undefined,
  });
  assert.deepEqual(z!.condition.kind === "bounds" && z!.condition.bounds, [
    { compare: "gte", value: 2 },
  ]);
  assert.deepEqual([...rules.quiet], ["y", "b"]);
});

test("readSigmaRules() reads the condition of a temporal correlation over its rules", () => {
  const text = correlation("z", "type: temporal\ntimespan: 1h\ncondition: A or not b");
  const rules = read(rule("A"), rule("b"), text);
  assert.deepEqual(places(rules), []);
  const has = (field: string) => ({ kind: "test", field, test: { op: "exists", wanted: true } });
  assert.deepEqual(rules.correlations[0]!.condition, {
    kind: "rules",
    expr: { kind: "or", of: [has("A"), { kind: "not", of: has("b") }] },
  });
});

const COUNT = "type: event_count\nrules: a\ntimespan: 1h\ncondition: { gte: 1 }";
for (
  const [what, body, place] of [
    ["no type", "rules: a\ntimespan: 1h", "missing 2.yml:4:3"],
    ["another type", COUNT.replace("event_count", "x"), "value 2.yml:4:9"],
    ["no rules", COUNT.replace("rules: a\n", ""), "missing 2.yml:4:3"],
    ["a rule that is not there", COUNT.replace("a\n", "b\n"), "reference 2.yml:5:3"],
    ["itself", COUNT.replace("a\n", "z\n"), "reference 2.yml:5:3"],
    ["no timespan", COUNT.replace("timespan: 1h\n", ""), "missing 2.yml:4:3"],
    ["a timespan of none", COUNT.replace("1h", "0h"), "value 2.yml:6:13"],
    ["a timespan without unit", COUNT.replace("1h", "1"), "value 2.yml:6:13"],
    ["no bound", COUNT.replace("{ gte: 1 }", "{}"), "missing 2.yml:7:14"],
    ["a bound that is no number", COUNT.replace("1 }", "x }"), "value 2.yml:7:21"],
    ["another key", COUNT.replace("gte: 1", "gte: 1, x: 1"), "value 2.yml:7:24"],
    ["values of no field", COUNT.replace("event", "value"), "missing 2.yml:7:14"],
    [
      "no percentile",
      COUNT.replace("event_count", "value_percentile").replace("gte: 1", "gte: 1, field: F"),
      "missing 2.yml:7:14",
    ],
    ["a text as condition", COUNT.replace("{ gte: 1 }", "a"), "value 2.yml:7:14"],
    ["aliases that are a list", `${COUNT}\naliases: [a]`, "value 2.yml:8:12"],
    ["generate that is a text", `${COUNT}\ngenerate: x`, "value 2.yml:8:13"],
  ] as const
) {
  test(`readSigmaRules() refuses a correlation with ${what}, and no other rule`, () => {
    const rules = read(rule("a"), correlation("z", body));
    assert.deepEqual(places(rules), [place]);
    assert.deepEqual([rules.rules.length, rules.correlations.length], [1, 0]);
  });
}

test("readSigmaRules() refuses correlations that rest on one another, and what rests on them", () => {
  const rests = (id: string, on: string) => correlation(id, COUNT.replace("a\n", `${on}\n`));
  const rules = read(rests("x", "y"), rests("y", "x"), rests("z", "x"), rule("a"), rests("w", "a"));
  assert.deepEqual(rules.correlations.map(({ id }) => id), ["w"]);
  assert.equal(rules.problems.length, 3);
});
