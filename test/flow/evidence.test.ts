/**
 * Evidence that leaves the hub: a bundle of a real hub's ledger, judged by the agent's binary alone.
 *
 * @module
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import * as v from "valibot";
import { ledgerEntries, ledgerFrames } from "../../hub/ledger/stopped.ts";
import { proveRow } from "../../sdk/api/proofs.ts";
import { type BundleRecord, bundleWriter, type ProvenRow } from "../../sdk/proof/bundle.ts";
import { bundleReader } from "../../sdk/proof/bundle_reader.ts";
import { nativeProvider } from "../../sdk/proof/native_provider.ts";
import { HEADER_BYTES } from "../../sdk/wire/frame.ts";
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
const LINES = 400;

const work = mkdtempSync(join(tmpdir(), "custos-evidence-"));
after(() => rmSync(work, { recursive: true }));
const hubFolder = join(work, "hub");
const bundle = join(work, "evidence.bundle");
const place: AgentPlace = {
  program: [process.execPath, join(ROOT, "agent/main.ts")],
  folder: join(work, "agent"),
};

function run(program: string, ...words: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...words], {
    cwd: ROOT,
    encoding: "utf8",
  });
  return { status, stdout, stderr };
}

const verify = (...words: readonly string[]) => run("agent/main.ts", "verify", ...words);
const exported = (...words: readonly string[]) =>
  run("hub/main.ts", "export", "--data", hubFolder, "--to", bundle, ...words);

/** Real events into a real ledger. */
async function fill(): Promise<void> {
  mkdirSync(place.folder);
  const log = join(work, "syslog");
  const lines = Array.from(
    { length: LINES },
    (_, n) => `Aug  1 10:00:${String(n % 60).padStart(2, "0")} web-1 sshd[${n}]: session ${n}\n`,
  );
  writeFileSync(log, lines.join(""));
  await using hub = await startHub(hubFolder);
  writeConfig(place, {
    hub: { url: `wss://127.0.0.1:${hub.linkPort}` },
    batch: { rows: 50 },
    sources: { syslog: { row_proofs: true, config: { files: [log] } } },
  });
  writeFileSync(join(work, "token"), hub.ready.enrollToken);
  await runAgentCommand(place, ["enroll", "--token-file", join(work, "token")]);
  await using agent = startAgent(place);
  await statusWhen(
    agent,
    (status) => isAllAcked(status) && status.sources.some(({ acked }) => acked === LINES),
  );
}

await fill();

test("a bundle of all of a source verifies against the hub's key, and only that", () => {
  const made = exported("--source", "syslog", "--agent", "test-host");
  assert.equal(made.status, 0, made.stderr);
  const hubKey = /--hub-key ([0-9a-f]{64})/.exec(made.stdout)?.[1] ?? "";
  const good = verify(bundle, "--hub-key", hubKey, "--output", "json");
  assert.equal(good.status, 0, good.stderr);
  const verdict = v.parse(
    v.object({
      ok: v.literal(true),
      streams: v.array(v.object({ source: v.string(), host: v.string(), events: v.number() })),
      faith: v.array(v.string()),
    }),
    JSON.parse(good.stdout),
  );
  assert.deepEqual(verdict.streams, [{ source: "syslog", host: "test-host", events: LINES }]);
  assert.equal(verdict.faith.length, 2);
  const foreign = verify(bundle, "--hub-key", "ab".repeat(31) + "01");
  assert.equal(foreign.status, 5);
  assert.match(foreign.stdout, /BROKEN at checkpoint: none of the hub keys that you trust/);
});

test("a changed byte of a frame's body is told as that, with its place, and exit code 5", async () => {
  exported();
  const frames = await Array.fromAsync(ledgerFrames(join(hubFolder, "ledger")));
  const target = frames.at(-2)!;
  const bytes = readFileSync(bundle);
  const at = bytes.indexOf(target.bytes);
  assert.ok(at > 0);
  bytes[at + HEADER_BYTES + 5]! ^= 1;
  const damaged = join(work, "damaged.bundle");
  writeFileSync(damaged, bytes);
  const { status, stdout } = verify(damaged);
  assert.equal(status, 5);
  const { epoch, seq } = target.header;
  assert.match(stdout, new RegExp(`BROKEN at frame, entry \\d+, frame ${epoch}/${seq} of stream`));
});

