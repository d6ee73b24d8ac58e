/**
 * A view of stored tables under the names of another schema, made a function over what is there.
 *
 * @module
 */
import type { NamedFunction } from "./function_store.ts";

/** Columns by table. */
export type KnownTables = ReadonlyMap<
  string,
  readonly { readonly name: string; readonly type: string }[]
>;

/** What a column of a view has where a table has nothing for it. */
const ABSENT = {
  string: '""',
  int: "int(null)",
  long: "long(null)",
  datetime: "datetime(null)",
  dynamic: "dynamic(null)",
} as const;

export type ViewType = keyof typeof ABSENT;

/** The rows of one table. */
export interface ViewPart {
  readonly table: string;
  /** Which of them; a column is written `$Name`. */
  readonly where?: string;
  /** What a column of the view has, by its name; a column of the table is written `$Name`. */
  readonly columns: Readonly<Record<string, string>>;
}

export interface View {
  readonly name: string;
  readonly doc: string;
  readonly columns: Readonly<Record<string, ViewType>>;
  readonly parts: readonly ViewPart[];
}

/** The function of `view` over those of its tables that are there; undefined where none is. */
export function viewOver(view: View, tables: KnownTables): NamedFunction | undefined {
  const parts = view.parts.flatMap((part) => partOver(view, part, tables) ?? []);
  const [first, ...others] = parts;
  if (first === undefined) return undefined;
  const body = others.length === 0 ? first : `union ${parts.map((part) => `(${part})`).join(", ")}`;
  return {
    name: view.name,
    parameters: "()",
    body: `{ ${body} }`,
    doc: view.doc,
    folder: "views",
  };
}

function partOver(
  { columns }: View,
  { table, where, columns: given }: ViewPart,
  tables: KnownTables,
): string | undefined {
  const stored = tables.get(table);
  if (stored === undefined) return undefined;
  const known = new Set(stored.map(({ name }) => name));
  if (where !== undefined && !isThere(where, known)) return undefined;
  const list = Object.entries(columns).map(([name, type]) => {
    const wanted = given[name];
    const expr = wanted === undefined || !isThere(wanted, known) ? ABSENT[type] : plain(wanted);
    // A column as it is keeps what is known of its times and texts: files are left out by them.
    const isSo = stored.some((column) => column.name === expr && column.type === type);
    return `['${name}'] = ${isSo || type === "dynamic" ? expr : `to${type}(${expr})`}`;
  });
  const rows = where === undefined ? table : `${table} | where ${plain(where)}`;
  return `${rows} | project ${list.join(", ")}`;
}

const COLUMN = /\$([A-Za-z]\w*)/g;

/** Whether all columns that `expr` names are. */
function isThere(expr: string, known: ReadonlySet<string>): boolean {
  return [...expr.matchAll(COLUMN)].every(([, name = ""]) => known.has(name));
}

function plain(expr: string): string {
  return expr.replaceAll(COLUMN, "$1");
}
