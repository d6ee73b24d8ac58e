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
  return blindRules(rules.flatMap(bindRule)).blind[0]?.fields;
}

/** The fields that dim the rule; undefined where it sees all, or nothing. */
function dimmed(logsource: string, test: string): readonly string[] | undefined {
  const text = `title: A\nlogsource: ${logsource}\ndetection: { a: ${test}, condition: a }\n`;
  const { rules } = readSigmaRules([{ file: "a.yml", text }], new Map());
  return blindRules(rules.flatMap(bindRule)).dimmed[0]?.fields;
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

test("blindRules() names the fields of which scrubbing hides some values that a rule asks for", () => {
  const network = "{ product: windows, category: network_connection }";
  const process = "{ product: windows, category: process_creation }";
  const command = ["AdditionalFields.CommandLine", "CommandLine", "EventData.CommandLine"];
  // An address within a command line, whose beginning alone is not one.
  assert.deepEqual(
    dimmed(process, "{ CommandLine|contains: 'https://1' }")?.filter((one) =>
      command.includes(one)
    ),
    dimmed(process, "{ CommandLine|contains: '//10.2.' }"),
  );
  assert.ok(dimmed(process, "{ CommandLine|contains: 'https://1' }")?.includes(command[2]!));
  // Administrator is seen, others whose name begins so are not.
  assert.ok(dimmed(SECURITY, "{ TargetUserName|startswith: admin }"));
  for (const test of ["{ CommandLine|contains: -enc }", "{ CommandLine|contains: 'v1' }"]) {
    assert.equal(dimmed(process, test), undefined, test);
  }
  // Blind, and so not dimmed: an address outside of a category within a dynamic value.
  assert.equal(dimmed(network, "{ DestinationIp|cidr: 192.0.2.0/24 }"), undefined);
  assert.deepEqual(hidden(network, "a: { DestinationIp|cidr: 198.51.100.0/24 }", "condition: a"), [
    "EventData.DestinationIp",
  ]);
});
