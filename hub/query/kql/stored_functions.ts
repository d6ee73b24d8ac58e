/**
 * Queries that call stored functions, and the check of a function before it is stored.
 *
 * A stored function is read as a `let` before the text: so it means in a query what it meant when
 * it was checked, and no `let` of the query changes it.
 *
 * @module
 */
import { checkBounds, type Compiled } from "./compile.ts";
import { KqlError, positionIn, type TextPosition } from "./kql_error.ts";
import type { Language } from "./language.ts";
import { type AnsweredOptions, compileAnswered, type Question } from "./resolve.ts";
import type { Schema, SchemaFunction } from "./syntax.ts";

export interface StoredOptions extends AnsweredOptions {
  /** Those that the text may call, each behind those that it calls. */
  readonly functions: readonly SchemaFunction[];
}

/** A function that somebody wants to store. */
export interface Definition {
  readonly name: string;
  /** `(parameters) { body }`. */
  readonly text: string;
  /** Where that begins in what was sent. */
  readonly at: TextPosition;
}

type Answered = (Compiled & { readonly kind: "compiled" }) | Question;

/**
 * Gives the query, or the next question.
 *
 * @throws {KqlError} If `text` is no query that can be answered.
 */
export function compileStored(
  text: string,
  language: Language,
  { functions, ...options }: StoredOptions,
): Answered {
  let used = functions;
  let first: unknown;
  for (;;) {
    const lets = used.map(letOf);
    try {
      return compileAnswered(lets.join("") + text, language, options);
    } catch (error) {
      if (!(error instanceof KqlError)) throw error;
      const [index, moved] = placed(error, lets);
      const broken = index === undefined ? undefined : used[index];
      first ??= broken === undefined ? moved : inFunction(broken, moved);
      if (used.length === 0) throw first;
      // Their names may be other things here, such as columns: no function breaks a query that
      // does without it.
      const name = broken?.name ?? declaredAgain(moved);
      const fewer = name === undefined ? [] : without(used, name);
      used = fewer.length < used.length ? fewer : [];
    }
  }
}

/**
 * Gives the parts of a function that may be stored.
 *
 * @throws {KqlError} If it cannot be called; its place is within what was sent.
 */
export function checkFunction(
  definition: Definition,
  language: Language,
  { functions, ...options }: StoredOptions,
): SchemaFunction {
  checkName(definition.name, language, options.schema);
  const own = `${headOf(definition)}${definition.text}\n;\n`;
  try {
    const found = partsOf(definition, language, options.schema);
    const lets = functions.map(letOf);
    const call = needsArguments(own, language, options.schema) ? "print 1" : `${found.name}()`;
    try {
      compileAnswered(`${lets.join("")}${own}${call}`, language, options);
      return found;
    } catch (error) {
      if (!(error instanceof KqlError)) throw error;
      const [index, moved] = placed(error, lets);
      throw index === undefined ? moved : inFunction(functions[index]!, moved);
    }
  } catch (error) {
    throw error instanceof KqlError ? inDefinition(error, definition) : error;
  }
}

/** What makes `name` one that cannot be called, or hides something else. */
function checkName(name: string, language: Language, { tables }: Schema): void {
  if (tables.some((table) => table.name.toLowerCase() === name.toLowerCase())) {
    throw badName(name, "is the name of a table");
  }
  const [error] = language.analyze(`print ${name}()`, { tables: [] }).errors;
  if (error?.code !== UNKNOWN_FUNCTION) throw badName(name, "is a word of the language");
}

/** Of the language service, of a call of what there is not. */
const UNKNOWN_FUNCTION = "KS211";

function badName(name: string, why: string): KqlError {
  return new KqlError({
    code: "semantic",
    message: `a function cannot be named "${name}", which ${why}`,
    expected: "another name",
  });
}

