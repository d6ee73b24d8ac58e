import assert from "node:assert/strict";
import { test } from "node:test";
import { loadRules, type RuleFolder } from "./load_rules.ts";

const OWN = `id: silent-host
title: Silent
severity: low
detector: absence
for: 5m
`;
const SIGMA = `title: A rule
id: 3f2a
logsource: { product: windows, service: system }
detection: { s: { EventID: 7, "Admin|expand": "%Admins%" }, condition: s }
`;

function folder(files: Readonly<Record<string, string>>): RuleFolder {
  return {
    names: () => Promise.resolve(Object.keys(files)),
    read: (name) => Promise.resolve(files[name]!),
  };
}

test("loadRules() tells Sigma rules from its own by their keys", async () => {
  const { rules, problems, sigma } = await loadRules(folder({
    "own.yaml": OWN,
    "deep/sigma.yml": SIGMA,
    "placeholders.yaml": "Admins: root\n",
    "notes.txt": SIGMA,
  }));
  assert.deepEqual(problems, []);
  assert.ok(rules.some(({ id }) => id === "silent-host"));
  assert.deepEqual(sigma.rules.map(({ id, placeholders }) => [id, placeholders]), [["3f2a", []]]);
});

test("loadRules() goes on after a broken Sigma rule, and not after one of its own", async () => {
  const { problems, sigma } = await loadRules(folder({
    "a.yml": SIGMA.replace("condition: s", "condition: t"),
    "b.yml": "title: [\ndetection:\n",
    "c.yml": SIGMA,
    "d.yml": OWN.replace("low", "lowest"),
    "placeholders.yml": "a-b: x\n",
  }));
  assert.deepEqual(sigma.rules.map(({ file }) => file), ["c.yml"]);
  assert.deepEqual(sigma.problems.map(({ file }) => file), ["placeholders.yml", "a.yml", "b.yml"]);
  assert.deepEqual(problems.map(({ file }) => file), ["d.yml"]);
});

test("loadRules() lets no Sigma rule have the id of another kind of rule", async () => {
  const { sigma } = await loadRules(folder({
    "a.yml": SIGMA.replace("3f2a", "silent-host"),
    "b.yml": OWN,
    "c.yml": SIGMA.replace("3f2a", "key-succession"),
  }));
  assert.deepEqual(sigma.rules, []);
  assert.deepEqual(sigma.problems.map(({ code }) => code), ["duplicate", "duplicate"]);
});

const SCHEDULED = `id: many-logins
name: Many logins
kind: NRT
severity: Low
query: Syslog | summarize count() by HostName
`;

test("loadRules() tells scheduled rules by their keys, and lets none have the id of another", async () => {
  const { rules, scheduled, problems, sigma } = await loadRules(folder({
    "a.yaml": SCHEDULED,
    "b.yaml": OWN,
    "c.yaml": SCHEDULED.replace("many-logins", "silent-host"),
    "d.yaml": SCHEDULED.replace("Low", "Lowest"),
    "e.yml": SIGMA.replace("3f2a", "many-logins"),
  }));
  assert.deepEqual(scheduled.map(({ id }) => id), ["many-logins"]);
  assert.ok(rules.some(({ id }) => id === "silent-host"));
  assert.deepEqual(problems.map(({ code, file }) => [code, file]), [
    ["duplicate", "c.yaml"],
    ["value", "d.yaml"],
  ]);
  assert.deepEqual(sigma.problems.map(({ code }) => code), ["duplicate"]);
});
