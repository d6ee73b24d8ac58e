import assert from "node:assert/strict";
import { test } from "node:test";
import { loadRules } from "./load_rules.ts";
import type { RateRule, SequenceRule } from "./rule.ts";
import { readRuleFile } from "./rule_file.ts";
import { DEFAULT_RULES } from "./rules/defaults.ts";

const GOOD = `id: a-rule
title: A rule
severity: low
detector: threshold
table: Syslog
entity: [HostName]
count: 3
within: 5m
`;

test("readRuleFile() reads the built-in rules without a problem", () => {
  const { rules, problems } = readRuleFile("built-in", DEFAULT_RULES);
  assert.deepEqual(problems, []);
  assert.deepEqual(rules.map(({ id }) => id), [
    "iis-password-guessing",
    "ssh-password-guessing",
    "new-user-agent",
    "new-process",
    "new-message",
    "counter-anomaly",
    "password-spraying",
    "windows-password-guessing",
    "many-hosts",
    "call-quality",
    "short-calls",
    "many-callees",
    "call-seconds",
    "new-gateway",
    "fewer-requests",
    "many-server-errors",
    "silent-source",
  ]);
});

test("readRuleFile() takes a number as the text it is written as", () => {
  const text =
    `${GOOD}where: [{ column: scStatus, op: in, value: [401, "0403", 0404, 1.0, true] }]`;
  assert.deepEqual(readRuleFile("r.yaml", text).rules[0]?.where[0]?.values, [
    "401",
    "0403",
    "0404",
    "1.0",
    "true",
  ]);
});

test("readRuleFile() takes an empty file as no rule", () => {
  assert.deepEqual(readRuleFile("r.yaml", "# nothing\n"), { rules: [], problems: [] });
});

const ANOMALY = "id: a\ntitle: A\nseverity: low\ndetector: anomaly\n";

const RATE = `${ANOMALY.replace("anomaly", "rate")}table: T\nentity: [a]\n`;
const SPREAD = `${ANOMALY.replace("anomaly", "spread")}table: T\nentity: [a]\nwithin: 5m\n`;

test("readRuleFile() reads a rate rule of events, and what it says where it is silent", () => {
  const [rule] = readRuleFile("r.yaml", `${RATE}every: 5m\n`).rules;
  const { detector, value, everyMs, direction, times, least } = rule as RateRule;
  assert.deepEqual({ detector, value, everyMs, direction, times, least }, {
    detector: "rate",
    value: undefined,
    everyMs: 300_000,
    direction: "spike",
    times: 3,
    least: 10,
  });
});

test("readRuleFile() knows what a counter of Perf is told by, and asks for it of other tables", () => {
  assert.deepEqual(readRuleFile("r.yaml", ANOMALY).rules[0], {
    id: "a",
    title: "A",
    severity: "low",
    where: [],
    entity: ["Computer", "ObjectName", "CounterName", "InstanceName"],
    show: [],
    detector: "anomaly",
    table: "Perf",
    value: "CounterValue",
    sensitivity: "medium",
    direction: "both",
  });
  const { problems } = readRuleFile("r.yaml", `${ANOMALY}table: QualityReport\n`);
  assert.deepEqual(problems.map(({ message }) => message.slice(29)), [
    '"entity" is missing',
    '"value" is missing',
  ]);
});

const SEQUENCE = `${SPREAD.replace("spread", "sequence")}steps:\n`;
const STEP = "  - { where: [{ column: a, op: eq, value: 1 }] }\n";

