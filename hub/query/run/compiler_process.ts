/**
 * Compiles KQL in a process of its own: a text that keeps the parser busy, or takes its memory,
 * takes nothing of the hub. Entry point of the child process.
 *
 * @module
 */
import { encodeMessage, MessageReader } from "../../store/engine_messages.ts";
import type { CompiledResult } from "../kql/compile.ts";
import { KqlError } from "../kql/kql_error.ts";
import { type Language, loadLanguage } from "../kql/language.ts";
import { checkFunction, compileStored } from "../kql/stored_functions.ts";
import type { Schema } from "../kql/syntax.ts";
import {
  type CompiledTabular,
  type CompileReply,
  type CompileRequest,
  placeOf,
  readText,
} from "./compiler_messages.ts";

/** Characters of a statement: a text of a MiB fits. */
const MOST_SQL = 4 * 1024 * 1024;

/** Gives a function that answers requests, in order. */
function compiler(language: Language): (request: CompileRequest) => CompileReply {
  let schema: Schema = { tables: [] };
  return (request) => {
    schema = request.schema ?? schema;
    try {
      return compiled(language, request, schema);
    } catch (error) {
      return refused(error);
    }
  };
}

function compiled(language: Language, request: CompileRequest, schema: Schema): CompileReply {
  const { text, define, functions } = request;
  const wanted = {
    schema,
    functions,
    now: BigInt(request.now),
    parameters: new Map(request.parameters),
    answers: new Map(request.answers),
  };
  if (define !== undefined) {
    return { kind: "defined", made: checkFunction(define, language, wanted) };
  }
  const made = compileStored(text, language, wanted);
  if (made.kind === "question") return { ...made, probe: tabular(made.probe) };
  const { results, render, options } = made;
  return {
    kind: "compiled",
    results: results.map(tabular),
    options: [...options],
    ...(render && { render }),
  };
}

function tabular(result: CompiledResult): CompiledTabular {
  const places = new Map(
    result.tables.map(({ relation }) => [relation, placeOf(relation)] as const),
  );
  return {
    columns: result.columns,
    tables: result.tables.map(({ name, relation, reads }) => ({
      name,
      relation,
      reads: reads.map(readText),
    })),
    natives: result.natives,
    sql: bounded(result.sql(places)),
    wrappingSql: bounded(result.sql(places, { wraps: true })),
  };
}

/** The hub holds it: what names a table twice, and that twice again, doubles at each step. */
function bounded(sql: string): string {
  if (sql.length <= MOST_SQL) return sql;
  const message = "the query asks for the same tables too many times, ask for less at once";
  throw new KqlError({ code: "limit", message });
}

function refused(error: unknown): CompileReply {
  if (error instanceof KqlError) {
    const { code, message, line, column, expected } = error;
    return {
      kind: "refused",
      code,
      message: plain(message),
      ...(line !== undefined && column !== undefined && { line, column }),
      ...(expected !== undefined && { expected }),
    };
  }
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof RangeError) {
    return { kind: "refused", code: "limit", message: `the text is nested too deep (${message})` };
  }
  return { kind: "refused", code: "internal", message };
}

/** The place is told beside the message. */
function plain(message: string): string {
  return message.replace(/^Cannot query(?::\d+:\d+)?: /, "");
}

const language = await loadLanguage();
language.warm();
const compile = compiler(language);
process.stdout.write(encodeMessage({ kind: "ready" }));
const reader = new MessageReader<CompileRequest>();
for await (const chunk of process.stdin) {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- without an encoding it gives bytes
  for (const request of reader.push(chunk as Uint8Array)) {
    process.stdout.write(encodeMessage(compile(request)));
  }
}
process.exit(0);
