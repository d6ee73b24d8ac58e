/**
 * An event in one cell: each column with its value.
 *
 * @module
 */
import { cell } from "./format.ts";

/** The time stands in a column of its own. */
const TIME = "TimeGenerated";

export function Fields({ row }: { row: Readonly<Record<string, unknown>> }) {
  const pairs = Object.entries(row).filter(([name]) => name !== TIME);
  return (
    <>
      {pairs.map(([name, value]) => (
        <span key={name} class="pair">
          <i>{name}</i> {cell(value)}
        </span>
      ))}
    </>
  );
}