test("readRuleFile() reads a sequence, whose steps are of the rule's table and entity", () => {
  const other = STEP.replace("where:", "table: U, entity: [b], count: 3, where:");
  const until = "until: { where: [{ column: c, op: exists, value: true }] }";
  const { rules, problems } = readRuleFile("r.yaml", `${SEQUENCE}${STEP}${other}${until}\n`);
  assert.deepEqual(problems, []);
  const [{ steps, until: end, withinMs, detector }] = rules as readonly [SequenceRule];
  const where = [{ column: "a", op: "eq", values: ["1"] }];
  assert.deepEqual({ steps, end, withinMs, detector }, {
    steps: [
      { table: "T", where, entity: ["a"], count: 1 },
      { table: "U", where, entity: ["b"], count: 3 },
    ],
    end: {
      table: "T",
      where: [{ column: "c", op: "exists", values: ["true"] }],
      entity: ["a"],
    },
    withinMs: 300_000,
    detector: "sequence",
  });
});

/** File content, code, and the message after "Cannot read rule r.yaml:". */
const BAD: readonly (readonly [string, string, string])[] = [
  [`${GOOD}where: [`, "syntax", "9:9: unexpected end of the stream within a flow collection"],
  [`${GOOD}show: [&x a, *x]`, "syntax", "9:14: aliases are not allowed here"],
  [`${GOOD}---\nid: b`, "syntax", "9:1: more than one document is not allowed"],
  ["just text", "value", "1:1: here is a scalar, must be a mapping with id, title, severity, "],
  [`${GOOD}colour: red`, "unknown-key", '9:1: unknown key "colour", must be one of id, title, '],
  [`${GOOD}for: 5m`, "unknown-key", '9:1: unknown key "for", must be one of id, title, severity, '],
  [`${GOOD}id: b`, "syntax", "9:1: duplicated mapping key"],
  [GOOD.replace("title: A rule\n", ""), "missing", '1:1: "title" is missing'],
  [GOOD.replace("threshold", "magic"), "value", '4:11: detector is "magic", must be one of thresh'],
  [GOOD.replace("a-rule", "A Rule"), "value", '1:5: id is "A Rule", must be lower case words join'],
  [GOOD.replace("low", ""), "value", '3:1: severity is "", must be one of informational, low, '],
  [
    GOOD.replace("Syslog", "CustosReveal"),
    "value",
    '5:8: table is "CustosReveal", must be another ',
  ],
  [GOOD.replace("[HostName]", "\n  - a\n  -"), "value", '7:3: entity is "", must be a word of'],
  [GOOD.replace("5m", "5"), "value", '8:9: within is "5", must be a duration up to a day, such as'],
  [GOOD.replace("5m", "2d"), "value", '8:9: within is "2d", must be a duration up to a day, such'],
  [GOOD.replace("3", "0"), "value", '7:8: count is "0", must be a whole number from 1 to 10000'],
  [GOOD.replace("[HostName]", "HostName"), "value", '6:9: entity is "HostName", must be a list'],
  [GOOD.replace("HostName", ""), "value", "6:9: entity is a list, must be a list of at least one"],
  [
    GOOD.replace("HostName", "Host Name"),
    "value",
    '6:10: entity is "Host Name", must be a word of',
  ],
  [`${ANOMALY}sensitivity: 3`, "value", '5:14: sensitivity is "3", must be one of low, medium, h'],
  [
    `${ANOMALY.replace("anomaly", "template_new")}table: Event\nentity: [Source]\n`,
    "missing",
    '1:1: "message" is missing',
  ],
  [RATE, "missing", '1:1: "every" is missing'],
  [`${RATE}every: 7m`, "value", '7:8: every is "7m", must be a part of an hour from "5m" to "1h"'],
  [`${RATE}every: 2h`, "value", '7:8: every is "2h", must be a part of an hour from "5m" to "1h"'],
  [`${RATE}every: 5m\ntimes: 1`, "value", '8:8: times is "1", must be a whole number from 2 to 10'],
  [
    `${SPREAD}over: b\ncount: 501`,
    "value",
    '9:8: count is "501", must be a whole number from 2 to 500',
  ],
  [`${SPREAD}count: 5`, "missing", '1:1: "over" is missing'],
  [
    SEQUENCE + STEP,
    "value",
    "9:3: steps is a list, must be a list of up to 10 steps with 2 to 100",
  ],
  [SEQUENCE + STEP.repeat(11), "value", "9:3: steps is a list, must be a list of up to 10 steps"],
  [
    SEQUENCE + STEP.replace("where:", "count: 99, where:").repeat(2),
    "value",
    "9:3: steps is a list, must be a list of up to 10 steps with 2 to 100 events together",
  ],
  [
    `${SEQUENCE}${STEP}  - { entity: [a, b], where: [] }`,
    "value",
    "10:5: entity has 2 columns, must have as many columns as the rule's entity, which has 1",
  ],
  [
    `${SEQUENCE.replace("table: T\n", "")}${STEP}${STEP.replace("where:", "table: T, where:")}`,
    "missing",
    '8:5: "table" is missing, here or in the rule',
  ],
  [`${SEQUENCE}${STEP}  - { table: T }`, "missing", '10:5: "where" is missing'],
  [`${SEQUENCE}${STEP}${STEP}until: {}`, "missing", '11:8: "where" is missing'],
  [`${ANOMALY}direction: left`, "value", '5:12: direction is "left", must be one of both, up, d'],
  [
    where("{ column: a, op: like, value: b }"),
    "value",
    '9:26: op is "like", must be one of eq, ne, ',
  ],
  [where("{ column: a, op: eq }"), "missing", '9:9: "value" is missing'],
  [where("{ column: a, op: lt, value: b }"), "value", '9:37: value is "b", must be a number'],
  [
    where("{ column: a, op: in, value: [] }"),
    "value",
    "9:37: value is a list, must be a list of at ",
  ],
  [where("{ column: a, op: contains, value: '' }"), "value", '9:43: value is "", must be a text'],
  [
    where("{ column: a, op: exists, value: 1 }"),
    "value",
    '9:41: value is "1", must be one of true, f',
  ],
];

