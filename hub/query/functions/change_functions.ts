/**
 * Stores and drops functions: checked, then written into the ledger, then in force.
 *
 * @module
 */
import { createHash } from "node:crypto";
import type { Definition } from "../kql/stored_functions.ts";
import type { SchemaFunction } from "../kql/syntax.ts";
import { usedFunctions } from "../kql/used_functions.ts";
import { KustoFailure } from "../kusto/failure.ts";
import type { FunctionNote } from "./function_note.ts";
import type { FunctionStore, NamedFunction } from "./function_store.ts";

/** Most characters of a definition, of its doc and folder. */
const MAX_DEFINITION = 64 * 1024;
const MAX_WORDS = 1024;
/** Most stored functions. */
const MAX_FUNCTIONS = 1000;

/** What somebody wants to store. */
export interface WantedFunction {
  readonly definition: Definition;
  readonly doc: string;
  readonly folder: string;
  /** What the command says of one that is there: `replace`, `refuse`, `keep`; `must` be there. */
  readonly existing: "replace" | "refuse" | "keep" | "must";
}

export interface FunctionsOptions {
  readonly store: FunctionStore;
  /** Functions of the hub itself, which nobody changes. */
  readonly isBuiltIn: (name: string) => boolean;
  /** All that may be called. */
  readonly callable: () => readonly SchemaFunction[];
  /** @throws {KustoFailure} If it cannot be called. */
  readonly check: (
    definition: Definition,
    functions: readonly SchemaFunction[],
    signal: AbortSignal,
  ) => Promise<SchemaFunction>;
  readonly record: (note: FunctionNote) => Promise<void>;
}

/** Who changes functions. */
export interface Changer {
  readonly id: string;
  readonly name: string;
}

export interface FunctionChanges {
  /** @throws {KustoFailure} */
  put(wanted: WantedFunction, by: Changer, signal: AbortSignal): Promise<NamedFunction>;
  /** @throws {KustoFailure} If there is none and `mayBeAbsent` is false. */
  drop(name: string, by: Changer, mayBeAbsent: boolean): Promise<void>;
}

export function functionChanges(options: FunctionsOptions): FunctionChanges {
  const { store, record, isBuiltIn } = options;
  return {
    async put(wanted, by, signal) {
      const { name } = wanted.definition;
      checkSizes(wanted);
      if (isBuiltIn(name)) throw ownView(name);
      const there = store.list().find((one) => one.name === name);
      if (there !== undefined && wanted.existing === "keep") return there;
      checkExisting(wanted, there, store.list().length);
      const checked = await options.check(wanted.definition, calledBy(wanted, options), signal);
      const made = { ...checked, doc: wanted.doc, folder: wanted.folder };
      await record(noteOf("put", made, by));
      store.put(made);
      return made;
    },
    async drop(name, by, mayBeAbsent) {
      if (isBuiltIn(name)) throw ownView(name);
      const there = store.list().find((one) => one.name === name);
      if (there === undefined) {
        if (mayBeAbsent) return;
        throw absent(name);
      }
      await record(noteOf("drop", there, by));
      store.drop(name);
    },
  };
}

function checkSizes({ definition, doc, folder }: WantedFunction): void {
  const { length } = definition.text;
  if (length > MAX_DEFINITION) {
    const why = `it has ${length} characters, must have at most ${MAX_DEFINITION}`;
    throw new KustoFailure("limit", `Cannot store function: ${why}`);
  }
  if (!/^[A-Za-z_]\w{0,127}$/.test(definition.name)) {
    const why = "its name must be a letter or _, and up to 127 letters, digits and _";
    throw new KustoFailure("request", `Cannot store function: ${why}`);
  }
  if (doc.length > MAX_WORDS || folder.length > MAX_WORDS) {
    const why = `docstring and folder must have at most ${MAX_WORDS} characters`;
    throw new KustoFailure("limit", `Cannot store function: ${why}`);
  }
}

function ownView(name: string): KustoFailure {
  return new KustoFailure("request", `Cannot change function "${name}": it is the hub's own view`);
}

function checkExisting(
  { definition: { name }, existing }: WantedFunction,
  there: NamedFunction | undefined,
  count: number,
): void {
  if (there === undefined && existing === "must") throw absent(name);
  if (there !== undefined && existing === "refuse") {
    const how = "use .create-or-alter function";
    throw new KustoFailure("request", `Cannot store function "${name}": it is there, ${how}`);
  }
  if (there === undefined && count >= MAX_FUNCTIONS) {
    const why = `there are ${count} functions, must be at most ${MAX_FUNCTIONS}`;
    throw new KustoFailure("limit", `Cannot store function: ${why}`);
  }
}

function absent(name: string): KustoFailure {
  const shown = name.slice(0, 128);
  return new KustoFailure("missing", `Cannot find function "${shown}": see .show functions`);
}

/** The functions that the wanted one calls; none of them may call it. */
function calledBy(
  { definition: { name, text } }: WantedFunction,
  { callable }: FunctionsOptions,
): readonly SchemaFunction[] {
  const others = callable().filter((one) => one.name !== name);
  const called = usedFunctions(text, new Map(others.map((one) => [one.name, one])));
  const self = new Map([[name, { name, parameters: "", body: "" }]]);
  const back = called.find(({ body }) => usedFunctions(body, self).length > 0);
  if (back === undefined) return called;
  const why = `it calls itself by way of "${back.name}"`;
  throw new KustoFailure("semantic", `Cannot store function "${name}": ${why}`);
}

function noteOf(
  change: FunctionNote["change"],
  { name, parameters, body }: SchemaFunction,
  by: Changer,
): FunctionNote {
  const text = `${parameters} ${body}`;
  const hash = createHash("sha256").update(text).digest("hex");
  return { note: "function", change, who: by.id, by: by.name, name, text, hash };
}
