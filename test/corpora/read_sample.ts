/**
 * One sample through `custos read`, as a process of its own, and what of its fields came out.
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import { dirname, join } from "node:path";
import { toolCommand } from "../../compile/tool.mjs";
import type { FieldRecord } from "./sample_fields.ts";
import { type Leaves, leavesIndex, lostOf } from "./sample_judge.ts";
import type { SampleKind } from "./sample_kinds.ts";

const MAIN = join(dirname(dirname(import.meta.dirname)), "agent", "main.ts");

export interface LostField {
  /** From 0 on. */
  readonly record: number;
  readonly name: string;
  readonly value: string;
}

export interface SampleRead {
  readonly rows: number;
  readonly rejected: number;
  /** What the plain splitter found. */
  readonly records: number;
  /** Records for which there is an event to compare with. */
  readonly compared: number;
  readonly fields: number;
  readonly lost: readonly LostField[];
  /** Anything else that is wrong. */
  readonly problem?: string;
}

/** Reads the file at `path` as `kind` says. */
export function readSample(path: string, kind: SampleKind): SampleRead {
  const { rows, rejected, problem } = custosRead(path, kind);
  const { beside } = kind;
  if (beside !== undefined) rows.push(...custosRead(path, { ...kind, plugin: beside }).rows);
  const records = kind.split(path) ?? [];
  const find = eventsOf(records, rows, kind);
  const lost: LostField[] = [];
  let fields = 0;
  let compared = 0;
  for (const [record, all] of records.entries()) {
    const events = find(record);
    if (events.length === 0 && kind.mayLack === true) continue;
    compared++;
    fields += all.length;
    const losses = events.map((event) => lostOf(all, event)).toSorted((a, b) =>
      a.length - b.length
    );
    lost.push(...(losses[0] ?? all).map(({ name, value }) => ({ record, name, value })));
  }
  const nothing = rows.length === 0 || (compared === 0 && kind.mayLack !== true);
  const said = problem ?? (nothing ? "nothing to compare" : undefined);
  const counts = { rows: rows.length, rejected, records: records.length, compared, fields, lost };
  return { ...counts, ...(said !== undefined && { problem: said }) };
}

type Row = Readonly<Record<string, unknown>>;

/** Finds the events of a record: by a value of its own, else by its place, else all of the file. */
function eventsOf(
  records: readonly FieldRecord[],
  rows: readonly Row[],
  { key }: SampleKind,
): (record: number) => readonly Leaves[] {
  if (key !== undefined) {
    const byKey = Map.groupBy(rows, (row) => String(row[key.column]));
    const indexed = new Map(
      [...byKey].map(([value, all]) => [value, all.map((row) => leavesIndex([row]))]),
    );
    return (record) => {
      const own = records[record]?.find(({ name }) => name === key.field)?.value ?? "";
      return indexed.get(own) ?? [];
    };
  }
  if (records.length === rows.length) return (record) => [leavesIndex([rows[record]])];
  const all = [leavesIndex(rows)];
  return () => all;
}

function custosRead(path: string, { plugin, set, lines, damaged }: SampleKind) {
  const [program = "", ...words] = toolCommand("bun");
  const input = lines?.(path);
  const more = set === undefined ? [] : ["--set", JSON.stringify(set)];
  const { status, stdout, stderr } = spawnSync(
    program,
    [
      ...words,
      MAIN,
      "read",
      plugin,
      input === undefined ? path : "-",
      "--output",
      "ndjson",
      ...more,
    ],
    { input: input === undefined ? "" : `${input.join("\n")}\n`, maxBuffer: 2 ** 30 },
  );
  const rows = stdout.toString().split("\n").filter((line) => line !== "")
    .map((line) => (JSON.parse(line) as { readonly row: Readonly<Record<string, unknown>> }).row);
  const rejected = rows.filter((row) => "_ParseError" in row).length;
  const isDone = status === 0 || (status === 4 && damaged?.test(path) === true);
  const problem = isDone ? undefined : `exit code ${status}: ${stderr.toString().trim()}`;
  return { rows, rejected, problem };
}
