/**
 * The models of a hub: in its control file, as they were signed.
 *
 * A model that is active is what the running hub writes into the ledger next (`keep_models.ts`); from
 * that entry on it is in force.
 *
 * @module
 */
import type { Control, ControlRow } from "../control.ts";
import type { SignedModel } from "../detect/behaviour/model.ts";

/** One model. */
export interface StoredModel extends SignedModel {
  readonly rule: string;
  /** Of its rule, from 1 on. */
  readonly number: number;
  /** JSON of what the trainer found when it compared it, for people. */
  readonly comparison: string;
}

/** Which model a rule is to have, and who wants it why. */
export interface Choice {
  readonly rule: string;
  readonly number: number;
  readonly by: string;
  readonly why: string;
}

/** A choice that is in the ledger. */
export interface InForce {
  readonly number: number;
  /** Of the rule as it then was: another definition's detector has forgotten the model. */
  readonly fingerprint: string;
  readonly entry: number;
}

export interface ModelStore {
  /** The number that the next model of `rule` has. */
  next(rule: string): number;
  add(model: StoredModel): void;
  get(rule: string, number: number): StoredModel | undefined;
  /** By rule and number, of one rule or all. */
  list(rule?: string): readonly Omit<StoredModel, "text">[];
  /** The latest choice of each rule. */
  choices(): readonly Choice[];
  choose(choice: Choice): void;
  /** The choice of `rule` before the latest that was of another model. */
  before(rule: string): Choice | undefined;
  inForce(rule: string): InForce | undefined;
  /** Undefined: its detector has forgotten whatever was in force. */
  setInForce(rule: string, force: InForce | undefined): void;
}

/** Opens the models in `control`. */
export function openModels(control: Control): ModelStore {
  control.exec(`
    create table if not exists model (
      rule text not null, number integer not null, text text not null, hash text not null,
      signature text not null, comparison text not null, primary key (rule, number)
    ) strict;
    create table if not exists model_choice (
      serial integer primary key autoincrement, rule text not null, number integer not null,
      by text not null, why text not null
    ) strict;
    create table if not exists model_force (
      rule text primary key, number integer not null, fingerprint text not null,
      entry integer not null
    ) strict, without rowid;
  `);
  return { ...storedModels(control), ...choices(control), ...inForce(control) };
}

function storedModels(control: Control): Pick<ModelStore, "next" | "add" | "get" | "list"> {
  return {
    next: (rule) =>
      1 +
      Number(control.get("select max(number) as n from model where rule = ?", rule)?.["n"] ?? 0),
    add({ rule, number, text, hash, signature, comparison }) {
      const sql = "insert into model values (?, ?, ?, ?, ?, ?)";
      control.run(sql, rule, number, text, hash, signature, comparison);
    },
    get(rule, number) {
      const row = control.get("select * from model where rule = ? and number = ?", rule, number);
      return row && { ...listed(row), text: String(row["text"]) };
    },
    list: (rule) =>
      control.all(
        `select rule, number, hash, signature, comparison from model
         where rule = coalesce(?, rule) order by rule, number`,
        rule ?? null,
      ).map(listed),
  };
}

function choices(control: Control): Pick<ModelStore, "choices" | "choose" | "before"> {
  const latest = "select max(serial) from model_choice group by rule";
  return {
    choices: () =>
      control.all(`select * from model_choice where serial in (${latest}) order by rule`)
        .map(choiceOf),
    choose({ rule, number, by, why }) {
      const sql = "insert into model_choice (rule, number, by, why) values (?, ?, ?, ?)";
      control.run(sql, rule, number, by, why);
    },
    before(rule) {
      const row = control.get(
        `select * from model_choice as one where rule = ? and number <> (
           select number from model_choice where rule = one.rule order by serial desc limit 1
         ) order by serial desc limit 1`,
        rule,
      );
      return row && choiceOf(row);
    },
  };
}

function inForce(control: Control): Pick<ModelStore, "inForce" | "setInForce"> {
  return {
    inForce(rule) {
      const row = control.get("select * from model_force where rule = ?", rule);
      return row && {
        number: Number(row["number"]),
        fingerprint: String(row["fingerprint"]),
        entry: Number(row["entry"]),
      };
    },
    setInForce(rule, force) {
      if (force === undefined) {
        control.run("delete from model_force where rule = ?", rule);
        return;
      }
      const { number, fingerprint, entry } = force;
      const sql = "insert or replace into model_force values (?, ?, ?, ?)";
      control.run(sql, rule, number, fingerprint, entry);
    },
  };
}

function listed(row: ControlRow): Omit<StoredModel, "text"> {
  return {
    rule: String(row["rule"]),
    number: Number(row["number"]),
    hash: String(row["hash"]),
    signature: String(row["signature"]),
    comparison: String(row["comparison"]),
  };
}

function choiceOf(row: ControlRow): Choice {
  return {
    rule: String(row["rule"]),
    number: Number(row["number"]),
    by: String(row["by"]),
    why: String(row["why"]),
  };
}
