/**
 * What feeds a log source that its owner has named.
 *
 * @module
 */
import type { OwnSource } from "../own_source.ts";
import type { BoundField, Feed } from "./bound_rule.ts";
import { all, oneOf } from "./conditions.ts";

/** `own` as a feed. */
export function namedFeed({ table, where, fields }: OwnSource): Feed {
  return {
    table,
    where: all(...Object.entries(where).map(([name, texts]) => oneOf(placeOf(name), ...texts))),
    fields: (name) => (Object.hasOwn(fields, name) ? fields[name]! : [name]).map(placeOf),
  };
}

/** A column; after a dot what is in it. */
function placeOf(name: string): BoundField {
  const [column = name, ...path] = name.split(".");
  return path.length === 0 ? { column } : { column, path };
}
