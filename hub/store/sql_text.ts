/**
 * The only two ways by which a name or a path becomes part of a statement. Values are bound.
 *
 * @module
 */

/**
 * `text` as a SQL string literal: standard strings, in which a quote is doubled and nothing else is
 * special.
 *
 * @throws {TypeError} If it holds NUL, which ends a statement for the parser.
 */
export function sqlText(text: string): string {
  return `'${withoutNul(text).replaceAll("'", "''")}'`;
}

/**
 * `name` as a quoted SQL identifier.
 *
 * @throws {TypeError} If it is empty or holds NUL.
 */
export function sqlName(name: string): string {
  if (name === "") throw new TypeError("Cannot quote name: it is empty");
  return `"${withoutNul(name).replaceAll('"', '""')}"`;
}

/** Reads exactly `paths`, by the names of their columns: a file may lack some. */
export function sqlFiles(paths: readonly string[]): string {
  return `read_parquet([${paths.map(sqlText).join(", ")}], union_by_name = true)`;
}

function withoutNul(text: string): string {
  if (text.includes("\0")) throw new TypeError("Cannot quote text: it holds NUL");
  return text;
}
