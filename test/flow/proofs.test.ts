/**
 * Proofs over the API of a real hub: what an agent has sent is proved with the hub's key alone,
 * before and after a kill, and from tiles that somebody else fetched.
 *
 * @module
 */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import {
  type FrameProof,
  getCheckpoint,
  getConsistency,
  getTile,
  proveFrame,
} from "../../sdk/api/proofs.ts";
import { getStatus, listSources } from "../../sdk/api/status.ts";
import type { HubClient } from "../../sdk/client/client.ts";
import { ledgerFrames } from "../../hub/ledger/stopped.ts";
import { type Checkpoint, openCheckpoint } from "../../sdk/proof/checkpoint.ts";
import { loadOrCreateKeys } from "../../sdk/proof/key_file.ts";
import { leafHash, verifyConsistency, verifyInclusion } from "../../sdk/proof/merkle.ts";
import { verifier } from "../../sdk/proof/sign.ts";
import {
  type ReadTile,
  tileConsistency,
  tileInclusion,
  tilePath,
  tileRoot,
} from "../../sdk/proof/tiles.ts";
import { parseTlogProof } from "../../sdk/proof/tlog_proof.ts";
import { nodeFiles } from "../../sdk/runtime/node_files.ts";
import { numberedLogs } from "./numbered_logs.ts";
import {
  type AgentPlace,
  isAllAcked,
  runAgentCommand,
  startAgent,
  statusWhen,
  writeConfig,
} from "./test_agent.ts";
import { caughtUp, startHub } from "./test_hub.ts";

const ROOT = dirname(dirname(import.meta.dirname));
const work = mkdtempSync(join(tmpdir(), "custos-proofs-"));
after(() => rmSync(work, { recursive: true }));
const hubFolder = join(work, "hub");
const bytesOf = (base64: string) => new Uint8Array(Buffer.from(base64, "base64"));

/** What an auditor does with no more than the hub's key and name. */
async function opened(note: string, client: HubClient): Promise<Checkpoint> {
  const { publicKey } = await loadOrCreateKeys(nodeFiles(), join(hubFolder, "ledger.key"));
  const origin = `custos/${(await client.call(getStatus, {})).ledger.logId}`;
  return openCheckpoint(note, { origin, publicKey, verify: verifier(publicKey) });
}

test("a frame is proved by its place, from the API and from tiles, before and after a kill", async () => {
  let hub = await startHub(hubFolder);
  try {
    const logs = numberedLogs(join(work, "logs"));
    const place: AgentPlace = {
      program: [process.execPath, join(ROOT, "agent", "main.ts")],
      folder: work,
    };
    writeConfig(place, { sources: logs.sources, batch: { rows: 10 } });
    const { link, enrollToken } = hub.ready;
    await runAgentCommand(place, ["enroll", "--hub", link, "--token", enrollToken]);
    logs.write(1500);
    logs.end();
    await using agent = startAgent(place);
    await statusWhen(agent, (status) =>
      isAllAcked(status) &&
      status.sources.some(({ source, acked }) => source === "sys" && acked === 1500));
    const client = await hub.client();
    await caughtUp(client);
    const before = await proved(client);
    await checkTiles(client, before);
    await hub.kill();
    hub = await startHub(hubFolder);
    const again = await hub.client();
    await checkGrown(again, before);
    await assert.rejects(again.call(proveFrame, { query: { index: "999999" } }), {
      code: "missing",
    });
    await agent[Symbol.asyncDispose]();
    await hub[Symbol.asyncDispose]();
    await checkLeaf(before);
  } finally {
    await hub[Symbol.asyncDispose]();
  }
});

/** The proof of a frame that is no place which the hub remembers. */
async function proved(client: HubClient): Promise<FrameProof> {
  const { sources } = await client.call(listSources, {});
  const { agent, epoch } = sources.find(({ source }) => source === "sys")!;
  const query = { agent, source: "sys", epoch: String(epoch), seq: "3" };
  const proof = await client.call(proveFrame, { query });
  const { size, root } = await opened(proof.checkpoint, client);
  const { index } = proof;
  const claim = { index, size, leaf: bytesOf(proof.leaf), root };
  assert.ok(verifyInclusion(claim, proof.hashes.map(bytesOf)));
  const file = parseTlogProof(proof.proof);
  assert.ok(verifyInclusion({ ...claim, index: file.index }, file.hashes));
  assert.equal(Buffer.from(file.extra!).toString("hex"), proof.head);
  await assert.rejects(client.call(proveFrame, { query: { ...query, seq: "99999" } }), {
    code: "missing",
  });
  await assert.rejects(client.call(proveFrame, { query: { ...query, source: "other" } }), {
    code: "missing",
  });
  return proof;
}

async function checkTiles(client: HubClient, proof: FrameProof): Promise<void> {
  const { size, root } = await opened(await client.call(getCheckpoint, {}), client);
  const read: ReadTile = (at) => client.call(getTile, { params: { tile: tilePath(at) } });
  assert.deepEqual(await tileRoot(size, read), root);
  const hashes = await tileInclusion(proof.index, size, read);
  const claim = { index: proof.index, size, leaf: bytesOf(proof.leaf), root };
  assert.ok(verifyInclusion(claim, hashes));
  const grown = await tileConsistency(proof.size, size, read);
  const beforeRoot = (await opened(proof.checkpoint, client)).root;
  assert.ok(verifyConsistency({ before: proof.size, beforeRoot, size, root }, grown));
  const beyond = tilePath({ level: 0, n: Math.floor(size / 256) + 1, width: 1 });
  await assert.rejects(client.call(getTile, { params: { tile: beyond } }), { code: "missing" });
}

async function checkGrown(client: HubClient, old: FrameProof): Promise<void> {
  const { root: beforeRoot } = await opened(old.checkpoint, client);
  const proof = await client.call(getConsistency, { query: { from: String(old.size) } });
  const { size, root } = await opened(proof.checkpoint, client);
  const claim = { before: old.size, beforeRoot, size, root };
  assert.equal(proof.to, size);
  assert.ok(verifyConsistency(claim, proof.hashes.map(bytesOf)));
  for (const [from, to] of [[0, 5], [6, 5]] as const) {
    const query = { from: String(from), to: String(to) };
    await assert.rejects(client.call(getConsistency, { query }), { code: "input" });
  }
  const query = { from: "1", to: String(size + 100_000) };
  await assert.rejects(client.call(getConsistency, { query }), { code: "missing" });
}

/** The leaf is the hash of the frame that the agent has sealed, with the entry's head before it. */
async function checkLeaf({ head, leaf }: FrameProof): Promise<void> {
  const heads = Buffer.from(head, "hex");
  for await (const { bytes } of ledgerFrames(join(hubFolder, "ledger"))) {
    if (Buffer.compare(leafHash(heads, bytes), bytesOf(leaf)) === 0) return;
  }
  assert.fail("no frame has the leaf that was proved");
}
