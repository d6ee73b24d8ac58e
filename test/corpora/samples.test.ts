import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import test from "node:test";
import { readSample } from "./read_sample.ts";
import { syslogLines } from "./sample_fields.ts";
import { leavesIndex, lostOf } from "./sample_judge.ts";
import { SAMPLES } from "./sample_kinds.ts";

const folder = join(import.meta.dirname, "../../../shared/corpora/samples");
const skip = existsSync(folder) ? false : "no ../shared/corpora beside the checkout";

/** One of each format. */
const FILES = [
  "applocker/applocker_8007_8022_template.xml",
  "call-detail-records/graph_callRecord_expanded.json",
  "event-logs/ID70-CAPI-Private key accessed Mimikatz.evtx",
  "iis/velociraptor_exchange_iis.log",
  "performance/pdh_csv_tz.csv",
  "qoe/vqsessionreport_yealink_like.txt",
  "security-audit/LinuxAudit_CL.json",
  "security-audit/auditd_lines_from_wazuh.log",
  "sql-server/ID33205-SQL Server audit object deleted.evtx",
  "syslog/CiscoUCS.json",
  "system-center/cmtrace_documented.log",
];

for (const path of FILES) {
  for (const kind of SAMPLES.filter(({ match }) => match.test(path))) {
    test(`custos read ${kind.plugin} loses no field of ${path}`, { skip }, () => {
      const { rows, rejected, lost, problem } = readSample(join(folder, path), kind);
      assert.ok(rows > 0);
      assert.deepEqual([rejected, lost, problem], [0, [], undefined]);
    });
  }
}

test("lostOf() finds each field that an event does not have", () => {
  const [record = []] = syslogLines([
    "Jun  1 10:00:05 web1 sshd[42]: Failed for ada from 10.0.0.7",
  ]);
  const event = {
    TimeGenerated: "2026-06-01T10:00:05.000Z",
    HostName: "web1",
    ProcessName: "sshd",
    ProcessID: 42,
    SyslogMessage: "Failed for ada from 10.0.0.7",
  };
  assert.deepEqual(lostOf(record, leavesIndex([event])), []);
  const without = Object.keys(event).map((column) => {
    const rest = Object.entries(event).filter(([name]) => name !== column);
    return lostOf(record, leavesIndex([Object.fromEntries(rest)])).map(({ value }) => value);
  });
  assert.deepEqual(without, [
    ["-06-01T10:00:05"],
    ["web1"],
    ["sshd"],
    ["42"],
    ["Failed", "for", "ada", "from", "10.0.0.7"],
  ]);
});

test("lostOf() takes no part of a word or a number for a field", () => {
  const leaves = leavesIndex([{ text: "the user canada of 1425", list: { id: "0x2a" } }]);
  const fields = ["ada", "42", "425", "user"].map((value) => ({ name: "x", value }));
  assert.deepEqual(lostOf(fields, leaves).map(({ value }) => value), ["ada", "425"]);
});
