/**
 * This agent's certificate for the link: asked for, kept, renewed at half of its life.
 *
 * `DATA/link.pem`, mode 0600: the key, made on this host, and its certificate. Both are replaced in
 * one write, so that there never is the one without the other. An agent without it goes on as those
 * of 0.1.0 do: the hub takes it until it has got its first one.
 *
 * @module
 */
import { createHash, createPrivateKey, generateKeyPairSync, X509Certificate } from "node:crypto";
import { join } from "node:path";
import * as v from "valibot";
import type { Log } from "../sdk/log.ts";
import { signer } from "../sdk/proof/sign.ts";
import {
  CERTIFICATE_MS,
  CERTIFICATE_PATH,
  certificateDigest,
  CertificateNonce,
  CertificateReply,
  type CertificateRequest,
} from "../sdk/wire/certificate.ts";
import { callHub } from "./hub_call.ts";
import { type Identity, readIfThere, writeSecret } from "./identity.ts";
import type { LinkCertificate } from "./send/socket.ts";

const FILE = "link.pem";
const LOOK_EVERY_MS = 60_000;
/** A clock that runs ahead must not ask the hub for one after the other. */
const ASK_EVERY_MS = 3_600_000;

/** The hub gives no certificate. */
export class CertificateError extends Error {
  override readonly name = "CertificateError";
  /** The hub's word; `path`: it is older than certificates. */
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Who asks whom. */
export interface CertificateOptions {
  readonly folder: string;
  readonly identity: Identity;
  /** PEM of the hub's authority. */
  readonly ca: string;
  /** wss:// address of the hub's link, as it is now. */
  readonly url: () => string;
}

/** Asks the hub for a certificate of a new key and keeps both. @throws {CertificateError} */
export async function obtain(options: CertificateOptions): Promise<LinkCertificate> {
  const { folder, identity, ca } = options;
  const url = new URL(CERTIFICATE_PATH, options.url().replace(/^wss:/, "https:"));
  const { nonce } = answerOf(CertificateNonce, await callHub(url, { ca }));
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const key = publicKey.export({ format: "der", type: "spki" });
  const authority = createHash("sha256").update(new X509Certificate(ca).raw).digest();
  const digest = certificateDigest(authority, { nonce: Buffer.from(nonce, "hex"), key });
  const body: CertificateRequest = {
    agent: Buffer.from(identity.agent).toString("hex"),
    nonce,
    key: key.toString("hex"),
    signature: Buffer.from(signer(identity.seed)(digest)).toString("hex"),
  };
  const reply = await callHub(url, { ca, body: JSON.stringify(body) });
  const { certificate } = answerOf(CertificateReply, reply);
  const pem = privateKey.export({ format: "pem", type: "pkcs8" }).toString();
  const made = parse(`${pem}${certificate}`);
  if (made === undefined) throw new CertificateError("reply", "Cannot use the hub's certificate");
  await writeSecret(join(folder, FILE), `${pem}${certificate}`);
  return made;
}

/** What `folder` holds; undefined where there is none that can be used. */
export async function readCertificate(folder: string): Promise<LinkCertificate | undefined> {
  const text = await readIfThere(join(folder, FILE));
  return text === undefined ? undefined : parse(text);
}

/** The certificate in use. */
export interface LinkCertificates extends Disposable {
  readonly now: LinkCertificate | undefined;
  /** The link has ended with `code`: where it was for the certificate, another one is asked for. */
  ended(code: string): void;
}

export interface KeepOptions extends CertificateOptions {
  readonly log: Log;
  readonly clock: { now(): number; after(ms: number, run: () => void): () => void };
  /** There is another one: connect anew. */
  onNew(): void;
}

/** Opens what there is, and sees to it that there always is one that holds. */
export async function keepCertificate(options: KeepOptions): Promise<LinkCertificates> {
  const { folder, log, clock, onNew } = options;
  let held = await readCertificate(folder);
  let askedAt = -Infinity;
  let isAsking = false;
  let cancel = (): void => {};
  const ask = (): void => {
    if (isAsking) return;
    isAsking = true;
    askedAt = clock.now();
    obtain(options).then((made) => {
      held = made;
      onNew();
    }, (error: unknown) => {
      // It is asked for again; a hub of 0.1.0 has none to give.
      askedAt = -Infinity;
      if (error instanceof CertificateError && error.code === "path") return;
      log.warning("No certificate for the link yet", { why: String(error) });
    }).finally(() => isAsking = false);
  };
  const look = (): void => {
    const isDue = held === undefined || clock.now() > held.notAfter - CERTIFICATE_MS / 2;
    if (isDue && Math.abs(clock.now() - askedAt) > ASK_EVERY_MS) ask();
    cancel = clock.after(LOOK_EVERY_MS, look);
  };
  look();
  return {
    get now() {
      return held;
    },
    ended: (code) => {
      if (code.startsWith("certificate-")) ask();
    },
    [Symbol.dispose]: () => cancel(),
  };
}

function parse(text: string): LinkCertificate | undefined {
  const at = text.indexOf("-----BEGIN CERTIFICATE-----");
  const [key, cert] = [text.slice(0, at), text.slice(at)];
  try {
    const certificate = new X509Certificate(cert);
    if (!certificate.checkPrivateKey(createPrivateKey(key))) return undefined;
    const hash = new Uint8Array(createHash("sha256").update(certificate.raw).digest());
    return { key, cert, hash, notAfter: Date.parse(certificate.validTo) };
  } catch {
    return undefined;
  }
}

function answerOf<S extends v.GenericSchema>(
  schema: S,
  { status, body }: { readonly status: number; readonly body: string },
): v.InferOutput<S> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    // Judged below.
  }
  const answer = v.safeParse(schema, parsed);
  if (status === 200 && answer.success) return answer.output;
  const refusal = v.safeParse(v.object({ code: v.string() }), parsed);
  const code = refusal.success ? refusal.output.code : "reply";
  throw new CertificateError(code, `Cannot get a certificate: the hub refuses with "${code}"`);
}
