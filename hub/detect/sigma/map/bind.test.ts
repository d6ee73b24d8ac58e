import assert from "node:assert/strict";
import { test } from "node:test";
import type { Json } from "../../../../sdk/table.ts";
import { judge, rowEvent } from "../judge.ts";
import { readSigmaRules } from "../read/read_all.ts";
import { bindRule } from "./bind.ts";
import type { BoundRule } from "./bound_rule.ts";

type Row = Readonly<Record<string, Json>>;

function bound(logsource: string, ...detection: readonly string[]): readonly BoundRule[] {
  const text = [
    "title: A rule",
    "logsource:",
    ...logsource.split(", ").map((line) => `  ${line}`),
    "detection:",
    ...detection.map((line) => `  ${line}`),
  ].join("\n");
  const { rules, problems } = readSigmaRules([{ file: "rule.yml", text }], new Map());
  assert.deepEqual(problems.map(({ message }) => message), []);
  return rules.flatMap(bindRule);
}

/** The tables in which the rule fires on `row`, one for each way it does. */
function firesIn(rules: readonly BoundRule[], table: string, row: Row): number {
  const event = rowEvent(row);
  return rules.filter((rule) =>
    rule.table === table && judge(rule.where, event) && judge(rule.expr, event)
  ).length;
}

const PROCESS = "category: process_creation, product: windows";
const SYSMON = { Channel: "Microsoft-Windows-Sysmon/Operational", EventID: 1 };

test("bindRule() sees a new process in Sysmon's event and in that of Windows", () => {
  const rules = bound(PROCESS, "a:", "  Image|endswith: \\x.exe", "condition: a");
  const values = { EventData: { Image: "C:\\X.exe" } };
  const windows = { NewProcessName: "C:\\X.exe" };
  assert.equal(firesIn(rules, "WindowsEvent", { ...SYSMON, ...values }), 1);
  const audit = { Channel: "Security", EventID: 4688 };
  assert.equal(firesIn(rules, "WindowsEvent", { ...audit, EventData: windows }), 1);
  assert.equal(firesIn(rules, "SecurityEvent", { ...audit, ...windows }), 1);
  // Another event, another channel, the other event's name of the field.
  assert.equal(firesIn(rules, "WindowsEvent", { ...SYSMON, EventID: 5, ...values }), 0);
  assert.equal(firesIn(rules, "WindowsEvent", { ...SYSMON, ...audit, ...values }), 0);
  assert.equal(firesIn(rules, "WindowsEvent", { ...SYSMON, EventData: windows }), 0);
  assert.equal(firesIn(rules, "WindowsEvent", { ...values, EventID: 1, Channel: "System" }), 0);
});

test("bindRule() asks event 4688 for the SID of an integrity level", () => {
  const rules = bound(PROCESS, "a:", "  IntegrityLevel: [High, System]", "condition: a");
  const audit = { Channel: "Security", EventID: 4688 };
  const fires = (MandatoryLabel: string) =>
    firesIn(rules, "WindowsEvent", { ...audit, EventData: { MandatoryLabel } });
  assert.equal(fires("S-1-16-12288"), 1);
  assert.equal(fires("S-1-16-16384"), 1);
  assert.equal(fires("S-1-16-8192"), 0);
  assert.equal(
    firesIn(rules, "WindowsEvent", { ...SYSMON, EventData: { IntegrityLevel: "high" } }),
    1,
  );
});

test("bindRule() finds members of System in their columns, also where an event has the name", () => {
  const rules = bound(
    "product: windows, service: system",
    "a: { Provider_Name: Disk, EventID: 7, Level: 2 }",
    "condition: a",
  );
  const event = { Channel: "System", Provider: "disk", EventID: 7 };
  assert.equal(firesIn(rules, "WindowsEvent", { ...event, EventLevel: 2 }), 1);
  assert.equal(firesIn(rules, "WindowsEvent", { ...event, EventData: { Level: "2" } }), 1);
  assert.equal(firesIn(rules, "WindowsEvent", { ...event, EventLevel: 4 }), 0);
  assert.equal(firesIn(rules, "WindowsEvent", { ...event, Channel: "Security", EventLevel: 2 }), 0);
});

test("bindRule() holds for one of a list's values, and for none where the field is missing", () => {
  const rules = bound(
    "product: windows, service: application",
    "a: { Data|contains: x }",
    "condition: a",
  );
  const fires = (EventData: Json) =>
    firesIn(rules, "WindowsEvent", { Channel: "Application", EventData });
  assert.equal(fires({ Data: ["a", "axb"] }), 1);
  assert.equal(fires({ Data: ["a", "b"] }), 0);
  assert.equal(fires({ Other: "x" }), 0);
  assert.equal(fires(null), 0);
});

test("bindRule() takes a field as missing only where it is missing at all its places", () => {
  const rules = bound(
    "product: windows, service: security",
    "a: { ServiceName: null }",
    "condition: a",
  );
  const event = { Channel: "Security" };
  assert.equal(firesIn(rules, "SecurityEvent", event), 1);
  assert.equal(firesIn(rules, "SecurityEvent", { ...event, ServiceName: "a" }), 0);
  assert.equal(
    firesIn(rules, "SecurityEvent", { ...event, AdditionalFields: { ServiceName: "a" } }),
    0,
  );
});

