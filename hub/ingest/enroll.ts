/**
 * Lets agents in: the HTTP half of the link listener. `POST /v1/enroll`, `GET /v1/ca`.
 *
 * @module
 */
import { Hono } from "hono";
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
  /** PEM. */
  readonly ca: string;
}

/** Why an agent was not let in. */
export type EnrollRefusal = "request" | "signature" | "token" | "shut-out";

/** Registers the agent of `request`; the answer is given when the ledger is durable. */
export async function enroll(
  { ingest, tokens, hubKey, ca }: Enrolment,
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
  return { agent: id, logId: hexOf(ingest.logId), hubKey: hexOf(hubKey), ca };
}

/** Shuts an agent out: ends its connection, refuses its next ones. False if nobody knows it. */
export async function shutOut(ingest: Ingest, id: string): Promise<boolean> {
  const agent = ingest.index.agents.get(id);
  if (agent === undefined) return false;
  const entry = { ...agent.entry, state: "shut-out" } as const;
  appendEntry(ingest, { kind: "agent", keyHash: agent.keyHash, payload: encodeEntry(entry) });
  ingest.connected.get(id)?.end("agent");
  await ingest.ledger.commit();
  return true;
}

/** The routes; what goes wrong is a JSON object with a stable `code`. */
export function enrollRoutes(enrolment: Enrolment): Hono {
  const app = new Hono();
  const refuse = (code: string, status: number): Response => Response.json({ code }, { status });
  app.get(CA_PATH, (c) => c.text(enrolment.ca));
  app.post(
    ENROLL_PATH,
    bodyLimit({ maxSize: MAX_REQUEST_BYTES, onError: () => refuse("size", 413) }),
    async (c) => {
      const body: unknown = await c.req.json().catch(() => undefined);
      const request = v.safeParse(EnrollRequest, body);
      if (!request.success) return refuse("request", 400);
      const reply = await enroll(enrolment, request.output);
      return typeof reply === "string" ? refuse(reply, 403) : c.json(reply);
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

function isOwn(publicKey: Uint8Array, digest: Uint8Array, signature: Uint8Array): boolean {
  try {
    return verifier(publicKey)(digest, signature);
  } catch (error) {
    if (error instanceof KeyError) return false;
    throw error;
  }
}
