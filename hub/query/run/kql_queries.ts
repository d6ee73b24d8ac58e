/**
 * Runs queries in KQL: compiled beside the hub, over exactly the files of one pinned snapshot that
 * may hold rows of the times it asks for, in a child process that may be killed.
 *
 * @module
 */
import type { Schema } from "../../../sdk/table.ts";
import type { Engine, ResultRows } from "../../store/engine.ts";
import { EngineError } from "../../store/engine_error.ts";
import type { FileIndexes } from "../../store/cold/open_indexes.ts";
import { filesForAny, type RowRead } from "../../store/files_for.ts";
import type { Manifest, PinnedSnapshot, StoredFile } from "../../store/manifest.ts";
import { type ColdFiles, localFiles } from "../../store/target/cold_files.ts";
import type { AnswerTable, KustoRow } from "../kusto/answer.ts";
import { type FunctionChanges, functionChanges } from "../functions/change_functions.ts";
import { callableFunctions, isBuiltIn } from "../functions/callable.ts";
import type { FunctionNote } from "../functions/function_note.ts";
import type { FunctionStore, NamedFunction } from "../functions/function_store.ts";
import type { Definition } from "../kql/stored_functions.ts";
import type { SchemaFunction } from "../kql/syntax.ts";
import { usedFunctions } from "../kql/used_functions.ts";
import { isCommand } from "../kusto/command.ts";
import { KustoFailure } from "../kusto/failure.ts";
import type { KqlAnswer, KqlQuery, QuerySpan } from "../kusto/query_job.ts";
import type { CatalogTable } from "../kusto/catalog.ts";
import { tableRelation } from "../select.ts";
import {
  type CompiledRead,
  type CompiledTabular,
  type CompileReply,
  placeOf,
} from "./compiler_messages.ts";
import type { Compiler } from "./compiler.ts";
import { failureOf, refusal } from "./failures.ts";
import { rowOf } from "./rows.ts";
import { systemColumns, withType } from "./system_columns.ts";
import { visualizationOf } from "./visualization.ts";
import { catalogTables, type QueryTables, queryTables } from "./tables.ts";

export interface KqlOptions {
  readonly manifest: Manifest;
  readonly engine: Engine;
  readonly compiler: Compiler;
  /** The store's folder. */
  readonly folder: string;
  /** Where files are; default: in `folder`, all of them. */
  readonly cold?: Pick<ColdFiles, "pin">;
  /** Rules out cold files by what they hold; without it none is. */
  readonly indexes?: FileIndexes | undefined;
  /** What agents say of their tables. */
  readonly schemas: () => Iterable<Schema>;
  readonly functions: FunctionStore;
  /** ms since the Unix epoch. */
  readonly now: () => number;
}

export interface KqlQueries {
  /**
   * Compiles a query; its rows are made as they are asked for. The files stay on disk until the
   * answer is closed.
   *
   * @throws {KustoFailure}
   */
  run(query: KqlQuery, signal: AbortSignal): Promise<KqlAnswer>;
  /** What may be asked for now. */
  tables(): readonly Omit<CatalogTable, "doc">[];
  /** What may be called now: stored functions, and the hub's views. */
  functions(): readonly NamedFunction[];
  /** Changes stored functions; each change is recorded first. */
  changes(record: (note: FunctionNote) => Promise<void>): FunctionChanges;
}

const TICKS_PER_MS = 10_000n;
/** Different shapes of bags, or values that become columns, that are looked at. */
const MAX_TEXTS = 10_000;

