/**
 * The table that an operator declares.
 *
 * @module
 */
import { column, type Table, table } from "../../sdk/mod.ts";
import type { ColumnConfig, Config } from "./config.ts";

/** The declared columns, and those that every such table has. */
export function tableOf({ columns, table: name }: Config): Table {
  return table({
    doc: `What an operator declared as ${name}`,
    time: "TimeGenerated",
    columns: {
      TimeGenerated: column.time({
        class: "public",
        doc: "The record's own time; where it has none, when it was read",
      }),
      Computer: column.string({ class: "system", optional: true, doc: "Set by the agent" }),
      FilePath: column.string({
        class: "system",
        optional: true,
        doc: "The file that it stands in",
      }),
      ...Object.fromEntries(
        Object.entries(columns).map(([own, declared]) => [own, columnOf(declared)]),
      ),
      AdditionalFields: column.dynamic({
        class: "content",
        optional: true,
        doc: "Fields that have no column, and values that are not of their column's type",
      }),
    },
  });
}

function columnOf({ type, class: is, kind, unit, doc }: ColumnConfig) {
  const options = {
    class: is,
    optional: true,
    ...(kind !== undefined && { kind }),
    ...(unit !== undefined && { unit }),
    ...(doc !== undefined && { doc }),
  } as const;
  return column[type === "datetime" ? "time" : type](options);
}