test("a range of the ledger is a bundle without holes", async () => {
  const entries = await Array.fromAsync(ledgerEntries(join(hubFolder, "ledger")));
  const first = entries.find(({ kind }) => kind === "frame")!.index;
  const made = exported("--index", `${first}..${first + 4}`, "--output", "json");
  assert.equal(made.status, 0, made.stderr);
  const { status, stdout } = verify(bundle);
  assert.equal(status, 0, stdout);
  assert.match(stdout, /every link holds/);
});

test("one row is a bundle without its frame, for sources with row_proofs", async () => {
  const frames = await Array.fromAsync(ledgerFrames(join(hubFolder, "ledger")));
  const target = frames.find(({ header }) => header.rowRoot.some((byte) => byte !== 0));
  const other = frames.find(({ header }) => header.rowRoot.every((byte) => byte === 0));
  const made = exported("--row", `${target!.index}/1`);
  assert.equal(made.status, 0, made.stderr);
  const { status, stdout } = verify(bundle);
  assert.equal(status, 0, stdout);
  assert.match(stdout, /row +1 of Syslog, frame \d+\/\d+ \(entry \d+\) of test-host/);
  assert.equal(stdout.match(/session \d+/g)?.length, 1);
  assert.match(
    exported("--row", `${other!.index}/0`).stderr,
    /no tree over its rows, its source must have had row_proofs/,
  );
  assert.match(
    exported("--row", `${target!.index}/60000`).stderr,
    /has \d+ rows, the row must be 0 to \d+/,
  );
  assert.equal(exported("--row", "7").status, 2);
});

/** The bundle of a row, as the API of the running hub gives it, and what it refuses. */
async function askForRow(): Promise<Uint8Array> {
  const frames = await Array.fromAsync(ledgerFrames(join(hubFolder, "ledger")));
  const target = frames.find(({ header }) => header.rowRoot.some((byte) => byte !== 0))!;
  const other = frames.find(({ header }) => header.rowRoot.every((byte) => byte === 0))!;
  await using hub = await startHub(hubFolder);
  const client = await hub.client();
  await caughtUp(client);
  const ask = (index: number, row: number, why = "") =>
    client.call(proveRow, { query: { index: String(index), row: String(row), why } });
  await assert.rejects(ask(target.index, 60_000), {
    code: "input",
    message: /has \d+ rows, the row must be 0 to \d+/,
  });
  await assert.rejects(ask(0, 0), { code: "input", message: /is of kind \w+, must be a frame/ });
  await assert.rejects(ask(other.index, 0), {
    code: "conflict",
    message: /must have had row_proofs/,
  });
  await assert.rejects(ask(999_999, 0), { code: "missing", message: /the ledger has \d+ entries/ });
  const { agent, epoch, seq } = target.header;
  const place = { agent: Buffer.from(agent).toString("hex"), source: "syslog", row: "1" };
  const query = { ...place, epoch: String(epoch), seq: String(seq) };
  await assert.rejects(client.call(proveRow, { query: { ...query, seq: "99999" } }), {
    code: "missing",
    message: /the ledger has none in that place/,
  });
  const byPlace = recordsOf(await client.call(proveRow, { query }));
  const made = await ask(target.index, 1, "ticket 7");
  // The record of the first is in the tree of the second.
  assert.deepEqual(recordsOf(made).at(-2), byPlace.at(-2));
  return made;
}

