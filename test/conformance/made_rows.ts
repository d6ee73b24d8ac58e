/**
 * Rows for tables of the community's queries. Each row is made for one query that reads its table:
 * where that query compares a column, the row has a value that the comparison holds for.
 *
 * @module
 */
import type { BoundColumn, SchemaTable } from "../../hub/query/kql/syntax.ts";
import { type Asked, askedOf, type Comparison } from "./asked_values.ts";

export interface RowOptions {
  readonly queries: readonly string[];
  /** Rows that each query has in each table that it reads. */
  readonly rowsEach: number;
  /** Ticks since the epoch. */
  readonly now: bigint;
  /** From 0 to 1. */
  readonly random: () => number;
}

/** `CREATE TABLE` and its rows, as one statement. */
export function madeTable({ name, columns }: SchemaTable, options: RowOptions): string {
  const reads = new RegExp(`\\b${name}\\b`);
  const readers = options.queries.filter((query) => reads.test(query)).map(askedOf);
  const sources = readers.length > 0 ? readers : [new Map()];
  const rows = sources.flatMap((asked, nth) =>
    Array.from({ length: options.rowsEach }, (_, i) => {
      const row = { asked, number: nth * options.rowsEach + i };
      return `(${columns.map((column) => cell(column, row, options)).join(", ")})`;
    })
  );
  const names = columns.map((column) => quoted(column.name));
  const types = columns.map((column) => SQL_TYPES[column.type] ?? "varchar");
  const casts = names.map((column, i) => `${column}::${types[i]} as ${column}`);
  return `create table ${quoted(`made ${name}`)} as select ${casts.join(", ")}
    from (values ${rows.join(", ")}) as v(${names.join(", ")})`;
}

const SQL_TYPES: Readonly<Record<string, string>> = {
  bool: "boolean",
  int: "integer",
  long: "bigint",
  real: "double",
  datetime: "bigint",
  timespan: "bigint",
};

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

const TICKS_PER_HOUR = 36_000_000_000;
/** Most rows are of the last hour and day, some of the last weeks and months. */
const SPANS_IN_HOURS = [1, 24, 24, 24, 24, 24, 24 * 14, 24 * 14, 24 * 120];

interface Row {
  readonly asked: Asked;
  readonly number: number;
}

function cell({ name, type }: BoundColumn, row: Row, options: RowOptions): string {
  const { now, random } = options;
  const asked = row.asked.get(name) ?? [];
  switch (type) {
    case "datetime": {
      const hours = random() * picked(SPANS_IN_HOURS, random);
      return String(now - BigInt(Math.floor(hours * TICKS_PER_HOUR)));
    }
    case "int":
    case "long":
      return String(Math.trunc(numberFor(asked, random) ?? row.number % 5000));
    case "real":
      return String(numberFor(asked, random) ?? Math.round(random() * 10 ** (row.number % 9)) / 10);
    case "bool":
      return random() < 0.5 ? "true" : "false";
    case "dynamic":
      return text(JSON.stringify(dynamicCell(name, row, random)));
    default:
      return text(textFor(asked, random) ?? usualText(name, row.number, random));
  }
}

/** A few hosts, people and addresses do most; some come up once. */
function usualText(name: string, row: number, random: () => number): string {
  if (/IP$|Ip|Address$/.test(name)) return `203.0.${row % 4}.${row % 250}`;
  const kind = KINDS.find(([pattern]) => pattern.test(name))?.[1] ?? name;
  return random() < 0.1 ? `${kind}-${row}` : `${kind}${row % 3}`;
}

/** Columns of one kind have the same values, so that they can be joined. */
const KINDS: readonly (readonly [RegExp, string])[] = [
  [/Domain/, "CORP"],
  [/Computer|Host|Device(?:Name)?$/, "host"],
  [/User|Account|Actor|Identity/, "person"],
];

/** A number that most of the comparisons hold for; none where there are none. */
function numberFor(asked: readonly Comparison[], random: () => number): number | undefined {
  const numbers = asked.flatMap(({ operator, values }) =>
    values.filter((value) => /^-?\d{1,9}(\.\d+)?$/.test(value))
      .map((value) => Number(value) + (NEXT_TO[operator] ?? 0))
  );
  return numbers.length > 0 ? picked(numbers, random) : undefined;
}

const NEXT_TO: Readonly<Record<string, number>> = { ">": 1, "<": -1 };
const PARTS = /^(?:has|contains|hasprefix|hassuffix|has_all|has_cs|contains_cs)$/;

/** A text that most of the comparisons hold for; none where there are none. */
function textFor(asked: readonly Comparison[], random: () => number): string | undefined {
  if (asked.length === 0) return undefined;
  if (asked.some(({ operator }) => operator === "isempty") && random() < 0.4) return "";
  const whole = asked.filter(({ operator }) => WHOLE.has(operator)).flatMap((one) => one.values);
  if (whole.length > 0 && random() < 0.8) return picked(whole, random);
  const of = (test: (operator: string) => boolean): readonly Comparison[] =>
    asked.filter(({ operator }) => test(operator));
  const first = of((operator) => operator.startsWith("startswith")).flatMap((one) => one.values);
  const last = of((operator) => operator.startsWith("endswith")).flatMap((one) => one.values);
  const parts = of((operator) => PARTS.test(operator)).flatMap((one) => one.values);
  const any = of((operator) => operator === "has_any").map((one) => picked(one.values, random));
  const between = random() < 0.5 || parts.length === 0 ? parts : [picked(parts, random)];
  const all = [
    ...first.length > 0 ? [picked(first, random)] : [],
    ...between,
    ...any,
    ...last.length > 0 ? [picked(last, random)] : [],
  ].join(" ");
  return all === "" ? whole[0] ?? "x" : all;
}

const WHOLE: ReadonlySet<string> = new Set(["==", "=~", "in", "in~"]);

function picked<T>(list: readonly T[], random: () => number): T {
  return list[Math.floor(random() * list.length)]!;
}

/** Values whose shape queries count on. */
function dynamicCell(name: string, { asked, number }: Row, random: () => number): unknown {
  const own = textFor(asked.get(name) ?? [], random) ?? "x";
  const person = usualText("User", number, random);
  switch (name) {
    case "InitiatedBy":
      return {
        user: { userPrincipalName: person, ipAddress: `203.0.113.${number % 250}`, id: person },
        app: { displayName: "Portal", servicePrincipalId: "2" },
      };
    case "TargetResources":
      return Array.from({ length: 3 }, () => resource(own, asked, random));
    case "AdditionalDetails":
      return [{ key: "User-Agent", value: own }, { key: "AppId", value: "4" }];
    case "RequestContext":
      return { workspaces: ["/subscriptions/1/workspaces/a"] };
    default:
      return { key: own };
  }
}

/** What was changed, with whatever the query looks for as its name and new value. */
function resource(own: string, asked: Asked, random: () => number): unknown {
  const all = [...asked.values()].flat().flatMap(({ values }) => values);
  const any = (): string => all.length === 0 ? "x" : picked(all, random);
  const names = (asked.get("displayName") ?? []).flatMap(({ values }) => values);
  const displayName = (): string => names.length === 0 ? own : picked(names, random);
  return {
    displayName: displayName(),
    id: own,
    type: textFor(asked.get("type") ?? [], random) ?? "User",
    userPrincipalName: any(),
    modifiedProperties: Array.from({ length: 4 }, () => ({
      displayName: displayName(),
      oldValue: '""',
      newValue: JSON.stringify(any()),
    })),
  };
}

function text(value: string): string {
  return `'${value.replaceAll("'", "''")}'`;
}
