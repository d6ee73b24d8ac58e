import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { randomBytes, X509Certificate } from "node:crypto";
import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { openAuthority } from "./authority.ts";

const DAY_MS = 86_400_000;
const START = Date.UTC(2026, 0, 1);

function inFolder(
  run: (
    open: (now?: number, names?: string[]) => ReturnType<typeof openAuthority>,
    folder: string,
  ) => void,
) {
  const folder = mkdtempSync(join(tmpdir(), "custos-authority-"));
  try {
    const open = (now = START, names: string[] = []) =>
      openAuthority({ folder, names, now: () => now, random: randomBytes });
    run(open, folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test("openAuthority() makes an authority once and keeps it", () =>
  inFolder((open) => {
    assert.equal(open().ca, open(START + 400 * DAY_MS).ca);
    assert.match(open().fingerprint, /^[0-9a-f]{64}$/);
    assert.equal(new X509Certificate(open().ca).ca, true);
  }));

test("server() is signed by the authority and names localhost and what was asked for", () =>
  inFolder((open) => {
    const authority = open(START, ["hub.example", "10.1.2.3", "fd00::1:2"]);
    const certificate = new X509Certificate(authority.server().cert);
    assert.ok(certificate.verify(new X509Certificate(authority.ca).publicKey));
    for (const name of ["localhost", "hub.example"]) {
      assert.equal(certificate.checkHost(name), name);
    }
    for (const ip of ["127.0.0.1", "::1", "10.1.2.3", "fd00::1:2"]) {
      assert.equal(certificate.checkIP(ip), ip);
    }
    assert.equal(certificate.checkHost("other.example"), undefined);
    assert.equal(certificate.ca, false);
  }));

test("server() is the same until 30 days before its end, then a new one", () =>
  inFolder((open) => {
    const first = open().server();
    assert.equal(open(START + 59 * DAY_MS).server().cert, first.cert);
    const renewed = open(START + 61 * DAY_MS).server();
    assert.notEqual(renewed.cert, first.cert);
    assert.equal(renewed.expiresAt, START + 151 * DAY_MS);
  }));

test("server() is made anew when a name is added", () =>
  inFolder((open) => {
    const first = open().server();
    const second = open(START, ["hub.example"]).server();
    assert.notEqual(second.cert, first.cert);
  }));

test("the authority's files can be read by their owner alone", () =>
  inFolder((open, folder) => {
    open().server();
    for (const name of ["authority.key", "authority.crt", "link.key", "link.crt"]) {
      assert.equal(statSync(join(folder, name)).mode & 0o077, 0, name);
    }
  }));

test("OpenSSL accepts the chain", (t) =>
  inFolder((open, folder) => {
    const authority = open(Date.now());
    writeFileSync(join(folder, "ca.pem"), authority.ca);
    writeFileSync(join(folder, "server.pem"), authority.server().cert);
    try {
      execFileSync("openssl", ["version"]);
    } catch {
      t.skip("openssl is not installed");
      return;
    }
    const options = ["verify", "-x509_strict", "-purpose", "sslserver", "-verify_hostname"];
    const files = ["localhost", "-CAfile", join(folder, "ca.pem"), join(folder, "server.pem")];
    assert.match(execFileSync("openssl", [...options, ...files]).toString(), /OK/);
  }));
