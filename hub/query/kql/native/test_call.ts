/**
 * Calls a native function as the engine would, for tests.
 *
 * @module
 */
import type { NativeValue } from "./define.ts";
import { isArray, type Json, parseJson, writeJson } from "./json.ts";
import { NATIVES } from "./natives.ts";

/** Of a KQL name; dynamic values are JSON text, what is left out is absent. */
export function callNative(name: string, ...args: readonly NativeValue[]): NativeValue {
  const native = NATIVES.get(`n_${name}`);
  if (native === undefined) throw new TypeError(`Cannot call "${name}": there is no such function`);
  const count = Math.max(args.length, native.parameters.length);
  const values = Array.from({ length: count }, (_, i): NativeValue => {
    const type = native.parameters[i] ?? native.variadic;
    const value = args[i] ?? (type === "string" ? "" : null);
    return type === "dynamic" && typeof value === "string" ? parseJson(value) : value;
  });
  const result = native.run(values);
  return native.result === "dynamic" && result !== null ? writeJson(result) : result;
}

/** What a dynamic result holds, reals and whole numbers alike as numbers. */
export function callForNumbers(name: string, ...args: readonly NativeValue[]): unknown {
  const result = callNative(name, ...args);
  return typeof result === "string" ? JSON.parse(result) : result;
}

/** JSON text of numbers. */
export function textOf(value: Json | Float64Array): string {
  return writeJson(value instanceof Float64Array ? [...value] : value);
}

/** The elements of a dynamic array that a native function gave. */
export function elementsOf(result: NativeValue): readonly Json[] {
  const array = typeof result === "string" ? parseJson(result) : null;
  return isArray(array) ? array : [];
}
