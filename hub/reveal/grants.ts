/**
 * Grants: who may have which sealed values, and until when.
 *
 * Each step is in the ledger before it takes effect: asked, approved, handed out. The hub cannot
 * open a box; who can (the reveal key's owner) gets none without a second person's word.
 *
 * @module
 */
import type { Grant } from "../../sdk/api/reveal.ts";
import type { Caller } from "../access/caller.ts";
import type { Control, ControlRow } from "../control.ts";
import type { RecordNote } from "../notes.ts";

/** Why a grant is not made, approved or used. */
export class GrantError extends Error {
  override readonly name = "GrantError";
  readonly code: "unknown" | "same-person" | "not-yours" | "not-approved" | "over" | "too-many";

  constructor(code: GrantError["code"], message: string) {
    super(message);
    this.code = code;
  }
}

/** A token's sealed value, base64. */
export interface TokenBox {
  readonly token: string;
  readonly box: string;
}

export interface NewGrant {
  readonly tokens: readonly string[];
  readonly why: string;
  /** How long it can be used. */
  readonly seconds: number;
}

type Person = Pick<Caller, "id" | "name">;

/** All throw {@link GrantError}. */
export interface Grants {
  request(wanted: NewGrant, by: Person): Promise<Grant>;
  list(): readonly Grant[];
  approve(id: string, by: Person, why: string): Promise<Grant>;
  take(id: string, by: Person, signal: AbortSignal): Promise<readonly TokenBox[]>;
}

export interface GrantOptions {
  readonly control: Control;
  readonly record: RecordNote;
  /** Finds what is stored of these tokens. */
  boxesOf(tokens: readonly string[], signal: AbortSignal): Promise<readonly TokenBox[]>;
  random(bytes: number): Uint8Array;
  /** ms since the Unix epoch. */
  now(): number;
}

/** So long a request waits for its approval, in ms. */
const WAIT_MS = 86_400_000;
/** Requests that wait at once. */
const MOST_WAITING = 100;
const MOST_LISTED = 200;

export function openGrants(options: GrantOptions): Grants {
  options.control.exec(`create table if not exists reveal_grant (
    id text primary key, tokens text not null, why text not null, seconds integer not null,
    requested_by text not null, requested_name text not null, requested_at integer not null,
    approved_by text, expires_at integer not null
  ) strict`);
  return {
    request: (wanted, by) => request(options, wanted, by),
    list: () =>
      options.control
        .all("select * from reveal_grant order by requested_at desc limit ?", MOST_LISTED)
        .map((row) => grantOf(row, options.now())),
    approve: (id, by, why) => approve(options, { id, why }, by),
    take: (id, by, signal) => take(options, { id, signal }, by),
  };
}

async function request(options: GrantOptions, wanted: NewGrant, by: Person): Promise<Grant> {
  const { control, record, now } = options;
  const { why, seconds } = wanted;
  const tokens = [...new Set(wanted.tokens)];
  const waiting = control.get(
    "select count(*) as n from reveal_grant where approved_by is null and expires_at > ?",
    now(),
  );
  if (Number(waiting?.["n"]) >= MOST_WAITING) {
    throw new GrantError("too-many", `Cannot ask: ${MOST_WAITING} grants wait for approval`);
  }
  const id = Buffer.from(options.random(8)).toString("hex");
  await record({ note: "reveal-request", grant: id, by: wordsOf(by), tokens, why, seconds });
  control.run(
    "insert into reveal_grant values (?, ?, ?, ?, ?, ?, ?, null, ?)",
    id,
    tokens.join(" "),
    why,
    seconds,
    by.id,
    by.name,
    now(),
    now() + WAIT_MS,
  );
  return found(options, id).grant;
}

async function approve(
  options: GrantOptions,
  { id, why }: { readonly id: string; readonly why: string },
  by: Person,
): Promise<Grant> {
  const { row, grant } = found(options, id);
  // One person with two keys is one person: names tell people, ids tell keys.
  if (row["requested_by"] === by.id || row["requested_name"] === by.name) {
    throw new GrantError("same-person", "Cannot approve: who asks for a grant cannot approve it");
  }
  if (grant.state !== "waiting") throw stateError(grant, "approve");
  await options.record({ note: "reveal-approve", grant: id, by: wordsOf(by), why });
  const changed = options.control.run(
    "update reveal_grant set approved_by = ?, expires_at = ? where id = ? and approved_by is null",
    wordsOf(by),
    options.now() + Number(row["seconds"]) * 1000,
    id,
  );
  const after = found(options, id).grant;
  if (changed === 0) throw stateError(after, "approve");
  return after;
}

async function take(
  options: GrantOptions,
  { id, signal }: { readonly id: string; readonly signal: AbortSignal },
  by: Person,
): Promise<readonly TokenBox[]> {
  const { row, grant } = found(options, id);
  if (row["requested_by"] !== by.id) {
    throw new GrantError("not-yours", "Cannot hand out: the grant is somebody else's");
  }
  if (grant.state !== "approved") throw stateError(grant, "hand out");
  const boxes = await options.boxesOf(grant.tokens, signal);
  await options.record({
    note: "reveal-handout",
    grant: id,
    by: wordsOf(by),
    tokens: grant.tokens,
    boxes: boxes.length,
  });
  return boxes;
}

function found(
  { control, now }: GrantOptions,
  id: string,
): { readonly row: ControlRow; readonly grant: Grant } {
  const row = control.get("select * from reveal_grant where id = ?", id);
  if (row !== undefined) return { row, grant: grantOf(row, now()) };
  throw new GrantError("unknown", "Cannot find the grant: there is none of that id");
}

function stateError({ state, approvedBy }: Grant, what: string): GrantError {
  if (state === "over") return new GrantError("over", `Cannot ${what}: the grant's time is over`);
  const is = approvedBy === null ? "nobody has approved it yet" : "it is approved already";
  return new GrantError("not-approved", `Cannot ${what}: ${is}`);
}

function grantOf(row: ControlRow, now: number): Grant {
  const approvedBy = row["approved_by"] === null ? null : String(row["approved_by"]);
  const expiresAt = Number(row["expires_at"]);
  return {
    id: String(row["id"]),
    tokens: String(row["tokens"]).split(" "),
    why: String(row["why"]),
    state: expiresAt <= now ? "over" : approvedBy === null ? "waiting" : "approved",
    requestedBy: `${String(row["requested_by"])} ${String(row["requested_name"])}`,
    requestedAt: new Date(Number(row["requested_at"])).toISOString(),
    approvedBy,
    expiresAt: new Date(expiresAt).toISOString(),
  };
}

function wordsOf({ id, name }: Person): string {
  return `${id} ${name}`;
}
