/**
 * What a query may call besides the language's own functions.
 *
 * @module
 */
import { BUILT_IN_VIEWS } from "./built_in_views.ts";
import type { FunctionStore, NamedFunction } from "./function_store.ts";
import { type KnownTables, viewOver } from "./view.ts";

/** Stored functions and the hub's views, by name; a table has its name before all of them. */
export function callableFunctions(
  { list }: Pick<FunctionStore, "list">,
  tables: KnownTables,
): ReadonlyMap<string, NamedFunction> {
  const views = BUILT_IN_VIEWS.flatMap((view) => viewOver(view, tables) ?? []);
  const all = [...list(), ...views].filter(({ name }) => !tables.has(name));
  return new Map(all.map((one) => [one.name, one]));
}

/** Whether the hub has a view of that name, be its tables there or not. */
export function isBuiltIn(name: string): boolean {
  return BUILT_IN_VIEWS.some((view) => view.name.toLowerCase() === name.toLowerCase());
}
