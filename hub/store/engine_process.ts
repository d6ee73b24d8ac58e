/**
 * The query engine: DuckDB in a process of its own, which the hub may kill at any moment.
 *
 * Each request gets a new in-memory database that may open exactly the files it names, with locked
 * configuration and without extensions; a query is one SELECT. Entry point of the child process.
 *
 * @module
 */
import {
  type DuckDBConnection,
  DuckDBInstance,
  type DuckDBPreparedStatement,
  type DuckDBValue,
  StatementType,
} from "@duckdb/node-api";
import { NativeError } from "../query/kql/native/native_error.ts";
import { type Registered, registerNatives } from "../query/kql/native/register.ts";
import {
  type Cell,
  type CompactedFile,
  type CompactRequest,
  encodeMessage,
  type EngineValue,
  type Limits,
  MessageReader,
  type RefusalCode,
  type Reply,
  type Request,
  type SelectRequest,
} from "./engine_messages.ts";
import { sqlFiles, sqlName, sqlText } from "./sql_text.ts";

const TICKS_PER_DAY = 864_000_000_000;
/** The day of rows without a time: before every other. */
const NO_DAY = -2_147_483_648;
const ROW_GROUP_ROWS = 122_880;

/** Bytes of the hub, in and out. */
export interface Pipe {
  readonly input: AsyncIterable<Uint8Array>;
  write(bytes: Uint8Array): void;
}

/** Answers requests until the input ends. */
export async function serveEngine(pipe: Pipe): Promise<void> {
  const reader = new MessageReader<Request>();
  let wake: (() => void) | undefined;
  let credit = 0;
  const more = async (): Promise<void> => {
    while (credit === 0) await new Promise<void>((resolve) => (wake = resolve));
    credit--;
  };
  let running = Promise.resolve();
  const reply = (message: Reply): void => pipe.write(encodeMessage(message));
  for await (const chunk of pipe.input) {
    for (const request of reader.push(chunk)) {
      if (request.kind === "more") {
        credit++;
        wake?.();
      } else {
        running = running.then(() => {
          credit = 0;
          return answer(request, { reply, more });
        });
      }
    }
  }
}

interface Answering {
  reply(message: Reply): void;
  /** Resolves when the hub wants more. */
  more(): Promise<void>;
}

async function answer(
  request: Exclude<Request, { kind: "more" }>,
  answering: Answering,
): Promise<void> {
  try {
    if (request.kind === "select") await select(request, answering);
    else answering.reply({ kind: "compacted", files: await compact(request) });
    answering.reply({ kind: "end" });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    answering.reply({ kind: "failed", code: codeOf(error, message), message: cut(message) });
  }
}

async function select(
  request: SelectRequest & { readonly limits: Limits },
  { reply, more }: Answering,
): Promise<void> {
  const { connection, close } = await openLocked(request.limits, { files: request.files });
  let natives: Registered | undefined;
  try {
    natives = registerNatives(connection, request.natives ?? []);
    const statement = await oneSelect(connection, request.sql);
    bindAll(statement, request.values);
    const result = await statement.stream();
    const columns = result.columnNames();
    for (;;) {
      const chunk = await result.fetchChunk();
      if (chunk === null || chunk.rowCount === 0) break;
      reply({ kind: "rows", columns, rows: chunk.getRows().map((row) => row.map(cellOf)) });
      await more();
    }
  } catch (error) {
    // DuckDB gives the words of what a function threw, not its kind.
    throw natives?.refused ?? error;
  } finally {
    close();
  }
}

async function oneSelect(
  connection: DuckDBConnection,
  sql: string,
): Promise<DuckDBPreparedStatement> {
  const statements = await connection.extractStatements(sql);
  if (statements.count !== 1) {
    throw new StatementError(`Cannot query: ${statements.count} statements, must be one SELECT`);
  }
  const statement = await statements.prepare(0);
  if (statement.statementType !== StatementType.SELECT) {
    throw new StatementError("Cannot query: the statement is no SELECT");
  }
  return statement;
}

class StatementError extends Error {
  override readonly name = "StatementError";
  readonly code = "statement";
}

function bindAll(statement: DuckDBPreparedStatement, values: readonly EngineValue[]): void {
  for (const [i, value] of values.entries()) {
    switch (value.type) {
      case "text":
        statement.bindVarchar(i + 1, value.value);
        break;
      case "int64":
        statement.bindBigInt(i + 1, BigInt(value.value));
        break;
      case "real":
        statement.bindDouble(i + 1, value.value);
        break;
      case "bool":
        statement.bindBoolean(i + 1, value.value);
        break;
    }
  }
}