function where(condition: string): string {
  return `${GOOD}where: [${condition}]`;
}

for (const [content, code, message] of BAD) {
  test(`readRuleFile() refuses with ${message}`, () => {
    const { rules, problems } = readRuleFile("r.yaml", content);
    const expected = `Cannot read rule r.yaml:${message}`;
    const told = problems.map((problem) => problem.message.slice(0, expected.length));
    assert.deepEqual(told, [expected]);
    assert.deepEqual(problems.map((problem) => problem.code), [code]);
    assert.deepEqual(rules, []);
  });
}

test("readRuleFile() tells every mistake of a file, and reads the rules without one", () => {
  const list = [GOOD, GOOD.replace("low", "lowest").replace("3", "x"), GOOD].map((rule) =>
    `- ${rule.trimEnd().replaceAll("\n", "\n  ")}`
  );
  const { rules, problems } = readRuleFile("r.yaml", list.join("\n"));
  assert.equal(rules.length, 2);
  assert.deepEqual(problems.map(({ line }) => line), [11, 15]);
});

test("loadRules() lets a file's rule replace a built-in one, and names what it cannot read", async () => {
  const files: Readonly<Record<string, string>> = {
    "b.yaml": GOOD,
    "a.yml": GOOD.replace("a-rule", "silent-source"),
    "c.yaml": GOOD,
    "notes.txt": "not a rule",
  };
  const { rules, problems } = await loadRules({
    names: () => Promise.resolve([...Object.keys(files), "gone.yaml"]),
    read: (name) => {
      const content = files[name];
      return content === undefined ? Promise.reject(new Error("ENOENT")) : Promise.resolve(content);
    },
  });
  assert.equal(rules.find(({ id }) => id === "silent-source")?.detector, "threshold");
  assert.equal(rules.filter(({ id }) => id === "a-rule").length, 1);
  assert.deepEqual(problems.map(({ code, file }) => `${code} ${file}`), [
    "duplicate c.yaml",
    "unreadable gone.yaml",
  ]);
});
