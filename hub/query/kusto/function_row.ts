/**
 * A function as commands show it.
 *
 * @module
 */
import type { CatalogFunction } from "./catalog.ts";
import { columnsOf } from "./dot_command.ts";
import type { KustoValue } from "./value.ts";

export const FUNCTION_COLUMNS = columnsOf("Name Parameters Body Folder DocString");

export function functionRow(
  { name, parameters, body, folder, doc }: CatalogFunction,
): readonly KustoValue[] {
  return [name, parameters, body, folder, doc];
}