function cellOf(value: DuckDBValue): Cell {
  if (value === null || typeof value === "string" || typeof value === "boolean") return value;
  if (typeof value === "number") return value;
  return String(value);
}

interface Opened {
  readonly connection: DuckDBConnection;
  close(): void;
}

/** A database that opens `files` and, where given, spills to `spill`; nothing can widen that. */
async function openLocked(
  limits: Limits,
  { files, spill = "" }: { readonly files: readonly string[]; readonly spill?: string },
): Promise<Opened> {
  const instance = await DuckDBInstance.create(":memory:", {
    threads: String(limits.threads),
    memory_limit: `${limits.memoryMb}MB`,
  });
  const connection = await instance.connect();
  const close = (): void => {
    connection.closeSync();
    instance.closeSync();
  };
  try {
    const settings = [
      `allowed_paths = [${files.map(sqlText).join(", ")}]`,
      `temp_directory = ${sqlText(spill)}`,
      "autoinstall_known_extensions = false",
      "autoload_known_extensions = false",
      "allow_community_extensions = false",
      "allow_unsigned_extensions = false",
      "enable_external_access = false",
      "lock_configuration = true",
    ];
    for (const setting of settings) await connection.run(`set ${setting}`);
    return { connection, close };
  } catch (error) {
    close();
    throw error;
  }
}

async function compact(
  request: CompactRequest & { readonly limits: Limits },
): Promise<readonly CompactedFile[]> {
  const files = [...request.inputs, ...request.outputs];
  const { connection, close } = await openLocked(request.limits, { files, spill: request.spill });
  try {
    const source = sqlFiles(request.inputs);
    const hasTime = await hasColumn(connection, source, request.time);
    const time = hasTime ? sqlName(request.time) : "null::bigint";
    const order = hasTime ? `coalesce(${time}, "_HubTime")` : '"_HubTime"';
    const day = `coalesce(${time} // ${TICKS_PER_DAY}, ${NO_DAY})`;
    const written: CompactedFile[] = [];
    const filters = dayFilters(await daysOf(connection, source, day), day, request.outputs.length);
    for (const [i, filter] of filters.entries()) {
      const path = request.outputs[i]!;
      await connection.run(
        `copy (select * from ${source} where ${filter} order by ${order}, "_LedgerIndex", "_Row")
         to ${sqlText(path)} (format parquet, compression zstd, compression_level 3,
         row_group_size ${ROW_GROUP_ROWS})`,
      );
      written.push(await factsOf(connection, path, time));
    }
    return written;
  } finally {
    close();
  }
}

async function hasColumn(
  connection: DuckDBConnection,
  source: string,
  name: string,
): Promise<boolean> {
  const result = await connection.run(`select * from ${source} limit 0`);
  return result.columnNames().includes(name);
}

/** Days since the epoch that occur, those with most rows first. */
async function daysOf(
  connection: DuckDBConnection,
  source: string,
  day: string,
): Promise<readonly string[]> {
  const reader = await connection.runAndReadAll(
    `select ${day} from ${source} group by all order by count(*) desc, 1`,
  );
  return reader.getRows().map(([value]) => String(value));
}

function dayFilters(days: readonly string[], day: string, most: number): readonly string[] {
  if (days.length <= most) return days.map((value) => `${day} = ${value}`);
  const own = days.slice(0, most - 1);
  return [
    ...own.map((value) => `${day} = ${value}`),
    own.length === 0 ? "true" : `${day} not in (${own.join(", ")})`,
  ];
}

async function factsOf(
  connection: DuckDBConnection,
  path: string,
  time: string,
): Promise<CompactedFile> {
  const reader = await connection.runAndReadAll(
    `select count(*), min(${time}), max(${time}), count(*) - count(${time})
     from ${sqlFiles([path])}`,
  );
  const [rows, least, most, timeless] = reader.getRows()[0]!;
  return {
    path,
    rows: Number(rows),
    least: least === null ? null : String(least),
    most: most === null ? null : String(most),
    timeless: Number(timeless),
  };
}

/** DuckDB names the kind of an error in the first words of its message. */
function codeOf(error: unknown, message: string): RefusalCode {
  if (error instanceof StatementError || error instanceof NativeError) return error.code;
  if (message.startsWith("Out of Memory Error")) return "memory";
  if (message.startsWith("Permission Error")) return "denied";
  if (message.startsWith("IO Error") || message.startsWith("Invalid Error")) return "file";
  return "query";
}

function cut(message: string): string {
  return message.split("\n", 1)[0]!.slice(0, 500);
}

if (import.meta.main) {
  // The hub is gone when the input ends: whatever still runs is of use to nobody.
  await serveEngine({
    input: process.stdin,
    write: (bytes) => void process.stdout.write(bytes),
  });
  process.exit(0);
}
