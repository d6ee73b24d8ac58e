/**
 * Mutual TLS: agents get certificates, show them, renew them; the hub asks for no less.
 *
 * @module
 */
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { createHash, generateKeyPairSync, randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import {
  CertificateError,
  keepCertificate,
  obtain,
  readCertificate,
} from "../../agent/link_certificate.ts";
import { createNonces, issue, type Issuer } from "../../hub/ingest/certificates.ts";
import { revoke } from "../../hub/ingest/agents.ts";
import { hexOf } from "../../hub/ingest/stream_index.ts";
import { logOf } from "../../sdk/log.ts";
import { signer } from "../../sdk/proof/sign.ts";
import { CERTIFICATE_MS, certificateDigest } from "../../sdk/wire/certificate.ts";
import { introduce, makeAgent, type TestAgent } from "./link_fakes.ts";
import { Host, Hub } from "./link_hosts.ts";

const folder = mkdtempSync(join(tmpdir(), "custos-certificates-"));
test.after(() => rmSync(folder, { recursive: true }));
const DAY_MS = 86_400_000;

function optionsOf(hub: Hub, { keys, id }: TestAgent) {
  const identity = { seed: keys.privateKey, publicKey: keys.publicKey, agent: id };
  return { folder, identity, ca: hub.authority.ca, url: () => hub.url };
}

/** A hub and a host that has one stream and its certificate. */
async function certified(): Promise<{ hub: Hub; host: Host } & AsyncDisposable> {
  const hub = await new Hub().listen();
  const host = new Host(hub);
  hub.ingest.time = Date.now();
  introduce(hub.ingest, host.agent);
  host.certificate = await obtain(optionsOf(hub, host.agent));
  host.spool.open("a", 1);
  const dispose = async (): Promise<void> => {
    await host[Symbol.asyncDispose]();
    await hub[Symbol.asyncDispose]();
  };
  return { hub, host, [Symbol.asyncDispose]: dispose };
}

function entryOf({ ingest }: Hub, { id }: TestAgent) {
  return ingest.index.agents.get(hexOf(id))!.entry;
}

test("an agent gets a certificate for seven days, which the ledger names", async () => {
  await using world = await certified();
  const { hub, host } = world;
  const { hash, notAfter } = host.certificate!;
  assert.deepEqual(entryOf(hub, host.agent).certificates, [{ hash: hexOf(hash), notAfter }]);
  assert.ok(Math.abs(notAfter - CERTIFICATE_MS - hub.ingest.time) < 60_000);
  assert.equal(hub.ingest.ledger.entries.at(-1)?.kind, "agent");
  host.spool.add("a");
  host.sender.start();
  await host.until(() => host.spool.heldFrames === 0);
  assert.deepEqual(hub.ingest.refusals.counts(), {});
});

test("key and certificate are one file for their owner alone", async () => {
  await using world = await certified();
  const { host } = world;
  assert.equal(statSync(join(folder, "link.pem")).mode & 0o777, 0o600);
  assert.deepEqual(await readCertificate(folder), host.certificate);
  writeFileSync(join(folder, "link.pem"), host.certificate!.cert);
  assert.equal(await readCertificate(folder), undefined);
});

test("an agent that has had a certificate must show one", async () => {
  await using world = await certified();
  const { hub, host } = world;
  host.certificate = undefined;
  host.sender.start();
  await host.until(() => host.ends.includes("certificate-missing"));
  assert.equal(hub.ingest.connected.size, 0);
  assert.ok(hub.ingest.refusals.counts()["certificate-missing"]! > 0);
});

test("an agent that never had one is taken, unless the hub demands it", async () => {
  await using hub = await new Hub().listen();
  for (const mustShow of [false, true]) {
    await using host = new Host(hub);
    introduce(hub.ingest, host.agent);
    Object.assign(hub.ingest, { mustShow });
    host.sender.start();
    const wanted = mustShow ? "certificate-missing" : "ready";
    await host.until(() => host.sender.status.state === "ready" || host.ends.length > 0);
    assert.equal(host.ends[0] ?? host.sender.status.state, wanted);
  }
});

test("one of the same authority that the ledger does not name opens nothing", async () => {
  await using world = await certified();
  const { hub, host } = world;
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const forged = hub.authority.client(hexOf(host.agent.id), privateKey);
  const key = privateKey.export({ format: "pem", type: "pkcs8" }).toString();
  const hash = new Uint8Array(Buffer.from(forged.hash, "hex"));
  host.certificate = { cert: forged.cert, key, hash, notAfter: forged.notAfter };
  host.sender.start();
  await host.until(() => host.ends.includes("certificate-unknown"));
});

test("a hello that names another certificate than TLS has shown opens nothing", async () => {
  await using world = await certified();
  const { hub, host } = world;
  const first = host.certificate!;
  const { hash } = host.certificate = await obtain(optionsOf(hub, host.agent));
  host.certificate = { ...first, hash };
  host.sender.start();
  await host.until(() => host.ends.includes("certificate-other"));
});

test("another agent's certificate opens nothing", async () => {
  await using world = await certified();
  const { hub, host } = world;
  await using thief = new Host(hub);
  introduce(hub.ingest, thief.agent);
  thief.certificate = host.certificate;
  thief.sender.start();
  await thief.until(() => thief.ends.includes("certificate-unknown"));
});

test("one that is over is refused; the agent gets another by its key and goes on", async () => {
  await using world = await certified();
  const { hub, host } = world;
  host.spool.add("a");
  hub.ingest.time += CERTIFICATE_MS;
  hub.aheadMs = CERTIFICATE_MS;
  host.sender.start();
  await host.until(() => host.ends.includes("certificate-expired"));
  using kept = await keepCertificate({
    ...optionsOf(hub, host.agent),
    log: logOf("test"),
    clock: { now: () => Date.now(), after: () => () => {} },
    onNew: () => {
      host.certificate = kept.now;
    },
  });
  kept.ended("closed");
  kept.ended("certificate-expired");
  await host.until(() => host.spool.heldFrames === 0);
  assert.deepEqual(entryOf(hub, host.agent).certificates?.map(({ hash }) => hash), [
    hexOf(kept.now!.hash),
  ]);
});

test("it is renewed at half of its life, in mid-flow, and nothing is lost or doubled", async () => {
  await using world = await certified();
  const { hub, host } = world;
  let now = Date.now();
  let look = (): void => {};
  const renewed = Promise.withResolvers<void>();
  using kept = await keepCertificate({
    ...optionsOf(hub, host.agent),
    log: logOf("test"),
    clock: {
      now: () => now,
      after: (_, run) => {
        look = run;
        return () => {};
      },
    },
    onNew: () => {
      host.certificate = kept.now;
      host.sender.renew();
      renewed.resolve();
    },
  });
  const first = kept.now!;
  host.certificate = first;
  host.sender.start();
  for (let i = 0; i < 20; i++) host.spool.add("a");
  now += CERTIFICATE_MS / 2 - 60_000;
  look();
  now += 120_000;
  look();
  for (let i = 0; i < 20; i++) host.spool.add("a");
  host.sender.wake();
  await renewed.promise;
  assert.notDeepEqual(kept.now!.hash, first.hash);
  for (let i = 0; i < 20; i++) host.spool.add("a");
  host.sender.wake();
  await host.until(() => host.spool.heldFrames === 0 && host.ends.includes("certificate-renewed"));
  const seqs = hub.ingest.recorded.map((r) => r.header.seq);
  assert.deepEqual(seqs, Array.from({ length: 60 }, (_, i) => i));
  assert.equal(entryOf(hub, host.agent).certificates?.length, 2);
});

test("a certificate is made for who signs for a known agent alone, each refusal by a code", async () => {
  await using hub = new Hub();
  const { ingest, authority } = hub;
  ingest.time = Date.now();
  const agent = makeAgent();
  introduce(ingest, agent);
  const issuer: Issuer = { ingest, authority, nonces: createNonces(ingest) };
  const spki = (namedCurve: string): Uint8Array =>
    generateKeyPairSync("ec", { namedCurve }).publicKey.export({ format: "der", type: "spki" });
  const ask = (
    change: { nonce?: string; agent?: TestAgent; key?: Uint8Array; authority?: string } = {},
  ) => {
    const { nonce = issuer.nonces.give(), key = spki("P-256") } = change;
    const by = change.agent ?? agent;
    const fingerprint = Buffer.from(change.authority ?? authority.fingerprint, "hex");
    const digest = certificateDigest(fingerprint, { nonce: Buffer.from(nonce, "hex"), key });
    return issue(issuer, {
      agent: hexOf((change.agent === undefined ? agent : makeAgent()).id),
      nonce,
      key: hexOf(key),
      signature: hexOf(signer(by.keys.privateKey)(digest)),
    });
  };
  const used = issuer.nonces.give();
  assert.equal(typeof await ask({ nonce: used }), "object");
  assert.equal(ingest.ledger.checkpoint.size, ingest.ledger.entries.length);
  assert.equal(await ask({ nonce: used }), "nonce");
  assert.equal(await ask({ nonce: "0".repeat(64) }), "nonce");
  const late = issuer.nonces.give();
  ingest.time += 60_001;
  assert.equal(await ask({ nonce: late }), "nonce");
  assert.equal(await ask({ agent: makeAgent() }), "agent");
  // Signed for another hub.
  const other = createHash("sha256").update("other").digest("hex");
  assert.equal(await ask({ authority: other }), "signature");
  assert.equal(await ask({ key: spki("P-384") }), "key");
  assert.equal(await ask({ key: new Uint8Array(randomBytes(91)) }), "key");
  for (let i = 1; i < 8; i++) assert.equal(typeof await ask(), "object");
  assert.equal(await ask(), "too-many");
  ingest.time += DAY_MS + 1000;
  assert.equal(typeof await ask(), "object");
  await revoke(ingest, { agent: hexOf(agent.id), by: "kim", why: "test" });
  assert.equal(await ask(), "revoked");
});

test("over HTTPS each refusal is told and counted", async () => {
  await using hub = await new Hub().listen();
  const isUnknown = (error: unknown): boolean =>
    error instanceof CertificateError && error.code === "agent";
  await assert.rejects(obtain(optionsOf(hub, makeAgent())), isUnknown);
  assert.deepEqual(hub.ingest.refusals.counts(), { "issue-agent": 1 });
});

test("OpenSSL accepts the agent's certificate as a client's", {
  skip: spawnSync("openssl", ["version"]).status === 0 ? false : "openssl is not installed",
}, async () => {
  await using world = await certified();
  const { hub, host } = world;
  writeFileSync(join(folder, "ca.pem"), hub.authority.ca);
  writeFileSync(join(folder, "agent.pem"), host.certificate!.cert);
  const files = ["-CAfile", join(folder, "ca.pem"), join(folder, "agent.pem")];
  const check = (purpose: string): string =>
    execFileSync("openssl", ["verify", "-x509_strict", "-purpose", purpose, ...files], {
      stdio: ["ignore", "pipe", "ignore"],
    }).toString();
  assert.match(check("sslclient"), /OK/);
  assert.throws(() => check("sslserver"));
});