test("bindRule() takes the category of a scrubbed address for what that category stands for", () => {
  const fires = (text: string, row: Row) =>
    firesIn(
      bound("product: windows, service: security", `a: { IpAddress: '${text}' }`, "condition: a"),
      "SecurityEvent",
      { Channel: "Security", ...row },
    );
  assert.equal(fires("::1", { IpAddress: "::1" }), 1);
  const scrubbed = (IpAddress_Category: string): Row => ({
    IpAddress: "ip:1:aa",
    IpAddress_Category,
  });
  assert.equal(fires("::1", scrubbed("loopback")), 1);
  assert.equal(fires("127.0.0.1", scrubbed("private")), 0);
  assert.equal(fires("-", scrubbed("other")), 1);
  assert.equal(fires("-", scrubbed("loopback")), 0);
  assert.equal(fires("10.0.0.1", scrubbed("private")), 0);
});

test("bindRule() takes an empty value as none, as Windows writes it", () => {
  const rules = bound(PROCESS, "a: { Image: null }", "condition: a");
  const fires = (EventData: Json) => firesIn(rules, "WindowsEvent", { ...SYSMON, EventData });
  assert.equal(fires({ Image: "" }), 1);
  assert.equal(fires({ Image: null }), 1);
  assert.equal(fires({}), 1);
  assert.equal(fires({ Image: "a" }), 0);
});

test("bindRule() finds a text of a target whose path and query stand in two columns", () => {
  const fires = (modifier: string, text: string, row: Row) =>
    firesIn(
      bound("category: webserver", `a: { '${modifier}': '${text}' }`, "condition: a"),
      "W3CIISLog",
      row,
    );
  const target = { csUriStem: "/a/b.php", csUriQuery: "id=7&x=1" };
  for (const text of ["b.php?id=7", "/a/", "x=1", "/a/b.php?id=7&x=1"]) {
    assert.equal(fires("cs-uri-query|contains", text, target), 1, text);
  }
  for (
    const text of ["a.php?id=7", "b.php?x=1", "b.phpid", "a.php\\?id=7", "b.php*x=2", "/c*x=1"]
  ) {
    assert.equal(fires("cs-uri-query|contains", text, target), 0, text);
  }
  for (const text of ["b.php\\?id=7", "/a/*x=1", "b*p\\?i?=7"]) {
    assert.equal(fires("cs-uri-query|contains", text, target), 1, text);
  }
  assert.equal(fires("c-uri|endswith", "b.php", target), 0);
  assert.equal(fires("c-uri|endswith", "b.php", { csUriStem: "/a/b.php" }), 1);
  assert.equal(fires("c-uri|endswith", "x=1", target), 1);
  assert.equal(fires("c-uri|startswith", "/a/b.php\\?id", target), 1);
  assert.equal(fires("c-uri|startswith", "id=7", target), 0);
  assert.equal(fires("c-uri", "/a/b.php?id=7&x=1", target), 1);
  assert.equal(fires("c-uri", "/a/b.php?id=7", target), 0);
  assert.equal(fires("c-uri-extension", "php", target), 1);
  assert.equal(fires("c-uri-extension", "hp", target), 0);
});

test("bindRule() finds the records of auditd by their type, and their own fields", () => {
  const rules = bound(
    "product: linux, service: auditd",
    "a: { type: EXECVE, a0|endswith: grep, a1: -i }",
    "condition: a",
  );
  const Records = [{ type: "SYSCALL", items: "2" }, { type: "EXECVE", a0: "/bin/grep", a1: "-i" }];
  const fires = (RecordTypes: string) => firesIn(rules, "LinuxAuditLog", { RecordTypes, Records });
  for (const types of ["execve", "syscall,execve", "execve,path", "syscall,execve,path"]) {
    assert.equal(fires(types), 1, types);
  }
  for (const types of ["syscall", "execveat", "syscall,xexecve", "execvex,path"]) {
    assert.equal(fires(types), 0, types);
  }
});

test("bindRule() takes NAME=VALUE of a message as a field, of the whole value", () => {
  const rules = bound("product: linux, service: sudo", "a: { USER: root }", "condition: a");
  const fires = (SyslogMessage: string, ProcessName = "sudo") =>
    firesIn(rules, "Syslog", { ProcessName, SyslogMessage });
  assert.equal(fires("a : TTY=pts/0 ; USER=root ; COMMAND=/bin/sh"), 1);
  assert.equal(fires("a : USER=root"), 1);
  assert.equal(fires("a : USER=rootless ; COMMAND=/bin/sh"), 0);
  assert.equal(fires("a : USER=root ;", "sshd"), 0);
});

const FED: readonly (readonly [string, readonly string[]])[] = [
  ["product: windows", ["WindowsEvent", "SecurityEvent", "AppLockerEvent"]],
  ["product: windows, service: applocker", ["WindowsEvent", "AppLockerEvent"]],
  ["product: windows, service: nowhere", []],
  ["category: file_access, product: windows", []],
  ["category: process_creation, product: linux", ["LinuxAuditLog", "ASimProcessEventLogs"]],
  ["category: process_creation, product: macos", []],
  ["product: linux, service: sshd", ["Syslog"]],
  ["category: proxy", ["W3CIISLog", "NetworkIdsEvent"]],
  ["category: dns", ["NetworkIdsEvent"]],
  ["product: zeek, service: smb_files", ["NetworkIdsEvent"]],
  ["product: cisco, service: aaa", ["Syslog"]],
  ["category: database", ["SQLSecurityAuditEvents"]],
  ["product: aws, service: cloudtrail", []],
];

for (const [logsource, tables] of FED) {
  test(`bindRule() gives ${tables.length} tables to ${logsource}`, () => {
    const rules = bound(logsource, "a: { x: 1 }", "condition: a");
    assert.deepEqual(rules.map(({ table }) => table), tables);
  });
}
