/**
 * One row of a batch by bound fields, as texts: for evidence, groups and counted values.
 *
 * Only rows that a rule has matched are looked at so.
 *
 * @module
 */
import { cellOf } from "../../../../sdk/columns/cell.ts";
import type { Column, ColumnBatch } from "../../../../sdk/columns/column.ts";
import type { Json } from "../../../../sdk/table.ts";
import { MOST_TEXT } from "../../lens.ts";
import { sha256 } from "../../../../sdk/runtime/hash.ts";
import type { BoundField } from "../map/bound_rule.ts";

/** Looks at one row after the other. */
export class RowView {
  readonly #columns: ReadonlyMap<string, Column>;
  #row = -1;
  readonly #cells = new Map<string, Json | undefined>();

  constructor(batch: ColumnBatch) {
    this.#columns = new Map(batch.columns.map((column) => [column.name, column]));
  }

  /** Goes to `row`. */
  move(row: number): void {
    if (row === this.#row) return;
    this.#row = row;
    this.#cells.clear();
  }

  /**
   * The text of the first value that `field` finds: at most {@link MOST_TEXT} characters and the
   * hash of a longer one; undefined where there is none.
   */
  text(field: BoundField): string | undefined {
    const value = valueAt(this.#cell(field.column), field.path ?? []);
    if (value === undefined || value === null) return undefined;
    const text = typeof value === "string" ? value : JSON.stringify(value);
    return text.length <= MOST_TEXT ? text : cut(text);
  }

  #cell(name: string): Json | undefined {
    if (this.#cells.has(name)) return this.#cells.get(name);
    const column = this.#columns.get(name);
    const value = column === undefined ? undefined : cellOf(column, this.#row);
    this.#cells.set(name, value);
    return value;
  }
}

/** How `field` is named where it is shown. */
export function fieldName({ column, path = [] }: BoundField): string {
  return [column, ...path].join(".");
}

/** Steps into a list go into the first of its items that has something there. */
function valueAt(value: Json | undefined, path: readonly string[]): Json | undefined {
  const [step, ...rest] = path;
  if (step === undefined || value === undefined || value === null) return value;
  if (Array.isArray(value)) {
    const items: readonly Json[] = value;
    return items.map((item) => valueAt(item, path)).find((one) =>
      one !== undefined && one !== null
    );
  }
  if (typeof value !== "object") return undefined;
  const member = Object.entries(value).find(([name]) => name === step);
  return member === undefined ? undefined : valueAt(member[1], rest);
}

/** No surrogate is cut in half; what was cut is still told apart. */
function cut(text: string): string {
  const head = text.slice(0, MOST_TEXT).replace(/[\uD800-\uDBFF]$/, "");
  const hash = Buffer.from(sha256("custos/value/v1", Buffer.from(text))).toString("hex");
  return `${head}… (SHA-256 ${hash.slice(0, 16)})`;
}
