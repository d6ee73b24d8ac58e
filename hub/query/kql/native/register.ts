/**
 * Native functions as scalar functions of one DuckDB connection.
 *
 * @module
 */
import {
  BIGINT,
  BOOLEAN,
  DOUBLE,
  type DuckDBConnection,
  type DuckDBDataChunk,
  DuckDBScalarFunction,
  type DuckDBType,
  type DuckDBValue,
  DuckDBVarCharType,
  INTEGER,
  VARCHAR,
} from "@duckdb/node-api";
import type { ScalarType } from "../types.ts";
import type { NativeFunction, NativeValue } from "./define.ts";
import { parseJson, writeJson } from "./json.ts";
import { NativeError } from "./native_error.ts";
import { NATIVES } from "./natives.ts";

const JSON_TYPE = DuckDBVarCharType.create("JSON");
const SQL_TYPES: Readonly<Record<ScalarType, DuckDBType>> = {
  bool: BOOLEAN,
  int: INTEGER,
  long: BIGINT,
  real: DOUBLE,
  decimal: VARCHAR,
  string: VARCHAR,
  datetime: BIGINT,
  timespan: BIGINT,
  guid: VARCHAR,
  dynamic: JSON_TYPE,
};

/** What of a connection's native functions is asked after a statement has failed. */
export interface Registered {
  /** The first value that a function refused. */
  readonly refused: NativeError | undefined;
}

/**
 * Makes the functions of `names` callable on `connection`.
 *
 * @throws {TypeError} If there is no such function.
 */
export function registerNatives(
  connection: DuckDBConnection,
  names: readonly string[],
): Registered {
  const registered: { refused: NativeError | undefined } = { refused: undefined };
  for (const name of names) {
    const native = NATIVES.get(name);
    if (native === undefined) throw new TypeError(`Cannot register native function "${name}"`);
    const refuse = (error: unknown): never => {
      if (error instanceof NativeError) registered.refused ??= error;
      throw error;
    };
    connection.registerScalarFunction(scalarFunction(native, refuse));
  }
  return registered;
}

function scalarFunction(
  native: NativeFunction,
  refuse: (error: unknown) => never,
): DuckDBScalarFunction {
  return DuckDBScalarFunction.create({
    name: native.name,
    parameterTypes: native.parameters.map((type) => SQL_TYPES[type]),
    ...(native.variadic !== undefined && { varArgsType: SQL_TYPES[native.variadic] }),
    returnType: SQL_TYPES[native.result],
    // Called with NULL too: what absent means is the function's own business.
    specialHandling: true,
    mainFunction: (_info, chunk, out) => {
      try {
        const columns = columnsOf(native, chunk);
        for (let row = 0; row < chunk.rowCount; row++) {
          const value = native.run(columns.map((column) => column(row)));
          out.setItem(row, toSql(native.result, value));
        }
        out.flush();
      } catch (error) {
        refuse(error);
      }
    },
  });
}

function columnsOf(
  native: NativeFunction,
  chunk: DuckDBDataChunk,
): readonly ((row: number) => NativeValue)[] {
  return Array.from({ length: chunk.columnCount }, (_, index) => {
    const vector = chunk.getColumnVector(index);
    const type = native.parameters[index] ?? native.variadic!;
    return (row: number) => fromSql(type, vector.getItem(row));
  });
}

function fromSql(type: ScalarType, value: DuckDBValue): NativeValue {
  if (value === null) return type === "string" ? "" : null;
  if (type === "dynamic") return parseJson(String(value));
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the vector's type is SQL_TYPES[type]
  return value as NativeValue;
}

function toSql(type: ScalarType, value: NativeValue): DuckDBValue {
  if (value === null) return type === "string" ? "" : null;
  if (type === "dynamic") return writeJson(value);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- defineNative() holds `run` to the declared type
  return value as DuckDBValue;
}
