/**
 * A real hub whose ledger is exchanged for one with an entry changed and more behind it: a real agent
 * refuses it, keeps the evidence, and stays away until a person has looked.
 *
 * @module
 */
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import * as v from "valibot";
import { openCheckpoint, originOf } from "../../sdk/proof/checkpoint.ts";
import { fromBase64 } from "../../sdk/proof/checkpoint.ts";
import { verifyConsistency } from "../../sdk/proof/merkle.ts";
import { verifier } from "../../sdk/proof/sign.ts";
import { forgeLedger } from "./forge_ledger.ts";
import { numberedLogs } from "./numbered_logs.ts";
import {
  agentLog,
  type AgentPlace,
  dataOf,
  isAllAcked,
  runAgentCommand,
  startAgent,
  statusWhen,
  writeConfig,
} from "./test_agent.ts";
import { startHub } from "./test_hub.ts";

const ROOT = dirname(dirname(import.meta.dirname));
const work = mkdtempSync(join(tmpdir(), "custos-fork-"));
after(() => rmSync(work, { recursive: true }));
const hubFolder = join(work, "hub");
const place: AgentPlace = {
  program: [process.execPath, join(ROOT, "agent", "main.ts")],
  folder: work,
};
const evidenceFile = join(dataOf(place), "hub-fork.json");
const checkpointFile = join(dataOf(place), "hub-checkpoint.json");
const Seen = v.object({ seen: v.string() });
const Evidence = v.object({
  code: v.literal("fork"),
  before: v.string(),
  after: v.string(),
  proof: v.array(v.string()),
});

test("an agent refuses a hub that has rewritten an old entry, keeps both notes, and stays away", async () => {
  const logs = numberedLogs(join(work, "logs"));
  const hub = await startHub(hubFolder);
  writeConfig(place, { sources: logs.sources, batch: { rows: 10 } });
  const { link, enrollToken } = hub.ready;
  await runAgentCommand(place, ["enroll", "--hub", link, "--token", enrollToken]);
  logs.write(300);
  logs.end();
  {
    await using agent = startAgent(place);
    await statusWhen(
      agent,
      (status) =>
        isAllAcked(status) &&
        status.sources.some(({ source, acked }) => source === "sys" && acked === 300),
    );
  }
  const { seen } = v.parse(Seen, JSON.parse(readFileSync(checkpointFile, "utf8")));
  await hub[Symbol.asyncDispose]();
  const { logId, publicKey } = await forgeLedger(hubFolder);
  await using again = await startHub(hubFolder);
  writeConfig(place, {
    sources: logs.sources,
    batch: { rows: 10 },
    hub: { url: again.ready.link },
  });

  const isRefused = ({ troubles }: { readonly troubles: readonly string[] }): boolean =>
    troubles.some((trouble) => /^link: .*two logs.*\(fork\)$/.test(trouble));
  {
    await using agent = startAgent(place);
    await statusWhen(agent, (status) => isRefused(status) && existsSync(evidenceFile));
  }
  // The evidence needs nothing but the hub's public key.
  assert.equal(statSync(evidenceFile).mode & 0o777, 0o600);
  const evidence = v.parse(Evidence, JSON.parse(readFileSync(evidenceFile, "utf8")));
  assert.equal(evidence.before, seen);
  const expect = { origin: originOf(logId), publicKey, verify: verifier(publicKey) };
  const [old, next] = [evidence.before, evidence.after].map((note) => openCheckpoint(note, expect));
  const claim = { before: old!.size, beforeRoot: old!.root, size: next!.size, root: next!.root };
  assert.ok(next!.size > old!.size);
  assert.equal(verifyConsistency(claim, evidence.proof.map((hash) => fromBase64(hash)!)), false);
  assert.match(agentLog(place).toString(), /cannot be believed/);
  const held = readFileSync(evidenceFile);
  {
    // A start does not forget it.
    await using agent = startAgent(place);
    logs.write(50);
    logs.end();
    const { spool } = await statusWhen(agent, isRefused);
    assert.ok(spool.unackedFrames > 0);
  }
  assert.deepEqual(readFileSync(evidenceFile), held);
  assert.match(agentLog(place).toString(), /stays closed/);
});
