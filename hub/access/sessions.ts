/**
 * Sign-in by one-time link, and the sessions that come of it.
 *
 * Whoever can start the hub or read its terminal gets the first link; nothing else makes one.
 *
 * @module
 */
import type { Scope } from "../../sdk/api/scope.ts";
import type { Control } from "../control.ts";
import { type Caller, parseScopes, scopesText } from "./caller.ts";
import { digest, makeSecret, type Random } from "./secret.ts";

/** How long a login code can be used, in ms. */
export const LOGIN_MS = 5 * 60_000;
/** How long a session lasts, in ms. */
export const SESSION_MS = 12 * 3_600_000;

const LOGIN_PREFIX = "login_";
const SESSION_PREFIX = "session_";

/** Who will be signed in. */
export interface Person {
  readonly name: string;
  readonly scopes: readonly Scope[];
}

/** The login codes and sessions of one hub. */
export interface Sessions {
  /** A code that can be exchanged once, within {@link LOGIN_MS}. */
  createLogin(person: Person): string;
  /** Uses up `code`; nothing where it is unknown, used or too old. */
  exchange(code: string): { readonly caller: Caller; readonly secret: string } | undefined;
  /** The caller of a session. */
  find(secret: string): Caller | undefined;
  /** Ends a session. */
  close(secret: string): void;
}

interface Env {
  now(): number;
  readonly random: Random;
}

/** Opens the sessions in `control`. */
export function openSessions(control: Control, env: Env): Sessions {
  for (const name of ["login_code", "session"]) {
    control.exec(`create table if not exists ${name} (
      hash blob primary key, name text not null, scopes text not null, expires_at integer not null
    ) strict, without rowid`);
  }
  return {
    createLogin: (person) => createLogin(control, env, person),
    exchange: (code) => control.transaction(() => exchange(control, env, code)),
    find: (secret) => find(control, env.now(), secret),
    close: (secret) => {
      const hash = digest(SESSION_PREFIX, secret);
      if (hash !== undefined) control.run("delete from session where hash = ?", hash);
    },
  };
}

function createLogin(control: Control, env: Env, person: Person): string {
  const code = makeSecret(LOGIN_PREFIX, env.random);
  control.run("delete from login_code where expires_at <= ?", env.now());
  control.run(
    "insert into login_code (hash, name, scopes, expires_at) values (?, ?, ?, ?)",
    digest(LOGIN_PREFIX, code)!,
    person.name,
    scopesText(person.scopes),
    env.now() + LOGIN_MS,
  );
  return code;
}

function exchange(control: Control, env: Env, code: string): ReturnType<Sessions["exchange"]> {
  const hash = digest(LOGIN_PREFIX, code);
  if (hash === undefined) return undefined;
  const row = control.get("select * from login_code where hash = ?", hash);
  // Used up first: of two exchanges at once, only the one that deletes the row goes on.
  const used = control.run("delete from login_code where hash = ?", hash) === 1;
  if (row === undefined || !used || Number(row.expires_at) <= env.now()) return undefined;
  const secret = makeSecret(SESSION_PREFIX, env.random);
  control.run("delete from session where expires_at <= ?", env.now());
  control.run(
    "insert into session (hash, name, scopes, expires_at) values (?, ?, ?, ?)",
    digest(SESSION_PREFIX, secret)!,
    String(row.name),
    String(row.scopes),
    env.now() + SESSION_MS,
  );
  const caller = find(control, env.now(), secret);
  return caller && { caller, secret };
}

function find(control: Control, now: number, secret: string): Caller | undefined {
  const hash = digest(SESSION_PREFIX, secret);
  if (hash === undefined) return undefined;
  const row = control.get("select * from session where hash = ?", hash);
  if (row === undefined || Number(row.expires_at) <= now) return undefined;
  return {
    id: `session:${Buffer.from(hash.subarray(0, 4)).toString("hex")}`,
    name: String(row.name),
    scopes: parseScopes(String(row.scopes)),
    expiresAt: Number(row.expires_at),
  };
}
