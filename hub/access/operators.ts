/**
 * Operators: people two of whom must sign before agents follow a hub that was restored.
 *
 * Only public keys are here. Agents are told them while the hub is healthy, so that they can judge
 * a later statement (`sdk/proof/rollback.ts`) without believing the hub.
 *
 * @module
 */
import type { Operator } from "../../sdk/proof/rollback.ts";
import type { Control } from "../control.ts";

/** More are not told: a list of them is part of a welcome. */
export const MOST_OPERATORS = 32;

/** The operators of one hub. */
export interface Operators {
  /** By name. */
  list(): readonly Operator[];
  /** False if the name or the key is taken, or there are {@link MOST_OPERATORS} already. */
  add(operator: Operator, now: number): boolean;
  /** Whether there was one of this name. */
  remove(name: string): boolean;
}

/** Opens the operators in `control`. */
export function openOperators(control: Control): Operators {
  control.exec(`create table if not exists operator (
    name text primary key, public_key blob not null unique, added_at integer not null
  ) strict, without rowid`);
  const list = (): readonly Operator[] =>
    control.all("select name, public_key from operator order by name").map((row) => ({
      name: String(row.name),
      publicKey: row.public_key instanceof Uint8Array ? row.public_key : new Uint8Array(0),
    }));
  return {
    list,
    add: ({ name, publicKey }, now) =>
      list().length < MOST_OPERATORS &&
      control.run("insert or ignore into operator values (?, ?, ?)", name, publicKey, now) > 0,
    remove: (name) => control.run("delete from operator where name = ?", name) > 0,
  };
}
