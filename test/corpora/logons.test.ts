import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import test from "node:test";
import { FACTS } from "../../hub/detect/fakes.ts";
import { readRuleFile } from "../../hub/detect/rule_file.ts";
import { DEFAULT_RULES } from "../../hub/detect/rules/defaults.ts";
import { runnerOf } from "../../hub/detect/runner.ts";
import { securityRow } from "../../plugins/security_audit/windows/row.ts";
import { securityEvent } from "../../plugins/security_audit/windows/table.ts";
import type { ColumnBatch } from "../../sdk/columns/column.ts";
import { TableWriter } from "../../sdk/columns/writer.ts";
import { CHUNK_BYTES, isUnused, readChunk } from "../../sdk/read/evtx_chunk.ts";
import { FILE_HEAD_BYTES } from "../../sdk/read/evtx_file.ts";
import { schemaOf, type Table } from "../../sdk/table.ts";

const corpus = new URL("../../../shared/corpora/evtx/", import.meta.url);
const skip = existsSync(corpus) ? false : "no ../shared/corpora beside the checkout";
const TABLE = "SecurityEvent";

/** The events of the Security log in one file. */
function batchOf(file: string): ColumnBatch {
  const bytes = new Uint8Array(readFileSync(new URL(file, corpus)));
  const writer = new TableWriter<Table["columns"]>(schemaOf(TABLE, securityEvent));
  for (let at = FILE_HEAD_BYTES; at < bytes.length; at += CHUNK_BYTES) {
    const block = bytes.subarray(at, at + CHUNK_BYTES);
    if (isUnused(block)) continue;
    for (const { event } of readChunk(block).records) {
      if (event.channel === "Security") writer.add(securityRow(event));
    }
  }
  return writer.view();
}

test("the rules of logons fire at real attacks on passwords, and at nothing else", { skip }, () => {
  const rules = readRuleFile("built-in", DEFAULT_RULES).rules.filter((rule) =>
    "table" in rule && rule.table === TABLE
  );
  const found: string[] = [];
  let events = 0;
  for (const file of readdirSync(corpus).filter((name) => name.endsWith(".evtx"))) {
    const batch = batchOf(file);
    events += batch.rows;
    for (const rule of rules) {
      const hits = runnerOf(rule).item(FACTS, { frame: { batch, facts: FACTS } });
      for (const { kind, entity } of hits) {
        found.push(`${file} ${rule.id} ${kind} ${entity.replace(/^.*IpAddress=/, "")}`);
      }
    }
  }
  assert.ok(events > 9_000);
  assert.deepEqual(found.toSorted(), [
    // 3,560 wrong passwords over SMB in three minutes.
    "19202585fe053e7b.evtx windows-password-guessing hit 192.168.198.149",
    // Names of users tried against Kerberos.
    "f790ec5ea616b589.evtx password-spraying hit ::ffff:10.23.123.11",
    "f790ec5ea616b589.evtx windows-password-guessing hit ::ffff:10.23.123.11",
  ]);
});