export function openKqlQueries(options: KqlOptions): KqlQueries {
  return {
    async run(query, signal) {
      // The parser knows commands too, and takes ten seconds to read the first one.
      if (isCommand(query.text)) throw new KustoFailure("syntax", "a command is no query");
      const snapshot = options.manifest.pin();
      const known = queryTables(snapshot, options.schemas());
      const called = usedFunctions(query.text, callableFunctions(options.functions, known));
      const columns = tablesFor([query.text, ...called.map(({ body }) => body)].join("\n"), known);
      try {
        const { timeoutMs, of, onProgress } = query;
        const job: Job = {
          ...options,
          snapshot,
          columns,
          called,
          signal,
          timeoutMs,
          of,
          onProgress,
        };
        const compiled = await compile(job, query);
        const sources = compiled.results.flatMap(({ tables }) => tables.map(({ name }) => name));
        return {
          tables: compiled.results.map((result, i) => tableOf(job, { compiled, result, i })),
          sources: [...new Set(sources)].toSorted(),
          options: new Map(compiled.options),
          close: () => snapshot[Symbol.dispose](),
        };
      } catch (error) {
        snapshot[Symbol.dispose]();
        throw failureOf(error);
      }
    },
    tables: () => catalogTables(options.manifest.snapshot, options.schemas()),
    functions: () => functionsNow(options),
    changes: (record) =>
      functionChanges({
        store: options.functions,
        isBuiltIn,
        callable: () => functionsNow(options),
        check: (definition, called, signal) => checked(options, { definition, called }, signal),
        record,
      }),
  };
}

function functionsNow({ manifest, schemas, functions }: KqlOptions): readonly NamedFunction[] {
  const known = queryTables(manifest.snapshot, schemas());
  return [...callableFunctions(functions, known).values()];
}

/** The parts of a function, once it can be called. */
async function checked(
  { manifest, schemas, compiler, now }: KqlOptions,
  { definition, called }: {
    readonly definition: Definition;
    readonly called: readonly SchemaFunction[];
  },
  signal: AbortSignal,
): Promise<SchemaFunction> {
  const texts = [definition.text, ...called.map(({ body }) => body)];
  const tables = tablesFor(texts.join("\n"), queryTables(manifest.snapshot, schemas()));
  const wanted = {
    define: definition,
    text: "",
    schema: schemaOf(tables),
    functions: called,
    now: BigInt(Math.floor(now())) * TICKS_PER_MS,
    parameters: new Map<string, string>(),
    answers: new Map<number, readonly string[]>(),
  };
  try {
    const reply = await compiler.compile(wanted, signal);
    if (reply.kind === "defined") return reply.made;
    if (reply.kind === "refused") throw refusal(reply);
    throw new TypeError(`The compiler has ${reply.kind} a function`);
  } catch (error) {
    throw failureOf(error);
  }
}

function schemaOf(tables: QueryTables) {
  return { tables: [...tables].map(([name, columns]) => ({ name, columns })) };
}

/** With the system columns that `text` names. */
function tablesFor(text: string, tables: QueryTables): QueryTables {
  return new Map(
    [...tables].map(([name, columns]) => [name, [...columns, ...systemColumns(text, columns)]]),
  );
}

type Compiled = Extract<CompileReply, { kind: "compiled" }>;

async function compile(job: Job, { text, parameters, of, caller }: KqlQuery): Promise<Compiled> {
  const { compiler, columns, called: functions, signal } = job;
  const schema = schemaOf(columns);
  const now = of?.now ?? BigInt(Math.floor(job.now())) * TICKS_PER_MS;
  const answers = new Map<number, readonly string[]>();
  for (;;) {
    const wanted = { text, parameters, schema, functions, now, answers, caller };
    const reply = await compiler.compile(wanted, signal);
    if (reply.kind === "refused") throw refusal(reply);
    if (reply.kind === "defined") throw new TypeError("The compiler has defined a query");
    if (reply.kind === "compiled") return reply;
    answers.set(reply.place, await textsOf(job, reply.probe));
  }
}

/** The texts of a statement of one column. */
async function textsOf(job: Job, probe: CompiledTabular): Promise<readonly string[]> {
  const texts: string[] = [];
  for await (const rows of chunksOf(job, probe)) {
    texts.push(...rows.map(([text]) => typeof text === "string" ? text : ""));
    if (texts.length > MAX_TEXTS) {
      throw new KustoFailure(
        "limit",
        `the columns of a plugin depend on over ${MAX_TEXTS} different values`,
      );
    }
  }
  return texts;
}

interface Job extends KqlOptions {
  readonly snapshot: PinnedSnapshot;
  readonly columns: QueryTables;
  readonly called: readonly SchemaFunction[];
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
  readonly of: QuerySpan | undefined;
  readonly onProgress: KqlQuery["onProgress"];
}

