/**
 * The hub's control data: one SQLite file for alerts, keys, offsets and the like, never for events.
 *
 * Write-ahead log and `synchronous = FULL`: a transaction that has returned is on disk. Each owner
 * creates its own tables with `create table if not exists`.
 *
 * @module
 */
import { Database, type SQLQueryBindings } from "bun:sqlite";

/** What a statement's `?` may stand for. */
export type ControlValue = string | number | bigint | boolean | null | Uint8Array;

/** One row, by column name; integers are numbers, blobs `Uint8Array`. */
export type ControlRow = Readonly<Record<string, ControlValue>>;

/** An open control file. All calls are synchronous; close it with `await using`. */
export interface Control extends AsyncDisposable {
  /** Runs statements that take no values, such as `create table if not exists`. */
  exec(sql: string): void;
  /** Runs one statement; gives the number of rows it changed. */
  run(sql: string, ...values: readonly ControlValue[]): number;
  /** All rows of a query. */
  all(sql: string, ...values: readonly ControlValue[]): readonly ControlRow[];
  /** The first row of a query. */
  get(sql: string, ...values: readonly ControlValue[]): ControlRow | undefined;
  /**
   * Runs `work` in one immediate transaction, durable when this returns; undone if `work` throws.
   * Inside another one it is a savepoint. `work` must not return a promise.
   */
  transaction<T>(work: () => T): T;
}

/**
 * Opens the control file at `path`, which is made if it is missing; `:memory:` is for tests. With
 * `read` it must be there, and nothing beside it is written.
 */
export function openControl(path: string, how: "write" | "read" = "write"): Control {
  if (how === "read") return new SqliteControl(new Database(path, { readonly: true }));
  const database = new Database(path, { create: true, readwrite: true, strict: true });
  database.exec("pragma journal_mode = wal");
  database.exec("pragma synchronous = full");
  database.exec("pragma busy_timeout = 5000");
  database.exec("pragma foreign_keys = on");
  return new SqliteControl(database);
}

class SqliteControl implements Control {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  exec(sql: string): void {
    this.#database.exec(sql);
  }

  run(sql: string, ...values: readonly ControlValue[]): number {
    return this.#database.query(sql).run(...bindings(values)).changes;
  }

  all(sql: string, ...values: readonly ControlValue[]): readonly ControlRow[] {
    return this.#database.query<ControlRow, SQLQueryBindings[]>(sql).all(...bindings(values));
  }

  get(sql: string, ...values: readonly ControlValue[]): ControlRow | undefined {
    const query = this.#database.query<ControlRow, SQLQueryBindings[]>(sql);
    return query.get(...bindings(values)) ?? undefined;
  }

  transaction<T>(work: () => T): T {
    return this.#database.transaction(() => {
      const result = work();
      if (result instanceof Promise) {
        throw new TypeError("Cannot run transaction: its work is asynchronous");
      }
      return result;
    }).immediate();
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#database.close();
    return Promise.resolve();
  }
}

function bindings(values: readonly ControlValue[]): SQLQueryBindings[] {
  return [...values];
}
