/**
 * API keys: for programs that call the hub.
 *
 * @module
 */
import type { Scope } from "../../sdk/api/scope.ts";
import type { Control, ControlRow } from "../control.ts";
import { type Caller, parseScopes, scopesText } from "./caller.ts";
import { digest, makeSecret, type Random } from "./secret.ts";

/** What every key begins with, so that people and scanners know one when they see it. */
export const KEY_PREFIX = "custos_";

/** Last use is written at most this often, in ms: reading must not become writing. */
const USED_EVERY_MS = 60_000;

/** A key without its secret. Times are ms since the Unix epoch. */
export interface ApiKey {
  /** 8 hexadecimal digits. */
  readonly id: string;
  readonly name: string;
  readonly scopes: ReadonlySet<Scope>;
  readonly createdAt: number;
  readonly usedAt: number | undefined;
  readonly expiresAt: number | undefined;
}

/** What a new key is to be. */
export interface NewKey {
  readonly name: string;
  readonly scopes: readonly Scope[];
  /** Milliseconds since the Unix epoch; absent is never. */
  readonly expiresAt?: number | undefined;
}

/** The API keys of one hub. */
export interface Keys {
  /** Gives the secret, which nobody can read again. */
  create(wanted: NewKey): { readonly key: ApiKey; readonly secret: string };
  /** The caller that `secret` stands for; nothing where it is unknown or has expired. */
  find(secret: string): Caller | undefined;
  list(): readonly ApiKey[];
  /** Whether there was such a key. */
  remove(id: string): boolean;
}

/** Opens the keys in `control`. */
export function openKeys(control: Control, env: { now(): number; random: Random }): Keys {
  control.exec(`create table if not exists api_key (
    hash blob primary key, id text not null unique, name text not null, scopes text not null,
    created_at integer not null, used_at integer, expires_at integer
  ) strict, without rowid`);
  return {
    create: (wanted) => create(control, env, wanted),
    find: (secret) => find(control, env.now(), secret),
    list: () => control.all("select * from api_key order by created_at, id").map(keyOf),
    remove: (id) => control.run("delete from api_key where id = ?", id) > 0,
  };
}

function create(control: Control, env: { now(): number; random: Random }, wanted: NewKey) {
  const secret = makeSecret(KEY_PREFIX, env.random);
  const hash = digest(KEY_PREFIX, secret)!;
  const key: ApiKey = {
    id: Buffer.from(hash.subarray(0, 4)).toString("hex"),
    name: wanted.name,
    scopes: new Set(wanted.scopes),
    createdAt: env.now(),
    usedAt: undefined,
    expiresAt: wanted.expiresAt,
  };
  control.run(
    "insert into api_key (hash, id, name, scopes, created_at, expires_at) values (?, ?, ?, ?, ?, ?)",
    hash,
    key.id,
    key.name,
    scopesText(key.scopes),
    key.createdAt,
    key.expiresAt ?? null,
  );
  return { key, secret };
}

function find(control: Control, now: number, secret: string): Caller | undefined {
  const hash = digest(KEY_PREFIX, secret);
  if (hash === undefined) return undefined;
  const row = control.get("select * from api_key where hash = ?", hash);
  if (row === undefined) return undefined;
  const key = keyOf(row);
  if (key.expiresAt !== undefined && key.expiresAt <= now) return undefined;
  if (key.usedAt === undefined || key.usedAt + USED_EVERY_MS <= now) {
    control.run("update api_key set used_at = ? where hash = ?", now, hash);
  }
  return { id: `key:${key.id}`, name: key.name, scopes: key.scopes, expiresAt: key.expiresAt };
}

function keyOf(row: ControlRow): ApiKey {
  return {
    id: String(row.id),
    name: String(row.name),
    scopes: parseScopes(String(row.scopes)),
    createdAt: Number(row.created_at),
    usedAt: row.used_at === null ? undefined : Number(row.used_at),
    expiresAt: row.expires_at === null ? undefined : Number(row.expires_at),
  };
}
