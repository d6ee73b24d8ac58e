/**
 * Lets agents in: the HTTP half of the link listener. `POST /v1/enroll`, `GET /v1/ca`, and the
 * agents' certificates.
 *
 * @module
 */
import { type Context, Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import * as v from "valibot";
import { KeyError, keyHash, verifier } from "../../sdk/proof/sign.ts";
import {
  agentIdOf,
  CA_PATH,
  ENROLL_PATH,
  enrollDigest,
  type EnrollReply,
  EnrollRequest,
} from "../../sdk/wire/enroll.ts";
import { CERTIFICATE_PATH, CertificateRequest } from "../../sdk/wire/certificate.ts";
import type { Authority } from "../access/authority.ts";
import { createNonces, issue, type Issuer } from "./certificates.ts";
import { encodeEntry } from "./entries.ts";
import { appendEntry, type Ingest, isFull } from "./ingest.ts";
import { hexOf } from "./stream_index.ts";
import type { EnrollTokens } from "./tokens.ts";

const MAX_REQUEST_BYTES = 4096;

export interface Enrolment {
  readonly ingest: Ingest;
  readonly tokens: EnrollTokens;
  /** The key of the hub's checkpoints, 32 bytes. */
  readonly hubKey: Uint8Array;
  readonly authority: Pick<Authority, "ca" | "fingerprint" | "client">;
}

/** Why an agent was not let in. */
export type EnrollRefusal = "request" | "signature" | "token" | "shut-out";

/** Registers the agent of `request`; the answer is given when the ledger is durable. */
export async function enroll(
  { ingest, tokens, hubKey, authority }: Enrolment,
  request: EnrollRequest,
): Promise<EnrollReply | EnrollRefusal> {
  const { secret, host, os } = request;
  const publicKey = Uint8Array.from(Buffer.from(request.publicKey, "hex"));
  const signature = Uint8Array.from(Buffer.from(request.signature, "hex"));
  if (!isOwn(publicKey, enrollDigest(secret, publicKey), signature)) return "signature";
  const hash = keyHash(publicKey);
  const id = agentIdOf(publicKey);
  const known = ingest.index.agents.get(id);
  if (known?.entry.state === "shut-out") return "shut-out";
  if (!tokens.use({ secret, keyHash: hash, now: ingest.now() })) return "token";
  if (known === undefined) {
    const entry = { id, publicKey: hexOf(publicKey), host, os, state: "active" } as const;
    appendEntry(ingest, { kind: "agent", keyHash: hash, payload: encodeEntry(entry) });
  }
  await ingest.ledger.commit();
  return { agent: id, logId: hexOf(ingest.logId), hubKey: hexOf(hubKey), ca: authority.ca };
}

/** The routes; what goes wrong is a JSON object with a stable `code`. */
export function enrollRoutes(enrolment: Enrolment): Hono {
  const app = new Hono();
  const { ingest, authority } = enrolment;
  const issuer = { ingest, authority, nonces: createNonces(ingest) };
  app.get(CA_PATH, (c) => c.text(enrolment.authority.ca));
  app.get(CERTIFICATE_PATH, (c) => c.json({ nonce: issuer.nonces.give(), time: ingest.now() }));
  const limit = bodyLimit({ maxSize: MAX_REQUEST_BYTES, onError: () => refuse("size", 413) });
  app.post(CERTIFICATE_PATH, limit, (c) => answerIssue(issuer, c));
  app.post(
    ENROLL_PATH,
    limit,
    async (c) => {
      const body: unknown = await c.req.json().catch(() => undefined);
      const request = v.safeParse(EnrollRequest, body);
      const reply = request.success ? await enroll(enrolment, request.output) : "request";
      if (typeof reply !== "string") return c.json(reply);
      ingest.refusals.count(`enroll-${reply}`);
      return refuse(reply, reply === "request" ? 400 : 403);
    },
  );
  app.notFound(() => refuse("path", 404));
  app.onError((error) => {
    if (isFull(error)) return refuse("full", 503);
    enrolment.ingest.events.fatal(error);
    return refuse("hub", 500);
  });
  return app;
}

async function answerIssue(issuer: Issuer, c: Context): Promise<Response> {
  const body: unknown = await c.req.json().catch(() => undefined);
  const request = v.safeParse(CertificateRequest, body);
  const reply = request.success ? await issue(issuer, request.output) : "request";
  if (typeof reply !== "string") return c.json(reply);
  issuer.ingest.refusals.count(`issue-${reply}`);
  return refuse(reply, reply === "request" ? 400 : 403);
}

function refuse(code: string, status: number): Response {
  return Response.json({ code }, { status });
}

function isOwn(publicKey: Uint8Array, digest: Uint8Array, signature: Uint8Array): boolean {
  try {
    return verifier(publicKey)(digest, signature);
  } catch (error) {
    if (error instanceof KeyError) return false;
    throw error;
  }
}