function tableOf(
  job: Job,
  { compiled, result, i }: {
    readonly compiled: Compiled;
    readonly result: CompiledTabular;
    readonly i: number;
  },
): AnswerTable {
  const { render } = compiled;
  return {
    name: i === 0 ? "PrimaryResult" : `PrimaryResult_${i}`,
    columns: result.columns,
    chunks: chunksOf(job, result),
    ...(render && { render: visualizationOf(render) }),
  };
}

async function* chunksOf(job: Job, result: CompiledTabular): AsyncGenerator<readonly KustoRow[]> {
  let isUnderway = false;
  try {
    for await (const rows of selected(job, result, result.sql)) {
      isUnderway ||= rows.length > 0;
      yield rows;
    }
    return;
  } catch (error) {
    // Rows that have gone cannot be taken back.
    if (isUnderway || !overflows(error)) throw failureOf(error);
  }
  try {
    yield* selected(job, result, result.wrappingSql);
  } catch (error) {
    throw failureOf(error);
  }
}

function overflows(error: unknown): boolean {
  return error instanceof EngineError && error.code === "query" &&
    /out of range|overflow/i.test(error.message);
}

async function* selected(
  job: Job,
  result: CompiledTabular,
  template: string,
): AsyncGenerator<readonly KustoRow[]> {
  const chosen = filesOf(job, result);
  const { cold = localFiles(job.folder) } = job;
  using pinned = await cold.pin(chosen.flat(), job.signal);
  const sql = withFiles(job, { result, template }, pathsOf(chosen, pinned.paths));
  const { onProgress } = job;
  const request = { sql, values: [], files: pinned.paths, natives: result.natives, onProgress };
  for await (const chunk of job.engine.select(request, job.signal, job.timeoutMs)) {
    yield rowsOf(chunk, result);
  }
}

function rowsOf({ rows }: ResultRows, { columns }: CompiledTabular): readonly KustoRow[] {
  return rows.map((cells) => rowOf(cells, columns));
}

/** Files that each table of a statement may have rows in. */
function filesOf(
  { snapshot, indexes }: Job,
  { tables }: CompiledTabular,
): readonly (readonly StoredFile[])[] {
  return tables.map(({ name, reads }) =>
    filesForAny(snapshot, { table: name, reads: reads.map(rowRead) }, indexes)
  );
}

/** `paths` in lists as long as those of `files`. */
function pathsOf(
  files: readonly (readonly StoredFile[])[],
  paths: readonly string[],
): readonly (readonly string[])[] {
  let at = 0;
  return files.map(({ length }) => paths.slice(at, at += length));
}

/**
 * The statement with a SELECT over its own files in each table's place. The places stand before all
 * else in it, in the order of the tables: what looks like one in a literal is left as it is.
 */
function withFiles(
  { columns, of }: Job,
  { result: { tables }, template }: {
    readonly result: CompiledTabular;
    readonly template: string;
  },
  paths: readonly (readonly string[])[],
): string {
  let sql = "";
  let rest = template;
  for (const [i, { name, relation }] of tables.entries()) {
    const place = placeOf(relation);
    const at = rest.indexOf(place);
    const known = columns.get(name) ?? [];
    const select = withType(tableRelation(known, paths[i]!), name, known);
    sql += rest.slice(0, at) + within(select, of);
    rest = rest.slice(at + place.length);
  }
  return sql + rest;
}

function rowRead({ from, to, texts }: CompiledRead): RowRead {
  const latest = from.map(BigInt).reduce<bigint | undefined>(
    (most, ticks) => most === undefined || ticks > most ? ticks : most,
    undefined,
  );
  const earliest = to.map(BigInt).reduce<bigint | undefined>(
    (least, ticks) => least === undefined || ticks < least ? ticks : least,
    undefined,
  );
  return { from: latest, to: earliest, texts };
}

/** The rows of `select` that a query is asked of. */
function within(select: string, of: QuerySpan | undefined): string {
  if (of === undefined) return select;
  return `select * from (${select}) where "_LedgerIndex" < ${of.before} and "_HubTime" >= ${of.from}`;
}
