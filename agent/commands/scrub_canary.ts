/**
 * `custos scrub canary`: plants canaries in every column, in ten encodings, and looks for them in
 * what would leave this host.
 *
 * @module
 */
import { randomBytes } from "node:crypto";
import { rowOf } from "../../sdk/columns/cell.ts";
import { TableWriter } from "../../sdk/columns/writer.ts";
import { type Treatment, treatmentOf } from "../../sdk/scrub/policy.ts";
import type { Policy } from "../../sdk/scrub/policy.ts";
import { leavesOf } from "../../sdk/scrub/scan_column.ts";
import { openScrubber, type Scrubber } from "../../sdk/scrub/scrubber.ts";
import type { ColumnSpec, DataClass, Schema } from "../../sdk/table.ts";
import { BodyEncoder, decodeRawBody } from "../../sdk/wire/body.ts";
import {
  type Canary,
  detectable,
  type Encoding,
  ENCODINGS,
  foundIn,
  number,
  typed,
} from "./canary_words.ts";
import { type Call, EXIT, UsageError } from "./command.ts";
import { configIfThere, type SourceTable, tablesOf } from "./scrub_tables.ts";

/** A control that is not found where it stands: then the search proves nothing. */
export class CanaryError extends Error {
  override readonly name = "CanaryError";
  readonly code = "control";
}

/** What became of the canaries of one column in one encoding. */
export interface Cell {
  readonly source: string;
  readonly table: string;
  readonly column: string;
  readonly treatment: Treatment;
  readonly encoding: string;
  readonly claimed: boolean;
  readonly planted: number;
  /** What was found again: kinds, or typed columns whose value it was. */
  readonly survived: readonly string[];
}

export async function canary(call: Call): Promise<number> {
  const [, ...rest] = call.positionals;
  if (rest.length > 0) throw new UsageError(`there is one word too many: "${rest[0]}"`);
  const loaded = await configIfThere(call);
  const policy = loaded?.policy ?? { columns: {} };
  if (loaded === undefined) call.err("No config is here: these are all plugins, without a policy");
  const key = { epoch: 1, bytes: new Uint8Array(randomBytes(32)) };
  const scrubber = openScrubber({ policy, key });
  let planted = 0;
  let leaks = 0;
  for (const table of tablesOf(call, loaded)) {
    const cells = judgeTable({ table, policy, scrubber });
    planted += cells.reduce((sum, cell) => sum + cell.planted, 0);
    leaks += cells.filter(isLeak).length;
    await call.out(
      call.json ? cells.map((cell) => `${JSON.stringify(cell)}\n`).join("") : textOf(table, cells),
    );
  }
  call.err(`${planted} canaries planted, ${leaks} cells in which one survives that must not`);
  return leaks === 0 ? EXIT.ok : EXIT.failed;
}

/** One table under test. */
export interface Trial {
  readonly table: SourceTable;
  readonly policy: Policy;
  readonly scrubber: Scrubber;
}

/** Plants in every column of a table. @throws {CanaryError} If the search finds no control. */
export function judgeTable(trial: Trial): readonly Cell[] {
  checkControl(trial);
  return cellsOf(trial);
}

function isLeak({ claimed, survived }: Cell): boolean {
  return claimed && survived.length > 0;
}

/** The same search must find what stands in a column that is kept. @throws {CanaryError} */
function checkControl({ table: { schema }, policy, scrubber }: Trial): void {
  const kept = Object.entries(schema.columns).find(([name, spec]) =>
    spec.type === "string" && treatmentOf(policy, { table: schema.name, name }, spec) === "keep"
  );
  if (kept === undefined) {
    const what = "it has no text column that is kept, in which a control could be found";
    throw new CanaryError(`Cannot judge ${schema.name}: ${what}`);
  }
  for (const { name, encode } of ENCODINGS) {
    const control = typed("control", "");
    const left = leaving({ schema, scrubber }, [{ [kept[0]]: encode(control.value) }]);
    if (foundIn(left, control.core).includes(name)) continue;
    const what = `a control in ${kept[0]} in ${name} is not found, so the search proves nothing`;
    throw new CanaryError(`Cannot judge ${schema.name}: ${what}`);
  }
}

function cellsOf(trial: Trial): readonly Cell[] {
  const { table: { source, schema }, policy, scrubber } = trial;
  return Object.entries(schema.columns).flatMap(([column, spec]) => {
    const treatment = treatmentOf(policy, { table: schema.name, name: column }, spec);
    return ENCODINGS.flatMap((encoding): readonly Cell[] => {
      const plants = plantsFor(schema, { column, spec, treatment, encoding });
      if (plants.length === 0) return [];
      const left = leaving({ schema, scrubber }, plants.map(({ row }) => row));
      const survived = plants.filter(({ canary: { core } }) => foundIn(left, core).length > 0)
        .map(({ canary: { what } }) => what);
      const claimed = encoding.isClaimed || treatment === "token" || treatment === "drop";
      const where = { source, table: schema.name, column, treatment, encoding: encoding.name };
      return [{ ...where, claimed, planted: plants.length, survived }];
    });
  });
}

