/**
 * Handshakes that are repeated, carried elsewhere or late; agents that are revoked.
 *
 * @module
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import WebSocket from "ws";
import { openLink, receive } from "../../agent/send/link_state.ts";
import { revoke } from "../../hub/ingest/agents.ts";
import { encodeEntry } from "../../hub/ingest/entries.ts";
import { appendEntry } from "../../hub/ingest/ingest.ts";
import { loadIndex } from "../../hub/ingest/load_index.ts";
import { openSession } from "../../hub/ingest/session.ts";
import { hexOf } from "../../hub/ingest/stream_index.ts";
import { keyHash } from "../../sdk/proof/sign.ts";
import { decodeMessage, LINK_PATH, SUBPROTOCOL } from "../../sdk/wire/link.ts";
import {
  FakeSpool,
  introduce,
  makeAgent,
  makeContext,
  makeIngest,
  type TestAgent,
  type TestIngest,
} from "./link_fakes.ts";
import { Host, Hub } from "./link_hosts.ts";
import { Wire } from "./link_wire.ts";

/** Bytes that an agent with certificate `certificate` sends to log in at a hub that shows `shown`. */
function logIn(
  { ingest, agent, certificate, shown, lateMs = 0 }: {
    readonly ingest: TestIngest;
    readonly agent: TestAgent;
    readonly certificate?: Uint8Array;
    readonly shown?: string;
    readonly lateMs?: number;
  },
): { readonly sent: readonly Uint8Array[]; readonly bye: string | undefined } {
  const context = makeContext(agent, new FakeSpool(agent), ingest.ledger);
  const heard: Uint8Array[] = [];
  const session = openSession(ingest, { send: (b) => heard.push(b), end: () => {}, shown });
  const { link, actions } = openLink(context, new Uint8Array(32).fill(1), certificate);
  const sent = actions.flatMap((action) => action.type === "send" ? [action.bytes] : []);
  session.receive(sent[0]!);
  const answers = receive(link, decodeMessage(heard[0]!), 0);
  sent.push(...answers.flatMap((action) => action.type === "send" ? [action.bytes] : []));
  ingest.time += lateMs;
  session.receive(sent[1]!);
  return { sent, bye: byeOf(heard) };
}

function byeOf(heard: readonly Uint8Array[]): string | undefined {
  const last = decodeMessage(heard.at(-1)!);
  return last.type === "bye" ? last.code : undefined;
}

test("a hello and its auth that were captured open no second connection, and are counted", () => {
  const [ingest, agent] = [makeIngest(), makeAgent()];
  introduce(ingest, agent);
  const { sent, bye } = logIn({ ingest, agent });
  assert.equal(bye, undefined);
  assert.equal(ingest.connected.size, 1);
  const heard: Uint8Array[] = [];
  const session = openSession(ingest, { send: (bytes) => heard.push(bytes), end: () => {} });
  for (const bytes of sent) session.receive(bytes);
  assert.equal(byeOf(heard), "auth");
  assert.equal(session.agent, undefined);
  assert.deepEqual(ingest.refusals.counts(), { auth: 1 });
});

test("a challenge that is answered too late opens nothing", () => {
  const [ingest, agent] = [makeIngest(), makeAgent()];
  introduce(ingest, agent);
  assert.equal(logIn({ ingest, agent, lateMs: 15_001 }).bye, "challenge-late");
  assert.deepEqual(ingest.refusals.counts(), { "challenge-late": 1 });
});

test("a handshake that is carried live to another TLS connection opens nothing", () => {
  const [ingest, agent] = [makeIngest(), makeAgent()];
  const [hash, others] = ["aa".repeat(32), "bb".repeat(32)];
  const notAfter = ingest.time + 1;
  introduce(ingest, agent);
  const entry = {
    ...ingest.index.agents.get(hexOf(agent.id))!.entry,
    certificates: [{ hash, notAfter }, { hash: others, notAfter }],
  };
  const payload = encodeEntry(entry);
  appendEntry(ingest, { kind: "agent", keyHash: keyHash(agent.keys.publicKey), payload });
  const certificate = new Uint8Array(32).fill(0xaa);
  assert.equal(logIn({ ingest, agent, certificate, shown: hash }).bye, undefined);
  assert.equal(logIn({ ingest, agent, certificate, shown: others }).bye, "certificate-other");
  assert.equal(logIn({ ingest, agent, certificate }).bye, "certificate-other");
  assert.equal(logIn({ ingest, agent, shown: hash }).bye, "certificate-other");
});

test("over TLS: who connects and says nothing is cut off and counted", async () => {
  await using hub = await new Hub().listen();
  const socket = new WebSocket(`${hub.url}${LINK_PATH}`, SUBPROTOCOL, { ca: hub.authority.ca });
  await new Promise<void>((resolve) => {
    socket.on("open", () => {
      hub.aheadMs = 16_000;
    });
    socket.on("error", () => {});
    socket.on("close", () => resolve());
  });
  assert.deepEqual(hub.ingest.refusals.counts(), { "handshake-late": 1 });
});

test("a revoked agent is cut off at once, told why, and not let in again before a restart", async () => {
  const wire = await new Wire().connect();
  const id = hexOf(wire.spool.agent.id);
  const revocation = { agent: id, by: "kim", why: "the host was stolen" };
  const revoked = revoke(wire.ingest, revocation);
  assert.equal(wire.ingest.connected.size, 0);
  assert.equal(await revoked, true);
  await wire.run();
  const [close] = wire.did("close");
  assert.deepEqual([close?.code, close?.retryMs], ["revoked", 3_600_000]);
  await wire.connect();
  assert.equal(wire.bye, "revoked");
  assert.equal(wire.did("close")[0]?.retryMs, 3_600_000);
  assert.equal(await revoke(wire.ingest, { ...revocation, agent: "00".repeat(16) }), false);
});

test("a revocation is in the ledger with who and why, once, and holds after a restart", async () => {
  const wire = await new Wire().connect();
  const { ledger } = wire.ingest;
  const agent = hexOf(wire.spool.agent.id);
  await revoke(wire.ingest, { agent, by: "kim", why: "stolen" });
  const size = ledger.entries.length;
  await revoke(wire.ingest, { agent, by: "robin", why: "again" });
  assert.equal(ledger.entries.length, size);
  const index = await loadIndex(ledger, "", undefined);
  const entry = index.agents.get(agent)?.entry;
  assert.equal(entry?.state, "shut-out");
  assert.deepEqual(entry.revoked, { by: "kim", why: "stolen" });
  const after = new Wire(wire.spool.agent, makeIngest(ledger, index));
  await after.connect();
  assert.equal(after.bye, "revoked");
});

test("who has no key of a revoked agent does not learn that it is revoked", async () => {
  const [ingest, agent] = [makeIngest(), makeAgent()];
  introduce(ingest, agent);
  await revoke(ingest, { agent: hexOf(agent.id), by: "kim", why: "stolen" });
  const thief = { ...makeAgent(), id: agent.id };
  assert.equal(logIn({ ingest, agent: thief }).bye, "auth");
});

test("over TLS: the agent says that it is revoked", async () => {
  await using hub = await new Hub().listen();
  await using host = new Host(hub);
  introduce(hub.ingest, host.agent);
  host.sender.start();
  await host.until(() => host.sender.status.state === "ready");
  await revoke(hub.ingest, { agent: hexOf(host.agent.id), by: "kim", why: "stolen" });
  await host.until(() => host.ends.length > 0);
  assert.equal(host.sender.status.lastEnd, "revoked");
});
