/**
 * The query engine: DuckDB in a process of its own, which the hub may kill at any moment.
 *
 * Each query gets a new in-memory database that may open exactly the files it names, with locked
 * configuration and without extensions; it is one SELECT. Compactions do not need it. Entry point of the child process.
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
import { nodeFiles } from "../../sdk/runtime/node_files.ts";
import { NativeError } from "../query/kql/native/native_error.ts";
import { type Registered, registerNatives } from "../query/kql/native/register.ts";
import { ColumnPlans } from "./cold/column_plans.ts";
import { compactFiles } from "./cold/compact_files.ts";
import {
  type Cell,
  encodeMessage,
  type EngineValue,
  type Limits,
  MessageReader,
  type RefusalCode,
  type Reply,
  type Request,
  type SelectRequest,
} from "./engine_messages.ts";
import { sqlText } from "./sql_text.ts";

/** Bytes of the hub, in and out. */
export interface Pipe {
  readonly input: AsyncIterable<Uint8Array>;
  write(bytes: Uint8Array): void;
  /** Runs `run` every `ms`; gives what ends that. */
  every(ms: number, run: () => void): () => void;
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
  const databases = new Databases();
  const plans = new ColumnPlans();
  let isFirst = true;
  for await (const chunk of pipe.input) {
    for (const request of reader.push(chunk)) {
      if (request.kind === "more") {
        credit++;
        wake?.();
      } else {
        running = running.then(() => {
          credit = 0;
          const answering = { reply, more, databases, plans, isFirst, every: pipe.every };
          isFirst = false;
          return answer(request, answering);
        });
      }
    }
  }
}

interface Answering {
  reply(message: Reply): void;
  /** Resolves when the hub wants more. */
  more(): Promise<void>;
  readonly databases: Databases;
  readonly plans: ColumnPlans;
  /** Nothing was answered before. */
  readonly isFirst: boolean;
  readonly every: Pipe["every"];
}

const PROGRESS_MS = 250;

/**
 * To make a database costs 11 ms of CPU: one is made after each answer, while nobody waits for it.
 * None is used twice.
 */
class Databases {
  #ready: { readonly of: string; readonly database: Promise<DuckDBInstance> } | undefined;

  take(limits: Limits): Promise<DuckDBInstance> {
    const ready = this.#ready;
    this.#ready = undefined;
    return ready?.of === JSON.stringify(limits) ? ready.database : newDatabase(limits);
  }

  prepare(limits: Limits): void {
    const database = newDatabase(limits);
    // Who takes it is told.
    database.catch(() => undefined);
    this.#ready = { of: JSON.stringify(limits), database };
  }
}

function newDatabase({ threads, memoryMb }: Limits): Promise<DuckDBInstance> {
  return DuckDBInstance.create(":memory:", {
    threads: String(threads),
    memory_limit: `${memoryMb}MB`,
  });
}

async function answer(
  request: Exclude<Request, { kind: "more" }>,
  answering: Answering,
): Promise<void> {
  // The process of a compaction is started for it: that is part of the cost.
  const isStart = request.kind === "compact" && answering.isFirst;
  const before = isStart ? undefined : process.cpuUsage();
  try {
    if (request.kind === "select") await select(request, answering);
    else {
      const files = compactFiles(nodeFiles(), request, answering.plans);
      answering.reply({ kind: "compacted", files });
    }
    const { user, system } = process.cpuUsage(before);
    const peakBytes = process.resourceUsage().maxRSS * 1024;
    answering.reply({ kind: "end", cpuMs: (user + system) / 1000, peakBytes });
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    answering.reply({ kind: "failed", code: codeOf(error, message), message: cut(message) });
  }
  if (request.kind === "select") answering.databases.prepare(request.limits);
}

async function select(
  request: SelectRequest & { readonly limits: Limits },
  { reply, more, databases, every }: Answering,
): Promise<void> {
  const instance = await databases.take(request.limits);
  const { connection, close } = await openLocked(instance, request);
  const stopTelling = request.tellsProgress === true
    ? every(PROGRESS_MS, progressOf(connection, reply))
    : undefined;
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
    stopTelling?.();
    close();
  }
}

/** Tells how far the statement is, each time it has come a percent further. */
function progressOf(connection: DuckDBConnection, reply: Answering["reply"]): () => void {
  let told = 0;
  return () => {
    // Below 0 where DuckDB cannot tell.
    const percent = Math.min(99, Math.floor(connection.progress.percentage));
    if (percent <= told) return;
    told = percent;
    reply({ kind: "progress", percent });
  };
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

/** A database that opens `files`; nothing can widen that. */
async function openLocked(
  instance: DuckDBInstance,
  { files, tellsProgress = false }: SelectRequest,
): Promise<Opened> {
  const connection = await instance.connect();
  const close = (): void => {
    connection.closeSync();
    instance.closeSync();
  };
  try {
    const settings = [
      `allowed_paths = [${files.map(sqlText).join(", ")}]`,
      "temp_directory = ''",
      "autoinstall_known_extensions = false",
      "autoload_known_extensions = false",
      "allow_community_extensions = false",
      "allow_unsigned_extensions = false",
      "enable_external_access = false",
      ...(tellsProgress ? ["enable_progress_bar = true", "enable_progress_bar_print = false"] : []),
      "lock_configuration = true",
    ];
    for (const setting of settings) await connection.run(`set ${setting}`);
    return { connection, close };
  } catch (error) {
    close();
    throw error;
  }
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
    every: (ms, run) => {
      const timer = setInterval(run, ms);
      return () => clearInterval(timer);
    },
  });
  process.exit(0);
}
