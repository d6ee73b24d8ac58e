/**
 * Rows for tables of the community's queries: each column has the values that some query compares
 * it with, so that conditions hold for many of them.
 *
 * @module
 */
import type { BoundColumn, SchemaTable } from "../../hub/query/kql/syntax.ts";

/** Texts that stand beside a column's name in any query. */
export type Literals = ReadonlyMap<string, readonly string[]>;

const COMPARED =
  /([A-Za-z_]\w*)\s*(?:==|=~|!=|has_any|has_all|has_cs|has|contains_cs|contains|startswith|endswith|in~?|hasprefix|hassuffix)\s*(\([^()]*\)|@?"[^"]*"|@?'[^']*'|-?\d+)/g;
const VALUES = /@?"([^"]*)"|@?'([^']*)'|(-?\d+)/g;

/** What the columns are compared with in `queries`. */
export function literalsOf(queries: readonly string[]): Literals {
  const found = new Map<string, Set<string>>();
  for (const query of queries) {
    for (const [, column = "", values = ""] of query.matchAll(COMPARED)) {
      const own = found.get(column) ?? new Set<string>();
      found.set(column, own);
      for (const [, a, b, c] of values.matchAll(VALUES)) own.add(a ?? b ?? c ?? "");
    }
  }
  return new Map([...found].map(([column, values]) => [column, [...values]]));
}

export interface RowOptions {
  readonly literals: Literals;
  readonly rows: number;
  /** Ticks since the epoch. */
  readonly now: bigint;
  /** From 0 to 1. */
  readonly random: () => number;
}

/** `CREATE TABLE` and its rows, as one statement. */
export function madeTable({ name, columns }: SchemaTable, options: RowOptions): string {
  const rows = Array.from(
    { length: options.rows },
    (_, i) => `(${columns.map((column) => cell(column, i, options)).join(", ")})`,
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

function cell({ name, type }: BoundColumn, row: number, options: RowOptions): string {
  const { literals, now, random } = options;
  const known = literals.get(name) ?? [];
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
  switch (type) {
    case "datetime": {
      // Most are of the last day, some of the last weeks.
      const hours = random() < 0.7 ? random() * 24 : random() * 24 * 14;
      return String(now - BigInt(Math.floor(hours * TICKS_PER_HOUR)));
    }
    case "int":
    case "long": {
      const numbers = known.filter((text) => /^-?\d{1,9}$/.test(text));
      return numbers.length > 0 && random() < 0.9 ? pick(numbers) : String(row % 5000);
    }
    case "real":
      return String(Math.round(random() * 1000) / 10);
    case "bool":
      return random() < 0.5 ? "true" : "false";
    case "dynamic":
      return text(
        JSON.stringify(DYNAMIC.get(name) ?? { key: pick(known.length > 0 ? known : ["x"]) }),
      );
    default: {
      if (/IP$|Ip|Address$/.test(name) && random() < 0.8) {
        return text(`10.0.${row % 4}.${row % 250}`);
      }
      if (known.length === 0) return text(`${name}${row % 7}`);
      return random() < 0.95 ? text(pick(known)) : text("");
    }
  }
}

/** Values whose shape queries count on. */
const DYNAMIC: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ["InitiatedBy", {
    user: { userPrincipalName: "ann@example.org", ipAddress: "10.0.0.7", id: "1" },
    app: { displayName: "Portal", servicePrincipalId: "2" },
  }],
  ["TargetResources", [{
    displayName: "Portal",
    id: "3",
    type: "User",
    userPrincipalName: "bob@example.org",
    modifiedProperties: [
      { displayName: "Role.DisplayName", oldValue: '""', newValue: '"Global Administrator"' },
      { displayName: "ConsentAction.Permissions", oldValue: "", newValue: "Scope: Mail.Read" },
    ],
  }]],
  ["AdditionalDetails", [{ key: "User-Agent", value: "Mozilla" }, { key: "AppId", value: "4" }]],
  ["RequestContext", { workspaces: ["/subscriptions/1/workspaces/a"] }],
]);

function text(value: string): string {
  return `'${value.replaceAll("'", "''")}'`;
}
