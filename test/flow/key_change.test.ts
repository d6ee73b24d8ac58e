/**
 * A real agent whose signing key changes each second: nothing is lost or refused, nobody is alarmed,
 * and what was sealed can be verified by its host and by strangers.
 *
 * @module
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { ledgerEntries, ledgerFrames } from "../../hub/ledger/stopped.ts";
import { listAlerts } from "../../sdk/api/alerts.ts";
import { countLines } from "./counted_lines.ts";
import { numberedLogs } from "./numbered_logs.ts";
import {
  type AgentPlace,
  dataOf,
  isAllAcked,
  runAgentCommand,
  startAgent,
  statusWhen,
  writeConfig,
} from "./test_agent.ts";
import { caughtUp, startHub } from "./test_hub.ts";

const ROOT = dirname(dirname(import.meta.dirname));
const CHANGES = 3;
const HISTORY_RULES = new Set(["history-cut", "state-lost", "key-succession"]);

const work = mkdtempSync(join(tmpdir(), "custos-key-change-"));
after(() => rmSync(work, { recursive: true }));
const hubFolder = join(work, "hub");
const place: AgentPlace = {
  program: [process.execPath, join(ROOT, "agent", "main.ts")],
  folder: work,
};

function run(program: string, ...words: readonly string[]) {
  return spawnSync(process.execPath, [program, ...words], { cwd: ROOT, encoding: "utf8" });
}

test("an agent changes its key each second, over a restart, and all of it holds", async () => {
  const logs = numberedLogs(join(work, "logs"));
  await using hub = await startHub(hubFolder);
  writeConfig(place, { agent: { key_life: "1s" }, sources: logs.sources, batch: { rows: 10 } });
  const { link, enrollToken } = hub.ready;
  await runAgentCommand(place, ["enroll", "--hub", link, "--token", enrollToken]);
  let before = 0;
  for (const least of [1, CHANGES]) {
    await using agent = startAgent(place);
    await statusWhen(agent, ({ key }) => {
      logs.write(20);
      return key.number >= least;
    });
    logs.end();
    await statusWhen(
      agent,
      (status) =>
        isAllAcked(status) &&
        status.sources.filter(({ source }) => source !== "custos")
          .every(({ acked }) => acked === logs.syslogLines - before),
    );
    before = logs.syslogLines;
  }
  const client = await hub.client();
  await caughtUp(client);
  const { alerts } = await client.call(listAlerts, { query: {} });
  assert.deepEqual(alerts.filter(({ rule }) => HISTORY_RULES.has(rule)), []);

  const bundle = join(work, "evidence.bundle");
  await hub[Symbol.asyncDispose]();
  assert.equal(run("hub/main.ts", "export", "--data", hubFolder, "--to", bundle).status, 0);
  const verdict = run("agent/main.ts", "verify", bundle);
  assert.equal(verdict.status, 0, verdict.stdout);
  const spool = run("agent/main.ts", "spool", "verify", "--data-dir", dataOf(place));
  assert.equal(spool.status, 0, spool.stdout + spool.stderr);
  const events = run("agent/main.ts", "spool", "export", "--events", "--data-dir", dataOf(place));
  assert.equal(events.status, 0, events.stderr);

  const entries = await Array.fromAsync(ledgerEntries(join(hubFolder, "ledger")));
  const statements = entries.filter(({ kind }) => kind === "succession").length;
  assert.ok(statements >= CHANGES);
  const frames = await Array.fromAsync(ledgerFrames(join(hubFolder, "ledger")));
  const signers = new Set(frames.map(({ header }) => Buffer.from(header.keyId).toString("hex")));
  assert.ok(signers.size >= CHANGES, `${signers.size} keys have signed`);
  const all = { lines: logs.syslogLines, lost: [], doubled: [] };
  assert.deepEqual(await countLines(hubFolder, logs), { syslog: all, iis: all, gaps: [] });
  const names = readdirSync(join(dataOf(place), "keys"));
  const kept = names.filter((name) => name.endsWith(".key"));
  assert.equal(kept.length, 1, "the seed of each older key is erased");
});
