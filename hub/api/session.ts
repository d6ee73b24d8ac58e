/**
 * Answers `/v1/session`.
 *
 * @module
 */
import { closeSession, getSession, openSession, type Session } from "../../sdk/api/session.ts";
import type { Caller } from "../access/caller.ts";
import type { Sessions } from "../access/sessions.ts";
import { readCookie, writeCookie } from "./cookie.ts";
import { type HubApp, mount } from "./mount.ts";
import { ApiError } from "./refusal.ts";

/** What the session routes need of the hub. */
export interface SessionParts {
  now(): number;
  readonly secure: boolean;
  readonly sessions: Pick<Sessions, "exchange" | "close">;
}

export function mountSession(app: HubApp, parts: SessionParts): void {
  const { secure } = parts;
  mount(app, openSession, ({ body }) => {
    const opened = parts.sessions.exchange(body.code);
    if (opened === undefined) {
      throw new ApiError(
        "unauthenticated",
        "Cannot sign in: the link was used or is over five minutes old, " +
          "make another with custos-hub login",
      );
    }
    const seconds = Math.floor(((opened.caller.expiresAt ?? 0) - parts.now()) / 1000);
    return withCookie(sessionOf(opened.caller), writeCookie(opened.secret, { secure, seconds }));
  });
  mount(app, getSession, ({ caller }) => sessionOf(caller));
  mount(app, closeSession, ({ request }) => {
    const secret = readCookie(request, secure);
    if (secret !== undefined) parts.sessions.close(secret);
    return withCookie({ closed: secret !== undefined }, writeCookie("", { secure, seconds: 0 }));
  });
}

function sessionOf(caller: Caller): Session {
  const { name, scopes, expiresAt } = caller;
  return {
    name,
    scopes: [...scopes],
    expiresAt: expiresAt === undefined ? null : new Date(expiresAt).toISOString(),
  };
}

function withCookie(reply: object, cookie: string): Response {
  return Response.json(reply, { headers: { "set-cookie": cookie } });
}
