/**
 * A real witness beside a real hub: what it cosigns is verified offline, and a ledger that was
 * written anew it cosigns no more.
 *
 * @module
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import * as v from "valibot";
import { startChild } from "../../compile/demo/child.ts";
import { type LedgerFrame, ledgerFrames } from "../../hub/ledger/stopped.ts";
import { getCheckpoint, proveFrame } from "../../sdk/api/proofs.ts";
import { getStatus, listSources } from "../../sdk/api/status.ts";
import type { HubClient } from "../../sdk/client/client.ts";
import {
  formatVerifierKey,
  NOTE_TYPE,
  parseCheckpoint,
  parseVerifierKey,
} from "../../sdk/proof/checkpoint.ts";
import { cosignedAt } from "../../sdk/proof/cosignature.ts";
import { loadOrCreateKeys } from "../../sdk/proof/key_file.ts";
import { verifier } from "../../sdk/proof/sign.ts";
import { parseTlogProof } from "../../sdk/proof/tlog_proof.ts";
import { nodeFiles } from "../../sdk/runtime/node_files.ts";
import { streamIdOf } from "../../sdk/wire/link.ts";
import { forgeLedger } from "./forge_ledger.ts";
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
const work = mkdtempSync(join(tmpdir(), "custos-witness-"));
after(() => rmSync(work, { recursive: true }));
const hubFolder = join(work, "hub");
const proofFile = join(work, "frame.tlog-proof");
const NAME = "witness.example/w1";

/** A hub with events, stopped. Gives its verifier key. */
async function fill(): Promise<string> {
  const logs = numberedLogs(join(work, "logs"));
  const place: AgentPlace = {
    program: [process.execPath, join(ROOT, "agent", "main.ts")],
    folder: work,
  };
  writeConfig(place, { sources: logs.sources, batch: { rows: 20 } });
  await using hub = await startHub(hubFolder);
  const { link, enrollToken } = hub.ready;
  await runAgentCommand(place, ["enroll", "--hub", link, "--token", enrollToken]);
  logs.write(100);
  logs.end();
  await using agent = startAgent(place);
  await statusWhen(agent, (status) =>
    isAllAcked(status) &&
    status.sources.some(({ source, acked }) => source === "sys" && acked === 100));
  const { origin } = parseCheckpoint(await (await hub.client()).call(getCheckpoint, {}));
  const { publicKey } = await loadOrCreateKeys(nodeFiles(), join(hubFolder, "ledger.key"));
  return formatVerifierKey({ name: origin, publicKey }, NOTE_TYPE.ed25519);
}

async function startWitness(log: string) {
  const words = ["--data", join(work, "witness"), "--name", NAME, "--log", log];
  const command = [process.execPath, "hub/main.ts", "witness", ...words];
  const listen = ["--listen", "127.0.0.1:0", "--output", "json"];
  const options = { name: "witness", cwd: ROOT, errorLog: join(work, "witness.err") };
  const child = startChild({ ...options, command: [...command, ...listen] });
  const { value } = await child.lines[Symbol.asyncIterator]().next();
  return { child, ...v.parse(v.object({ url: v.string(), key: v.string() }), value) };
}

/** Asks until it is so: rounds begin with the hub. */
async function untilSo<T>(ask: () => Promise<T>, isSo: (value: T) => boolean): Promise<T> {
  for (;;) {
    const value = await ask();
    if (isSo(value)) return value;
    await new Promise((resolve) => void setTimeout(resolve, 50));
  }
}

const witnessesOf = async (client: HubClient) =>
  (await client.call(getStatus, {})).ledger.witnesses ?? [];

function run(program: string, ...words: readonly string[]) {
  const options = { cwd: ROOT, encoding: "utf8" } as const;
  return spawnSync(process.execPath, [program, ...words], options);
}

