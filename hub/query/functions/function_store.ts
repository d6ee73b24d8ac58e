/**
 * Functions that people have stored, in the hub's control data.
 *
 * @module
 */
import type { SchemaFunction } from "../kql/syntax.ts";

/** A function that a query may call, with what is said of it. */
export interface NamedFunction extends SchemaFunction {
  readonly doc: string;
  readonly folder: string;
}

/** Of the control data, what this needs. */
export interface FunctionRows {
  exec(sql: string): void;
  run(sql: string, ...values: readonly (string | number)[]): number;
  all(sql: string): readonly Readonly<Record<string, unknown>>[];
}

export interface FunctionStore {
  /** By name. */
  list(): readonly NamedFunction[];
  put(made: NamedFunction): void;
  drop(name: string): void;
}

export function openFunctionStore(control: FunctionRows): FunctionStore {
  control.exec(
    `create table if not exists kql_functions (name text primary key, parameters text not null,
       body text not null, doc text not null, folder text not null)`,
  );
  let known = read(control);
  return {
    list: () => known,
    put({ name, parameters, body, doc, folder }) {
      const values = [name, parameters, body, doc, folder];
      control.run("insert or replace into kql_functions values (?, ?, ?, ?, ?)", ...values);
      known = read(control);
    },
    drop(name) {
      control.run("delete from kql_functions where name = ?", name);
      known = read(control);
    },
  };
}

function read(control: FunctionRows): readonly NamedFunction[] {
  const rows = control.all(
    "select name, parameters, body, doc, folder from kql_functions order by name",
  );
  return rows.map(({ name, parameters, body, doc, folder }) => ({
    name: String(name),
    parameters: String(parameters),
    body: String(body),
    doc: String(doc),
    folder: String(folder),
  }));
}
