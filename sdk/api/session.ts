/**
 * `/v1/session`: a person's sign-in by a one-time link.
 *
 * The link holds its code behind `#`, which no browser sends, and the page exchanges it by POST:
 * a link preview cannot use it up.
 *
 * @module
 */
import * as v from "valibot";
import { defineRoute } from "./route.ts";
import { SCOPES } from "./scope.ts";
import { Instant } from "./values.ts";

export const Session = v.object({
  name: v.string(),
  scopes: v.array(v.picklist(SCOPES)),
  expiresAt: v.nullable(Instant),
});
export type Session = v.InferOutput<typeof Session>;

export const openSession = defineRoute({
  method: "POST",
  path: "/v1/session",
  summary: "Exchange the code of a one-time login link for a session",
  scope: "open",
  body: v.object({ code: v.pipe(v.string(), v.maxLength(128)) }),
  reply: Session,
});

export const getSession = defineRoute({
  method: "GET",
  path: "/v1/session",
  summary: "Show who is calling and what they may do",
  scope: "caller",
  reply: Session,
});

export const closeSession = defineRoute({
  method: "DELETE",
  path: "/v1/session",
  summary: "End the session",
  scope: "caller",
  reply: v.object({ closed: v.boolean() }),
});
