import assert from "node:assert/strict";
import test from "node:test";
import { isScheduled, readScheduledFile } from "./read_rule.ts";

const RULE = `id: 5f2ad9d5-9f5b-4e6d-8a3a-0b7d1c2e3f40
name: Many failed logins of one account
kind: Scheduled
version: 1.0.2
description: |
  Somebody tries passwords.
severity: Medium
requiredDataConnectors:
  - connectorId: Syslog
    dataTypes: [Syslog]
queryFrequency: 1h
queryPeriod: P1D
triggerOperator: gt
triggerThreshold: 3
tactics: [CredentialAccess, InitialAccess]
relevantTechniques: [T1110.001]
query: |
  Syslog
  | where SyslogMessage has "Failed password"
  | summarize n = count() by HostName
entityMappings:
  - entityType: Host
    fieldMappings:
      - identifier: HostName
        columnName: HostName
customDetails:
  Tries: n
eventGroupingSettings:
  aggregationKind: AlertPerResult
suppressionEnabled: true
suppressionDuration: PT2H
`;

test("a rule is read as it is published", () => {
  assert.equal(isScheduled(RULE), true);
  const { rules, problems } = readScheduledFile("r.yaml", RULE);
  assert.deepEqual(problems, []);
  assert.deepEqual(rules, [{
    id: "5f2ad9d5-9f5b-4e6d-8a3a-0b7d1c2e3f40",
    title: "Many failed logins of one account",
    severity: "medium",
    query:
      'Syslog\n| where SyslogMessage has "Failed password"\n| summarize n = count() by HostName\n',
    tags: ["attack.credential-access", "attack.initial-access", "attack.t1110.001"],
    frequencyMs: 3_600_000,
    periodMs: 86_400_000,
    trigger: { op: "gt", threshold: 3 },
    suppressMs: 7_200_000,
    entities: [{ type: "Host", fields: [{ identifier: "HostName", column: "HostName" }] }],
    details: { Tries: "n" },
    perRow: true,
  }]);
});

test("a near-real-time rule is asked each minute", () => {
  const { rules, problems } = readScheduledFile(
    "r.yaml",
    "id: near\nname: N\nkind: NRT\nseverity: Low\nquery: Syslog\n",
  );
  assert.deepEqual(problems, []);
  const [{ frequencyMs, periodMs, trigger } = {}] = rules;
  assert.deepEqual({ frequencyMs, periodMs, trigger }, {
    frequencyMs: 60_000,
    periodMs: 60_000,
    trigger: { op: "gt", threshold: 0 },
  });
});

test("kind may be written in any case, as in published rules", () => {
  for (const kind of ["scheduled", "Scheduled", "nrt"]) {
    const { rules, problems } = readScheduledFile(
      "r.yaml",
      RULE.replace("kind: Scheduled", `kind: ${kind}`),
    );
    assert.deepEqual([rules.length, problems], [1, []]);
  }
});

const BROKEN: readonly (readonly [string, string, string])[] = [
  [
    "queryFrequency: 1h",
    "queryFrequency: 30s",
    'r.yaml:11:17: queryFrequency is "30s", must be a duration',
  ],
  ["severity: Medium", "severity: Critical", 'r.yaml:7:11: severity is "Critical", must be one of'],
  ["queryPeriod: P1D", "queryPeriod: 5m", "r.yaml:1:1: queryPeriod is shorter than queryFrequency"],
  ["triggerOperator: gt", "triggerOperator: above", 'triggerOperator is "above", must be one of'],
  ["columnName: HostName", "columnName: Host Name", 'columnName is "Host Name", must be the name'],
  ["kind: Scheduled", "kind: Fusion", 'kind is "Fusion", must be one of Scheduled, NRT'],
  ["severity: Medium\n", "", '"severity" is missing'],
  ["version: 1.0.2", "versoin: 1", 'unknown key "versoin"'],
  ["tactics: [", "tactics: {", "r.yaml:15:"],
];
for (const [good, bad, message] of BROKEN) {
  test(`a rule with ${bad.trim() || `no ${good.trim()}`} is refused with its place`, () => {
    assert.ok(RULE.includes(good));
    const { rules, problems } = readScheduledFile("r.yaml", RULE.replace(good, bad));
    assert.deepEqual(rules, []);
    assert.match(problems[0]?.message ?? "", new RegExp(message.replaceAll(/[.[\]()]/g, "\\$&")));
  });
}

test("a list holds several rules, a broken one does not stop the others, one may be off", () => {
  const good = "- id: a\n  name: A\n  kind: NRT\n  severity: Low\n  query: Syslog\n";
  const text = `${good}${good.replace("id: a", "id: b").replace("Low", "Lower")}${
    good.replace("id: a", "id: c\n  enabled: false")
  }`;
  assert.equal(isScheduled(text), true);
  const { rules, problems } = readScheduledFile("r.yaml", text);
  assert.deepEqual(rules.map(({ id }) => id), ["a"]);
  assert.equal(problems.length, 1);
});

test("files of other rules are none", () => {
  assert.equal(isScheduled("id: a\ndetector: threshold\n"), false);
  assert.equal(isScheduled("title: T\ndetection:\n  query: x\n"), false);
});
