/**
 * Compiles a query whose plugins give columns that depend on their rows: what they ask of the rows
 * is answered first.
 *
 * @module
 */
import { ColumnsNeeded } from "./columns_needed.ts";
import {
  type Compiled,
  type CompiledResult,
  compileKql,
  type CompileOptions,
  resultOf,
} from "./compile.ts";
import { KqlError } from "./kql_error.ts";
import type { Language } from "./language.ts";
import type { BoundColumn } from "./syntax.ts";

/** Plugins of one query that may ask. */
const MAX_QUESTIONS = 8;

/** What a plugin asks: a statement of one column of texts. */
export interface Question {
  readonly kind: "question";
  /** Its own within the query. */
  readonly place: number;
  readonly probe: CompiledResult;
}

export interface AnsweredOptions extends CompileOptions {
  /** The texts that the probe of each question so far has given, by its place. */
  readonly answers: ReadonlyMap<number, readonly string[]>;
}

/**
 * Gives the query, or the next question.
 *
 * @throws {KqlError} If `text` is no query that can be answered.
 */
export function compileAnswered(
  text: string,
  language: Language,
  { answers, ...options }: AnsweredOptions,
): (Compiled & { readonly kind: "compiled" }) | Question {
  const columns = new Map<number, readonly BoundColumn[]>();
  for (;;) {
    try {
      return { kind: "compiled", ...compileKql(text, language, { ...options, columns }) };
    } catch (error) {
      if (!(error instanceof ColumnsNeeded)) throw error;
      const { place, probe, shared, read } = error.needed;
      const texts = answers.get(place);
      if (texts === undefined && answers.size >= MAX_QUESTIONS) throw tooMany();
      if (texts === undefined) return { kind: "question", place, probe: resultOf(probe, shared) };
      columns.set(place, read(texts));
    }
  }
}

function tooMany(): KqlError {
  return new KqlError({
    code: "limit",
    message: `over ${MAX_QUESTIONS} plugins give columns that depend on their rows`,
    expected: "a schema after them, such as : (*, Name: string)",
  });
}
