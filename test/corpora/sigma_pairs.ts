/**
 * The pairs of rule and record that a hunt over one EVTX file gives, and why some are there.
 *
 * @module
 */
import { cellOf, rowOf } from "../../sdk/columns/cell.ts";
import type { ColumnBatch } from "../../sdk/columns/column.ts";
import { openScrubber } from "../../sdk/scrub/scrubber.ts";
import type { Json, Schema } from "../../sdk/table.ts";
import { builtinPlugins } from "../../plugins/builtin.ts";
import { judge, rowEvent } from "../../hub/detect/sigma/judge.ts";
import type { BoundExpr, BoundField, BoundRule } from "../../hub/detect/sigma/map/bound_rule.ts";
import type { HuntMatcher } from "../../hub/hunt/matcher.ts";
import { readFile } from "../../hub/hunt/read_file.ts";

/** Pairs as `FILE RECORD RULE`. */
export interface Pairs {
  readonly found: Map<string, number>;
  /** Why a pair is missing, or is there. */
  readonly reasons: Map<string, string>;
}

export interface Run {
  readonly name: string;
  readonly file: string;
  readonly matcher: HuntMatcher;
  readonly bound: readonly BoundRule[];
  readonly pairs: Pairs;
}

type Row = Readonly<Record<string, Json>>;

/** As `custos-hub hunt` reads it, in clear; gives how many events there are. */
export async function huntPlain(run: Run): Promise<number> {
  return await read(run, "event_log", (batch) => {
    for (const { rule, row } of run.matcher.match(batch)) {
      const values = rowOf(batch, row);
      const pair = pairOf(run, rule, values);
      run.pairs.found.set(pair, (run.pairs.found.get(pair) ?? 0) + 1);
      if (!holds(rule, withoutLabel(values))) run.pairs.reasons.set(pair, LABEL);
    }
  });
}

const LABEL = "MandatoryLabel of event 4688 is the IntegrityLevel that the rule asks for";

/** As two sources of an agent read it: the Security channel has a table of its own; scrubbed. */
export async function huntScrubbed(run: Run): Promise<number> {
  const key = { epoch: 1, bytes: new Uint8Array(32).fill(7) };
  const scrubber = openScrubber({ policy: { columns: {} }, key });
  let events = 0;
  for (const plugin of ["event_log", "security_audit"]) {
    await read(run, plugin, (batch, schema) => {
      const both = { plain: batch, scrubbed: scrubber.scrub(batch, schema)[0] };
      const isOurs = Array.from({ length: batch.rows }, (_, row) => {
        return (channelOf(batch, row) === "Security") === (plugin === "security_audit");
      });
      events += isOurs.filter(Boolean).length;
      for (const { rule, row } of run.matcher.match(both.scrubbed)) {
        if (isOurs[row] === true) takeFound(run, rule, rowsOf(both, row));
      }
      for (const { rule, row } of run.matcher.match(both.plain)) {
        if (isOurs[row] === true) takeLost(run, rule, rowsOf(both, row));
      }
    });
  }
  return events;
}

function channelOf({ columns }: ColumnBatch, row: number): Json | undefined {
  const column = columns.find(({ name }) => name === "Channel");
  return column === undefined ? undefined : cellOf(column, row);
}

interface Both<T> {
  readonly plain: T;
  readonly scrubbed: T;
}

function rowsOf({ plain, scrubbed }: Both<ColumnBatch>, row: number): Both<Row> {
  return { plain: rowOf(plain, row), scrubbed: rowOf(scrubbed, row) };
}

function takeFound(run: Run, rule: BoundRule, rows: Both<Row>): void {
  const pair = pairOf(run, rule, rows.plain);
  run.pairs.found.set(pair, (run.pairs.found.get(pair) ?? 0) + 1);
  if (!holds(rule, rows.plain)) run.pairs.reasons.set(pair, `scrubbing of ${causeOf(rule, rows)}`);
  else if (!holds(rule, withoutLabel(rows.plain))) run.pairs.reasons.set(pair, LABEL);
}

function takeLost(run: Run, rule: BoundRule, rows: Both<Row>): void {
  if (holds(rule, rows.scrubbed)) return;
  run.pairs.reasons.set(pairOf(run, rule, rows.plain), `scrubbing of ${causeOf(rule, rows)}`);
}

/** The field whose scrubbing alone changes what the rule says; several where it takes several. */
function causeOf(rule: BoundRule, { plain, scrubbed }: Both<Row>): string {
  const fields = fieldsOf(rule.expr);
  const changed = fields.filter((field) => textOf(plain, field) !== textOf(scrubbed, field));
  const wanted = holds(rule, plain);
  const alone = changed.filter((field) =>
    holds(rule, withPlain(scrubbed, plain, field)) === wanted
  );
  const guilty = alone.length > 0 ? alone.slice(0, 1) : changed;
  return guilty.map((field) => {
    const name = [field.column, ...field.path ?? []].join(".");
    return `${name}: ${textOf(plain, field)} is ${textOf(scrubbed, field)}`;
  }).join("; ");
}

function textOf(row: Row, field: BoundField): string {
  return JSON.stringify(rowEvent(row).values(field)).slice(0, 200);
}

/** `row` with the value that `field` has in `plain`. */
function withPlain(row: Row, plain: Row, { column, path = [] }: BoundField): Row {
  const [name] = path;
  const original = plain[column];
  if (original === undefined) return row;
  if (name === undefined) return { ...row, [column]: original };
  const value = (original as Row)[name];
  return value === undefined
    ? row
    : { ...row, [column]: { ...(row[column] as Row), [name]: value } };
}

function fieldsOf(expr: BoundExpr): readonly BoundField[] {
  if (expr.kind === "test") return expr.field === undefined ? [] : [expr.field];
  return expr.kind === "not" ? fieldsOf(expr.of) : expr.of.flatMap(fieldsOf);
}

function holds(rule: BoundRule, row: Row): boolean {
  const event = rowEvent(row);
  return judge(rule.where, event) && judge(rule.expr, event);
}

function withoutLabel(row: Row): Row {
  const { MandatoryLabel: _, ...rest } = row;
  if (typeof rest["EventData"] !== "object" || rest["EventData"] === null) return rest;
  const { MandatoryLabel: _label, ...data } = rest["EventData"] as Row;
  return { ...rest, EventData: data };
}

function pairOf(run: Run, { rule }: BoundRule, row: Row): string {
  return `${run.name} ${String(row["EventRecordId"])} ${rule.id}`;
}

async function read(
  run: Run,
  plugin: string,
  batch: (batch: ColumnBatch, schema: Schema) => void,
): Promise<number> {
  const nothing = (): void => {};
  const { events } = await readFile({
    file: run.file,
    plugin: builtinPlugins.get(plugin)!,
    settings: {},
    signal: new AbortController().signal,
    batch,
    gap: nothing,
    log: nothing,
  });
  return events;
}
