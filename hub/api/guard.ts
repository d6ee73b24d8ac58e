/**
 * What every request must pass before any route: Host, Origin, caller, rate.
 *
 * Host and Origin are checked on loopback too: a page of any site can make a browser call
 * 127.0.0.1, under a name of its own (DNS rebinding) or across sites.
 *
 * @module
 */
import type { Caller } from "../access/caller.ts";
import type { Keys } from "../access/keys.ts";
import type { Sessions } from "../access/sessions.ts";
import { readCookie } from "./cookie.ts";
import { createLimiter, type Limit, type Limiter } from "./limits.ts";
import type { Guard } from "./mount.ts";
import { ApiError } from "./refusal.ts";

/** What the guard decides by. */
export interface GuardParts {
  now(): number;
  /** `host:port` under which the page may be reached. */
  hosts(): ReadonlySet<string>;
  /** Whether the page is served over TLS. */
  readonly secure: boolean;
  readonly keys: Pick<Keys, "find">;
  readonly sessions: Pick<Sessions, "find">;
  readonly limits?: Partial<Limits> | undefined;
}

interface Limits {
  /** Of one known caller. */
  readonly caller: Limit;
  /** Of calls without a valid key from one address. */
  readonly unknown: Limit;
}

const LIMITS: Limits = {
  caller: { burst: 200, perSecond: 50 },
  unknown: { burst: 60, perSecond: 2 },
};

/** Creates the guard. */
export function createGuard(parts: GuardParts): Guard {
  const callers = createLimiter(parts.limits?.caller ?? LIMITS.caller, parts.now);
  const unknown = createLimiter(parts.limits?.unknown ?? LIMITS.unknown, parts.now);
  return ({ request, remote }) => {
    checkHost(parts, request);
    const again = () => identify(parts, request);
    const caller = again();
    // A valid key always passes: others cannot use up its bucket.
    if (caller === undefined) take(unknown, remote);
    else take(callers, caller.id);
    if (caller !== undefined && !hasKey(request)) checkForgery(request);
    return { caller, again };
  };
}

function checkHost(parts: GuardParts, request: Request): void {
  const hosts = parts.hosts();
  if (!hosts.has(request.headers.get("host")?.toLowerCase() ?? "")) {
    throw new ApiError("host", "Cannot answer: the Host header is not an address of this hub");
  }
  const origin = request.headers.get("origin");
  if (origin === null) return;
  const scheme = parts.secure ? "https://" : "http://";
  if (!origin.startsWith(scheme) || !hosts.has(origin.slice(scheme.length))) {
    throw new ApiError("origin", "Cannot answer: the Origin header is not this hub's page");
  }
}

/** A browser adds the cookie by itself, so what changes something must say it comes from the page. */
function checkForgery(request: Request): void {
  if (request.method === "GET" || request.method === "HEAD") return;
  if (request.headers.get("origin") === null) {
    throw new ApiError("origin", "Cannot answer: a session needs the Origin header of the page");
  }
}

function identify(parts: GuardParts, request: Request): Caller | undefined {
  const authorization = request.headers.get("authorization");
  if (authorization !== null) {
    const [scheme, secret, ...rest] = authorization.split(" ");
    if (scheme?.toLowerCase() !== "bearer" || rest.length > 0) return undefined;
    return parts.keys.find(secret ?? "");
  }
  const cookie = readCookie(request, parts.secure);
  return cookie === undefined ? undefined : parts.sessions.find(cookie);
}

function hasKey(request: Request): boolean {
  return request.headers.get("authorization") !== null;
}

function take(limiter: Limiter, who: string): void {
  const waitMs = limiter.take(who);
  if (waitMs === 0) return;
  const retryAfter = Math.ceil(waitMs / 1000);
  throw new ApiError("too_many", `Cannot answer: too many calls, wait ${retryAfter} s`, {
    retryAfter,
  });
}
