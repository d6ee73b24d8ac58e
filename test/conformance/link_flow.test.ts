import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { connect as connectTls } from "node:tls";
import { test } from "node:test";
import { enroll, EnrollError } from "../../agent/enroll.ts";
import { openSocket } from "../../agent/send/socket.ts";
import { revoke } from "../../hub/ingest/agents.ts";
import { hexOf } from "../../hub/ingest/stream_index.ts";
import { keyHash } from "../../sdk/proof/sign.ts";
import { formatToken, parseToken, TokenError } from "../../sdk/wire/enroll.ts";
import { MAX_LINK_BYTES } from "../../sdk/wire/link.ts";
import { introduce, makeAgent, type TestAgent } from "./link_fakes.ts";
import { Host, Hub, SECRET } from "./link_hosts.ts";

const isRefused = (code: string) => (error: unknown) =>
  error instanceof EnrollError && error.code === code;

function enrollAs(
  hub: Hub,
  { keys, id }: TestAgent,
  change: { readonly token?: string; readonly seed?: Uint8Array } = {},
) {
  const { token = hub.token, seed = keys.privateKey } = change;
  const identity = { seed, publicKey: keys.publicKey, agent: id };
  return enroll({ hub: hub.url, token, identity, host: "host" });
}

test("over TLS: enrolled, connected, sent, recorded, trimmed", async () => {
  await using hub = await new Hub().listen();
  await using host = new Host(hub);
  const reply = await enrollAs(hub, host.agent);
  assert.deepEqual([...hub.ingest.index.agents.keys()], [hexOf(host.agent.id)]);
  assert.equal(reply.ca, hub.authority.ca);
  assert.equal(reply.hubPublicKey, hexOf(hub.ingest.ledger.keys.publicKey));
  for (const name of ["a", "b"]) {
    host.spool.open(name, 1);
    for (let i = 0; i < 50; i++) host.spool.add(name);
  }
  host.sender.start();
  await host.until(() => host.spool.heldFrames === 0);
  assert.equal(hub.ingest.ledger.framesOf("a").length, 50);
  assert.equal(host.sender.status.state, "ready");
  for (let i = 0; i < 10; i++) host.spool.add("b");
  host.sender.wake();
  await host.until(() => host.spool.heldFrames === 0);
  assert.equal(hub.ingest.ledger.framesOf("b").length, 60);
});

test("over TLS: large frames pass the socket's own limit of what waits", async () => {
  await using hub = await new Hub().listen();
  await using host = new Host(hub);
  introduce(hub.ingest, host.agent);
  host.spool.open("a", 1);
  // Not a body: each is refused, and all behind it sent again.
  for (let i = 0; i < 6; i++) host.spool.add("a", { raw: new Uint8Array(randomBytes(3_000_000)) });
  host.spool.add("a");
  host.sender.start();
  await host.until(() => host.spool.heldFrames === 0);
  assert.equal(hub.ingest.refused.length, 6);
  assert.equal(hub.ingest.ledger.framesOf("a").length, 7);
});

test("over TLS: a link that breaks is opened again, and nothing is lost or doubled", async () => {
  await using hub = await new Hub().listen();
  await using host = new Host(hub);
  introduce(hub.ingest, host.agent);
  host.spool.open("a", 1);
  host.sender.start();
  for (let round = 1; round <= 4; round++) {
    for (let i = 0; i < 20; i++) host.spool.add("a");
    host.sender.wake();
    hub.ingest.connected.get(hexOf(host.agent.id))?.end("test");
    await host.until(() => host.spool.heldFrames === 0);
  }
  const seqs = hub.ingest.recorded.map((r) => r.header.seq);
  assert.deepEqual(seqs, Array.from({ length: 80 }, (_, i) => i));
});

test("over TLS: an agent that is shut out is told so, and sends nothing", async () => {
  await using hub = await new Hub().listen();
  await using host = new Host(hub);
  introduce(hub.ingest, host.agent);
  await revoke(hub.ingest, { agent: hexOf(host.agent.id), by: "kim", why: "test" });
  await assert.rejects(enrollAs(hub, host.agent), isRefused("shut-out"));
  host.spool.open("a", 1);
  host.spool.add("a");
  host.sender.start();
  await host.until(() => host.sender.status.lastEnd === "revoked");
  assert.equal(hub.ingest.ledger.framesOf("a").length, 0);
});