interface Plant {
  readonly canary: Canary;
  readonly row: Readonly<Record<string, string | number | { readonly k: string }>>;
}

interface Bed {
  readonly column: string;
  readonly spec: ColumnSpec;
  readonly treatment: Treatment;
  readonly encoding: Encoding;
}

/** Values of these classes are replaced wherever they recur in their event. */
const CARRIED: ReadonlySet<DataClass> = new Set(["personal", "customer", "network", "secret"]);

function plantsFor(schema: Schema, bed: Bed): readonly Plant[] {
  const { column, spec, treatment, encoding } = bed;
  const isReplaced = treatment === "token" || treatment === "drop";
  if (isNumber(spec)) {
    // Digits have one encoding in a number.
    if (!isReplaced || encoding.name !== "utf-8") return [];
    const digits = number("number");
    return [{ canary: digits, row: { [column]: Number(digits.value) } }];
  }
  if (spec.type !== "string" && spec.type !== "dynamic") return [];
  const put = (value: string) => ({ [column]: spec.type === "dynamic" ? { k: value } : value });
  if (isReplaced) {
    const canary = typed("value", spec.kind);
    return [{ canary, row: put(encoding.encode(canary.value)) }];
  }
  const beside = (value: string) => put(`by ${encoding.encode(value)} now`);
  const found = treatment === "scan" ? detectable() : [];
  return [
    ...found.map((canary) => ({ canary, row: beside(canary.value) })),
    ...carried(schema, column, beside),
  ];
}

/** Values of typed columns that stand once more in `column`. */
function carried(
  schema: Schema,
  column: string,
  beside: (value: string) => Plant["row"],
): readonly Plant[] {
  return Object.entries(schema.columns).flatMap(([name, spec]): readonly Plant[] => {
    if (name === column || !CARRIED.has(spec.class)) return [];
    const canary = isNumber(spec) ? number(name) : typed(name, spec.kind);
    const { value } = canary;
    if (isNumber(spec)) return [{ canary, row: { ...beside(value), [name]: Number(value) } }];
    if (spec.type !== "string" && spec.type !== "dynamic") return [];
    const other = spec.type === "dynamic" ? { k: value } : value;
    return [{ canary, row: { ...beside(value), [name]: other } }];
  });
}

function isNumber({ type }: ColumnSpec): boolean {
  return type === "int" || type === "long";
}

/** What leaves of these rows: a frame's body before it is compressed, and its texts as decoded. */
function leaving(
  { schema, scrubber }: { readonly schema: Schema; readonly scrubber: Scrubber },
  rows: readonly Plant["row"][],
): Buffer {
  const writer = new TableWriter(schema);
  for (const row of rows) writer.add(row);
  const [scrubbed] = scrubber.scrub(writer.view(), schema);
  const body = new BodyEncoder().encode({ batch: scrubbed, cursor: undefined });
  const { batch } = decodeRawBody(body, rows.length);
  const texts = rows.flatMap((_, row) => leavesOf(rowOf(batch, row)));
  return Buffer.concat([body, ...texts.flatMap((text) => [Buffer.from("\n"), text])]);
}

const WIDTH = 9;

function textOf({ source, schema }: SourceTable, cells: readonly Cell[]): string {
  const columns = [...new Set(cells.map(({ column }) => column))];
  const width = Math.max(10, ...columns.map((column) => column.length));
  const head = ENCODINGS.map(({ name }) => name.padEnd(WIDTH)).join(" ");
  const lines = columns.map((column) => {
    const marks = ENCODINGS.map(({ name }) => {
      const cell = cells.find((c) => c.column === column && c.encoding === name);
      return (cell === undefined ? "" : markOf(cell)).padEnd(WIDTH);
    });
    return `  ${column.padEnd(width)}  ${marks.join(" ")}`.trimEnd();
  });
  const leaks = cells.filter(isLeak).map(({ column, encoding, survived }) =>
    `  survives in ${column} in ${encoding}: ${survived.join(", ")}`
  );
  const others = Object.keys(schema.columns).filter((column) => !columns.includes(column));
  const rest = others.length === 0 ? [] : [`  no canary, kept or no text: ${others.join(", ")}`];
  const first = `  ${"".padEnd(width)}  ${head}`.trimEnd();
  return `${[`${source}: ${schema.name}`, first, ...lines, ...rest, ...leaks].join("\n")}\n`;
}

function markOf(cell: Cell): string {
  if (isLeak(cell)) return "SURVIVES";
  return cell.survived.length === 0 ? "gone" : "not cl.";
}
