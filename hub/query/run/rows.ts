/**
 * Cells of the engine as values of Kusto's types.
 *
 * @module
 */
import type { Cell } from "../../store/engine_messages.ts";
import type { KustoRow } from "../kusto/answer.ts";
import { JsonText, type KustoColumn, type KustoType, type KustoValue } from "../kusto/value.ts";

/** The engine may give columns besides: what it sorts by. */
export function rowOf(cells: readonly Cell[], columns: readonly KustoColumn[]): KustoRow {
  return columns.map(({ type }, i) => valueOf(cells[i] ?? null, type));
}

function valueOf(cell: Cell, type: KustoType): KustoValue {
  if (cell === null) return null;
  switch (type) {
    case "long":
    case "datetime":
    case "timespan":
      return BigInt(cell);
    case "int":
    case "real":
      return Number(cell);
    case "bool":
      return cell === true || cell === "true";
    case "decimal":
      return String(cell).replace(/(\.\d*?)0+$/, "$1").replace(/\.$/, "");
    case "dynamic":
      return dynamicOf(String(cell));
    case "string":
    case "guid":
      return String(cell);
  }
}

/** Its own text, so that no digit of a whole number is lost; text that is no JSON stays text. */
function dynamicOf(text: string): KustoValue {
  try {
    JSON.parse(text);
    return new JsonText(text);
  } catch {
    return text;
  }
}
