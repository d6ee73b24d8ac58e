/**
 * Key packages on the link: the hub carries them to the agent they are for, and to nobody else.
 *
 * @module
 */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import * as v from "valibot";
import { openControl } from "../../hub/control.ts";
import { revoke } from "../../hub/ingest/agents.ts";
import { hexOf } from "../../hub/ingest/stream_index.ts";
import { type Keyring, openKeyring } from "../../hub/keys/carrier.ts";
import { boxKeyDigest } from "../../sdk/keys/agent_key.ts";
import { makeBoxKeys } from "../../sdk/keys/box.ts";
import { sealPackage } from "../../sdk/keys/key_package.ts";
import { generateKeys, signer } from "../../sdk/proof/sign.ts";
import { makeAgent, type TestAgent } from "./link_fakes.ts";
import { Wire } from "./link_wire.ts";

const random = (n: number) => new Uint8Array(randomBytes(n));
const holder = generateKeys();
const box = makeBoxKeys(random);

function packageFor(agent: TestAgent, serial = 1): Uint8Array {
  const head = { agent: hexOf(agent.id), serial, holder: holder.publicKey, reveal: undefined };
  const keys = [{ epoch: 1, from: 0, until: 1, bytes: random(32) }];
  return sealPackage(head, keys, { to: box.publicKey, sign: signer(holder.privateKey), random });
}

/** An agent that tells its box key, and a hub that carries keys. */
function wireWith(agent: TestAgent): Wire & { readonly keyring: Keyring } {
  const wire = new Wire(agent);
  const { ledger, index, connected } = wire.ingest;
  const keyring = openKeyring({
    control: openControl(":memory:"),
    index,
    connected,
    append: (note) =>
      void ledger.append("note", new Uint8Array(32), Buffer.from(JSON.stringify(note))),
    commit: () => ledger.commit(),
    now: () => 0,
  });
  const signature = signer(agent.keys.privateKey)(boxKeyDigest(agent.id, box.publicKey));
  Object.assign(wire.ingest, { keys: keyring });
  Object.assign(wire.context, { boxKey: { key: box.publicKey, signature } });
  return Object.assign(wire, { keyring });
}

const Noted = v.looseObject({ note: v.string() });
const notesOf = (wire: Wire) =>
  wire.ingest.ledger.entries.filter(({ kind }) => kind === "note")
    .map(({ payload }) => v.parse(Noted, JSON.parse(Buffer.from(payload).toString())).note);

test("a package that came before the connection follows the welcome", async () => {
  const agent = makeAgent();
  const wire = wireWith(agent);
  const bytes = packageFor(agent);
  assert.equal(await wire.keyring.put(hexOf(agent.id), bytes), false);
  await wire.connect();
  assert.deepEqual(wire.heard.map(({ type }) => type), ["challenge", "welcome", "keys"]);
  assert.deepEqual(wire.of("keys").map((m) => new Uint8Array(m.package)), [bytes]);
  assert.deepEqual(notesOf(wire), ["token-key-epochs", "box-key", "session"]);
});

test("a package that comes while the agent is connected is sent at once, after the commit", async () => {
  const agent = makeAgent();
  const wire = wireWith(agent);
  await wire.connect();
  wire.ingest.ledger.hold();
  const put = wire.keyring.put(hexOf(agent.id), packageFor(agent));
  await wire.run();
  assert.equal(wire.of("keys").length, 0);
  wire.ingest.ledger.release();
  assert.equal(await put, true);
  await wire.run();
  assert.equal(wire.of("keys").length, 1);
});

test("an agent of 0.1.0, which tells no box key, is sent no message that it does not know", async () => {
  const agent = makeAgent();
  const wire = wireWith(agent);
  Object.assign(wire.context, { boxKey: undefined });
  await wire.keyring.put(hexOf(agent.id), packageFor(agent));
  await wire.connect();
  assert.equal(await wire.keyring.put(hexOf(agent.id), packageFor(agent, 2)), false);
  await wire.run();
  assert.deepEqual(wire.heard.map(({ type }) => type), ["challenge", "welcome"]);
});

test("a hello with a box key that the agent has not signed ends the connection", async () => {
  const agent = makeAgent();
  const wire = wireWith(agent);
  Object.assign(wire.context, {
    boxKey: { key: makeBoxKeys(random).publicKey, signature: wire.context.boxKey!.signature },
  });
  await wire.connect();
  assert.equal(wire.bye, "box-key");
  assert.equal(wire.keyring.list()[0]?.boxKey, null);
});

test("an agent that is shut out gets no package any more", async () => {
  const agent = makeAgent();
  const wire = wireWith(agent);
  await wire.keyring.put(hexOf(agent.id), packageFor(agent));
  await revoke(wire.ingest, { agent: hexOf(agent.id), by: "kim", why: "test" });
  await wire.connect();
  assert.equal(wire.bye, "revoked");
  assert.equal(wire.of("keys").length, 0);
  await assert.rejects(wire.keyring.put(hexOf(agent.id), packageFor(agent, 2)), {
    code: "shut-out",
  });
});

const agent = makeAgent();
const REFUSED: readonly (readonly [string, string, Uint8Array])[] = [
  ["unknown", hexOf(makeAgent().id), packageFor(agent, 9)],
  ["agent", hexOf(agent.id), packageFor(makeAgent(), 9)],
  ["serial", hexOf(agent.id), packageFor(agent, 5)],
  ["form", hexOf(agent.id), packageFor(agent, 9).subarray(1)],
];
for (const [code, to, bytes] of REFUSED) {
  test(`the hub refuses to carry with "${code}"`, async () => {
    const wire = wireWith(agent);
    await wire.keyring.put(hexOf(agent.id), packageFor(agent, 5));
    await assert.rejects(wire.keyring.put(to, bytes), { code });
    assert.equal(wire.keyring.list()[0]?.package?.serial, 5);
  });
}

test("what an agent says of a package is kept", async () => {
  const wire = wireWith(agent);
  await wire.connect();
  wire.keyring.answered(hexOf(agent.id), { serial: 3, code: "holder" });
  assert.deepEqual(wire.keyring.list()[0]?.answer, { serial: 3, code: "holder" });
});
