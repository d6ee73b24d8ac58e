/**
 * What would leave the host of a plugin's rows, as text to be searched for what must not be in it.
 *
 * @module
 */
import { rowOf } from "../columns/cell.ts";
import { TableWriter } from "../columns/writer.ts";
import type { Plugin } from "../plugin.ts";
import { openScrubber } from "../scrub/scrubber.ts";
import { type Columns, type RowOf, schemaOf } from "../table.ts";
import { type RunOptions, runPlugin } from "./golden.ts";
import type { JsonRow } from "./rows.ts";

/** Runs `plugin` as {@link runPlugin} does and gives its scrubbed rows, each as JSON. */
export async function scrubbedRows(
  plugin: Plugin,
  options: RunOptions,
): Promise<readonly string[]> {
  const { rows } = await runPlugin(plugin, options);
  const key = { epoch: 1, bytes: new Uint8Array(32) };
  const scrubber = openScrubber({ policy: { columns: {} }, key });
  return Object.entries(rows).flatMap(([name, list]) => {
    const schema = schemaOf(name, plugin.tables[name]!);
    const writer = new TableWriter(schema);
    for (const row of list) writer.add(withTimes(row, schema.columns));
    const [batch] = scrubber.scrub(writer.view(), schema);
    return list.map((_row, i) => JSON.stringify(rowOf(batch, i)));
  });
}

function withTimes(row: JsonRow, columns: Columns): RowOf<Columns> {
  return Object.fromEntries(
    Object.entries(row).map(([name, value]) => [
      name,
      columns[name]?.type === "datetime" && typeof value === "string" ? new Date(value) : value,
    ]),
  );
}
