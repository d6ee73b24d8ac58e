/**
 * What the link listener takes of TLS: other versions, suites and curves are refused and counted.
 *
 * The client is OpenSSL's, which offers what our own never would.
 *
 * @module
 */
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { test } from "node:test";
import { thisHost } from "../../agent/doctor/host.ts";
import { Hub } from "./link_hosts.ts";

const isThere = spawnSync("openssl", ["version"]).status === 0;
const skip = isThere ? false : "openssl is not installed";

interface Reply {
  /** Such as `TLSv1.3`; undefined where the handshake failed. */
  readonly version: string | undefined;
  /** What the hub answered to an HTTP request. */
  readonly status: string | undefined;
  readonly curve: string | undefined;
}

/** Offers what `words` say, and asks for the hub's authority. */
async function offer(port: number, words: readonly string[]): Promise<Reply> {
  const fixed = ["s_client", "-connect", `127.0.0.1:${port}`, "-ign_eof"];
  const child = spawn("openssl", [...fixed, ...words], { stdio: ["pipe", "pipe", "ignore"] });
  child.stdin.on("error", () => {});
  child.stdin.write("GET /v1/ca HTTP/1.1\r\nHost: hub\r\nConnection: close\r\n\r\n");
  let text = "";
  for await (const chunk of child.stdout) text += String(chunk);
  return {
    version: /^New, (TLSv[\d.]+)/m.exec(text)?.[1],
    status: /^HTTP\/1\.1 (\d+)/m.exec(text)?.[1],
    curve: /^Server Temp Key: (.+?),? \d+ bits/m.exec(text)?.[1],
  };
}

const LOW = "@SECLEVEL=0";

test("versions, suites and curves that are approved are taken", { skip }, async () => {
  await using hub = await new Hub().listen();
  const table = [
    [["-tls1_2"], "ECDH, prime256v1"],
    [["-tls1_3"], "ECDH, prime256v1"],
    [["-tls1_2", "-cipher", "ECDHE-ECDSA-AES256-GCM-SHA384"], "ECDH, prime256v1"],
    [["-tls1_3", "-ciphersuites", "TLS_AES_128_GCM_SHA256"], "ECDH, prime256v1"],
    [["-tls1_3", "-groups", "P-384"], "ECDH, secp384r1"],
    [["-tls1_3", "-groups", "X25519:P-256"], "ECDH, prime256v1"],
    [["-tls1_2", "-groups", "X25519:P-256"], "ECDH, prime256v1"],
  ] as const;
  for (const [words, curve] of table) {
    const reply = await offer(hub.port, words);
    assert.equal(reply.status, "200", words.join(" "));
    assert.equal(reply.curve, curve, words.join(" "));
  }
  assert.deepEqual(hub.ingest.refusals.counts(), {});
});

test("custos doctor sees how the hub encrypts, until when, and its clock; a false hub it does not", async () => {
  await using hub = await new Hub().listen();
  await using other = await new Hub().listen();
  const host = thisHost();
  const { version, suite, notAfter } = await host.reach(hub.url, hub.authority.ca);
  assert.equal(version, "TLSv1.3");
  assert.match(suite, /^TLS_AES_/);
  assert.equal(notAfter, Math.floor(hub.authority.server().expiresAt / 1000) * 1000);
  assert.equal(await host.hubTime(hub.url, hub.authority.ca), hub.ingest.time);
  await assert.rejects(host.reach(hub.url, other.authority.ca), { code: /CERT|VERIFY|ISSUER/ });
  await assert.rejects(host.reach("wss://127.0.0.1:1", hub.authority.ca), { code: "ECONNREFUSED" });
});

test("all others are refused, each counted by a code", { skip }, async () => {
  const table = [
    [["-tls1", "-cipher", `DEFAULT${LOW}`], "tls-version"],
    [["-tls1_1", "-cipher", `DEFAULT${LOW}`], "tls-version"],
    [["-tls1_2", "-cipher", `ECDHE-ECDSA-CHACHA20-POLY1305${LOW}`], "tls-suite"],
    [["-tls1_2", "-cipher", `ECDHE-ECDSA-AES128-SHA${LOW}`], "tls-suite"],
    [["-tls1_2", "-cipher", `ECDHE-ECDSA-AES256-SHA${LOW}`], "tls-suite"],
    // A client that knows no ECDHE names no curve either, which is what the runtime says.
    [["-tls1_2", "-cipher", `AES128-GCM-SHA256${LOW}`], "tls-curve"],
    // The runtime takes it: it is cut off before a byte of HTTP is read.
    [["-tls1_3", "-ciphersuites", "TLS_CHACHA20_POLY1305_SHA256"], "tls-suite"],
    [["-tls1_3", "-groups", "X25519"], "tls-curve"],
    [["-tls1_3", "-groups", "P-521"], "tls-curve"],
    [["-tls1_2", "-groups", "X25519"], "tls-curve"],
  ] as const;
  for (const [words, code] of table) {
    await using hub = await new Hub().listen();
    const { status } = await offer(hub.port, words);
    assert.equal(status, undefined, words.join(" "));
    assert.deepEqual(hub.ingest.refusals.counts(), { [code]: 1 }, words.join(" "));
  }
});
