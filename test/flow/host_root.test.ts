/**
 * Whoever has become root on a host, against a real agent and a real hub: what was sealed before
 * they came can be rewritten, cut off or forgotten only with an alert.
 *
 * @module
 */
import assert from "node:assert/strict";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { walkSpool } from "../../agent/spool/inspect.ts";
import { ledgerFrames } from "../../hub/ledger/stopped.ts";
import { listAlerts } from "../../sdk/api/alerts.ts";
import { keyId, publicKeyOf, signer } from "../../sdk/proof/sign.ts";
import { nodeFiles } from "../../sdk/runtime/node_files.ts";
import { frameHash } from "../../sdk/wire/frame.ts";
import { SIGNED_BYTES, writeHeader } from "../../sdk/wire/header.ts";
import { streamIdOf } from "../../sdk/wire/link.ts";
import { putRecord, RECORD_HEAD_BYTES, recordBytes } from "../../sdk/wire/segment.ts";
import { countLines } from "./counted_lines.ts";
import { numberedLogs } from "./numbered_logs.ts";
import { openRelay } from "./relay.ts";
import {
  type AgentPlace,
  dataOf,
  runAgentCommand,
  startAgent,
  statusWhen,
  writeConfig,
} from "./test_agent.ts";
import { caughtUp, startHub } from "./test_hub.ts";

const ROOT = dirname(dirname(import.meta.dirname));
const RULES = new Set(["history-cut", "state-lost", "key-succession"]);
const LINES = 60;

const work = mkdtempSync(join(tmpdir(), "custos-root-"));
const relay = await openRelay();
after(() => {
  relay[Symbol.dispose]();
  rmSync(work, { recursive: true });
});
const logs = numberedLogs(join(work, "logs"));

function placeIn(name: string): AgentPlace {
  return { program: [process.execPath, join(ROOT, "agent", "main.ts")], folder: join(work, name) };
}

function configure(place: AgentPlace): void {
  const batch = { rows: 10 };
  writeConfig(place, { agent: { key_life: "1s" }, sources: logs.sources, batch });
}

/** Frames of the syslog source that the hub has. */
let received = 0;

async function framesAt(hub: string): Promise<number> {
  const id = Buffer.from(streamIdOf("sys"));
  const frames = await Array.fromAsync(ledgerFrames(join(hub, "ledger")));
  return frames.filter(({ header }) => id.equals(header.stream)).length;
}

/** The hub has the first lines and a statement; the rest is sealed, stated, and in the spool. */
async function prepare(): Promise<void> {
  const place = placeIn("before");
  mkdirSync(place.folder);
  configure(place);
  const hub = await startHub(join(place.folder, "hub"));
  relay.target = hub.linkPort;
  const { enrollToken } = hub.ready;
  const link = `wss://127.0.0.1:${relay.port}`;
  await runAgentCommand(place, ["enroll", "--hub", link, "--token", enrollToken]);
  logs.write(LINES);
  logs.end();
  await using agent = startAgent(place);
  const hasAll = (lines: number) => (name: "acked" | "sealed") =>
    statusWhen(
      agent,
      ({ sources, key }) =>
        key.number > 0 && sources.filter(({ source }) => source !== "custos")
          .every((source) => source[name] === lines),
    );
  await hasAll(LINES)("acked");
  await hub[Symbol.asyncDispose]();
  relay.target = undefined;
  received = await framesAt(join(place.folder, "hub"));
  logs.write(LINES);
  logs.end();
  const { key } = await hasAll(2 * LINES)("sealed");
  // A key changes once it has sealed something.
  logs.write(1);
  logs.end();
  await statusWhen(agent, (status) => status.key.number > key.number);
}

await prepare();

/** Does `harm` to a copy of the host, and gives the alerts of the hub that it then comes back to. */
async function alertsAfter(
  name: string,
  harm: (data: string) => unknown,
  expected: number,
): Promise<{ readonly rules: ReadonlySet<string>; readonly hub: string }> {
  const place = placeIn(name);
  cpSync(placeIn("before").folder, place.folder, { recursive: true });
  configure(place);
  await harm(dataOf(place));
  const folder = join(place.folder, "hub");
  await using hub = await startHub(folder);
  relay.target = hub.linkPort;
  await using agent = startAgent(place);
  const client = await hub.client();
  let rules = new Set<string>();
  // The status comes each second.
  await statusWhen(agent, async ({ spool }) => {
    const { alerts } = await client.call(listAlerts, { query: {} });
    rules = new Set(alerts.map(({ rule }) => rule).filter((rule) => RULES.has(rule)));
    return expected === 0 ? spool.unackedFrames === 0 : rules.size >= expected;
  });
  if (expected === 0) await caughtUp(client);
  const { alerts } = await client.call(listAlerts, { query: {} });
  return {
    rules: new Set(alerts.map(({ rule }) => rule).filter((r) => RULES.has(r))),
    hub: folder,
  };
}

/** Each frame of the syslog source that the hub lacks, signed again by the key that is there. */
async function rewrite(data: string): Promise<void> {
  const [name] = readdirSync(join(data, "keys")).filter((file) => file.endsWith(".key"));
  const seed = new Uint8Array(readFileSync(join(data, "keys", name!)));
  const [id, sign] = [keyId(publicKeyOf(seed)), signer(seed)];
  const files = new Map<string, Buffer>();
  let previous: Uint8Array | undefined;
  let rewritten = 0;
  for await (const item of walkSpool(nodeFiles(), join(data, "spool"))) {
    if (item.kind !== "frame" || item.source !== "sys" || item.header.seq < received) continue;
    const { path, offset, header } = item;
    const bytes = new Uint8Array(item.bytes);
    writeHeader(bytes, {
      ...header,
      monotonic: 1n,
      previous: previous ?? header.previous,
      keyId: id,
    });
    bytes.set(sign(bytes.subarray(0, SIGNED_BYTES)), SIGNED_BYTES);
    previous = frameHash(bytes);
    const file = files.get(path) ?? readFileSync(path);
    const record = new Uint8Array(recordBytes(bytes.length));
    putRecord(record, 0, [bytes]);
    file.set(record, offset - RECORD_HEAD_BYTES);
    files.set(path, file);
    rewritten++;
  }
  assert.ok(rewritten > 0);
  for (const [path, bytes] of files) writeFileSync(path, bytes);
}

const remove = (...names: readonly string[]) => (data: string): void => {
  for (const name of names) rmSync(join(data, name), { recursive: true });
};

test("without harm all of it comes, and nobody is alarmed", async () => {
  const { rules, hub } = await alertsAfter("honest", () => {}, 0);
  assert.deepEqual(rules, new Set());
  const all = { lines: logs.syslogLines, lost: [], doubled: [] };
  const { syslog, iis } = await countLines(hub, logs);
  assert.deepEqual([syslog, iis], [all, all]);
});

test("attack a: what was sealed before is signed again by the key that is in force", async () => {
  const { rules } = await alertsAfter("rewritten", rewrite, 1);
  assert.deepEqual(rules, new Set(["history-cut"]));
});

test("attack b: the spool is thrown away, with what the hub has only been told of", async () => {
  const { rules } = await alertsAfter("cut", remove("spool"), 1);
  assert.ok(rules.has("history-cut"), [...rules].join());
});

test("attack c: keys and spool are thrown away", async () => {
  const { rules } = await alertsAfter("forgotten", remove("spool", "keys"), 1);
  assert.ok(rules.has("key-succession"), [...rules].join());
});
