/**
 * What a third-party plugin calls public is looked at all the same: its authors class columns, and
 * nobody here has read their code.
 *
 * @module
 */
import type { ColumnBatch } from "../../sdk/columns/column.ts";
import type { Columns, Leaves, Schema } from "../../sdk/table.ts";

/**
 * The schema to scrub `batch` by: its texts of class `public` and `system` are scanned as free text
 * is. Columns that the agent adds itself are not among those of `batch`.
 */
export function judgedSchema(schema: Schema, { columns }: ColumnBatch): Schema {
  const judged: Columns = Object.fromEntries(
    columns.flatMap(({ name }) => {
      const spec = schema.columns[name];
      const isText = spec?.type === "string" || spec?.type === "dynamic";
      const isKept = spec?.class === "public" || spec?.class === "system";
      if (spec === undefined || !isText) return [];
      const leaves = spec.leaves === undefined ? {} : { leaves: judgedLeaves(spec.leaves) };
      return [[name, { ...spec, ...(isKept && { class: "content" }), ...leaves }]];
    }),
  );
  return { ...schema, columns: { ...schema.columns, ...judged } };
}

function judgedLeaves(leaves: Leaves): Leaves {
  return Object.fromEntries(
    Object.entries(leaves).map(([name, leaf]) => {
      const isKept = leaf.class === "public" || leaf.class === "system";
      return [name, isKept ? { ...leaf, class: "content" } : leaf];
    }),
  );
}
