/**
 * The hub's own certificate authority: agents pin it at enrolment, it signs the link listener and
 * the agents' certificates.
 *
 * Four PEM files in the hub's folder, keys readable by their owner alone: `authority.key`,
 * `authority.crt` (ten years), `link.key`, `link.crt` (90 days, renewed 30 days before).
 *
 * @module
 */
import {
  createHash,
  createPrivateKey,
  generateKeyPairSync,
  type KeyObject,
  X509Certificate,
} from "node:crypto";
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from "node:fs";
import { isIP } from "node:net";
import { join } from "node:path";
import { CERTIFICATE_MS } from "../../sdk/wire/certificate.ts";
import { makeCertificate } from "./certificate.ts";

const DAY_MS = 86_400_000;
const AUTHORITY_DAYS = 3650;
const SERVER_DAYS = 90;
const RENEW_DAYS = 30;
/** Clocks of agents may be behind. */
const BACKDATE_MS = DAY_MS;
const ALWAYS_NAMED = ["localhost", "127.0.0.1", "::1"];

/** PEM of a certificate and its private key, for `tls`. */
export interface ServerCertificate {
  readonly cert: string;
  readonly key: string;
  /** ms since the epoch. */
  readonly expiresAt: number;
}

/** PEM of an agent's certificate, and what is recorded of it. */
export interface AgentCertificate {
  readonly cert: string;
  /** SHA-256 of its DER, lower-case hex. */
  readonly hash: string;
  /** ms since the epoch. */
  readonly notAfter: number;
}

export interface Authority {
  /** PEM of the certificate that agents pin. */
  readonly ca: string;
  /** SHA-256 of its DER in hex: what an enrolment token carries. */
  readonly fingerprint: string;
  /** The link listener's certificate, made anew where it is due; call it daily. */
  server(): ServerCertificate;
  /** A new certificate for seven days of `agent`, whose public key is `key`. */
  client(agent: string, key: KeyObject): AgentCertificate;
}

export interface AuthorityOptions {
  /** The folder of its files; made if it is missing. */
  readonly folder: string;
  /** Host names and addresses that agents use, besides localhost. */
  readonly names: readonly string[];
  /** ms since the epoch. */
  readonly now: () => number;
  readonly random: (size: number) => Uint8Array;
}

/** Opens the authority in `folder`; makes it at the first start. */
export function openAuthority(options: AuthorityOptions): Authority {
  const { folder } = options;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const key = keyIn(join(folder, "authority.key"));
  const ca = authorityIn(join(folder, "authority.crt"), key, options);
  return {
    ca,
    fingerprint: fingerprintOf(ca),
    server: () => serverIn(folder, { key, ca }, options),
    client: (agent, agentKey) => clientOf(agent, agentKey, { ...options, key, ca }),
  };
}

/** SHA-256 of a PEM certificate's DER, in lower-case hex. */
export function fingerprintOf(pem: string): string {
  return createHash("sha256").update(new X509Certificate(pem).raw).digest("hex");
}

function keyIn(path: string): string {
  if (!existsSync(path)) {
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    writeDurably(path, privateKey.export({ format: "pem", type: "pkcs8" }).toString());
  }
  return readFileSync(path, "utf8");
}

function authorityIn(path: string, keyPem: string, { now, random }: AuthorityOptions): string {
  if (!existsSync(path)) {
    const key = createPrivateKey(keyPem);
    const serial = random(16);
    // The name must differ between authorities, or a client may try the wrong one's key.
    const name = `custos hub ${Buffer.from(serial).toString("hex").slice(0, 8)}`;
    const pem = makeCertificate({
      serial,
      subject: name,
      issuer: name,
      notBefore: now() - BACKDATE_MS,
      notAfter: now() + AUTHORITY_DAYS * DAY_MS,
      key,
      issuerKey: key,
    });
    writeDurably(path, pem);
  }
  return readFileSync(path, "utf8");
}

function serverIn(
  folder: string,
  authority: { readonly key: string; readonly ca: string },
  options: AuthorityOptions,
): ServerCertificate {
  const path = join(folder, "link.crt");
  const keyPem = keyIn(join(folder, "link.key"));
  const names = [...new Set([...ALWAYS_NAMED, ...options.names])];
  const held = existsSync(path) ? readFileSync(path, "utf8") : undefined;
  if (held !== undefined && isGood(held, { keyPem, names, ca: authority.ca, now: options.now() })) {
    return { cert: held, key: keyPem, expiresAt: Date.parse(new X509Certificate(held).validTo) };
  }
  const { now, random } = options;
  const expiresAt = now() + SERVER_DAYS * DAY_MS;
  const cert = makeCertificate({
    serial: random(16),
    subject: "custos hub link",
    issuer: commonNameOf(authority.ca),
    notBefore: now() - BACKDATE_MS,
    notAfter: expiresAt,
    key: createPrivateKey(keyPem),
    issuerKey: createPrivateKey(authority.key),
    names,
  });
  writeDurably(path, cert);
  return { cert, key: keyPem, expiresAt };
}

function clientOf(
  agent: string,
  key: KeyObject,
  authority: AuthorityOptions & { readonly key: string; readonly ca: string },
): AgentCertificate {
  const { now, random } = authority;
  // X.509 counts whole seconds.
  const notAfter = Math.floor((now() + CERTIFICATE_MS) / 1000) * 1000;
  const cert = makeCertificate({
    serial: random(16),
    subject: agent,
    issuer: commonNameOf(authority.ca),
    notBefore: now() - BACKDATE_MS,
    notAfter,
    key,
    issuerKey: createPrivateKey(authority.key),
    names: [],
  });
  return { cert, hash: fingerprintOf(cert), notAfter };
}

interface Wanted {
  readonly keyPem: string;
  readonly names: readonly string[];
  readonly ca: string;
  readonly now: number;
}

function isGood(pem: string, { keyPem, names, ca, now }: Wanted): boolean {
  const certificate = new X509Certificate(pem);
  return Date.parse(certificate.validTo) - now > RENEW_DAYS * DAY_MS &&
    certificate.verify(new X509Certificate(ca).publicKey) &&
    certificate.checkPrivateKey(createPrivateKey(keyPem)) &&
    names.every((name) =>
      (isIP(name) === 0 ? certificate.checkHost(name) : certificate.checkIP(name)) !== undefined
    );
}

function commonNameOf(pem: string): string {
  return /CN=(.+)/.exec(new X509Certificate(pem).subject)?.[1] ?? "";
}

/** Whole or not at all, also when the power goes: a half-written key would lock every agent out. */
function writeDurably(path: string, text: string): void {
  const part = `${path}.part`;
  writeFileSync(part, text, { mode: 0o600 });
  const file = openSync(part, "r+");
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(part, path);
}
