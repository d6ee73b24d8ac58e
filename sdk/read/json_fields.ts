/**
 * Takes members out of a parsed object, for columns of their own; what is left is the rest.
 *
 * @module
 */
import type { Json } from "../table.ts";

export type JsonObject = { [name: string]: Json };

/** Where a member is. */
export interface FieldPath {
  /** Its name as a whole, dots and all. */
  readonly name: string;
  /** The names of the objects that it is in, then its own. */
  readonly steps: readonly string[];
}

export function fieldPath(name: string): FieldPath {
  return { name, steps: name.split(".") };
}

export function isJsonObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The members of one object, which it changes. */
export class JsonFields {
  readonly #object: JsonObject;

  constructor(object: JsonObject) {
    this.#object = object;
  }

  /** A member of that name or, where there is none, the one that the steps lead to. */
  at(path: FieldPath): Json | undefined {
    const { name, steps } = path;
    if (Object.hasOwn(this.#object, name)) return this.#object[name];
    let value: Json | undefined = this.#object;
    for (const step of steps) {
      if (!isJsonObject(value) || !Object.hasOwn(value, step)) return undefined;
      value = value[step];
    }
    return value;
  }

  /**
   * What `convert` makes of a member, which is then taken out; one of which it makes nothing stays.
   * `null` is no value: it stays too.
   */
  take<T>(path: FieldPath, convert: (value: Json) => T | undefined): T | undefined {
    const value = this.at(path);
    if (value === undefined || value === null) return undefined;
    const converted = convert(value);
    if (converted !== undefined) this.#remove(path);
    return converted;
  }

  /** What was not taken; undefined if nothing is left. */
  rest(): JsonObject | undefined {
    for (const _ in this.#object) return this.#object;
    return undefined;
  }

  #remove({ name, steps }: FieldPath): void {
    if (Object.hasOwn(this.#object, name)) delete this.#object[name];
    else removeFrom(this.#object, steps, 0);
  }
}

/** Objects that are empty then go too. */
function removeFrom(object: JsonObject, steps: readonly string[], at: number): void {
  const step = steps[at] ?? "";
  const member = object[step];
  if (at < steps.length - 1 && isJsonObject(member)) {
    removeFrom(member, steps, at + 1);
    if (Object.keys(member).length > 0) return;
  }
  delete object[step];
}