test("over TLS: a hub of another authority or another name is not spoken to", async () => {
  await using hub = await new Hub().listen();
  await using other = await new Hub().listen();
  const table: readonly [{ ca?: string; serverName?: string }, RegExp][] = [
    [{ ca: other.authority.ca }, /VERIFY|SELF_SIGNED|UNABLE|CERT|ISSUER/],
    [{ serverName: "other.example" }, /ALTNAME/],
  ];
  for (const [change, why] of table) {
    await using host = new Host(hub, change);
    introduce(hub.ingest, host.agent);
    host.sender.start();
    await host.until(() => host.sender.status.lastEnd !== undefined);
    assert.match(host.sender.status.lastEnd ?? "", why);
    assert.equal(hub.ingest.connected.size, 0);
  }
});

test("over TLS: a message over the limit ends the connection before it is read whole", async () => {
  await using hub = await new Hub().listen();
  const heard: Uint8Array[] = [];
  await new Promise<string>((resolve) => {
    const socket = openSocket({ url: hub.url, ca: hub.authority.ca }, {
      open: () => socket.send(new Uint8Array(MAX_LINK_BYTES + 1)),
      message: (bytes) => heard.push(bytes),
      pong: () => {},
      closed: resolve,
    });
  });
  // A session would have said why: the bytes never got so far.
  assert.equal(heard.length, 0);
});

test("over TLS: another path or subprotocol is answered 400, a plain request 404", async () => {
  await using hub = await new Hub().listen();
  const ask = (path: string, headers: readonly string[]): Promise<string> =>
    new Promise((resolve, reject) => {
      const { port } = new URL(hub.url);
      const socket = connectTls({ host: "127.0.0.1", port: Number(port), ca: hub.authority.ca });
      let text = "";
      socket.on("data", (chunk: Buffer) => text += chunk.toString());
      socket.on("close", () => resolve(text.split("\r\n")[0] ?? ""));
      socket.on("error", reject);
      const lines = [`GET ${path} HTTP/1.1`, "Host: 127.0.0.1", ...headers, "", ""];
      socket.write(lines.join("\r\n"));
    });
  const key = "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==";
  const upgrade = ["Connection: Upgrade", "Upgrade: websocket", key, "Sec-WebSocket-Version: 13"];
  assert.match(await ask("/v1/agent", upgrade), /400/);
  assert.match(await ask("/other", [...upgrade, "Sec-WebSocket-Protocol: custos.v1"]), /400/);
  assert.match(await ask("/other", ["Connection: close"]), /404/);
});

test("enroll() refuses a hub that is not the token's, before it shows the secret", async () => {
  await using hub = await new Hub().listen();
  const token = formatToken({ secret: SECRET, fingerprint: "0".repeat(64) });
  await assert.rejects(enrollAs(hub, makeAgent(), { token }), isRefused("ca"));
  assert.equal(hub.usedBy, undefined);
});

test("enroll() works again for the same key, and for no other", async () => {
  await using hub = await new Hub().listen();
  const agent = makeAgent();
  await enrollAs(hub, agent);
  await enrollAs(hub, agent);
  await assert.rejects(enrollAs(hub, makeAgent()), isRefused("token"));
  assert.equal(hub.ingest.index.agents.size, 1);
  assert.equal(hub.ingest.ledger.entries.length, 1);
  assert.deepEqual(hub.usedBy, keyHash(agent.keys.publicKey));
});

test("enroll() of a key that the sender does not have is refused", async () => {
  await using hub = await new Hub().listen();
  const seed = makeAgent().keys.privateKey;
  await assert.rejects(enrollAs(hub, makeAgent(), { seed }), isRefused("signature"));
  assert.equal(hub.ingest.index.agents.size, 0);
  assert.deepEqual(hub.ingest.refusals.counts(), { "enroll-signature": 1 });
});

test("parseToken() refuses what is no token and does not repeat it", () => {
  for (const text of ["", "custos-enroll.x.y", `custos-enroll.${SECRET}`, `${SECRET}.${SECRET}`]) {
    assert.throws(
      () => parseToken(text),
      (e) => e instanceof TokenError && !e.message.includes(SECRET),
    );
  }
});