/** Each part of a row's bundle, how to change one byte of it, and the link that breaks then. */
const ROW_PARTS: Readonly<Record<string, readonly [link: string, Change]>> = {
  row: ["row", ofRow(({ bytes }) => bytes)],
  salt: ["row", ofRow(({ salt }) => salt)],
  path: ["row", ofRow(({ hashes }) => hashes[0]!)],
  "frame's magic": ["frame", ofRow(({ header }) => header.subarray(0, 1))],
  "frame's header": ["signature", ofRow(({ header }) => header.subarray(210, 242))],
  signature: ["signature", ofRow(({ header }) => header.subarray(HEADER_BYTES - 64))],
  leaf: ["leaf", (record) => record.kind === "entry" && flip(record.entry.subarray(2, 10))],
  proof: ["leaf", (record) => record.kind === "entry" && flip(record.proof[0]!)],
  checkpoint: ["checkpoint", (record) => record.kind === "checkpoint" && record],
};
type Change = (record: BundleRecord) => unknown;

function ofRow(part: (row: ProvenRow) => Uint8Array): Change {
  return (record) => record.kind === "row" && flip(part(record));
}

function flip(bytes: Uint8Array): void {
  bytes[bytes.length >> 1]! ^= 1;
}

function recordsOf(bytes: Uint8Array): readonly BundleRecord[] {
  return [...bundleReader(nativeProvider.sha256).push(new Uint8Array(bytes))];
}

/** The bundle as whoever forges one writes it: with an end that fits. */
function forged(bytes: Uint8Array, change: Change): Uint8Array {
  const writer = bundleWriter(nativeProvider.sha256);
  const pieces = recordsOf(bytes).map((record) => {
    const changed = change(record) === record && record.kind === "checkpoint";
    // The second line is the tree's size.
    const note = changed ? record.note.replace(/\n\d+\n/, "\n9999\n") : "";
    return writer.record(changed ? { kind: "checkpoint", note } : record);
  });
  return Buffer.concat([writer.start(), ...pieces]);
}

test("one row is asked of a running hub, verifies, and a changed byte breaks its link", async () => {
  const made = await askForRow();
  const file = join(work, "row.bundle");
  writeFileSync(file, made);
  const good = verify(file);
  assert.equal(good.status, 0, good.stdout);
  assert.match(good.stdout, /row +1 of Syslog, frame \d+\/\d+ \(entry \d+\) of test-host/);
  for (const [part, [link, change]] of Object.entries(ROW_PARTS)) {
    writeFileSync(file, forged(made, change));
    const { status, stdout } = verify(file);
    assert.equal(status, 5, part);
    assert.match(stdout, new RegExp(`BROKEN at ${link}`), part);
  }
  const damaged = new Uint8Array(made);
  damaged[damaged.length - 1]! ^= 1;
  writeFileSync(file, damaged);
  assert.match(verify(file).stdout, /BROKEN at bundle: .*damaged/);
  const looks = (await Array.fromAsync(ledgerEntries(join(hubFolder, "ledger")))).flatMap((entry) =>
    entry.kind === "note" ? [Buffer.from(entry.payload).toString()] : []
  ).filter((note) => note.includes('"look"') && note.includes("proof"));
  assert.equal(looks.length, 2, "each row that was handed out is recorded, no refusal is");
  assert.match(looks[1]!, /ticket 7/);
});

test("what does not fit or cannot be read is said, with its exit code", () => {
  assert.equal(exported("--source", "nobody").status, 1);
  assert.match(
    exported("--source", "nobody").stderr,
    /none of the ledger's \d+ entries is a frame that fits/,
  );
  assert.match(exported("--row", "0/0").stderr, /entry 0 is of kind \w+, must be a frame/);
  assert.match(exported("--row", "99999/0").stderr, /no entry 99999, the ledger has \d+/);
  assert.match(exported("--row", "1/1", "--index", "1..1").stderr, /exclude each other/);
  assert.match(exported("--source", "syslog", "extra").stderr, /"extra" is too much/);
  assert.equal(exported("--index", "9..5").status, 2);
  assert.equal(verify(join(work, "nothing")).status, 1);
  assert.equal(verify(bundle, "--hub-key", "abc").status, 2);
  assert.equal(verify().status, 2);
  writeFileSync(join(work, "text"), "no bundle at all");
  assert.match(verify(join(work, "text")).stdout, /BROKEN at bundle: .*does not start with CUSB/);
});
