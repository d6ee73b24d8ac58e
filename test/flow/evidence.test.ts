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
import { HEADER_BYTES } from "../../sdk/wire/frame.ts";
import {
  type AgentPlace,
  isAllAcked,
  runAgentCommand,
  startAgent,
  statusWhen,
  writeConfig,
} from "./test_agent.ts";
import { startHub } from "./test_hub.ts";

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
  assert.match(exported("--row", `${other!.index}/0`).stderr, /its source had no row_proofs/);
  assert.match(exported("--row", `${target!.index}/60000`).stderr, /rows, from 0/);
  assert.equal(exported("--row", "7").status, 2);
});

test("what does not fit or cannot be read is said, with its exit code", () => {
  assert.equal(exported("--source", "nobody").status, 1);
  assert.match(exported("--source", "nobody").stderr, /the ledger has no frame that fits/);
  assert.equal(exported("--index", "9..5").status, 2);
  assert.equal(verify(join(work, "nothing")).status, 1);
  assert.equal(verify(bundle, "--hub-key", "abc").status, 2);
  assert.equal(verify().status, 2);
  writeFileSync(join(work, "text"), "no bundle at all");
  assert.match(verify(join(work, "text")).stdout, /BROKEN at bundle: .*does not start with CUSB/);
});
