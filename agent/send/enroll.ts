/**
 * Enrols this agent at a hub with a token that its operator was given.
 *
 * @module
 */
import { createHash, X509Certificate } from "node:crypto";
import { request as httpsRequest } from "node:https";
import * as v from "valibot";
import type { Sign } from "../../sdk/proof/sign.ts";
import {
  agentIdOf,
  CA_PATH,
  ENROLL_PATH,
  enrollDigest,
  EnrollReply,
  type EnrollRequest,
  parseToken,
} from "../../sdk/wire/enroll.ts";

const MAX_REPLY_BYTES = 64 * 1024;
const TIMEOUT_MS = 15_000;

/** Enrolment did not work. `permanent`: the same token never will. */
export class EnrollError extends Error {
  override readonly name = "EnrollError";
  readonly code: "unreachable" | "fingerprint" | "refused" | "reply";
  readonly permanent: boolean;

  constructor(code: EnrollError["code"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.permanent = code === "fingerprint" || code === "refused";
  }
}

export interface EnrollOptions {
  /** The link's address, such as `wss://hub.example:7443`. */
  readonly url: string;
  readonly token: string;
  /** This agent's public key, 32 bytes, and what signs with it. */
  readonly publicKey: Uint8Array;
  readonly sign: Sign;
  readonly host: string;
  readonly os: string;
}

/**
 * Gets the hub's authority, holds it against the token, and registers this agent's key.
 *
 * @throws {TokenError} If the token is none.
 * @throws {EnrollError} If the hub cannot be reached, is another than the token's, or refuses.
 */
export async function enroll(options: EnrollOptions): Promise<EnrollReply> {
  const { url, token, publicKey, sign, host, os } = options;
  const { secret, fingerprint } = parseToken(token);
  const ca = await call({ url, path: CA_PATH });
  if (fingerprintOf(ca.text) !== fingerprint) {
    throw new EnrollError(
      "fingerprint",
      `Cannot enrol at ${url}: its certificate is not the one that the token names`,
    );
  }
  const body: EnrollRequest = {
    secret,
    publicKey: Buffer.from(publicKey).toString("hex"),
    host,
    os,
    signature: Buffer.from(sign(enrollDigest(secret, publicKey))).toString("hex"),
  };
  const reply = await call({ url, path: ENROLL_PATH, ca: ca.text, body: JSON.stringify(body) });
  return replyOf(reply, { url, fingerprint, agent: agentIdOf(publicKey) });
}

function replyOf(
  { status, text }: Answer,
  expect: { readonly url: string; readonly fingerprint: string; readonly agent: string },
): EnrollReply {
  const parsed = parseJson(text);
  if (status !== 200) {
    const refusal = v.safeParse(v.object({ code: v.string() }), parsed);
    const code = refusal.success ? refusal.output.code : String(status);
    throw new EnrollError("refused", `Cannot enrol at ${expect.url}: the hub says "${code}"`);
  }
  const reply = v.safeParse(EnrollReply, parsed);
  const isOurs = reply.success && reply.output.agent === expect.agent &&
    fingerprintOf(reply.output.ca) === expect.fingerprint;
  if (!isOurs) throw new EnrollError("reply", `Cannot enrol at ${expect.url}: no proper answer`);
  return reply.output;
}

interface Call {
  readonly url: string;
  readonly path: string;
  /** PEM to trust; absent: trust nobody, take what comes, compare it after. */
  readonly ca?: string;
  readonly body?: string;
}

interface Answer {
  readonly status: number;
  readonly text: string;
}

function call({ url, path, ca, body }: Call): Promise<Answer> {
  const address = new URL(path, url.replace(/^wss:/, "https:"));
  return new Promise((resolve, reject) => {
    const fail = (cause: unknown): void =>
      reject(new EnrollError("unreachable", `Cannot reach hub at ${url}`, { cause }));
    const request = httpsRequest(address, {
      method: body === undefined ? "GET" : "POST",
      minVersion: "TLSv1.2",
      // Without a CA nothing secret is sent: the certificate is compared with the token's.
      ...(ca === undefined ? { rejectUnauthorized: false } : { ca }),
      ...(body !== undefined && { headers: { "content-type": "application/json" } }),
      timeout: TIMEOUT_MS,
      agent: false,
    }, (response) => {
      const chunks: Buffer[] = [];
      let size = 0;
      response.on("data", (chunk: Buffer) => {
        size += chunk.length;
        if (size > MAX_REPLY_BYTES) request.destroy(new Error("Reply is too long"));
        else chunks.push(chunk);
      });
      response.on("error", fail);
      response.on("end", () => {
        resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString("utf8") });
      });
    });
    request.on("timeout", () => request.destroy(new Error("No answer in time")));
    request.on("error", fail);
    request.end(body);
  });
}

function fingerprintOf(pem: string): string | undefined {
  try {
    return createHash("sha256").update(new X509Certificate(pem).raw).digest("hex");
  } catch {
    return undefined;
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
