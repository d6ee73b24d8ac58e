/**
 * A real hub whose ledger is exchanged for one with an entry changed and more behind it: a real agent
 * refuses it, keeps the evidence, and stays away until a person has looked.
 *
 * @module
 */
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import * as v from "valibot";
import { ledgerEntries } from "../../hub/ledger/stopped.ts";
import { openLedger } from "../../hub/ledger/ledger.ts";
import { openCheckpoint, originOf } from "../../sdk/proof/checkpoint.ts";
import { loadOrCreateKeys } from "../../sdk/proof/key_file.ts";
import { fromBase64 } from "../../sdk/proof/checkpoint.ts";
import { verifyConsistency } from "../../sdk/proof/merkle.ts";
import { signer, verifier } from "../../sdk/proof/sign.ts";
import { nodeFiles } from "../../sdk/runtime/node_files.ts";
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

/** Whoever has the hub's disk and key writes its log anew: one entry is another, and it goes on. */
async function forgeLedger(): Promise<
  { readonly logId: Uint8Array; readonly publicKey: Uint8Array }
> {
  const folder = join(hubFolder, "ledger");
  const entries = await Array.fromAsync(ledgerEntries(folder));
  const keys = await loadOrCreateKeys(nodeFiles(), join(hubFolder, "ledger.key"));
  let logId: Uint8Array | undefined;
  let time = 0n;
  const options = {
    files: nodeFiles(),
    keys,
    sign: signer(keys.privateKey),
    now: () => time,
    newLogId: () => logId ?? new Uint8Array(8),
  };
  {
    await using real = await openLedger({ ...options, folder });
    logId = real.logId;
  }
  const forged = join(work, "forged");
  {
    await using ledger = await openLedger({ ...options, folder: forged });
    const victim = entries.findLastIndex(({ kind }) => kind === "frame");
    for (const { index, kind, keyHash, payload, hubTime } of entries) {
      time = hubTime;
      // A tick has no payload of its own: the frame is as if it had never come.
      if (index === victim) ledger.append("tick", new Uint8Array(32), new Uint8Array(0));
      else ledger.append(kind, keyHash, payload);
    }
    for (let i = 0; i < 10; i++) ledger.append("tick", new Uint8Array(32), new Uint8Array(0));
    await ledger.commit();
  }
  rmSync(folder, { recursive: true });
  renameSync(forged, folder);
  for (const name of ["control.sqlite", "control.sqlite-wal", "control.sqlite-shm"]) {
    rmSync(join(hubFolder, name), { force: true });
  }
  return { logId, publicKey: keys.publicKey };
}

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
  const { logId, publicKey } = await forgeLedger();
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
