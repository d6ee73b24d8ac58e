/**
 * Enrols this agent with a hub: `sdk/wire/enroll.ts` says what is exchanged.
 *
 * @module
 */
import { X509Certificate } from "node:crypto";
import * as v from "valibot";
import { signer } from "../sdk/proof/sign.ts";
import {
  CA_PATH,
  ENROLL_PATH,
  enrollDigest,
  EnrollReply,
  type EnrollRequest,
  parseToken,
} from "../sdk/wire/enroll.ts";
import { callHub } from "./hub_call.ts";
import type { Enrolment, Identity } from "./identity.ts";

/** The hub is not the one the token is for, or refuses. */
export class EnrollError extends Error {
  override readonly name = "EnrollError";
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** What the hub's codes ask of the operator. */
const FIXES: Readonly<Record<string, string>> = {
  token: "the token is used up, too old or of another hub; make a new one on the hub",
  "shut-out": "this agent was shut out; delete its agent.key only if that was a mistake",
  signature: "the hub could not verify this agent's key",
  request: "agent and hub speak different versions",
};

interface EnrollOptions {
  /** wss:// or https:// address of the hub's link listener. */
  readonly hub: string;
  readonly token: string;
  readonly identity: Identity;
  readonly host: string;
}

/**
 * Registers the agent's key and gives what must be kept.
 *
 * @throws {EnrollError} Or `TokenError` if the token is none, `HubCallError` if nobody answers.
 */
export async function enroll(options: EnrollOptions): Promise<Enrolment> {
  const { secret, fingerprint } = parseToken(options.token);
  const { identity } = options;
  const base = new URL(options.hub.replace(/^wss:/, "https:"));
  const ca = await callHub(new URL(CA_PATH, base), { rejectUnauthorized: false });
  const actual = fingerprintOf(ca.body);
  if (actual !== fingerprint) {
    throw new EnrollError("ca", "Cannot enrol: the hub's authority is not the one in the token");
  }
  const body: EnrollRequest = {
    secret,
    publicKey: hex(identity.publicKey),
    host: options.host,
    os: `${process.platform} ${process.arch}`,
    signature: hex(signer(identity.seed)(enrollDigest(secret, identity.publicKey))),
  };
  const reply = await callHub(new URL(ENROLL_PATH, base), {
    ca: ca.body,
    body: JSON.stringify(body),
  });
  if (reply.status !== 200) refuse(reply.body);
  const told = v.safeParse(EnrollReply, parse(reply.body));
  if (!told.success) throw new EnrollError("reply", "Cannot enrol: the hub's answer is no answer");
  const { hubKey, logId } = told.output;
  const url = `wss://${base.host}`;
  return { url, hubPublicKey: hubKey, logId, ca: told.output.ca };
}

function refuse(body: string): never {
  const reply = parse(body);
  const code = typeof reply === "object" && reply !== null && "code" in reply
    ? String(reply.code)
    : "unknown";
  throw new EnrollError(code, `Cannot enrol: ${FIXES[code] ?? `the hub refuses with "${code}"`}`);
}

function fingerprintOf(pem: string): string | undefined {
  try {
    return new X509Certificate(pem).fingerprint256.replaceAll(":", "").toLowerCase();
  } catch {
    return undefined;
  }
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
