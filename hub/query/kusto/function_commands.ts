/**
 * `.create-or-alter function`, `.create function`, `.alter function`, `.drop function`.
 *
 * @module
 */
import { type Answer, tableAnswer } from "./answer.ts";
import type { CatalogFunction } from "./catalog.ts";
import { withoutComments } from "./command_text.ts";
import { columnsOf } from "./dot_command.ts";
import { KustoFailure } from "./failure.ts";
import { FUNCTION_COLUMNS, functionRow } from "./function_row.ts";

/** Of a caller, what these commands ask for. */
export interface FunctionCaller {
  readonly id: string;
  readonly name: string;
  readonly scopes: ReadonlySet<string>;
}

/** A function as a command defines it. */
export interface FunctionDefinition {
  readonly definition: {
    readonly name: string;
    /** `(parameters) { body }`. */
    readonly text: string;
    /** Where that begins in the command. */
    readonly at: { readonly line: number; readonly column: number };
  };
  readonly doc: string;
  readonly folder: string;
  readonly existing: "replace" | "refuse" | "keep" | "must";
}

/** What changes functions. */
export interface FunctionParts {
  /** @throws {KustoFailure} */
  put(
    wanted: FunctionDefinition,
    by: FunctionCaller,
    signal: AbortSignal,
  ): Promise<CatalogFunction>;
  /** @throws {KustoFailure} */
  drop(name: string, by: FunctionCaller, mayBeAbsent: boolean): Promise<void>;
}

/** What a caller needs who changes functions: rules are made of them, and alerts of rules. */
const SCOPE = "alerts:write";

const NAME = String.raw`(?:\[\s*(?:'([^']*)'|"([^"]*)")\s*\]|([A-Za-z_]\w*))`;
const PROPERTIES = String.raw`with\s*\(((?:[^"')]|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')*)\)`;
const HEAD = new RegExp(
  String.raw`^\.(create-or-alter|create|alter)\s+function\s+(ifnotexists\s+)?` +
    String.raw`(?:${PROPERTIES}\s*)?(?:ifnotexists\s+)?${NAME}\s*(?=\()`,
  "i",
);
const DROP = new RegExp(String.raw`^\.drop\s+function\s+${NAME}(\s+ifexists)?[\s;]*$`, "i");
const IS_CHANGE = /^\.(?:create-or-alter|create|alter|drop)\s+function\s/i;

/** Whether `text` changes functions. */
export function changesFunctions(text: string): boolean {
  return IS_CHANGE.test(withoutComments(text));
}

/**
 * Runs a command that changes functions.
 *
 * @throws {KustoFailure} If the caller may not, or the function cannot be called.
 */
export async function changeFunctions(
  parts: FunctionParts,
  { text, caller, signal }: {
    readonly text: string;
    readonly caller: FunctionCaller;
    readonly signal: AbortSignal;
  },
): Promise<Answer> {
  if (!caller.scopes.has(SCOPE)) {
    const why = `Cannot change functions: the caller needs the scope ${SCOPE}`;
    throw new KustoFailure("forbidden", why);
  }
  const command = withoutComments(text);
  const dropped = DROP.exec(command);
  if (dropped !== null) {
    const name = nameOf(dropped.slice(1));
    await parts.drop(name, caller, dropped[4] !== undefined);
    return tableAnswer(columnsOf("Name"), [[name]]);
  }
  const made = await parts.put(definitionOf(text, command), caller, signal);
  return tableAnswer(FUNCTION_COLUMNS, [functionRow(made)]);
}

function definitionOf(text: string, command: string): FunctionDefinition {
  const head = HEAD.exec(command);
  if (head === null) {
    throw new KustoFailure(
      "request",
      "Cannot change function: must be .create-or-alter function NAME(parameters) { body }, " +
        ".create function …, .alter function … or .drop function NAME",
    );
  }
  const [whole, verb = "", keep, properties = "", ...name] = head;
  const before = text.slice(0, text.length - command.length + whole.length);
  const lines = before.split("\n");
  return {
    definition: {
      name: nameOf(name),
      text: withoutEnd(command.slice(whole.length)),
      at: { line: lines.length, column: lines.at(-1)!.length + 1 },
    },
    doc: property(properties, "docstring"),
    folder: property(properties, "folder"),
    existing: existingOf(verb.toLowerCase(), keep !== undefined),
  };
}

function existingOf(verb: string, isKept: boolean): FunctionDefinition["existing"] {
  if (verb === "alter") return "must";
  if (verb === "create-or-alter") return "replace";
  return isKept ? "keep" : "refuse";
}

function nameOf(groups: readonly (string | undefined)[]): string {
  return groups[0] ?? groups[1] ?? groups[2] ?? "";
}

/** Without blanks and one semicolon behind it. */
function withoutEnd(text: string): string {
  const trimmed = text.trimEnd();
  return trimmed.endsWith(";") ? trimmed.slice(0, -1).trimEnd() : trimmed;
}

function property(properties: string, name: string): string {
  const found = new RegExp(
    String.raw`\b${name}\s*=\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)')`,
    "i",
  ).exec(properties);
  return (found?.[1] ?? found?.[2] ?? "").replaceAll(/\\(.)/g, "$1");
}
