/**
 * What stage 5 keeps: its offset, the detectors' cells and the findings, in one transaction.
 *
 * @module
 */
import type { Control } from "../control.ts";
import type { Cell, Finding, Moment } from "./detector.ts";

/** Findings that are kept for stage 6 to read again. */
export const MOST_FINDINGS_KEPT = 100_000;

/** A finding with its number, which only grows. */
export interface Numbered {
  readonly number: number;
  readonly finding: Finding;
}

/** Everything that one step changes. */
export interface Step {
  /** First ledger entry that is not taken yet. */
  readonly next: number;
  readonly clock: Moment;
  readonly cells: ReadonlyMap<string, readonly Cell[]>;
  readonly findings: readonly Finding[];
}

/** The durable state of the detect stage. */
export interface DetectState {
  position(): { readonly next: number; readonly clock: Moment | undefined };
  cells(rule: string): readonly Cell[];
  /** Forgets the cells of all rules but these, by id and fingerprint of their definition. */
  keepOnly(rules: ReadonlyMap<string, string>): void;
  /** Durable when it returns. A finding that is there already stays as it is. */
  commit(step: Step): void;
  /** Findings alone, as {@link commit} does it. */
  add(findings: readonly Finding[]): void;
  /** Findings with numbers above `after`, ascending. */
  findings(after: number, limit: number): readonly Numbered[];
}

/** Opens the state in `control`. */
export function openDetectState(control: Control): DetectState {
  control.exec(`
    create table if not exists detect_position (
      one integer primary key check (one = 1), next integer not null, clock text not null
    ) strict;
    create table if not exists detect_rule (
      rule text primary key, fingerprint text not null
    ) strict, without rowid;
    create table if not exists detect_cell (
      rule text not null, key text not null, value text not null, primary key (rule, key)
    ) strict, without rowid;
    create table if not exists detect_finding (
      number integer primary key autoincrement, id text not null unique, finding text not null
    ) strict;
  `);
  return {
    position: () => position(control),
    cells: (rule) => cellsOf(control, rule),
    keepOnly: (rules) => control.transaction(() => keepOnly(control, rules)),
    commit: (step) => control.transaction(() => commit(control, step)),
    add: (found) => control.transaction(() => add(control, found)),
    findings: (after, limit) => findings(control, after, limit),
  };
}

function position(control: Control): ReturnType<DetectState["position"]> {
  const row = control.get("select next, clock from detect_position");
  if (row === undefined) return { next: 0, clock: undefined };
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- only commit() writes it
  return { next: Number(row["next"]), clock: JSON.parse(String(row["clock"])) as Moment };
}

function cellsOf(control: Control, rule: string): readonly Cell[] {
  return control.all("select key, value from detect_cell where rule = ?", rule)
    .map((row) => ({ key: String(row["key"]), value: String(row["value"]) }));
}

function keepOnly(control: Control, rules: ReadonlyMap<string, string>): void {
  for (const row of control.all("select rule, fingerprint from detect_rule")) {
    const rule = String(row["rule"]);
    if (rules.get(rule) === row["fingerprint"]) continue;
    control.run("delete from detect_cell where rule = ?", rule);
    control.run("delete from detect_rule where rule = ?", rule);
  }
  for (const [rule, fingerprint] of rules) {
    control.run("insert or ignore into detect_rule values (?, ?)", rule, fingerprint);
  }
}

function commit(control: Control, { next, clock, cells, findings }: Step): void {
  for (const [rule, changed] of cells) {
    for (const { key, value } of changed) {
      if (value === undefined) {
        control.run("delete from detect_cell where rule = ? and key = ?", rule, key);
      } else control.run("insert or replace into detect_cell values (?, ?, ?)", rule, key, value);
    }
  }
  add(control, findings);
  control.run(
    "insert or replace into detect_position values (1, ?, ?)",
    next,
    JSON.stringify(clock),
  );
}

function add(control: Control, found: readonly Finding[]): void {
  for (const finding of found) {
    control.run(
      "insert or ignore into detect_finding (id, finding) values (?, ?)",
      finding.id,
      JSON.stringify(finding),
    );
  }
  if (found.length > 0) {
    control.run(
      "delete from detect_finding where number <= (select max(number) from detect_finding) - ?",
      MOST_FINDINGS_KEPT,
    );
  }
}

function findings(control: Control, after: number, limit: number): readonly Numbered[] {
  const rows = control.all(
    "select number, finding from detect_finding where number > ? order by number limit ?",
    after,
    limit,
  );
  return rows.map((row) => ({
    number: Number(row["number"]),
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- only commit() writes it
    finding: JSON.parse(String(row["finding"])) as Finding,
  }));
}
