import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { readScheduledFile } from "../../hub/detect/scheduled/read_rule.ts";
import { itemsByHour } from "./hourly_items.ts";
import { scheduledFindings } from "./scheduled_findings.ts";

const corpora = new URL("../../../shared/corpora/", import.meta.url);
const skip = existsSync(corpora) ? false : "no ../shared/corpora beside the checkout";
const fileOf = (path: string): string => fileURLToPath(new URL(path, corpora));

/** Two rules in the manner of published ones, and one that asks what is not there. */
const RULES = `
- id: passwords-tried
  name: Passwords of users that are not there
  kind: scheduled
  severity: Medium
  queryFrequency: 1d
  queryPeriod: 1d
  triggerOperator: gt
  triggerThreshold: 0
  tactics: [CredentialAccess]
  query: |
    let most = 20;
    Syslog
    | where ProcessName =~ "sshd" and SyslogMessage has "invalid user"
    | parse kind=relaxed SyslogMessage with * " from " From " port " *
    | where isnotempty(From)
    | summarize Tries = count(), Started = min(TimeGenerated) by From, HostName
    | where Tries > most
  entityMappings:
    - entityType: IP
      fieldMappings: [{ identifier: Address, columnName: From }]
    - entityType: Host
      fieldMappings: [{ identifier: HostName, columnName: HostName }]
- id: no-such-table
  name: Of a table that no source here has
  kind: NRT
  severity: Low
  query: DeviceProcessEvents | where FileName == "x"
`;

test(
  "scheduled rules find what is in real logs, and say what they cannot ask",
  { skip },
  async () => {
    const { rules, problems } = readScheduledFile("rules.yaml", RULES);
    assert.deepEqual(problems, []);
    const items = await itemsByHour([["syslog", fileOf("loghub/OpenSSH/OpenSSH_2k.log")]]);
    const found = await scheduledFindings(rules, items);
    const hits = found.filter(({ rule, kind }) => rule === "passwords-tried" && kind === "hit");
    // Of one host alone, each of another address: which, the log does not tell once it is scrubbed.
    assert.ok(hits.length > 0);
    assert.equal(new Set(hits.map(({ entity }) => entity)).size, hits.length);
    for (const { entity, evidence } of hits) {
      assert.match(entity, /^IP .+Host /);
      assert.ok(Number(evidence[0]?.fields["Tries"]) > 20);
    }
    const refused = found.filter(({ kind }) => kind === "refused");
    assert.deepEqual(refused.map(({ rule }) => rule), ["no-such-table"]);
    assert.match(refused[0]!.summary, /DeviceProcessEvents/);
  },
);