test("a witness cosigns a hub's checkpoints until its ledger is another", async () => {
  const log = await fill();
  const witness = await startWitness(log);
  await using _child = witness.child;
  const config = join(work, "hub.yaml");
  writeFileSync(config, JSON.stringify({ witnesses: [{ url: witness.url, key: witness.key }] }));
  const key = parseVerifierKey(witness.key, NOTE_TYPE.cosignature)!;
  {
    await using hub = await startHub(hubFolder, ["-c", config]);
    const client = await hub.client();
    await untilSo(() => witnessesOf(client), ([one]) => one?.size !== null);
    const note = await client.call(getCheckpoint, {});
    assert.ok(cosignedAt(note, key, verifier(key.publicKey)));
    await caughtUp(client);
    const { sources } = await client.call(listSources, {});
    const { agent, epoch } = sources.find(({ source }) => source === "sys")!;
    const query = { agent, source: "sys", epoch: String(epoch), seq: "0" };
    const { proof } = await client.call(proveFrame, { query });
    assert.equal(parseTlogProof(proof).checkpoint, note);
    writeFileSync(proofFile, proof);
  }
  checkBundle(witness.key);
  await checkProof(log, witness.key);
  await forgeLedger(hubFolder);
  await using forged = await startHub(hubFolder, ["-c", config]);
  const client = await forged.client();
  const [one] = await untilSo(() => witnessesOf(client), ([state]) => state?.trouble !== null);
  assert.equal(one?.trouble, "inconsistent");
  // What it serves is what was cosigned before: nobody is shown the other log as witnessed.
  assert.ok(cosignedAt(await client.call(getCheckpoint, {}), key, verifier(key.publicKey)));
});

/** A proof of the first frame of `sys`, with the frame as the agent sealed it. */
async function checkProof(hubKey: string, witnessKey: string): Promise<void> {
  const frames = await Array.fromAsync(ledgerFrames(join(hubFolder, "ledger")));
  const words = [proofFile, "--entry", join(work, "frame"), "--hub-key", hubKey];
  const stream = Buffer.from(streamIdOf("sys"));
  const isOurs = ({ header }: LedgerFrame): boolean =>
    header.seq === 0 && stream.equals(header.stream);
  const [right, wrong] = [frames.find(isOurs), frames.find((frame) => !isOurs(frame))];
  for (const [frame, status] of [[right, 0], [wrong, 5]] as const) {
    writeFileSync(join(work, "frame"), frame!.bytes);
    const verdict = run("agent/main.ts", "verify", ...words, "--witness-key", witnessKey);
    assert.equal(verdict.status, status, verdict.stdout + verdict.stderr);
  }
}

function checkBundle(witnessKey: string): void {
  const bundle = join(work, "evidence.bundle");
  const made = run("hub/main.ts", "export", "--data", hubFolder, "--to", bundle, "--witnessed");
  assert.equal(made.status, 0, made.stderr);
  const hubKey = /--hub-key ([0-9a-f]{64})/.exec(made.stdout)?.[1] ?? "";
  const words = [bundle, "--hub-key", hubKey, "--witness-key"];
  const good = run("agent/main.ts", "verify", ...words, witnessKey);
  assert.equal(good.status, 0, good.stdout);
  const other = run("agent/main.ts", "verify", ...words, `w2.example=${"ab".repeat(31)}01`);
  assert.equal(other.status, 5);
  assert.match(other.stdout, /BROKEN at witness: witness w2.example has not cosigned/);
  // One bit of the cosignature, in base64.
  const bytes = readFileSync(bundle);
  const at = bytes.indexOf(`${NAME} `) + NAME.length + 30;
  bytes[at] = bytes[at] === 0x41 ? 0x42 : 0x41;
  writeFileSync(bundle, bytes);
  const changed = run("agent/main.ts", "verify", ...words, witnessKey);
  assert.equal(changed.status, 5);
  assert.match(changed.stdout, /BROKEN at (witness|bundle)/);
}