/** That the text is one declaration and nothing else is for the parser to say. */
function partsOf(definition: Definition, language: Language, schema: Schema): SchemaFunction {
  const { name, text } = definition;
  const head = headOf(definition);
  const source = `${head}${text}\n;`;
  checkBounds(source);
  const { root, errors } = language.analyze(source, schema);
  const syntax = errors.find(({ code }) => Number(code.slice(2)) < FIRST_OF_BINDER);
  if (syntax !== undefined) {
    throw new KqlError({
      code: "syntax",
      message: syntax.message,
      position: positionIn(source, syntax.start),
    });
  }
  const [statement] = root.list("Statements");
  const declared = statement?.child("Expression");
  if (
    declared?.kind !== "FunctionDeclaration" ||
    declared.start !== head.length || declared.text !== text
  ) {
    throw new KqlError({
      code: "syntax",
      message: "the definition is not one list of parameters and one body",
      position: positionIn(source, head.length),
      expected: "(parameters) { body }",
    });
  }
  return { name, parameters: declared.need("Parameters").text, body: declared.need("Body").text };
}

/** Codes of the parser are below it. */
const FIRST_OF_BINDER = 100;

function needsArguments(own: string, language: Language, schema: Schema): boolean {
  const [statement] = language.analyze(own, schema).root.list("Statements");
  return statement?.need("Expression").need("Parameters").list("Parameters")
    .some((parameter) => parameter.child("DefaultValue") === undefined) ?? false;
}

function headOf({ name }: Definition): string {
  return `let ${name} = `;
}

/** A stored function as it stands before a text that calls it. */
export function letOf({ name, parameters, body }: SchemaFunction): string {
  return `let ${name} = ${parameters} ${body}\n;\n`;
}

/** Which of `lets` an error is in, and the error with its place there, or in the text after them. */
function placed(
  error: KqlError,
  lets: readonly string[],
): readonly [index: number | undefined, error: KqlError] {
  if (error.line === undefined || error.column === undefined) return [undefined, error];
  let { line } = error;
  for (const [index, text] of lets.entries()) {
    const lines = text.split("\n").length - 1;
    if (line <= lines) return [index, at(error, { line, column: error.column })];
    line -= lines;
  }
  return [undefined, at(error, { line, column: error.column })];
}

/** An error within the definition, with its place in what was sent. */
function inDefinition(error: KqlError, definition: Definition): KqlError {
  const { line, column } = error;
  if (line === undefined || column === undefined) return error;
  const { line: first, column: start } = definition.at;
  const moved = Math.max(1, line === 1 ? column - headOf(definition).length + start - 1 : column);
  const position = { line: line + first - 1, column: moved };
  const isOwn = error.message.includes(`The name '${definition.name}' does not refer`);
  return isOwn ? at(error, position, `"${definition.name}" calls itself`) : at(error, position);
}

/** The name that the text declares too. */
function declaredAgain({ message }: KqlError): string | undefined {
  return /A variable with the name '(\w+)' has already been declared/.exec(message)?.[1];
}

function inFunction({ name }: SchemaFunction, error: KqlError): KqlError {
  const message = `the stored function "${name}" fails: ${plain(error.message)}`;
  return new KqlError({ code: error.code, message, cause: error });
}

function at(error: KqlError, position: TextPosition, message = plain(error.message)): KqlError {
  const { code, expected } = error;
  return new KqlError({ code, message, position, expected, cause: error });
}

/** The place is told beside it. */
function plain(message: string): string {
  return message.replace(/^Cannot query(?::\d+:\d+)?: /, "");
}

/** Without `name` and what calls it. */
function without(functions: readonly SchemaFunction[], name: string): readonly SchemaFunction[] {
  const gone = new Set([name]);
  return functions.filter((one) => {
    const words: readonly string[] = one.body.match(/\w+/g) ?? [];
    const isGone = gone.has(one.name) || words.some((word) => gone.has(word));
    if (isGone) gone.add(one.name);
    return !isGone;
  });
}
