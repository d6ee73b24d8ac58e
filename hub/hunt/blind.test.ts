import assert from "node:assert/strict";
import { test } from "node:test";
import { bindRule } from "../detect/sigma/map/bind.ts";
import { readSigmaRules } from "../detect/sigma/read/read_all.ts";
import { blindRules } from "./blind.ts";

/** The fields that hide the rule; undefined where it sees. */
function hidden(logsource: string, ...detection: readonly string[]): readonly string[] | undefined {
  const text = `title: A\nlogsource: ${logsource}\ndetection:\n${
    detection.map((line) => `  ${line}\n`).join("")
  }`;
  const { rules, problems } = readSigmaRules([{ file: "a.yml", text }], new Map());
  assert.deepEqual(problems, []);
  return blindRules(rules.flatMap(bindRule))[0]?.fields;
}

const SECURITY = "{ product: windows, service: security }";

test("blindRules() names the fields whose values scrubbing replaces", () => {
  assert.deepEqual(hidden(SECURITY, "a: { TargetUserName|startswith: adm_ }", "condition: a"), [
    "AdditionalFields.TargetUserName",
    "EventData.TargetUserName",
    "TargetUserName",
  ]);
  assert.deepEqual(hidden("{ category: webserver }", "a: { cs-cookie: x }", "condition: a"), [
    "csCookie",
  ]);
});

test("blindRules() knows what stays readable", () => {
  const seen = [
    "a: { TargetUserName: Administrator }",
    "a: { User|contains: AUTHORI }",
    "a: { TargetUserSid: S-1-5-18 }",
    "a: { IpAddress|cidr: 10.0.0.0/8 }",
    "a: { IpAddress: 127.0.0.1 }",
    "a: { TargetUserName: null }",
    "a: { ProcessName|endswith: '\\tool.exe' }",
    "a: { EventID: 4624 }",
  ];
  for (const line of seen) assert.equal(hidden(SECURITY, line, "condition: a"), undefined, line);
});

test("blindRules() takes a rule for blind only where it needs what is hidden", () => {
  const tests = ["a: { TargetUserName: carol }", "b: { EventID: 1 }", "c: { ProcessName: x }"];
  const fields = (condition: string) => hidden(SECURITY, ...tests, `condition: ${condition}`);
  assert.ok(fields("a and b"));
  assert.ok(fields("all of them"));
  assert.equal(fields("a or b"), undefined);
  assert.equal(fields("1 of them"), undefined);
  assert.equal(fields("b and not a"), undefined);
  assert.ok(fields("b and (a and c)"));
});
