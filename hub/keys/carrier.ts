/**
 * Carries the key holder's sealed packages to agents. The hub has no token key and cannot open one:
 * it keeps the newest of each agent, tells the ledger of it, and hands it over at each connection.
 *
 * @module
 */
import type { AgentKeys } from "../../sdk/api/keys.ts";
import { isOwnBoxKey, type SignedBoxKey } from "../../sdk/keys/agent_key.ts";
import { PackageError, type PackageHead, readPackage } from "../../sdk/keys/key_package.ts";
import type { Control, ControlRow } from "../control.ts";
import type { Connected } from "../ingest/ingest.ts";
import { type Agent, hexOf, type StreamIndex } from "../ingest/stream_index.ts";
import type { Note } from "../notes.ts";

/** Why a package is not carried. */
export class CarrierError extends Error {
  override readonly name = "CarrierError";
  readonly permanent = true;
  readonly code: "unknown" | "shut-out" | "form" | "agent" | "serial";

  constructor(code: CarrierError["code"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** What connections need. */
export interface KeyCarrier {
  /** Takes what a hello tells; false if the agent has not signed it. The caller commits. */
  told(agent: Agent, boxKey: SignedBoxKey): boolean;
  /** The newest package of an agent, by its id in hex. */
  packageOf(agent: string): Uint8Array | undefined;
  /** What the agent said of a package. */
  answered(agent: string, answer: { readonly serial: number; readonly code: string }): void;
}

/** What the API needs besides. */
export interface Keyring extends KeyCarrier {
  list(): readonly AgentKeys[];
  /**
   * Keeps a package and sends it where the agent is connected; gives whether it is.
   *
   * @throws {CarrierError}
   */
  put(agent: string, bytes: Uint8Array): Promise<boolean>;
}

export interface CarrierOptions {
  readonly control: Control;
  readonly index: StreamIndex;
  readonly connected: ReadonlyMap<string, Connected>;
  /** Appends a note; the next commit makes it durable. */
  append(note: Note): void;
  commit(): Promise<unknown>;
  /** ms since the Unix epoch. */
  now(): number;
}

/** Opens what is kept in `control`. */
export function openKeyring(options: CarrierOptions): Keyring {
  const { control, index, append } = options;
  control.exec(`
    create table if not exists box_key (agent text primary key, key blob, signature blob) strict;
    create table if not exists key_package (
      agent text primary key, serial integer not null, at integer not null, bytes blob not null
    ) strict;
    create table if not exists key_answer (
      agent text primary key, serial integer not null, code text not null
    ) strict`);
  return {
    told(agent, boxKey) {
      const { id, publicKey } = agent.entry;
      if (!isOwnBoxKey(id, new Uint8Array(Buffer.from(publicKey, "hex")), boxKey)) return false;
      const { key, signature } = boxKey;
      const known = control.get("select key from box_key where agent = ?", id)?.["key"];
      if (known instanceof Uint8Array && hexOf(known) === hexOf(key)) return true;
      append({ note: "box-key", agent: id, key: hexOf(key) });
      control.run("insert or replace into box_key values (?, ?, ?)", id, key, signature);
      return true;
    },
    packageOf(agent) {
      const bytes = control.get("select bytes from key_package where agent = ?", agent)?.["bytes"];
      return bytes instanceof Uint8Array ? bytes : undefined;
    },
    answered(agent, { serial, code }) {
      control.run("insert or replace into key_answer values (?, ?, ?)", agent, serial, code);
    },
    list: () => [...index.agents.values()].map((agent) => shown(control, agent)),
    put: (agent, bytes) => put(options, agent, bytes),
  };
}

async function put(
  { control, index, connected, append, commit, now }: CarrierOptions,
  agent: string,
  bytes: Uint8Array,
): Promise<boolean> {
  const head = headOf(bytes);
  const state = index.agents.get(agent)?.entry.state;
  if (state === undefined) {
    throw new CarrierError("unknown", `Cannot carry package: no agent ${agent} has enrolled`);
  }
  if (state === "shut-out") {
    throw new CarrierError("shut-out", `Cannot carry package: agent ${agent} is shut out`);
  }
  if (head.agent !== agent) {
    throw new CarrierError("agent", "Cannot carry package: it is for another agent");
  }
  const last = control.get("select serial from key_package where agent = ?", agent)?.["serial"];
  if (last !== undefined && head.serial <= Number(last)) {
    throw new CarrierError(
      "serial",
      `Cannot carry package: its serial is ${head.serial}, must be above ${Number(last)}`,
    );
  }
  const { serial, epochs } = head;
  append({ note: "token-key-epochs", agent, serial, holder: hexOf(head.holder), epochs });
  await commit();
  control.run(
    "insert or replace into key_package values (?, ?, ?, ?)",
    agent,
    serial,
    now(),
    bytes,
  );
  const link = connected.get(agent);
  link?.keys?.(bytes);
  return link?.keys !== undefined;
}

function headOf(bytes: Uint8Array): PackageHead {
  try {
    return readPackage(bytes);
  } catch (cause) {
    if (!(cause instanceof PackageError)) throw cause;
    throw new CarrierError("form", "Cannot carry package: its bytes are none", { cause });
  }
}

function shown(control: Control, { entry }: Agent): AgentKeys {
  const { id, host, state, publicKey } = entry;
  const box = control.get("select * from box_key where agent = ?", id);
  const answer = control.get("select * from key_answer where agent = ?", id);
  return {
    agent: id,
    host,
    state,
    publicKey,
    boxKey: box === undefined
      ? null
      : { key: hexIn(box, "key"), signature: hexIn(box, "signature") },
    package: shownPackage(control.get("select * from key_package where agent = ?", id)),
    answer: answer === undefined
      ? null
      : { serial: Number(answer["serial"]), code: String(answer["code"]) },
  };
}

function shownPackage(row: ControlRow | undefined): AgentKeys["package"] {
  const bytes = row?.["bytes"];
  if (!(bytes instanceof Uint8Array)) return null;
  const { serial, holder, epochs } = readPackage(bytes);
  const at = new Date(Number(row?.["at"])).toISOString();
  return { serial, holder: hexOf(holder), at, epochs: [...epochs] };
}

function hexIn(row: ControlRow, name: string): string {
  const value = row[name];
  return value instanceof Uint8Array ? hexOf(value) : "";
}
